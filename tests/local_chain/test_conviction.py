"""Locks over time: how mass decays and conviction grows, against closed forms."""

from __future__ import annotations

from math import exp

import pytest

from taokit.local_chain.arithmetic.fixed import U64F64
from taokit.local_chain.pallets.subtensor import conviction
from taokit.local_chain.pallets.subtensor.conviction import Kind, Rates
from taokit.local_chain.pallets.subtensor.types import LockState

TAU = 934_866
RATES = Rates(TAU, TAU)
DECAYING, PERPETUAL = Kind(False, False), Kind(False, True)
ONE = U64F64.one


def fresh(mass: int) -> LockState:
    """A lock of block 0 that has gathered nothing."""
    return LockState(locked_mass=mass, conviction=0, last_update=0)


def roll(lock: LockState, now: int, kind: Kind = DECAYING, rates: Rates = RATES) -> LockState:
    return conviction.rolled(lock, now, rates, kind)


def gathered(lock: LockState) -> float:
    return U64F64.to_float(lock.conviction)


def test_decay_is_one_at_once_and_nothing_without_a_rate() -> None:
    assert conviction.decay(0, 216_000) == ONE
    assert conviction.decay(0, 0) == ONE
    assert conviction.decay(1_000, 0) == 0


def test_decay_is_the_exponential_down_to_its_least_exponent() -> None:
    tau = 216_000
    assert U64F64.to_float(conviction.decay(tau, tau)) == pytest.approx(exp(-1), abs=1e-12)
    assert conviction.decay(100 * tau, tau) == conviction.decay(40 * tau, tau) > 0


def test_decaying_mass_and_conviction_follow_the_closed_form_of_equal_rates() -> None:
    lock = roll(fresh(10**15), 300_000)
    fraction = 300_000 / TAU
    assert lock.locked_mass == pytest.approx(10**15 * exp(-fraction), rel=1e-12)
    assert gathered(lock) == pytest.approx(10**15 * fraction * exp(-fraction), rel=1e-12)
    assert lock.last_update == 300_000


def test_unequal_rates_follow_their_closed_form() -> None:
    lock = roll(fresh(10_000), 10_000, rates=Rates(200_000, 240_000))
    expected = 200_000 * (exp(-10 / 240) - exp(-10 / 200)) / 40_000
    assert gathered(lock) == pytest.approx(10_000 * expected, abs=1e-7)


def test_adjacent_large_rates_with_all_alpha_stay_near_the_closed_form() -> None:
    unlock, mass = 1_142_108, 21_000_000 * 10**9
    lock = roll(fresh(mass), unlock, rates=Rates(unlock, unlock + 1))
    x, z = exp(-1), exp(-unlock / (unlock + 1))
    assert abs(gathered(lock) - mass * unlock * (z - x)) < 50_000
    assert abs(lock.locked_mass - mass * x) < 2_000


@pytest.mark.parametrize("rates", [Rates(0, TAU), Rates(TAU, 0)])
def test_without_a_rate_nothing_is_gathered(rates: Rates) -> None:
    assert roll(fresh(10_000), 1_000, rates=rates).conviction == 0


def test_rolling_in_two_steps_comes_to_the_same() -> None:
    once = roll(fresh(10**9), 20_000)
    twice = roll(roll(fresh(10**9), 10_000), 20_000)
    assert abs(once.locked_mass - twice.locked_mass) <= 1
    assert gathered(twice) == pytest.approx(gathered(once), abs=0.1)


def test_perpetual_mass_stays_and_its_conviction_approaches_it() -> None:
    lock = roll(fresh(10_000), TAU, PERPETUAL)
    assert lock.locked_mass == 10_000
    assert gathered(lock) == pytest.approx(10_000 * (1 - exp(-1)), abs=1e-9)
    for blocks in (1, 1_000, TAU, 10 * TAU, 1_000 * TAU):
        later = roll(fresh(10_000), blocks, PERPETUAL)
        assert later.locked_mass == 10_000
        assert later.conviction <= U64F64.from_int(10_000)


def test_a_lock_to_the_owner_has_its_mass_as_conviction() -> None:
    for perpetual, mass in ((True, 10**9), (False, int(10**9 * exp(-1)))):
        lock = roll(fresh(10**9), TAU, Kind(True, perpetual))
        assert lock.locked_mass == mass
        assert lock.conviction == U64F64.from_int(mass)


def test_conviction_rises_then_falls_to_nothing() -> None:
    early, later = roll(fresh(10_000), 100), roll(fresh(10_000), 1_100)
    assert 0 < early.conviction < later.conviction
    assert roll(fresh(10_000), TAU * 1_000).conviction == 0


def test_dust_is_below_a_hundred_in_both() -> None:
    lock = LockState(locked_mass=99, conviction=99 * ONE, last_update=100)
    assert roll(lock, 100) == LockState(locked_mass=0, conviction=0, last_update=100)
    for kept in (lock.replace(locked_mass=100), lock.replace(conviction=100 * ONE)):
        assert roll(kept, 100) == kept


def test_a_lock_of_now_or_later_does_not_roll() -> None:
    lock = LockState(locked_mass=500, conviction=7 * ONE, last_update=100)
    assert roll(lock, 100) == roll(lock, 99) == lock
