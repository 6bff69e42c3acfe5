"""What becomes of locks: how much of them is free again when, and the conviction by then.

Owns the look ahead, by the chain's rule for decaying and perpetual locks. The chain reckons in
fixed point; this is to be looked at, in floats. Does not own the locks as they are
(``availability``).
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Annotated, Final

from taokit.chain_client.addresses import ss58_of
from taokit.chain_client.history import BLOCKS_AN_HOUR
from taokit.chain_client.money import Alpha
from taokit.chain_client.parameters import Arg, Coldkey, NetUid
from taokit.chain_client.reads.availability import Lock, availability_in, locks
from taokit.chain_client.reads.registry import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from taokit.chain_client.client import ChainClient

__all__ = ["BLOCKS_A_DAY", "LockOutlook", "LockPoint", "LockRates", "lock_outlook", "lock_rates"]

BLOCKS_A_DAY: Final = 24 * BLOCKS_AN_HOUR
DAYS: Final = tuple(range(0, 366, 5))
"""The days ahead that are looked at; 30, 90 and 365 are among them."""
_LEAST_EXPONENT: Final = -40.0


@dataclass(frozen=True, slots=True)
class LockPoint:
    """What is locked so many days (of 7200 blocks) from now, and its conviction."""

    days: int
    locked: Alpha
    conviction: Alpha


@dataclass(frozen=True, slots=True)
class LockOutlook(Lock):
    """A lock, what else of the stake there may leave, and what becomes of it in a year."""

    available: Alpha
    to_owner: bool
    """Whether it is to the hotkey of the subnet's owner: its conviction is all that is locked."""
    points: tuple[LockPoint, ...]


@dataclass(frozen=True, slots=True)
class LockRates:
    """In how many blocks a decaying lock, and conviction, change by a factor of e."""

    unlock: int
    maturity: int

    def after(
        self, locked: int, conviction: int, blocks: int, *, perpetual: bool, to_owner: bool = False
    ) -> tuple[int, int]:
        """Rao of alpha locked, and of conviction, so many blocks later."""
        unlock, maturity = _decay(blocks, self.unlock), _decay(blocks, self.maturity)
        left = locked if perpetual else int(locked * unlock)
        if to_owner:
            return left, left
        if perpetual:
            grown = 1 - maturity
        elif self.unlock == self.maturity:
            grown = maturity * blocks / self.maturity if self.maturity else 0.0
        elif not self.unlock or not self.maturity:
            grown = 0.0
        else:
            grown = self.unlock * (unlock - maturity) / (self.unlock - self.maturity)
        return left, int(maturity * conviction + max(0.0, grown) * locked)


@read("lock-outlook", group="stake")
async def lock_outlook(
    chain: ChainClient,
    coldkey: Annotated[Coldkey, Arg("Whose locks.")],
    netuid: Annotated[NetUid | None, Arg("Only in this subnet.")] = None,
) -> tuple[LockOutlook, ...]:
    """A coldkey's locks, and what becomes of them: what is free again when, and conviction."""
    async with chain.snapshot():
        found, rates = await asyncio.gather(locks(chain, coldkey, netuid), lock_rates(chain))
        owners, free = await asyncio.gather(
            chain.query_many(
                [("SubtensorModule", "SubnetOwnerHotkey", lock.netuid) for lock in found]
            ),
            asyncio.gather(*(availability_in(chain, coldkey, lock.netuid) for lock in found)),
        )
    return tuple(
        _outlook(lock, rates, ss58_of(owner) == lock.hotkey, held.available)
        for lock, owner, held in zip(found, owners, free, strict=True)
    )


async def lock_rates(chain: ChainClient) -> LockRates:
    """The chain's rates."""
    asked = [("SubtensorModule", "UnlockRate"), ("SubtensorModule", "MaturityRate")]
    unlock, maturity = await chain.query_many(asked)
    return LockRates(int(unlock), int(maturity))


def _outlook(lock: Lock, rates: LockRates, to_owner: bool, available: Alpha) -> LockOutlook:
    known = {field.name: getattr(lock, field.name) for field in fields(Lock)}
    points = looked_ahead(lock, rates, to_owner, DAYS)
    return LockOutlook(**known, available=available, to_owner=to_owner, points=points)


def looked_ahead(
    lock: Lock, rates: LockRates, to_owner: bool, days: Sequence[int]
) -> tuple[LockPoint, ...]:
    """What becomes of a lock on those days from now."""
    points = []
    for day in days:
        locked, conviction = rates.after(
            lock.locked.rao,
            lock.conviction.rao,
            day * BLOCKS_A_DAY,
            perpetual=lock.mode == "perpetual",
            to_owner=to_owner,
        )
        netuid = lock.netuid
        points.append(LockPoint(day, Alpha(locked, netuid), Alpha(conviction, netuid)))
    return tuple(points)


def _decay(blocks: int, rate: int) -> float:
    if not blocks:
        return 1.0
    return math.exp(max(_LEAST_EXPONENT, -blocks / rate)) if rate else 0.0
