"""Weights: setting them in the open, and by commit and reveal."""

from __future__ import annotations

from typing import Any

import pytest
from subnet_setup import TAO, jump_to, key, new_subnet, register, turn_off_commit_reveal
from vector_files import load

from taokit.chain_client.storage_keys import blake2_256
from taokit.local_chain.chain_spec import account
from taokit.local_chain.pallets.subtensor import epoch_schedule
from taokit.local_chain.pallets.subtensor.weight_commits import Reveal, commit_hash

VECTORS = load("subnets")
OWNER = account("//Alice_hk")
SALT = [1, 2, 3, 4, 5, 6, 7, 8]


@pytest.fixture
def subnet(chain: Any) -> tuple[Any, int, list[bytes]]:
    """A started subnet of three neurons, the owner's first; in an open block past the limits."""
    chain.run_block(1)
    chain.begin_block()
    netuid = new_subnet(chain)
    hotkeys = [OWNER, *(register(chain, netuid, number)[1] for number in range(2))]
    sub = chain.runtime.subtensor
    sub.min_allowed_weights.insert(netuid, 1)
    sub.tempo.insert(netuid, 50_000)
    jump_to(chain, 200)
    return chain, netuid, hotkeys


def set_weights(
    chain: Any, who: bytes, netuid: int, dests: list[int], values: list[int], version: int = 0
) -> None:
    """Dispatch `set_weights`."""
    given = {"netuid": netuid, "dests": dests, "weights": values, "version_key": version}
    chain.call(who, "SubtensorModule", "set_weights", **given)


def refusal(
    chain: Any, who: bytes, netuid: int, dests: list[int], values: list[int], version: int = 0
) -> str:
    """The error that `set_weights` fails with."""
    given = {"netuid": netuid, "dests": dests, "weights": values, "version_key": version}
    return str(chain.refusal(who, "SubtensorModule", "set_weights", **given))


@pytest.mark.parametrize("vector", VECTORS["upscaled_weights"], ids=lambda v: str(v["given"]))
def test_weights_are_stored_scaled_to_65535(subnet: Any, vector: dict[str, Any]) -> None:
    chain, netuid, _ = subnet
    turn_off_commit_reveal(chain, netuid)
    set_weights(chain, OWNER, netuid, [2, 1], vector["given"])
    sub = chain.runtime.subtensor
    assert sub.weights.get((netuid, 0)) == list(zip([2, 1], vector["stored"]))
    assert sub.last_update.get(netuid)[0] == 200
    assert chain.events("SubtensorModule.WeightsSet") == [(netuid, 0)]


def test_a_new_subnet_takes_no_weights_in_the_open(subnet: Any) -> None:
    chain, netuid, _ = subnet
    assert refusal(chain, OWNER, netuid, [1], [1]) == "CommitRevealEnabled"


def test_refusals_come_in_the_order_of_the_runtime(subnet: Any) -> None:
    chain, netuid, hotkeys = subnet
    turn_off_commit_reveal(chain, netuid)
    chain.runtime.subtensor.commit_reveal_weights_enabled.insert(0, False)
    sub, miner = chain.runtime.subtensor, hotkeys[1]
    sub.weights_version_key.insert(netuid, 5)
    assert refusal(chain, OWNER, 0, [1], [1]) == "CanNotSetRootNetworkWeights"
    assert refusal(chain, OWNER, netuid, [1], [1, 2]) == "WeightVecNotEqualSize"
    assert refusal(chain, OWNER, netuid, [0, 1, 2, 3], [1] * 4) == "UidsLengthExceedUidsInSubNet"
    assert refusal(chain, key(1), netuid, [1], [1]) == "HotKeyNotRegisteredInSubNet"
    assert refusal(chain, miner, netuid, [1, 1], [1, 1]) == "IncorrectWeightVersionKey"
    assert refusal(chain, miner, netuid, [2, 2], [1, 1], 5) == "NeuronNoValidatorPermit"
    sub.validator_permit.insert(netuid, [False, True, False])
    assert refusal(chain, miner, netuid, [2, 2], [1, 1], 5) == "DuplicateUids"
    assert refusal(chain, miner, netuid, [9, 8], [1, 1], 5) == "UidVecContainInvalidOne"
    sub.min_allowed_weights.insert(netuid, 7)
    assert refusal(chain, miner, netuid, [0, 2], [1, 1], 5) == "WeightVecLengthIsLow"
    set_weights(chain, miner, netuid, [0, 1, 2], [1, 1, 1], 9)


def test_a_mechanism_that_is_not_there_takes_no_weights(subnet: Any) -> None:
    chain, netuid, _ = subnet
    turn_off_commit_reveal(chain, netuid)
    given = {"netuid": netuid, "dests": [1], "weights": [1], "version_key": 0}
    # The guard's limit looks the mechanism up first, as the real one does.
    refused = chain.refusal(OWNER, "SubtensorModule", "set_mechanism_weights", mecid=1, **given)
    assert refused == "SettingWeightsTooFast"
    chain.runtime.subtensor.mechanism_count_current.insert(netuid, 2)
    chain.call(OWNER, "SubtensorModule", "set_mechanism_weights", mecid=1, **given)
    assert chain.runtime.subtensor.weights.get((4096 + netuid, 0)) == [(1, 65_535)]
    assert chain.runtime.subtensor.weights.get((netuid, 0)) == []


def test_a_uid_may_weigh_itself_alone_without_permit(subnet: Any) -> None:
    chain, netuid, hotkeys = subnet
    turn_off_commit_reveal(chain, netuid)
    chain.runtime.subtensor.min_allowed_weights.insert(netuid, 3)
    set_weights(chain, hotkeys[1], netuid, [1], [7])
    assert chain.runtime.subtensor.weights.get((netuid, 1)) == [(1, 65_535)]


def test_the_limit_counts_from_registration_and_between_updates(subnet: Any) -> None:
    chain, netuid, hotkeys = subnet
    turn_off_commit_reveal(chain, netuid)
    registered = chain.runtime.subtensor.block_at_registration.get((netuid, 1))
    jump_to(chain, registered + 99)
    assert refusal(chain, hotkeys[1], netuid, [1], [1]) == "SettingWeightsTooFast"
    jump_to(chain, registered + 100)
    set_weights(chain, hotkeys[1], netuid, [1], [1])
    jump_to(chain, registered + 199)
    assert refusal(chain, hotkeys[1], netuid, [1], [1]) == "SettingWeightsTooFast"
    jump_to(chain, registered + 200)
    set_weights(chain, hotkeys[1], netuid, [1], [1])


def test_too_little_stake_sets_no_weights_unless_it_is_the_owners(subnet: Any) -> None:
    chain, netuid, hotkeys = subnet
    turn_off_commit_reveal(chain, netuid)
    sub = chain.runtime.subtensor
    sub.stake_threshold.put(5 * TAO)
    assert refusal(chain, hotkeys[1], netuid, [1], [1]) == "NotEnoughStakeToSetWeights"
    set_weights(chain, OWNER, netuid, [1], [1])
    sub.total_hotkey_alpha.insert((hotkeys[1], netuid), 5 * TAO)
    set_weights(chain, hotkeys[1], netuid, [1], [1])


def test_a_batch_goes_on_after_a_failure_and_tells_it(subnet: Any) -> None:
    """weights::test_batch_set_weights_item_failure_event_includes_netuid."""
    chain, netuid, _ = subnet
    turn_off_commit_reveal(chain, netuid)
    given = {
        "netuids": [1, netuid],
        "weights": [[(0, 1)], [(1, 1)]],
        "version_keys": [0, 0],
    }
    chain.call(OWNER, "SubtensorModule", "batch_set_weights", **given)
    failed = chain.events("SubtensorModule.BatchWeightItemFailed")
    assert [(where, error.name) for where, error in failed] == [(1, "CommitRevealEnabled")]
    assert chain.events("SubtensorModule.BatchCompletedWithErrors") == [()]
    assert chain.events("SubtensorModule.BatchWeightsCompleted") == [([1, netuid], OWNER)]
    assert chain.runtime.subtensor.weights.get((netuid, 0)) == [(1, 65_535)]
    unequal = given | {"version_keys": [0]}
    refused = chain.refusal(OWNER, "SubtensorModule", "batch_set_weights", **unequal)
    assert refused == "InputLengthsUnequal"


# -- commit and reveal -------------------------------------------------------------------


def commit(chain: Any, netuid: int, hash_: bytes, who: bytes = OWNER) -> None:
    """Dispatch `commit_weights`."""
    chain.call(who, "SubtensorModule", "commit_weights", netuid=netuid, commit_hash=hash_)


def revealed(reveal: Reveal, netuid: int) -> dict[str, Any]:
    """The arguments of `reveal_weights`."""
    return {
        "netuid": netuid,
        "uids": reveal.targets,
        "values": reveal.values,
        "salt": reveal.salt,
        "version_key": reveal.version_key,
    }


def next_epoch(chain: Any, netuid: int, epochs: int = 1) -> None:
    """Let epochs pass for the commits, without running them."""
    sub = chain.runtime.subtensor
    sub.subnet_epoch_index.mutate(netuid, lambda index: index + epochs)


def test_the_commit_hash_covers_hotkey_subnet_weights_salt_and_version() -> None:
    """weights::test_commit_reveal_hash: the SCALE of the tuple, hashed."""
    reveal = Reveal([0, 1], [10, 10], SALT, 0)
    scale = (
        bytes(range(32))
        + b"\x01\x00"
        + b"\x08\x00\x00\x01\x00"
        + b"\x08\x0a\x00\x0a\x00"
        + b"\x20"
        + b"".join(number.to_bytes(2, "little") for number in SALT)
        + bytes(8)
    )
    assert commit_hash(bytes(range(32)), 1, reveal) == blake2_256(scale)


def test_weights_are_revealed_in_exactly_one_epoch(subnet: Any) -> None:
    """weights::test_reveal_at_exact_epoch."""
    chain, netuid, _ = subnet
    sub = chain.runtime.subtensor
    sub.reveal_period_epochs.insert(netuid, 2)
    reveal = Reveal([1, 2], [1, 2], SALT, 0)
    commit(chain, netuid, commit_hash(OWNER, netuid, reveal))
    assert sub.last_update.get(netuid)[0] == 200
    given = revealed(reveal, netuid)
    for _ in range(2):
        refused = chain.refusal(OWNER, "SubtensorModule", "reveal_weights", **given)
        assert refused == "RevealTooEarly"
        next_epoch(chain, netuid)
    chain.call(OWNER, "SubtensorModule", "reveal_weights", **given)
    assert sub.weights.get((netuid, 0)) == [(1, 32_768), (2, 65_535)]
    assert sub.weight_commits.get((netuid, OWNER)) is None
    assert sub.last_update.get(netuid)[0] == 200
    event = (OWNER, netuid, commit_hash(OWNER, netuid, reveal))
    assert chain.events("SubtensorModule.WeightsRevealed") == [event]


def test_a_commit_not_revealed_in_its_epoch_is_lost(subnet: Any) -> None:
    chain, netuid, _ = subnet
    reveal = Reveal([1], [1], SALT, 0)
    commit(chain, netuid, commit_hash(OWNER, netuid, reveal))
    next_epoch(chain, netuid, 2)
    given = revealed(reveal, netuid)
    # The guard refuses before the call itself could tell that the commit has expired.
    refused = chain.refusal(OWNER, "SubtensorModule", "reveal_weights", **given)
    assert refused == "RevealTooEarly"
    jump_to(chain, 300)
    commit(chain, netuid, bytes(32))
    assert [entry[0] for entry in chain.runtime.subtensor.weight_commits.get((netuid, OWNER))] == [
        bytes(32)
    ]


def test_an_epoch_that_is_due_counts_as_begun(subnet: Any) -> None:
    chain, netuid, _ = subnet
    sub = chain.runtime.subtensor
    reveal = Reveal([1], [1], SALT, 0)
    commit(chain, netuid, commit_hash(OWNER, netuid, reveal))
    sub.tempo.insert(netuid, 10)
    assert epoch_schedule.should_run_epoch(sub, netuid, 200)
    chain.call(OWNER, "SubtensorModule", "reveal_weights", **revealed(reveal, netuid))
    assert sub.weights.get((netuid, 0)) == [(1, 65_535)]


def test_revealing_drops_the_commits_before_it(subnet: Any) -> None:
    """weights::test_commit_reveal_multiple_commits."""
    chain, netuid, _ = subnet
    sub = chain.runtime.subtensor
    sub.weights_set_rate_limit.insert(netuid, 0)
    reveals = [Reveal([1], [1], [number], 0) for number in range(11)]
    for reveal in reveals[:10]:
        commit(chain, netuid, commit_hash(OWNER, netuid, reveal))
    hash_ = commit_hash(OWNER, netuid, reveals[10])
    given = {"netuid": netuid, "commit_hash": hash_}
    refused = chain.refusal(OWNER, "SubtensorModule", "commit_weights", **given)
    assert refused == "TooManyUnrevealedCommits"
    next_epoch(chain, netuid)
    chain.call(OWNER, "SubtensorModule", "reveal_weights", **revealed(reveals[4], netuid))
    assert len(sub.weight_commits.get((netuid, OWNER))) == 5
    refused = chain.refusal(
        OWNER, "SubtensorModule", "reveal_weights", **revealed(reveals[4], netuid)
    )
    assert refused == "NoWeightsCommitFound"


def test_a_batch_of_reveals_is_all_or_none_and_leaves_other_commits(subnet: Any) -> None:
    """weights::test_successful_batch_reveal."""
    chain, netuid, _ = subnet
    sub = chain.runtime.subtensor
    sub.weights_set_rate_limit.insert(netuid, 0)
    reveals = [Reveal([1], [1], [number], 0) for number in range(3)]
    hashes = [commit_hash(OWNER, netuid, reveal) for reveal in reveals]
    for hash_ in hashes:
        commit(chain, netuid, hash_)
    next_epoch(chain, netuid)

    def batch(chosen: list[Reveal]) -> dict[str, Any]:
        return {
            "netuid": netuid,
            "uids_list": [reveal.targets for reveal in chosen],
            "values_list": [reveal.values for reveal in chosen],
            "salts_list": [reveal.salt for reveal in chosen],
            "version_keys": [reveal.version_key for reveal in chosen],
        }

    wrong = batch([reveals[0], Reveal([1], [1], [99], 0)])
    refused = chain.refusal(OWNER, "SubtensorModule", "batch_reveal_weights", **wrong)
    assert refused == "NoWeightsCommitFound"
    assert sub.weights.get((netuid, 0)) == []
    chain.call(OWNER, "SubtensorModule", "batch_reveal_weights", **batch(reveals[1:]))
    assert [entry[0] for entry in sub.weight_commits.get((netuid, OWNER))] == hashes[:1]
    event = (OWNER, netuid, hashes[1:])
    assert chain.events("SubtensorModule.WeightsBatchRevealed") == [event]


def test_commits_are_refused_in_the_order_of_the_runtime(subnet: Any) -> None:
    chain, netuid, _ = subnet

    def refused(who: bytes, where: int) -> str:
        given = {"netuid": where, "commit_hash": bytes(32)}
        return str(chain.refusal(who, "SubtensorModule", "commit_weights", **given))

    assert refused(OWNER, 99) == "MechanismDoesNotExist"
    assert refused(key(1), netuid) == "HotKeyNotRegisteredInSubNet"
    commit(chain, netuid, bytes(32))
    assert refused(OWNER, netuid) == "CommittingWeightsTooFast"
    turn_off_commit_reveal(chain, netuid)
    jump_to(chain, 300)
    assert refused(OWNER, netuid) == "CommitRevealDisabled"
