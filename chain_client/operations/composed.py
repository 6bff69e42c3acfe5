"""Operations around other calls: composing what is inside, for the account it is done for.

Owns turning an operation, a call or its bytes into a call, and the operation whose call is made
already. Does not own the wrappers themselves (``wrappers``, ``multisigs``, ...).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import DecodeError, InvalidArgument
from taokit.chain_client.operations.base import Effect, Operation
from taokit.chain_client.scale import AccountId

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.wallet.errors import TaokitError

__all__ = ["Composed", "call_of", "described", "inner_effects", "inner_problem", "inner_warnings"]


@dataclass(frozen=True)
class Composed(Operation):
    """An operation whose call is made: it depends on the chain, and on who signs."""

    operation: Operation
    made: Call

    @property
    def entry(self) -> Any:  # type: ignore[override]
        """What the registry knows of the operation."""
        return self.operation.entry

    @property
    def netuid(self) -> int | None:
        """The subnet that the operation names, if any."""
        return getattr(self.operation, "netuid", None)

    @property
    def keeps_alive(self) -> bool:  # type: ignore[override]
        return self.operation.keeps_alive

    @property
    def all_or_nothing(self) -> bool:
        return self.operation.all_or_nothing

    def call(self) -> Call:
        return self.made

    def summary(self) -> str:
        return self.operation.summary()

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        return await self.operation.effects(chain, signer)

    async def warnings(self, chain: ChainClient, signer: str) -> tuple[str, ...]:
        return await self.operation.warnings(chain, signer)

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        return await self.operation.problem(chain, signer)


async def call_of(chain: ChainClient, what: Any, actor: str) -> Call:
    """The call that ``what`` makes when ``actor`` does it.

    Raises :class:`InvalidArgument` for bytes that are no call of this chain, and for a commit to
    weights without a salt: one that is made up would be lost in the call around it.
    """
    if isinstance(what, Call):
        return what
    if isinstance(what, bytes):
        codec = chain.runtime.call_codec
        try:
            return Call.from_value(codec.decode(what))
        except DecodeError as error:
            raise InvalidArgument("call", "0x" + what.hex(), error.message) from error
    operation: Operation = await what.prepared_for(chain, actor)
    if getattr(operation, "committed", None) is not None and not getattr(what, "salt", ()):
        why = "give one, and keep it: inside another call nobody keeps one that is made up"
        raise InvalidArgument("salt", (), why)
    return operation.call()


def described(what: Any) -> str:
    """What is inside, in a few words."""
    if isinstance(what, bytes):
        return f"the call 0x{what.hex()}"
    if isinstance(what, Call):
        given = ", ".join(f"{name}={_worded(value)}" for name, value in what.args.items())
        return f"{what.pallet}.{what.name}({given})"
    return str(what.summary())


def _worded(value: Any) -> str:
    """An argument of a call: addresses as they are, bytes in hex."""
    if isinstance(value, Mapping) and list(value) == ["Id"]:
        return _worded(value["Id"])
    if isinstance(value, (bytes, bytearray)) and not isinstance(value, AccountId):
        return "0x" + value.hex()
    if isinstance(value, Call):
        return described(value)
    return str(value)


async def inner_effects(chain: ChainClient, what: Any, actor: str) -> tuple[Effect, ...]:
    """What changes for ``actor``."""
    return await what.effects(chain, actor) if isinstance(what, Operation) else ()


async def inner_warnings(chain: ChainClient, what: Any, actor: str) -> tuple[str, ...]:
    """What ``actor`` would want to know first."""
    return await what.warnings(chain, actor) if isinstance(what, Operation) else ()


async def inner_problem(chain: ChainClient, what: Any, actor: str) -> TaokitError | None:
    """What the chain would refuse ``actor`` now; of a raw call, what is known of its operation."""
    from taokit.chain_client.operations.recognising import recognised
    from taokit.chain_client.reads.subnets import no_subnet

    known = what if isinstance(what, Operation) else recognised(chain, what, actor)
    if known is None:
        return None
    netuid = getattr(known, "netuid", None)
    if netuid is not None and not await chain.query("SubtensorModule", "NetworksAdded", netuid):
        return no_subnet(netuid)
    return await known.problem(chain, actor)
