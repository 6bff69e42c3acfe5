"""Operations on child hotkeys: stake of one hotkey that counts for others."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated

from taokit.chain_client.addresses import ss58_of
from taokit.chain_client.calls import Call
from taokit.chain_client.errors import InvalidArgument
from taokit.chain_client.operations.base import Effect, Operation
from taokit.chain_client.operations.refusals import not_owner_of, refusal, too_soon
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.parameters import Arg, Hotkey, NetUid
from taokit.chain_client.reads.takes import percent, u16_share, u64_share

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.wallet.errors import TaokitError

__all__ = ["RevokeChildren", "SetChildTake", "SetChildren"]

MOST_CHILDREN = 5
_SET_CHILDREN, _SET_TAKE = 0, 1
"""The chain's numbers of what it limits by itself (``TransactionType``)."""
_BETWEEN, _BETWEEN_LOCALLY = 150, 15
"""Blocks between two changes of a hotkey's children in a subnet: Subtensor's, and those of the
image it publishes for local chains. The chain does not tell which it has."""


class _Setting(Operation):
    """What setting and revoking share."""

    hotkey: str
    netuid: int

    def _links(self) -> list[tuple[int, str]]:
        return []

    def call(self) -> Call:
        args = {"hotkey": self.hotkey, "netuid": self.netuid, "children": self._links()}
        return Call("SubtensorModule", "set_children", args)

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.reads.takes import children

        (found,) = await children(chain, self.hotkey, self.netuid)
        before = _shown((link.hotkey, link.share) for link in found.children)
        whole = (1 << 64) - 1
        after = _shown((child, Fraction(parts, whole)) for parts, child in self._links())
        return (Effect(f"children in subnet {self.netuid}", before, after),)

    async def warnings(self, chain: ChainClient, signer: str) -> tuple[str, ...]:
        module = "SubtensorModule"
        started, cooldown, last, now = await chain.query_many(
            [
                (module, "SubtokenEnabled", self.netuid),
                (module, "PendingChildKeyCooldown"),
                (module, "TransactionKeyLastBlock", self.hotkey, self.netuid, _SET_CHILDREN),
                ("System", "Number"),
            ]
        )
        found = [f"it counts after {cooldown} blocks"] if started and cooldown else []
        since = now + 1 - last
        if last and _BETWEEN_LOCALLY <= since < _BETWEEN:
            left = _BETWEEN - since
            found.append(
                f"children were set {since} blocks ago: {left} more to wait on most chains"
            )
        return tuple(found)

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        from taokit.chain_client.reads.takes import children

        module = "SubtensorModule"
        owner, last, now, threshold, owner_hotkey = await chain.query_many(
            [
                (module, "Owner", self.hotkey),
                (module, "TransactionKeyLastBlock", self.hotkey, self.netuid, _SET_CHILDREN),
                ("System", "Number"),
                (module, "StakeThreshold"),
                (module, "SubnetOwnerHotkey", self.netuid),
            ]
        )
        since = now + 1 - last
        if last and since < _BETWEEN_LOCALLY:
            what = f"children of {self.hotkey} were set"
            return too_soon("TxRateLimitExceeded", what, since=since, limit=_BETWEEN)
        if self.netuid == 0:
            reason = "subnet 0 has no children"
            return refusal("RegistrationNotPermittedOnRootSubnet", reason)
        if ss58_of(owner) != signer:
            return not_owner_of(self.hotkey, signer)
        links = self._links()
        (found,) = await children(chain, self.hotkey, self.netuid)
        parents = {link.hotkey for link in found.parents}
        both = [child for _, child in links if child in parents]
        if both:
            reason = f"{both[0]} is a parent of the hotkey, and cannot be its child too"
            return refusal("ChildParentInconsistency", reason)
        if links and threshold and ss58_of(owner_hotkey) != self.hotkey:
            stake = await _whole_stake(chain, self.hotkey)
            if stake < threshold:
                reason = f"the hotkey has stake worth {stake} rao, and {threshold} is needed"
                return refusal("NotEnoughStakeToSetChildkeys", reason)
        return None


@operation("stake.child.set", signer="coldkey")
@dataclass(frozen=True)
class SetChildren(_Setting):
    """Let parts of a hotkey's stake count for other hotkeys in a subnet.

    The children given replace those there are.
    """

    hotkey: Annotated[Hotkey, Arg("The parent hotkey.")]
    netuid: Annotated[NetUid, Arg("The subnet.")]
    children: Annotated[list[str], Arg("The child hotkeys.", kind="accounts")]
    proportions: Annotated[
        tuple[Fraction, ...],
        Arg("The share of each, in the same order: 0.3,0.2 or 30%,20%.", kind="fractions"),
    ]

    def __post_init__(self) -> None:
        object.__setattr__(self, "children", tuple(self.children))
        if not 0 < len(self.children) <= MOST_CHILDREN:
            raise InvalidArgument("children", self.children, f"one to {MOST_CHILDREN}")
        if len(self.children) != len(self.proportions):
            why = f"{len(self.children)} children need as many"
            raise InvalidArgument("proportions", self.proportions, why)
        if len(set(self.children)) != len(self.children):
            raise InvalidArgument("children", self.children, "each child once")
        if self.hotkey in self.children:
            raise InvalidArgument("children", self.hotkey, "no hotkey is its own child")
        if any(share <= 0 for share in self.proportions):
            raise InvalidArgument("proportions", self.proportions, "each more than zero")
        if sum(self.proportions) > 1:
            raise InvalidArgument("proportions", self.proportions, "together at most 1")

    def _links(self) -> list[tuple[int, str]]:
        return [(u64_share(part), child) for part, child in zip(self.proportions, self.children)]

    def summary(self) -> str:
        shown = _shown(zip(self.children, self.proportions))
        return f"make children of {self.hotkey} in subnet {self.netuid}: {shown}"


@operation("stake.child.revoke", signer="coldkey")
@dataclass(frozen=True)
class RevokeChildren(_Setting):
    """Take all children from a hotkey in a subnet."""

    hotkey: Annotated[Hotkey, Arg("The parent hotkey.")]
    netuid: Annotated[NetUid, Arg("The subnet.")]

    def summary(self) -> str:
        return f"revoke the children of {self.hotkey} in subnet {self.netuid}"


@operation("stake.child.take", signer="coldkey")
@dataclass(frozen=True)
class SetChildTake(Operation):
    """Set what a hotkey keeps of the dividends of its parents in a subnet."""

    hotkey: Annotated[Hotkey, Arg("The child hotkey.")]
    netuid: Annotated[NetUid, Arg("The subnet.")]
    take: Annotated[Fraction, Arg("The share that is kept: 18% or 0.18.")]

    def call(self) -> Call:
        args = {"hotkey": self.hotkey, "netuid": self.netuid, "take": u16_share(self.take)}
        return Call("SubtensorModule", "set_childkey_take", args)

    def summary(self) -> str:
        share = percent(u16_share(self.take))
        return f"set the childkey take of {self.hotkey} in subnet {self.netuid} to {share}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.reads.takes import child_take

        before = await child_take(chain, self.hotkey, self.netuid)
        what = f"childkey take in subnet {self.netuid}"
        return (Effect(what, percent(u16_share(before)), percent(u16_share(self.take))),)

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        from taokit.chain_client.reads.takes import child_take

        module, wanted = "SubtensorModule", u16_share(self.take)
        values, before = await asyncio.gather(
            chain.query_many(
                [
                    (module, "Owner", self.hotkey),
                    (module, "MinChildkeyTake"),
                    (module, "MinChildkeyTakePerSubnet", self.netuid),
                    (module, "MaxChildkeyTake"),
                    (module, "TransactionKeyLastBlock", self.hotkey, self.netuid, _SET_TAKE),
                    (module, "TxChildkeyTakeRateLimit"),
                    ("System", "Number"),
                ]
            ),
            child_take(chain, self.hotkey, self.netuid),
        )
        owner, least, least_here, most, last, limit, now = values
        if ss58_of(owner) != signer:
            return not_owner_of(self.hotkey, signer)
        if not max(least, least_here) <= wanted <= most:
            reason = f"between {percent(max(least, least_here))} and {percent(most)} is allowed"
            return refusal("InvalidChildkeyTake", reason)
        since = now + 1 - last
        if wanted > u16_share(before) and last and since < limit:
            what = "the childkey take was changed"
            return too_soon("TxChildkeyTakeRateLimitExceeded", what, since=since, limit=limit)
        return None


def _shown(links: Iterable[tuple[str, Fraction]]) -> str:
    return ", ".join(f"{hotkey} {float(share):.2%}" for hotkey, share in links) or "none"


async def _whole_stake(chain: ChainClient, hotkey: str) -> int:
    """The worth of all stake on a hotkey over all subnets, in rao."""
    from taokit.chain_client.reads.subnets import all_prices

    prices = await all_prices(chain)
    alphas = await chain.query_many(
        [("SubtensorModule", "TotalHotkeyAlpha", hotkey, netuid) for netuid in prices]
    )
    return sum(
        alpha * price.rao // 10**9 for alpha, price in zip(alphas, prices.values(), strict=True)
    )
