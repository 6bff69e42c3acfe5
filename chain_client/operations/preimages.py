"""Operations that leave bytes on the chain: preimages of calls, and remarks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from taokit.chain_client.calls import Call
from taokit.chain_client.operations.announcements import checked_hash
from taokit.chain_client.operations.base import Effect, Operation
from taokit.chain_client.operations.composed import Composed, call_of, described
from taokit.chain_client.operations.refusals import refusal
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.parameters import AnyCall, Arg

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.wallet.errors import TaokitError

__all__ = ["ForgetPreimage", "NotePreimage", "Remark"]


async def _status(chain: ChainClient, hash_: str) -> Any:
    return await chain.query("Preimage", "RequestStatusFor", bytes.fromhex(hash_[2:]))


@operation("tx.note-preimage", signer="coldkey")
@dataclass(frozen=True)
class NotePreimage(Operation):
    """Keep a call on the chain under its hash, for root or a schedule to make. Holds a deposit."""

    inner: Annotated[AnyCall, Arg("The call to keep.")]

    async def _bytes(self, chain: ChainClient, signer: str) -> bytes:
        return chain.encode_call(await call_of(chain, self.inner, signer))

    async def prepared_for(self, chain: ChainClient, signer: str) -> Operation:
        made = await self._bytes(chain, signer)
        return Composed(self, Call("Preimage", "note_preimage", {"bytes": made}))

    def summary(self) -> str:
        return f"keep on the chain: {described(self.inner)}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.derived_accounts import call_hash

        return (Effect(f"preimage {call_hash(await self._bytes(chain, signer))}"),)

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        from taokit.chain_client.derived_accounts import call_hash

        hash_ = call_hash(await self._bytes(chain, signer))
        status = await _status(chain, hash_)
        if not isinstance(status, dict) or "Unrequested" not in status:
            return None
        reason = f"the chain keeps {hash_} already"
        return refusal("AlreadyNoted", reason, pallet="Preimage", hint="nothing to do")


@operation("tx.forget-preimage", signer="coldkey")
@dataclass(frozen=True)
class ForgetPreimage(Operation):
    """No longer keep a call of the signer's on the chain. Returns the deposit."""

    call_hash: Annotated[str, Arg("The hash of the call.")]

    def __post_init__(self) -> None:
        object.__setattr__(self, "call_hash", checked_hash(self.call_hash))

    def call(self) -> Call:
        return Call("Preimage", "unnote_preimage", {"hash": self.call_hash})

    def summary(self) -> str:
        return f"no longer keep the call {self.call_hash}"

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        status = await _status(chain, self.call_hash)
        if status is None:
            reason = f"the chain does not keep {self.call_hash}"
            return refusal("NotNoted", reason, pallet="Preimage", hint="nothing to do")
        ticket = next(iter(status.values())).get("ticket")
        if ticket is not None and str(ticket[0]) != signer:
            reason = f"{ticket[0]} had it kept, not {signer}"
            return refusal(
                "NotAuthorized", reason, pallet="Preimage", hint="sign with that account"
            )
        return None


@operation("tx.remark", signer="coldkey", danger="mild")
@dataclass(frozen=True)
class Remark(Operation):
    """Write a text into a block, with an event that tells its hash."""

    text: Annotated[str, Arg("The text.")]

    def call(self) -> Call:
        return Call("System", "remark_with_event", {"remark": self.text.encode()})

    def summary(self) -> str:
        return f"write a remark of {len(self.text.encode())} bytes"
