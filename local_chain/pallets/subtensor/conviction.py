"""How a lock of stake decays, and how the conviction it gathers grows and fades. Pure arithmetic.

Owns the roll-forward of one lock, and how a lock and the sum it is counted in change together. Does
not own where locks are stored, nor what they forbid (`locks`). Locked mass is rao of the subnet's
alpha, conviction is raw U64F64, time is blocks. Source: the runtime's staking/lock.rs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from taokit.local_chain.arithmetic.fixed import I64F64, U64F64
from taokit.local_chain.arithmetic.transcendental import exp
from taokit.local_chain.pallets.subtensor.types import LockState

U64_MAX = 2**64 - 1
DUST = 100
"""A lock of less mass and less conviction than this is nothing."""

_LEAST_EXPONENT = -40


class Rates(NamedTuple):
    """Blocks in which a lock falls to 1/e of itself: its mass, and its conviction."""

    unlock: int
    maturity: int


class Kind(NamedTuple):
    """What decides how a lock rolls, and into which sum it counts."""

    owner: bool
    """It is to the hotkey of the subnet's owner, whose conviction is the locked mass itself."""
    perpetual: bool
    """Its mass does not decay."""


def empty(now: int) -> LockState:
    """No lock, as of block `now`."""
    return LockState(locked_mass=0, conviction=0, last_update=now)


def is_dust(lock: LockState) -> bool:
    """True where both mass and conviction are too small to keep (`LockState::is_zero`)."""
    return lock.locked_mass < DUST and lock.conviction < U64F64.from_int(DUST)


def decay(blocks: int, tau: int) -> int:
    """Raw U64F64 of exp(-blocks / tau), the exponent at least -40; 1 for no blocks, 0 for no tau.

    Source: `exp_decay`.
    """
    if blocks == 0:
        return U64F64.one
    if tau == 0:
        return 0
    least = I64F64.from_int(_LEAST_EXPONENT)
    exponent = I64F64.checked_div(I64F64.from_int(-blocks), I64F64.from_int(tau))
    result = exp(least if exponent is None else max(exponent, least), I64F64)
    return U64F64.convert(result or 0, I64F64)


def rolled(lock: LockState, now: int, rates: Rates, kind: Kind) -> LockState:
    """The lock as of block `now` (`roll_forward_lock`)."""
    if now > lock.last_update:
        lock = _after(lock, now, rates, perpetual=kind.perpetual)
    if kind.owner:
        lock = lock.replace(conviction=U64F64.from_int(lock.locked_mass))
    if is_dust(lock):
        lock = lock.replace(locked_mass=0, conviction=0)
    return lock


def _after(lock: LockState, now: int, rates: Rates, *, perpetual: bool) -> LockState:
    blocks = now - lock.last_update
    unlock, maturity = decay(blocks, rates.unlock), decay(blocks, rates.maturity)
    mass = U64F64.from_int(lock.locked_mass)
    kept = U64F64.saturating_mul(maturity, lock.conviction)
    if perpetual:
        locked = lock.locked_mass
        grown = U64F64.saturating_mul(mass, U64F64.saturating_sub(U64F64.one, maturity))
    else:
        locked = U64F64.to_u64(U64F64.saturating_mul(unlock, mass))
        grown = U64F64.saturating_mul(mass, _grown(blocks, rates, unlock, maturity))
    return LockState(
        locked_mass=locked, conviction=U64F64.saturating_add(kept, grown), last_update=now
    )


def _grown(blocks: int, rates: Rates, unlock: int, maturity: int) -> int:
    """Raw U64F64 conviction that one unit of decaying mass gathers."""
    if rates.unlock == rates.maturity:
        return U64F64.saturating_mul(U64F64.ratio(blocks, rates.maturity), maturity)
    if not rates.unlock or not rates.maturity:
        return 0
    difference = I64F64.saturating_sub(
        I64F64.convert(unlock, U64F64), I64F64.convert(maturity, U64F64)
    )
    gamma = I64F64.checked_div(
        I64F64.saturating_mul(I64F64.from_int(rates.unlock), difference),
        I64F64.from_int(rates.unlock - rates.maturity),
    )
    return 0 if gamma is None or gamma <= 0 else U64F64.convert(gamma, I64F64)


def merged(first: LockState, second: LockState) -> LockState:
    """Both locks as one, as of the later block (`merge_lock`)."""
    return LockState(
        locked_mass=min(first.locked_mass + second.locked_mass, U64_MAX),
        conviction=U64F64.saturating_add(first.conviction, second.conviction),
        last_update=max(first.last_update, second.last_update),
    )


def reduced(lock: LockState, mass: int, conviction: int) -> LockState:
    """The lock less mass and conviction, each down to 0 (`reduce_lock`)."""
    return lock.replace(
        locked_mass=max(lock.locked_mass - mass, 0), conviction=max(lock.conviction - conviction, 0)
    )


@dataclass
class Standing:
    """A coldkey's lock together with the sum of the locks of its kind (`ConvictionModel`)."""

    kind: Kind
    lock: LockState
    total: LockState

    def roll(self, now: int, rates: Rates) -> None:
        """Roll the lock; the sum loses what the lock lost, or rolls by itself if that is nothing.

        As in the runtime, a sum that loses with its lock does not gather conviction meanwhile.
        """
        before = self.lock
        self.lock = rolled(before, now, rates, self.kind)
        mass = max(before.locked_mass - self.lock.locked_mass, 0)
        conviction = max(before.conviction - self.lock.conviction, 0)
        if mass or conviction:
            self.total = reduced(self.total, mass, conviction).replace(last_update=now)
        else:
            self.roll_total(now, rates)

    def roll_total(self, now: int, rates: Rates) -> None:
        """Roll the sum alone."""
        self.total = rolled(self.total, now, rates, self.kind)

    def add_to_total(self, added: LockState, now: int, rates: Rates) -> None:
        """Count `added` in the sum."""
        self.roll_total(now, rates)
        self.total = merged(self.total, added)
        self.roll_total(now, rates)

    def force_reduce(self, amount: int, now: int) -> None:
        """Take mass and its part of the conviction from both (`force_reduce_individual`)."""
        before = self.lock
        left = max(before.locked_mass - amount, 0)
        conviction = 0
        if left:
            part = U64F64.ratio(amount, before.locked_mass)
            kept = U64F64.saturating_sub(U64F64.one, part)
            conviction = U64F64.saturating_mul(before.conviction, kept)
        self.lock = LockState(locked_mass=left, conviction=conviction, last_update=now)
        self.total = reduced(
            self.total, before.locked_mass - left, max(before.conviction - conviction, 0)
        )
