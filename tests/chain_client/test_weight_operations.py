"""Weights reach the chain in the way that the subnet wants, and refusals are foreseen."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from operation_stage import Stage, a_stage, key

from taokit.chain_client.operations.serving import (
    ResetAxon,
    ServeAxon,
    ServeCertificate,
    ServePrometheus,
)
from taokit.chain_client.operations.weights import (
    CommitTimelockedWeights,
    CommitWeights,
    RevealWeights,
    SetWeights,
)
from taokit.chain_client.reads.metagraph import weights
from taokit.chain_client.weight_commits import CommitFiles, new_salt

OPEN, HIDDEN = 2, 3
OWNER, MINER = key("owner/hot"), key("miner/hot")
OWNER3, STRANGER = key("owner3/hot"), key("stranger")
PART = {"uids": (0, 1), "weights": (1, 3)}


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with a_stage() as stage:
        assert stage.subnet("owner") == OPEN
        assert stage.subnet("owner3") == HIDDEN
        for netuid in (OPEN, HIDDEN):
            stage.register(netuid, f"miner{netuid if netuid == HIDDEN else ''}")
            stage.store("SubtensorModule", "WeightsSetRateLimit", netuid, value=0)
            hidden = netuid == HIDDEN
            stage.store("SubtensorModule", "CommitRevealWeightsEnabled", netuid, value=hidden)
        for name in ("owner/hot", "owner3/hot", "miner/hot", "stranger"):
            stage.fund(name, 10**9)
        stage.store("SubtensorModule", "MechanismCountCurrent", OPEN, value=2)
        stage.store("SubtensorModule", "Tempo", HIDDEN, value=10)
        stage.store("SubtensorModule", "Tempo", OPEN, value=60_000)
        stage.store("SubtensorModule", "ValidatorPermit", OPEN, value=[True, False])
        yield stage


def shown(stage: Stage, netuid: int, mechanism: int = 0) -> dict:
    return stage.run(weights(stage.client, netuid, mechanism=mechanism))


def test_a_subnet_that_wants_them_openly_gets_them_openly(stage: Stage) -> None:
    stage.done(SetWeights(OPEN, **PART), OWNER)
    assert shown(stage, OPEN)[0] == {0: 21845, 1: 65535}
    stage.done(SetWeights(OPEN, (1,), (1,), mechanism=1), OWNER)
    assert shown(stage, OPEN, 1) == {0: {1: 65535}}


def test_a_subnet_that_hides_them_gets_them_under_a_timelock_which_it_opens(stage: Stage) -> None:
    # Long enough for its round to lie some seconds ahead, however slow this machine is.
    stage.store("SubtensorModule", "Tempo", HIDDEN, value=100)
    plan = stage.plan(SetWeights(HIDDEN, **PART), OWNER3)
    assert plan.problem is None
    assert isinstance(plan.operation, CommitTimelockedWeights)
    assert plan.call.name == "commit_timelocked_weights"
    stage.send(plan.operation, OWNER3).raise_for_failure()
    assert shown(stage, HIDDEN) == {}
    stage.mine(220)
    assert shown(stage, HIDDEN)[0] == {0: 21845, 1: 65535}
    stage.store("SubtensorModule", "Tempo", HIDDEN, value=10)


def test_what_is_committed_by_hash_is_kept_and_revealed_in_its_epoch(
    stage: Stage, tmp_path
) -> None:
    stage.store("SubtensorModule", "Weights", HIDDEN, 0, value=None)
    op = stage.plan(SetWeights(HIDDEN, **PART, how="hash"), OWNER3).operation
    assert isinstance(op, CommitWeights)
    files = CommitFiles(tmp_path / "kept", stage.client.runtime.genesis_hash)
    path = files.add(OWNER3.ss58_address, op.committed)
    assert os.stat(path).st_mode & 0o777 == 0o600
    stage.done(op, OWNER3)
    (kept,) = files.read(OWNER3.ss58_address, HIDDEN, 0)
    reveal = RevealWeights(HIDDEN, kept.uids, kept.weights, kept.salt, kept.version_key)
    stage.assert_foreseen(reveal, OWNER3, "RevealTooEarly")
    wait = stage.plan(reveal, OWNER3).problem.retry_after_blocks
    stage.mine(wait - 1)
    stage.assert_foreseen(reveal, OWNER3, "RevealTooEarly")  # this makes the last block of the wait
    wrong = RevealWeights(HIDDEN, kept.uids, kept.weights, new_salt(), kept.version_key)
    stage.assert_foreseen(wrong, OWNER3, "NoWeightsCommitFound")
    stage.done(reveal, OWNER3)
    assert shown(stage, HIDDEN)[0] == {0: 21845, 1: 65535}


def test_a_commit_whose_epoch_has_passed_is_known_to_be_lost(stage: Stage) -> None:
    op = stage.plan(CommitWeights(HIDDEN, **PART), OWNER3).operation
    stage.done(op, OWNER3)
    stage.mine(40)
    reveal = RevealWeights(HIDDEN, **PART, salt=op.salt)
    stage.assert_foreseen(reveal, OWNER3, "RevealTooEarly")
    assert "has passed" in stage.plan(reveal, OWNER3).problem.message


@pytest.mark.parametrize(
    ("op", "signer", "name"),
    [
        (SetWeights(HIDDEN, **PART, how="plain"), OWNER3, "CommitRevealEnabled"),
        (CommitWeights(OPEN, **PART), OWNER, "CommitRevealDisabled"),
        (CommitTimelockedWeights(OPEN, **PART), OWNER, "CommitRevealDisabled"),
        (RevealWeights(OPEN, **PART, salt=(1,)), OWNER, "NoWeightsCommitFound"),
        (SetWeights(OPEN, **PART), STRANGER, "HotKeyNotRegisteredInSubNet"),
        (CommitWeights(HIDDEN, **PART), STRANGER, "HotKeyNotRegisteredInSubNet"),
        (SetWeights(OPEN, **PART, version_key=1), MINER, "NeuronNoValidatorPermit"),
        (SetWeights(OPEN, (0, 1, 2), (1, 1, 1)), OWNER, "UidsLengthExceedUidsInSubNet"),
        (SetWeights(OPEN, (0, 7), (1, 1)), OWNER, "UidVecContainInvalidOne"),
        (SetWeights(OPEN, **PART, mechanism=2), OWNER, "SettingWeightsTooFast"),
        (CommitWeights(HIDDEN, **PART, mechanism=2), OWNER3, "CommittingWeightsTooFast"),
        (CommitTimelockedWeights(HIDDEN, **PART, mechanism=2), OWNER3, "MechanismDoesNotExist"),
        (ServeAxon(OPEN, "8.8.8.8", 80), STRANGER, "HotKeyNotRegisteredInNetwork"),
        (ServeAxon(OPEN, "127.0.0.1", 80), MINER, "InvalidIpAddress"),
        (ServePrometheus(OPEN, "::", 80), STRANGER, "InvalidIpAddress"),
        (ServePrometheus(OPEN, "8.8.8.8", 80), STRANGER, "HotKeyNotRegisteredInNetwork"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_refusals_are_foreseen(stage: Stage, op, signer, name: str) -> None:
    stage.assert_foreseen(op, signer, name)


def test_rate_limit_version_length_and_stake_are_foreseen(stage: Stage) -> None:
    op = SetWeights(OPEN, **PART)
    stage.store("SubtensorModule", "MinAllowedWeights", OPEN, value=2)
    stage.assert_foreseen(SetWeights(OPEN, (1,), (1,)), OWNER, "WeightVecLengthIsLow")
    stage.store("SubtensorModule", "WeightsVersionKey", OPEN, value=9)
    old = SetWeights(OPEN, **PART, version_key=8)
    stage.assert_foreseen(old, OWNER, "IncorrectWeightVersionKey")
    stage.store("SubtensorModule", "StakeThreshold", value=10**15)
    stage.assert_foreseen(op, MINER, "NotEnoughStakeToSetWeights")
    stage.store("SubtensorModule", "StakeThreshold", value=0)
    stage.done(op, OWNER)
    stage.store("SubtensorModule", "WeightsSetRateLimit", OPEN, value=10)
    stage.assert_foreseen(op, OWNER, "SettingWeightsTooFast")
    stage.mine(stage.plan(op, OWNER).problem.retry_after_blocks)
    stage.done(op, OWNER)


def test_a_commit_to_weights_that_would_not_count_is_told(stage: Stage) -> None:
    (warning,) = stage.plan(SetWeights(HIDDEN, (0, 9), (1, 1)), OWNER3).warnings
    assert "would not count: subnet 3 has no neuron 9" in warning


def test_a_neuron_serves_where_it_says_and_stops(stage: Stage) -> None:
    def axon() -> dict:
        return stage.get("Axons", OPEN, MINER.ss58_address)

    stage.store("SubtensorModule", "ServingRateLimit", OPEN, value=0)
    stage.done(ServeAxon(OPEN, "203.0.113.7", 8091), MINER)
    assert (axon()["ip"], axon()["port"]) == (0xCB007107, 8091)
    stage.done(ServeCertificate(OPEN, "203.0.113.7", 8092, "0x0102ff"), MINER)
    known = stage.get("NeuronCertificates", OPEN, MINER.ss58_address)
    assert (bytes(known["public_key"]), known["algorithm"]) == (b"\x02\xff", 1)
    (effect,) = stage.plan(ResetAxon(OPEN), MINER).effects
    assert (effect.before, effect.after) == ("203.0.113.7:8092", "nowhere")
    stage.done(ResetAxon(OPEN), MINER)
    assert (axon()["ip"], axon()["port"]) == (0, 1)
    stage.done(ServePrometheus(OPEN, "203.0.113.7", 9100), MINER)
    stage.store("SubtensorModule", "ServingRateLimit", OPEN, value=50)
    stage.assert_foreseen(ServePrometheus(OPEN, "9.9.9.9", 9100), MINER, "ServingRateLimitExceeded")
    stage.assert_foreseen(ServeAxon(OPEN, "9.9.9.9", 9100), MINER, "ServingRateLimitExceeded")
