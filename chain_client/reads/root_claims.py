"""Reads about root claims: alpha that subnets owe those who stake in subnet 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from taokit.chain_client.addresses import ss58_of
from taokit.chain_client.money import Alpha, Tao
from taokit.chain_client.parameters import Arg, Coldkey
from taokit.chain_client.prices import Price
from taokit.chain_client.reads.registry import read
from taokit.chain_client.reads.stake import stake
from taokit.chain_client.reads.subnets import all_prices

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = ["ClaimType", "RootClaim", "claim_type", "root_claims"]

_POINT = 32
"""Bits after the point of the chain's rates and thresholds (I96F32)."""


@dataclass(frozen=True, slots=True)
class RootClaim:
    """What one subnet owes a coldkey for its stake of subnet 0 on one hotkey."""

    netuid: int
    hotkey: str
    owed: Alpha
    value: Tao
    """``owed`` at the present price."""
    threshold: Alpha
    """Less than this is not paid yet."""

    @property
    def payable(self) -> bool:
        """Whether a claim pays it now."""
        return self.owed.rao > 0 and self.owed >= self.threshold


@dataclass(frozen=True, slots=True)
class ClaimType:
    """What becomes of a coldkey's claims: ``swap`` to TAO in subnet 0, or ``keep`` as alpha.

    With ``keep``, ``subnets`` names those whose alpha is kept; none means all.
    """

    kind: str
    subnets: tuple[int, ...] = ()

    @classmethod
    def from_value(cls, value: Any) -> ClaimType:
        """From the chain's ``RootClaimTypeEnum``."""
        if isinstance(value, dict):
            ((_, inner),) = value.items()
            subnets = inner["subnets"] if isinstance(inner, dict) else inner
            return cls("keep", tuple(sorted(subnets)))
        return cls(str(value).lower())

    def to_value(self) -> Any:
        """As the chain has it."""
        if self.kind == "keep" and self.subnets:
            return {"KeepSubnets": {"subnets": list(self.subnets)}}
        return self.kind.capitalize()

    def __str__(self) -> str:
        if not self.subnets:
            return self.kind
        return f"{self.kind} in subnets {', '.join(map(str, self.subnets))}"


@read("claim-type", group="stake")
async def claim_type(
    chain: ChainClient, coldkey: Annotated[Coldkey, Arg("Whose claims.")]
) -> ClaimType:
    """Whether a coldkey's root claims are swapped to TAO or kept as alpha."""
    return ClaimType.from_value(await chain.query("SubtensorModule", "RootClaimType", coldkey))


@read("root-claims", group="stake")
async def root_claims(
    chain: ChainClient, coldkey: Annotated[Coldkey, Arg("Whose claims.")]
) -> tuple[RootClaim, ...]:
    """What subnets owe a coldkey for its stake in subnet 0: what they pay now, most valuable first.

    What is owed and not paid yet comes after it.
    """
    module = "SubtensorModule"
    async with chain.snapshot():
        staked = [at for at in await stake(chain, coldkey) if at.netuid == 0 and at.stake.rao]
        rates = await chain.query_many([(module, "RootClaimable", at.hotkey) for at in staked])
        places = [
            (at, netuid, _bits(rate))
            for at, found in zip(staked, rates)
            for netuid, rate in sorted(dict(found).items())
        ]
        netuids = sorted({netuid for _, netuid, _ in places})
        read = await chain.query_many(
            [
                *((module, "RootClaimed", netuid, at.hotkey, coldkey) for at, netuid, _ in places),
                *((module, "RootClaimableThreshold", netuid) for netuid in netuids),
            ]
        )
        claimed, limits = read[: len(places)], dict(zip(netuids, read[len(places) :]))
        prices = await all_prices(chain) if places else {}
    found = []
    for (at, netuid, rate), taken in zip(places, claimed):
        owed = (rate * at.stake.rao - (taken << _POINT)) >> _POINT
        if owed <= 0:
            continue
        alpha = Alpha(owed, netuid)
        value = prices.get(netuid, Price(0, netuid)).worth(alpha)
        threshold = Alpha(_bits(limits[netuid]) >> _POINT, netuid)
        found.append(RootClaim(netuid, ss58_of(at.hotkey), alpha, value, threshold))
    return tuple(sorted(found, key=lambda claim: (not claim.payable, -claim.value.rao)))


def _bits(value: Any) -> int:
    return int(value["bits"] if isinstance(value, dict) else value)
