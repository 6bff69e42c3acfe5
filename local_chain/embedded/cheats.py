"""What a program may do to its own chain that no call can.

Owns the words for it. Does not own the doing (``node.dev``). Every change of the state is sealed in
a block of its own; a switch stays until it is set back, whatever is reverted meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from taokit.local_chain.node.sealing import SealingMode
from taokit.local_chain.switches import MOCK_SIGNATURE
from taokit.wallet.schemes import CryptoType
from taokit.wallet.ss58 import decode, encode

if TYPE_CHECKING:
    from taokit.local_chain.local_node import LocalNode
    from taokit.local_chain.node.dev.powers import Registered

__all__ = ["ChainCheats", "Impersonated"]

T = TypeVar("T")
RAO = 1_000_000_000


class Impersonated:
    """A signer for an account whose key nobody has; only a chain that impersonates it believes."""

    crypto_type = CryptoType.SR25519

    def __init__(self, public_key: bytes) -> None:
        self.public_key = public_key

    @property
    def ss58_address(self) -> str:
        """The account's address."""
        return encode(self.public_key)

    def sign(self, payload: bytes) -> bytes:
        """The mock signature, whatever is signed."""
        return MOCK_SIGNATURE

    def __repr__(self) -> str:
        return f"Impersonated({self.ss58_address})"


class ChainCheats:
    """A part of :class:`~taokit.local_chain.LocalChain`. Amounts are TAO, or alpha of a subnet."""

    node: LocalNode

    def do(self, work: Callable[[], T]) -> T:
        """Run ``work`` in the chain's event loop."""
        raise NotImplementedError

    # -- money and state -------------------------------------------------------------------

    def fund(self, address: str, tao: float) -> None:
        """Give an account TAO out of nothing, in a block of its own."""
        account = decode(address)
        self.do(lambda: self.node.chain.dev.fund(account, round(tao * RAO)))

    def set_balance(self, address: str, tao: float) -> None:
        """Make that an account's free balance."""
        account = decode(address)
        self.do(lambda: self.node.chain.dev.set_balance(account, round(tao * RAO)))

    def grant_stake(self, hotkey: str, coldkey: str, netuid: int, alpha: float) -> None:
        """Give a staker alpha out of nothing, in a block of its own; the price does not move."""
        keys = decode(hotkey), decode(coldkey)
        self.do(lambda: self.node.chain.dev.grant_stake([(*keys, netuid, round(alpha * RAO))]))

    def set_stake(self, hotkey: str, coldkey: str, netuid: int, amount: float) -> None:
        """Make that what a coldkey has staked to a hotkey: alpha, or TAO on subnet 0."""
        keys = decode(hotkey), decode(coldkey)
        self.do(lambda: self.node.chain.dev.set_stake(*keys, netuid, round(amount * RAO)))

    def set_storage(self, values: Mapping[Any, Any]) -> None:
        """Write storage: ``{pallet: {item: value}}``, or raw ``{key: value or None}`` as bytes.

        The value of a map is a list of ``[keys, value]``; ``None`` deletes.
        """
        dev = self.node.chain.dev
        raw = {key: value for key, value in values.items() if isinstance(key, bytes)}
        if raw and len(raw) != len(values):
            raise ValueError("raw keys and names of pallets do not go together")
        if raw:
            self.do(lambda: dev.set_storage(raw))
        else:
            self.do(lambda: dev.set_values(values))

    def register(self, netuid: int, count: int = 1, *, tao: float = 1000) -> Sequence[Registered]:
        """Register neurons for nothing, with development keys; ``tao`` is what each coldkey has."""
        return self.do(lambda: self.node.chain.dev.register(netuid, count, round(tao * RAO)))

    # -- signatures and limits -------------------------------------------------------------

    @contextmanager
    def impersonate(self, address: str) -> Iterator[Impersonated]:
        """A signer for an account whose key one has not; good inside only."""
        account = decode(address)
        self.do(lambda: self.node.chain.dev.impersonate(account))
        try:
            yield Impersonated(account)
        finally:
            self.do(lambda: self.node.chain.dev.stop_impersonating(account))

    def ignore_rate_limits(self, ignored: bool = True) -> None:
        """Whether what may be done once in so many blocks may be done at any time."""
        self.do(lambda: self.node.chain.dev.ignore_rate_limits(ignored))

    def reset_switches(self) -> None:
        """Set back limits, signatures, finality, pulses, block making and faults."""
        node = self.node
        mode = node.config.sealing(node.chain.slot_duration_ms)

        def resetting() -> None:
            node.chain.dev.reset(mode)
            node.handler.node.faults.clear()

        self.do(resetting)

    # -- clients ---------------------------------------------------------------------------

    @contextmanager
    def fault(
        self, kind: str, *methods: str, count: int | None = None, seconds: float = 1.0
    ) -> Iterator[None]:
        """Answer clients' requests badly inside: ``429``, ``hang``, ``slow`` or ``drop``.

        All of them, or those of ``methods``; always, or ``count`` times; ``slow`` is so many
        ``seconds`` late. Clients in this process meet it, too.
        """
        from taokit.local_chain.rpc.faults import FAULTS, Fault

        if kind not in FAULTS:
            raise ValueError(f"there is no fault {kind!r}: there are {', '.join(FAULTS)}")
        fault = Fault(kind, methods, count, seconds)
        faults = self.node.handler.node.faults
        before = faults.on
        self.do(lambda: faults.add(fault))
        try:
            yield
        finally:
            self.do(lambda: faults.set(before))

    # -- blocks ----------------------------------------------------------------------------

    def set_next_timestamp(self, time_ms: int) -> None:
        """Let the next block carry exactly this timestamp. Raises ``ClockError``."""
        self.do(lambda: self.node.chain.dev.set_next_timestamp(time_ms))

    def pause(self) -> None:
        """Make no more blocks but those asked for; transactions wait."""
        self.do(self.node.chain.dev.pause)

    def resume(self) -> None:
        """Make blocks again, as before :meth:`pause`."""
        self.do(self.node.chain.dev.resume)

    def set_block_time(self, block_time: str) -> None:
        """When blocks come from now on: ``250ms``, ``instant``, ``manual``, ``instant+12s``."""
        mode = SealingMode.parse(block_time)
        self.do(lambda: self.node.chain.dev.set_block_time(mode))

    def stall_finality(self) -> None:
        """Make no more blocks final."""
        self.do(self.node.chain.dev.stall_finality)

    def resume_finality(self) -> None:
        """Make final what would be by now."""
        self.do(self.node.chain.dev.resume_finality)
