"""Timelocked weights: the queue of commits, and what revealing does with each."""

from __future__ import annotations

from typing import Any

import pytest
from subnet_setup import jump_to, key, new_subnet, register

from taokit.chain_client.scale import Bytes, Vec, codec, u16, u64
from taokit.chain_client.storage_keys import blake2_256
from taokit.local_chain.chain_spec import account
from taokit.local_chain.frame.errors import DispatchError
from taokit.local_chain.frame.origin import Origin
from taokit.local_chain.pallets.subtensor import timelocked_weights as timelocked

OWNER = account("//Alice_hk")
ROUND = 1_000
SIGNATURES = {ROUND: b"signature"}


@pytest.fixture
def subnet(chain: Any) -> tuple[Any, int, bytes]:
    """A started subnet with the owner's neuron and another; in an open block past the limits."""
    chain.run_block(1)
    chain.begin_block()
    netuid = new_subnet(chain)
    _, other = register(chain, netuid, 0)
    sub = chain.runtime.subtensor
    sub.tempo.insert(netuid, 50_000)
    sub.weights_set_rate_limit.insert(netuid, 0)
    jump_to(chain, 200)
    return chain, netuid, other


def payload(hotkey: bytes | None, targets: list[int], values: list[int], version: int = 0) -> bytes:
    """The plain text of a commit; without a hotkey as older clients wrote it."""
    weights = (targets, values, version)
    if hotkey is None:
        return codec(tuple[Vec[u16], Vec[u16], u64]).encode(weights)
    return codec(tuple[Bytes, Vec[u16], Vec[u16], u64]).encode((hotkey, *weights))


def opened(ciphertext: bytes, signature: bytes) -> bytes | None:
    """A cipher for tests: the text after its key, the key being the signature."""
    return ciphertext[len(signature) :] if ciphertext.startswith(signature) else None


def commit(
    chain: Any, netuid: int, plain: bytes, *, who: bytes = OWNER, round_: int = ROUND
) -> None:
    """Commit to a plain text under the tests' cipher."""
    sub = chain.runtime.subtensor
    ciphertext = SIGNATURES[ROUND] + plain
    timelocked.commit(sub, Origin.signed(who), netuid, 0, ciphertext, round_, 4)


def refusal(chain: Any, netuid: int, who: bytes = OWNER, version: int = 4) -> str:
    """The error that a commit fails with."""
    with pytest.raises(DispatchError) as caught:
        timelocked.commit(
            chain.runtime.subtensor, Origin.signed(who), netuid, 0, b"", ROUND, version
        )
    return caught.value.name


def reveal(chain: Any, netuid: int) -> None:
    """Run the block's step of revealing."""
    timelocked.reveal_due(chain.runtime.subtensor, [netuid], SIGNATURES.get, opened)


def next_epoch(chain: Any, netuid: int) -> None:
    """Let an epoch pass for the commits, without running it."""
    chain.runtime.subtensor.subnet_epoch_index.mutate(netuid, lambda index: index + 1)


def test_a_commit_is_queued_under_its_epoch(subnet: Any) -> None:
    """weights::test_do_commit_crv3_weights_success."""
    chain, netuid, _ = subnet
    sub = chain.runtime.subtensor
    sub.subnet_epoch_index.insert(netuid, 7)
    commit(chain, netuid, b"plain")
    ciphertext = SIGNATURES[ROUND] + b"plain"
    assert sub.timelocked_weight_commits.get((netuid, 7)) == [(OWNER, 200, ciphertext, ROUND)]
    assert sub.last_update.get(netuid)[0] == 200
    event = (OWNER, netuid, blake2_256(ciphertext), ROUND)
    assert chain.events("SubtensorModule.TimelockedWeightsCommitted") == [event]


def test_commits_are_refused_in_the_order_of_the_runtime(subnet: Any) -> None:
    chain, netuid, _ = subnet
    sub = chain.runtime.subtensor
    assert refusal(chain, 99) == "MechanismDoesNotExist"
    assert refusal(chain, netuid, version=3) == "IncorrectCommitRevealVersion"
    assert refusal(chain, netuid, who=key(1)) == "HotKeyNotRegisteredInSubNet"
    for _ in range(10):
        commit(chain, netuid, b"")
    assert refusal(chain, netuid) == "TooManyUnrevealedCommits"
    sub.weights_set_rate_limit.insert(netuid, 1)
    assert refusal(chain, netuid) == "CommittingWeightsTooFast"
    sub.commit_reveal_weights_enabled.insert(netuid, False)
    assert refusal(chain, netuid, version=3) == "CommitRevealDisabled"


def test_weights_are_revealed_a_period_later_in_the_order_committed(subnet: Any) -> None:
    """weights::test_reveal_crv3_commits_success."""
    chain, netuid, _ = subnet
    sub = chain.runtime.subtensor
    sub.subnet_epoch_index.insert(netuid, 5)
    commit(chain, netuid, payload(OWNER, [0, 1], [1, 1]))
    commit(chain, netuid, payload(OWNER, [0, 1], [1, 3]))
    reveal(chain, netuid)
    assert sub.weights.get((netuid, 0)) == []
    next_epoch(chain, netuid)
    reveal(chain, netuid)
    assert sub.weights.get((netuid, 0)) == [(0, 21_845), (1, 65_535)]
    assert chain.events("SubtensorModule.TimelockedWeightsRevealed") == [(netuid, OWNER)] * 2
    assert sub.timelocked_weight_commits.keys((netuid,)) == []


@pytest.mark.parametrize(
    "plain",
    [
        payload(key(9), [0, 1], [1, 1]),
        payload(OWNER, [0, 0], [1, 1]),
        b"\xff",
    ],
    ids=["another's hotkey", "weights that are refused", "no payload"],
)
def test_a_commit_that_cannot_be_set_is_dropped_and_stops_no_other(
    subnet: Any, plain: bytes
) -> None:
    """weights::test_reveal_crv3_commits_multiple_commits_some_fail_some_succeed, _hotkey_check."""
    chain, netuid, other = subnet
    sub = chain.runtime.subtensor
    commit(chain, netuid, plain)
    commit(chain, netuid, payload(other, [1], [1]), who=other)
    next_epoch(chain, netuid)
    reveal(chain, netuid)
    assert sub.weights.get((netuid, 0)) == []
    assert sub.weights.get((netuid, 1)) == [(1, 65_535)]
    assert sub.timelocked_weight_commits.keys((netuid,)) == []


def test_a_payload_without_hotkey_is_read_as_it_used_to_be(subnet: Any) -> None:
    """weights::test_reveal_crv3_commits_legacy_payload_success."""
    chain, netuid, _ = subnet
    commit(chain, netuid, payload(None, [0, 1], [1, 1]))
    next_epoch(chain, netuid)
    reveal(chain, netuid)
    assert chain.runtime.subtensor.weights.get((netuid, 0)) == [(0, 65_535), (1, 65_535)]


def test_a_missing_pulse_is_waited_for_within_the_epoch_only(subnet: Any) -> None:
    """weights::test_reveal_crv3_commits_retry_on_missing_pulse and _cannot_reveal_after..."""
    chain, netuid, _ = subnet
    sub = chain.runtime.subtensor
    commit(chain, netuid, payload(OWNER, [1], [1]), round_=ROUND + 1)
    next_epoch(chain, netuid)
    reveal(chain, netuid)
    assert len(sub.timelocked_weight_commits.get((netuid, 0))) == 1
    late = {ROUND + 1: SIGNATURES[ROUND]}
    timelocked.reveal(sub, netuid, late.get, opened)
    assert sub.weights.get((netuid, 0)) == [(1, 65_535)]
    commit(chain, netuid, payload(OWNER, [0], [1]), round_=ROUND + 2)
    next_epoch(chain, netuid)
    next_epoch(chain, netuid)
    reveal(chain, netuid)
    assert sub.timelocked_weight_commits.keys((netuid,)) == []
