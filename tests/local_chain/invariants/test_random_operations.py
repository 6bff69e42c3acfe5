"""Whatever is done to the chain, in whatever order: nothing is made or lost that should not be.

`make test` runs a few histories, always the same. For many, of any kind, more than once:

    HYPOTHESIS_PROFILE=long pytest tests/local_chain/invariants
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.internal.conjecture import providers
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from key_rules import KeyRules
from money_checks import Money
from money_rules import MoneyRules
from network_checks import check_keys, check_networks, check_root_index
from network_rules import NetworkRules
from order_rules import OrderRules
from random_world import World
from stake_checks import check_alpha, check_locks, check_pools
from stake_rules import StakeRules
from state_checks import check_cached_values, check_sealed_block
from weight_rules import WeightRules

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
HISTORIES = int(os.environ.get("HISTORIES", "200")) if LONG else 10
FIRST = int.from_bytes(os.urandom(4), "big") if LONG else 0
SETTINGS = settings(
    # Hypothesis varies what it has drawn more than it draws anew: one seed is one history (the
    # first of the two is the simplest there is, and costs nothing).
    max_examples=2,
    stateful_step_count=120 if LONG else 60,
    database=None,
    deadline=None,
    print_blob=False,
    suppress_health_check=list(HealthCheck),
)

_worlds: list[World] = []


def the_world() -> World:
    """The furnished chain; made once."""
    if not _worlds:
        _worlds.append(World())
    return _worlds[0]


class Histories(
    StakeRules, MoneyRules, NetworkRules, KeyRules, WeightRules, OrderRules, RuleBasedStateMachine
):
    """Random operations of every kind, on one chain."""

    def __init__(self) -> None:
        super().__init__()
        self.world = the_world()
        self.world.restart()
        self.money = Money(self.world)
        self.commits = []
        self.sealed = 0
        self.check()

    def check(self) -> None:
        """What holds between two extrinsics."""
        self.money.check()
        check_pools(self.world, self.money.departed)
        check_alpha(self.world, self.money)
        check_locks(self.world)
        check_networks(self.world)
        check_keys(self.world)
        check_root_index(self.world)

    def seal(self, blocks: int) -> None:
        self.check()
        for _ in range(blocks):
            self.world.end_block()
            self.sealed += 1
            if self.world.body or self.sealed % 4 == 0:
                check_sealed_block(self.world)
            if self.sealed % 8 == 0:
                check_cached_values(self.world)
            self.money.begin_block()
            self.check()

    def teardown(self) -> None:
        self.world.overlay.discard_block()


@pytest.fixture(autouse=True)
def _only_the_seed_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_constants(monkeypatch.setattr)


def forget_constants(replace: Callable[..., None]) -> None:
    """Keep Hypothesis from drawing numbers that it read in whatever modules are loaded."""
    replace(providers, "_get_local_constants", providers.Constants, raising=False)
    replace(providers, "CONSTANTS_CACHE", {}, raising=False)


@pytest.mark.timeout(0 if LONG else 120)
@pytest.mark.parametrize("number", range(FIRST, FIRST + HISTORIES))
def test_no_history_breaks_what_must_hold(number: int) -> None:
    seeded: type[Histories] = seed(number)(type("Histories", (Histories,), {}))
    run_state_machine_as_test(seeded, settings=SETTINGS)
