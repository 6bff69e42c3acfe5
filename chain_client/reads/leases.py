"""Reads about leased subnets: who leases which, until when, and who is paid for it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any

from taokit.chain_client.errors import NotFound
from taokit.chain_client.money import Alpha, Tao
from taokit.chain_client.parameters import Arg
from taokit.chain_client.reads.registry import read

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = ["Lease", "LeaseShare", "lease_shares", "leases", "read_lease"]


@dataclass(frozen=True, slots=True)
class Lease:
    """One lease. ``coldkey`` and ``hotkey`` own the subnet and have no key.

    ``emissions_share`` is the contributors' part of the owner's cut, in percent; ``accumulated``
    is what is to be paid out to them next. ``end_block`` is ``None`` for a lease without an end.
    """

    lease_id: int
    netuid: int
    beneficiary: str
    coldkey: str
    hotkey: str
    emissions_share: int
    end_block: int | None
    cost: Tao
    accumulated: Alpha


@dataclass(frozen=True, slots=True)
class LeaseShare:
    """A contributor's share of what a lease pays, from 0 to 1."""

    contributor: str
    share: Fraction


@read("leases", group="crowdloans")
async def leases(chain: ChainClient) -> tuple[Lease, ...]:
    """All leased subnets, by the number of their lease."""
    async with chain.snapshot():
        found = sorted(dict(await chain.query_map("SubtensorModule", "SubnetLeases")).items())
        waiting = await chain.query_many(
            [("SubtensorModule", "AccumulatedLeaseDividends", number) for number, _ in found]
        )
    return tuple(
        _lease(number, value, held) for (number, value), held in zip(found, waiting, strict=True)
    )


@read("lease-shares", group="crowdloans")
async def lease_shares(
    chain: ChainClient, lease_id: Annotated[int, Arg("The number of the lease.")]
) -> tuple[LeaseShare, ...]:
    """What part of a lease's dividends each contributor gets, the most first."""
    if await read_lease(chain, lease_id) is None:
        raise NotFound(kind="lease", name=lease_id)
    found = await chain.query_map("SubtensorModule", "SubnetLeaseShares", lease_id)
    shares = [LeaseShare(str(who), Fraction(value["bits"], 1 << 64)) for who, value in found]
    return tuple(sorted(shares, key=lambda one: (-one.share, one.contributor)))


async def read_lease(chain: ChainClient, lease_id: int) -> Lease | None:
    """The lease of that number, or ``None``."""
    value, held = await chain.query_many(
        [
            ("SubtensorModule", "SubnetLeases", lease_id),
            ("SubtensorModule", "AccumulatedLeaseDividends", lease_id),
        ]
    )
    return None if value is None else _lease(lease_id, value, held)


def _lease(number: int, value: Any, held: int) -> Lease:
    return Lease(
        lease_id=number,
        netuid=value["netuid"],
        beneficiary=str(value["beneficiary"]),
        coldkey=str(value["coldkey"]),
        hotkey=str(value["hotkey"]),
        emissions_share=value["emissions_share"],
        end_block=value["end_block"],
        cost=Tao(value["cost"]),
        accumulated=Alpha(held, value["netuid"]),
    )
