"""Which neurons of a full subnet may be replaced by others: for registrations and trims.

Owns that reading. Source of the rules: ``get_neuron_to_prune`` in
``pallets/subtensor/src/subnets/registration.rs``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = ["Seats", "seats"]

_MODULE = "SubtensorModule"


@dataclass(frozen=True)
class Seats:
    """The neurons of a subnet by how they are protected in the next block."""

    most: int
    """How many there may be."""
    kept: frozenset[int]
    """The owner's own, which nobody replaces."""
    immune: frozenset[int]
    """The others that are younger than the immunity period."""
    free: frozenset[int]
    """All others."""
    least_free: int
    """So many of the free ones have to stay."""

    @property
    def protected(self) -> int:
        """How many are the owner's, or immune."""
        return len(self.kept | self.immune)

    @property
    def one_more(self) -> bool:
        """Whether another neuron finds a place: an empty one, or somebody else's."""
        if len(self.kept | self.immune | self.free) < self.most:
            return True
        return self.most > 0 and (len(self.free) > self.least_free or bool(self.immune))


async def seats(chain: ChainClient, netuid: int) -> Seats:
    """The places of a subnet as the next block will see them."""
    head, most, period, least_free, limit, owner, owner_hotkey, count = await chain.query_many(
        [
            ("System", "Number"),
            (_MODULE, "MaxAllowedUids", netuid),
            (_MODULE, "ImmunityPeriod", netuid),
            (_MODULE, "MinNonImmuneUids", netuid),
            (_MODULE, "ImmuneOwnerUidsLimit", netuid),
            (_MODULE, "SubnetOwner", netuid),
            (_MODULE, "SubnetOwnerHotkey", netuid),
            (_MODULE, "SubnetworkN", netuid),
        ]
    )
    registered = dict(await chain.query_map(_MODULE, "BlockAtRegistration", netuid))
    owned = await chain.query(_MODULE, "OwnedHotkeys", owner)
    found = await chain.query_many(
        [(_MODULE, "Uids", netuid, key) for key in (*owned, owner_hotkey)]
    )
    *uids, owner_uid = found
    places = sorted((registered.get(uid, 0), uid) for uid in uids if uid is not None)
    kept = [uid for _, uid in places][:limit]
    if owner_uid is not None and owner_uid not in kept:
        kept = [owner_uid, *kept][: max(limit, 0)]
    now, every = head + 1, range(count)
    young = {uid for uid in every if now - registered.get(uid, 0) < period}
    others = set(every) - set(kept)
    return Seats(
        most=most,
        kept=frozenset(kept),
        immune=frozenset(others & young),
        free=frozenset(others - young),
        least_free=least_free,
    )
