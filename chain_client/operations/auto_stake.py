"""Operations about stake that comes by itself: incentives, and becoming a parent in new subnets."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from taokit.chain_client.addresses import ss58_of
from taokit.chain_client.calls import Call
from taokit.chain_client.operations.base import Effect, Operation
from taokit.chain_client.operations.refusals import not_owner_of, not_registered, refusal
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.parameters import Arg, Hotkey, NetUid

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.wallet.errors import TaokitError

__all__ = ["SetAutoParent", "SetAutoStake"]


@operation("stake.set-auto", signer="coldkey")
@dataclass(frozen=True)
class SetAutoStake(Operation):
    """Have the incentives of all one's miners in a subnet staked on one hotkey."""

    netuid: Annotated[NetUid, Arg("The subnet.")]
    hotkey: Annotated[Hotkey, Arg("The hotkey, registered there, that they are staked on.")]

    def call(self) -> Call:
        args = {"netuid": self.netuid, "hotkey": self.hotkey}
        return Call("SubtensorModule", "set_coldkey_auto_stake_hotkey", args)

    def summary(self) -> str:
        return f"stake incentives of subnet {self.netuid} on {self.hotkey}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        before = await self._before(chain, signer)
        return (Effect(f"incentives of subnet {self.netuid} go to", before, self.hotkey),)

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        uid, before = await asyncio.gather(
            chain.query("SubtensorModule", "Uids", self.netuid, self.hotkey),
            self._before(chain, signer),
        )
        if uid is None:
            return not_registered(self.hotkey, self.netuid)
        if before == self.hotkey:
            return refusal("SameAutoStakeHotkeyAlreadySet", "they go there already")
        return None

    async def _before(self, chain: ChainClient, signer: str) -> str | None:
        item = "AutoStakeDestination"
        found = await chain.query("SubtensorModule", item, signer, self.netuid)
        return None if found is None else ss58_of(found)


@operation("stake.child.auto", signer="coldkey", danger="mild")
@dataclass(frozen=True)
class SetAutoParent(Operation):
    """Let a root validator become a parent of the owner's hotkey of each new subnet, or not."""

    hotkey: Annotated[Hotkey, Arg("The validator's hotkey, registered in subnet 0.")]
    enabled: Annotated[bool, Arg("Whether it does.")]

    def call(self) -> Call:
        args = {"hotkey": self.hotkey, "enabled": self.enabled}
        return Call("SubtensorModule", "set_auto_parent_delegation_enabled", args)

    def summary(self) -> str:
        does = "lets" if self.enabled else "no longer lets"
        return f"{self.hotkey} {does} the owners of new subnets have its stake as a child"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        item = "AutoParentDelegationEnabled"
        before = await chain.query("SubtensorModule", item, self.hotkey)
        return (Effect("becomes a parent in new subnets", before, self.enabled),)

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        owner, member = await chain.query_many(
            [
                ("SubtensorModule", "Owner", self.hotkey),
                ("SubtensorModule", "IsNetworkMember", self.hotkey, 0),
            ]
        )
        if ss58_of(owner) != signer:
            return not_owner_of(self.hotkey, signer)
        return None if member else not_registered(self.hotkey, 0)
