"""Operations of leased subnets: taking one over when the lease has ended.

A lease begins as the call of a crowdloan (``crowdloans.CreateCrowdloan``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from taokit.chain_client.calls import Call
from taokit.chain_client.operations.base import Effect, Operation
from taokit.chain_client.operations.refusals import refusal
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.parameters import Arg, Hotkey

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.wallet.errors import TaokitError

__all__ = ["TerminateLease"]


@operation("lease.terminate", signer="coldkey", danger="severe")
@dataclass(frozen=True)
class TerminateLease(Operation):
    """Take over the subnet of a lease that has ended, as its beneficiary."""

    lease_id: Annotated[int, Arg("The number of the lease.")]
    hotkey: Annotated[Hotkey, Arg("The subnet owner's hotkey from then on.")]

    def call(self) -> Call:
        args = {"lease_id": self.lease_id, "hotkey": self.hotkey}
        return Call("SubtensorModule", "terminate_lease", args)

    def summary(self) -> str:
        return f"end lease {self.lease_id}, and take over its subnet with hotkey {self.hotkey}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.reads.leases import read_lease

        found = await read_lease(chain, self.lease_id)
        if found is None:
            return ()
        return (Effect(f"owner of subnet {found.netuid}", found.coldkey, found.beneficiary),)

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        from taokit.chain_client.reads.leases import read_lease

        found = await read_lease(chain, self.lease_id)
        if found is None:
            hint = "`taokit lease list` shows which there are"
            return refusal("LeaseDoesNotExist", f"there is no lease {self.lease_id}", hint=hint)
        if found.beneficiary != signer:
            reason = f"{found.beneficiary} leased it, not {signer}"
            return refusal("ExpectedBeneficiaryOrigin", reason, hint="sign with that coldkey")
        if found.end_block is None:
            return refusal("LeaseHasNoEndBlock", "this lease never ends")
        now = await chain.query("System", "Number") + 1
        if now < found.end_block:
            reason = f"the lease ends at block {found.end_block}"
            return refusal("LeaseHasNotEnded", reason, wait=found.end_block - now)
        owner = await chain.query("SubtensorModule", "Owner", self.hotkey)
        if str(owner) != signer:
            reason = f"the hotkey {self.hotkey} does not belong to {signer}"
            return refusal("BeneficiaryDoesNotOwnHotkey", reason)
        return None
