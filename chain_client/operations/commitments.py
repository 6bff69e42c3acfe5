"""Operations that publish something for a neuron: a text, or one that opens by itself later."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import InvalidArgument
from taokit.chain_client.operations.base import Effect, Operation
from taokit.chain_client.operations.refusals import not_registered, refusal
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.parameters import Arg, NetUid

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.wallet.errors import TaokitError

__all__ = ["SetCommitment"]

_SHORT, _LONG = 128, 512
"""Bytes of a plain field (``Raw128``), and of a big one (``BigRaw``)."""
_LEAST_SPACE = 100
"""Bytes that a commitment counts for at least."""


@operation("commitment.set", signer="hotkey", danger="mild")
@dataclass(frozen=True)
class SetCommitment(Operation):
    """Publish a text for a neuron, in place of the one before."""

    netuid: Annotated[NetUid, Arg("The subnet of the neuron.")]
    data: Annotated[str, Arg("The text; 512 bytes at most.")]
    blocks: Annotated[
        int | None, Arg("Seal it: the chain opens it so many blocks from now, nobody before.")
    ] = None
    sealed: Call | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        if not 0 < len(self.data.encode()) <= _LONG:
            raise InvalidArgument("data", self.data, f"1 to {_LONG} bytes of UTF-8")
        if self.blocks is not None and self.blocks < 1:
            raise InvalidArgument("blocks", self.blocks, "one at least")

    async def prepared_for(self, chain: ChainClient, signer: str) -> Operation:
        if self.blocks is None or self.sealed is not None:
            return self
        lock = await chain.timelock()
        found = replace(self)
        number = lock.round_in(self.blocks)
        call = lock.commitment(self.netuid, self.data.encode(), number)
        object.__setattr__(found, "sealed", call)
        return found

    def call(self) -> Call:
        if self.sealed is not None:
            return self.sealed
        if self.blocks is not None:
            raise InvalidArgument("blocks", self.blocks, "prepare the operation first")
        raw = self.data.encode()
        kind = f"Raw{len(raw)}" if len(raw) <= _SHORT else "BigRaw"
        info = {"fields": [{kind: raw}]}
        return Call("Commitments", "set_commitment", {"netuid": self.netuid, "info": info})

    def summary(self) -> str:
        how = "" if self.blocks is None else f", sealed for about {self.blocks} blocks"
        return f"publish {len(self.data.encode())} bytes in subnet {self.netuid}{how}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.reads.commitments import commitments

        found = await commitments(chain, self.netuid, signer)
        before = found[0].fields[0].text if found and found[0].fields else None
        after = self.data if self.blocks is None else "sealed"
        return (Effect(f"commitment in subnet {self.netuid}", before, after),)

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        uid, most, usage, epoch = await chain.query_many(
            [
                ("SubtensorModule", "Uids", self.netuid, signer),
                ("Commitments", "MaxSpace"),
                ("Commitments", "UsedSpaceOf", self.netuid, signer),
                ("SubtensorModule", "SubnetEpochIndex", self.netuid),
            ]
        )
        if uid is None:
            found = not_registered(signer, self.netuid, "AccountNotAllowedCommit")
            found.pallet = "Commitments"
            return found
        used = usage["used_space"] if usage and usage["last_epoch"] == epoch else 0
        needs = max(_size(self.call()), _LEAST_SPACE)
        if used + needs > most:
            reason = f"{used} of {most} bytes are used in this epoch, and this takes {needs}"
            hint = "wait for the next epoch"
            return refusal("SpaceLimitExceeded", reason, pallet="Commitments", hint=hint)
        return None


def _size(call: Call) -> int:
    ((kind, content),) = call.args["info"]["fields"][0].items()
    return len(content["encrypted"] if kind == "TimelockEncrypted" else content)
