"""The guard that holds a client to a policy: asked before every signature.

Owns the order: the rules first, then what it spends, then counting it. Does not own the rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from taokit.chain_client.policy.inside import Seen, seen_in
from taokit.chain_client.policy.ledger import Ledger
from taokit.chain_client.policy.rules import Policy
from taokit.chain_client.policy.spending import Unknowable, spending
from taokit.wallet.errors import TaokitError

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.runtime import Runtime

__all__ = ["PolicyGuard", "Refusing"]


class PolicyGuard:
    """A :class:`~taokit.chain_client.guard.Guard` that obeys a policy."""

    def __init__(self, policy: Policy, ledger: Ledger) -> None:
        self.policy = policy
        self._ledger = ledger

    async def problem(
        self, chain: ChainClient, call: bytes, signer: str, *, tip: int = 0
    ) -> TaokitError | None:
        """The rule that forbids this, if one does; counts nothing."""
        try:
            calls, spends = await self._checked(chain, call, signer, tip)
            if not self.policy.limits_spending:
                return None
            so_far = self._ledger.spent(chain.runtime.genesis_hash)
        except TaokitError as error:
            return error
        return self.policy.spending_broken(calls, spends, signer, so_far)

    async def admit(
        self, chain: ChainClient, call: bytes, signer: str, *, nonce: int, tip: int
    ) -> None:
        """Count what it spends, or raise :class:`PolicyViolation`."""
        calls, spends = await self._checked(chain, call, signer, tip)
        self._count(chain.runtime, calls, spends, signer, nonce)

    async def admit_offline(
        self,
        runtime: Runtime,
        call: bytes,
        signer: str,
        *,
        nonce: int,
        tip: int,
    ) -> None:
        """As :meth:`admit` where no chain can be asked: what only it knows is refused."""
        calls = seen_in(runtime, call)
        self.policy.check_calls(calls, signer, runtime.genesis_hash, None)
        spends = await self._spends(None, calls, signer, tip)
        self._count(runtime, calls, spends, signer, nonce)

    def withdraw(self, genesis_hash: str, signer: str, nonce: int) -> None:
        """Do not count what was certainly not sent."""
        if self.policy.limits_spending:
            self._ledger.take_back(genesis_hash, signer, nonce)

    async def _checked(
        self, chain: ChainClient, call: bytes, signer: str, tip: int
    ) -> tuple[list[Seen], int]:
        calls = seen_in(chain.runtime, call)
        genesis = chain.runtime.genesis_hash
        self.policy.check_calls(calls, signer, genesis, chain.network.name)
        return calls, await self._spends(chain, calls, signer, tip)

    async def _spends(
        self, chain: ChainClient | None, calls: list[Seen], signer: str, tip: int
    ) -> int:
        if not self.policy.limits_spending:
            return 0
        try:
            return tip + await spending(chain, calls, signer)
        except Unknowable as error:
            raise self.policy.unknowable(str(error)) from error

    def _count(
        self, runtime: Runtime, calls: list[Seen], spends: int, signer: str, nonce: int
    ) -> None:
        if self.policy.limits_spending:
            self._ledger.count(
                runtime.genesis_hash,
                signer,
                nonce,
                spends,
                lambda so_far: self.policy.spending_broken(calls, spends, signer, so_far),
            )


class Refusing:
    """The guard of a policy that cannot be read: nothing is signed until it can."""

    def __init__(self, error: TaokitError) -> None:
        self.error = error

    async def problem(
        self, chain: ChainClient, call: bytes, signer: str, *, tip: int = 0
    ) -> TaokitError | None:
        """Why the policy cannot be read."""
        return self.error

    async def admit(
        self, chain: ChainClient, call: bytes, signer: str, *, nonce: int, tip: int
    ) -> None:
        """Never."""
        raise self.error

    async def admit_offline(
        self, runtime: Runtime, call: bytes, signer: str, *, nonce: int, tip: int
    ) -> None:
        """Never."""
        raise self.error

    def withdraw(self, genesis_hash: str, signer: str, nonce: int) -> None:
        """Nothing was admitted."""
