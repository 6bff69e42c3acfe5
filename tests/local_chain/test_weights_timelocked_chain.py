"""Timelocked weights on a whole chain: sealed, committed, and set once the epoch and round came."""

from __future__ import annotations

from typing import Any

import pytest
from subnet_setup import key, new_subnet, open_admin_window, register

from taokit.chain_client import timelock
from taokit.chain_client.scale import Bytes, Vec, codec, u16, u64
from taokit.local_chain.beacon import LocalBeacon
from taokit.local_chain.chain_spec import account
from taokit.local_chain.pallets.subtensor.guards import CUSTOM_CODES

OWNER = account("//Alice_hk")
BEACON = LocalBeacon()
ROUND = 1_000
TEMPO = 20


@pytest.fixture
def subnet(chain: Any) -> tuple[Any, int]:
    """A chain that expects the local beacon, and a subnet with short epochs; in an open block."""
    chain.run_block(1)
    chain.begin_block()
    netuid = new_subnet(chain)
    open_admin_window(chain)
    sub = chain.runtime.subtensor
    sub.tempo.insert(netuid, TEMPO)
    sub.weights_set_rate_limit.insert(netuid, 0)
    sub.stake_threshold.put(0)
    chain.runtime.drand.beacon_config.put(BEACON.config)
    register(chain, netuid, 0)
    return chain, netuid


def commit(chain: Any, netuid: int, ciphertext: bytes, number: int = ROUND) -> None:
    chain.call(
        OWNER,
        "SubtensorModule",
        "commit_timelocked_weights",
        netuid=netuid,
        commit=ciphertext,
        reveal_round=number,
        commit_reveal_version=4,
    )


def sealed(targets: list[int], values: list[int], who: bytes = OWNER) -> bytes:
    plain = codec(tuple[Bytes, Vec[u16], Vec[u16], u64]).encode((who, targets, values, 0))
    return timelock.seal(plain, ROUND, BEACON.public_key)


def until_epochs(chain: Any, netuid: int, count: int) -> None:
    index = chain.runtime.subtensor.subnet_epoch_index
    goal = index.get(netuid) + count
    while index.get(netuid) < goal:
        chain.end_block()
        chain.begin_block()


def store_pulse(chain: Any) -> None:
    chain.runtime.drand.pulses.insert(ROUND, BEACON.pulse(ROUND))


def test_committed_weights_are_set_before_the_epoch_after_the_next(subnet: Any) -> None:
    """weights::test_reveal_crv3_commits_success."""
    chain, netuid = subnet
    weights = chain.runtime.subtensor.weights
    commit(chain, netuid, sealed([1], [65_535]))
    store_pulse(chain)
    assert weights.get((netuid, 0)) == []
    until_epochs(chain, netuid, 1)
    assert weights.get((netuid, 0)) == [(1, 65_535)]
    assert chain.events("SubtensorModule.TimelockedWeightsRevealed") == [(netuid, OWNER)]
    assert chain.runtime.subtensor.timelocked_weight_commits.keys((netuid,)) == []


def test_commits_wait_for_the_pulse_within_their_epoch(subnet: Any) -> None:
    """weights::test_reveal_crv3_commits_retry_on_missing_pulse."""
    chain, netuid = subnet
    weights = chain.runtime.subtensor.weights
    commit(chain, netuid, sealed([1], [65_535]))
    until_epochs(chain, netuid, 1)
    assert weights.get((netuid, 0)) == []
    store_pulse(chain)
    chain.end_block()
    chain.begin_block()
    assert weights.get((netuid, 0)) == [(1, 65_535)]


def test_a_pulse_that_never_comes_lets_commits_expire(subnet: Any) -> None:
    chain, netuid = subnet
    commit(chain, netuid, sealed([1], [65_535]))
    until_epochs(chain, netuid, 3)
    store_pulse(chain)
    until_epochs(chain, netuid, 1)
    assert chain.runtime.subtensor.weights.get((netuid, 0)) == []
    assert chain.runtime.subtensor.timelocked_weight_commits.keys((netuid,)) == []


@pytest.mark.parametrize(
    "ciphertext", [b"", b"\x01" * 300, sealed([1], [5], key(1)), sealed([1, 1], [5])]
)
def test_what_does_not_open_or_is_not_the_committers_is_dropped(
    subnet: Any, ciphertext: bytes
) -> None:
    """weights::test_reveal_crv3_commits_hotkey_check and those of bad payloads."""
    chain, netuid = subnet
    commit(chain, netuid, ciphertext)
    store_pulse(chain)
    until_epochs(chain, netuid, 1)
    assert chain.runtime.subtensor.weights.get((netuid, 0)) == []
    assert chain.runtime.subtensor.timelocked_weight_commits.keys((netuid,)) == []


def test_a_round_older_than_the_newest_is_refused(subnet: Any) -> None:
    """check_weights guard: InvalidRevealRound."""
    chain, netuid = subnet
    chain.runtime.drand.last_stored_round.put(ROUND)
    args = {"netuid": netuid, "commit": b"", "commit_reveal_version": 4}
    name = "commit_timelocked_weights"
    late = chain.refusal(OWNER, "SubtensorModule", name, **args, reveal_round=ROUND - 1)
    assert late == "InvalidRevealRound"
    assert CUSTOM_CODES[late] == 15
    chain.call(OWNER, "SubtensorModule", name, **args, reveal_round=ROUND)
