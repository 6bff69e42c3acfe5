"""Operations about root claims: what subnets owe those who stake in subnet 0, and root itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import InvalidArgument
from taokit.chain_client.operations.base import Effect, Operation
from taokit.chain_client.operations.refusals import refusal
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.parameters import Arg, Hotkey

if TYPE_CHECKING:
    from typing_extensions import Self

    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.reads.root_claims import ClaimType, RootClaim
    from taokit.wallet.errors import TaokitError

__all__ = ["ProcessClaim", "RegisterRoot", "SetClaimType"]

MOST_SUBNETS = 5
"""Subnets that one claim may name (``MAX_SUBNET_CLAIMS``)."""


@operation("stake.set-claim", signer="coldkey", danger="mild")
@dataclass(frozen=True)
class SetClaimType(Operation):
    """Choose what root claims become: `swap` sells them for TAO, `keep` keeps them as alpha."""

    claim_type: Annotated[str, Arg("swap or keep.")]
    netuids: Annotated[tuple[int, ...], Arg("With keep: only in these subnets.")] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "claim_type", self.claim_type.lower())
        if self.claim_type not in ("swap", "keep"):
            raise InvalidArgument("claim_type", self.claim_type, "swap or keep")
        if self.netuids and self.claim_type != "keep":
            raise InvalidArgument("netuids", self.netuids, "only keep is for chosen subnets")

    @property
    def _wanted(self) -> ClaimType:
        from taokit.chain_client.reads.root_claims import ClaimType

        return ClaimType(self.claim_type, tuple(sorted(set(self.netuids))))

    def call(self) -> Call:
        args = {"new_root_claim_type": self._wanted.to_value()}
        return Call("SubtensorModule", "set_root_claim_type", args)

    def summary(self) -> str:
        return f"set what becomes of root claims to: {self._wanted}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.reads.root_claims import claim_type

        return (Effect("root claims", str(await claim_type(chain, signer)), str(self._wanted)),)


@operation("stake.process-claim", signer="coldkey", danger="mild")
@dataclass(frozen=True)
class ProcessClaim(Operation):
    """Claim what subnets owe for stake in subnet 0."""

    netuids: Annotated[
        tuple[int, ...], Arg("One to five subnets; those that owe most if none is named.")
    ] = ()

    def __post_init__(self) -> None:
        if len(set(self.netuids)) > MOST_SUBNETS:
            raise InvalidArgument("netuids", self.netuids, f"at most {MOST_SUBNETS} at once")

    async def prepared_for(self, chain: ChainClient, signer: str) -> Self:
        if self.netuids:
            return self
        from taokit.chain_client.reads.root_claims import root_claims

        owing = dict.fromkeys(
            claim.netuid for claim in await root_claims(chain, signer) if claim.payable
        )
        return replace(self, netuids=tuple(sorted(list(owing)[:MOST_SUBNETS])))

    def call(self) -> Call:
        return Call("SubtensorModule", "claim_root", {"subnets": sorted(set(self.netuids))})

    def summary(self) -> str:
        if not self.netuids:
            return "claim what subnets owe, of which none does"
        return f"claim what subnets {', '.join(map(str, self.netuids))} owe"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        return tuple(
            Effect(f"owed by subnet {claim.netuid} on {claim.hotkey}", claim.owed, claim.owed * 0)
            for claim in await self._claims(chain, signer)
            if claim.payable
        )

    async def warnings(self, chain: ChainClient, signer: str) -> tuple[str, ...]:
        return tuple(
            f"subnet {claim.netuid} owes {claim.owed}, and pays from {claim.threshold} on"
            for claim in await self._claims(chain, signer)
            if not claim.payable
        )

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        if not self.netuids:
            return refusal("InvalidSubnetNumber", "no subnet owes anything that is paid yet")
        return None

    async def _claims(self, chain: ChainClient, signer: str) -> list[RootClaim]:
        from taokit.chain_client.reads.root_claims import root_claims

        found = await root_claims(chain, signer)
        return [claim for claim in found if claim.netuid in self.netuids]


@operation("root.register", signer="coldkey")
@dataclass(frozen=True)
class RegisterRoot(Operation):
    """Seat a hotkey in subnet 0. It costs the fee only, and stake if all seats are taken."""

    hotkey: Annotated[Hotkey, Arg("The hotkey to seat.")]

    def call(self) -> Call:
        return Call("SubtensorModule", "root_register", {"hotkey": self.hotkey})

    def summary(self) -> str:
        return f"register {self.hotkey} in subnet 0"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        seats = await chain.query("SubtensorModule", "SubnetworkN", 0)
        room = await chain.query("SubtensorModule", "MaxAllowedUids", 0)
        return (Effect("seats taken in subnet 0", seats, min(seats + 1, room)),)

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        module = "SubtensorModule"
        uid, taken, room, interval, target, own = await chain.query_many(
            [
                (module, "Uids", 0, self.hotkey),
                (module, "SubnetworkN", 0),
                (module, "MaxAllowedUids", 0),
                (module, "RegistrationsThisInterval", 0),
                (module, "TargetRegistrationsPerInterval", 0),
                (module, "TotalHotkeyAlpha", self.hotkey, 0),
            ]
        )
        if interval >= 3 * target:
            reason = f"{interval} were registered in this interval already"
            return refusal("TooManyRegistrationsThisInterval", reason)
        if uid is not None:
            return refusal("HotKeyAlreadyRegisteredInSubNet", f"it is there already, uid {uid}")
        if taken < room:
            return None
        members = [key for _, key in await chain.query_map(module, "Keys", 0)]
        stakes = await chain.query_many([(module, "TotalHotkeyAlpha", key, 0) for key in members])
        if own <= min(stakes):
            reason = f"all {room} seats are taken by hotkeys with at least {min(stakes)} rao"
            return refusal("StakeTooLowForRoot", reason)
        return None
