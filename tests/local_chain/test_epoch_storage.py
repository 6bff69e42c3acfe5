"""An epoch through storage: what it reads, what it stores, what it returns."""

from __future__ import annotations

from typing import Any

import pytest
from chain_under_test import Chain
from economy import ROOT, TAO, add_neuron, add_subnet, give_stake, key
from vector_files import load

from taokit.local_chain.pallets.subtensor import epoch, epoch_schedule, mechanisms, uids

BONDS = load("epoch_storage")["bonds"]
NETUID = 2
KEYS = [key(number) for number in range(11, 19)]


@pytest.fixture
def eight(chain: Chain) -> Chain:
    """Eight neurons with the stakes of the runtime's epoch tests, old Yuma, no commit-reveal."""
    sub = chain.runtime.subtensor
    add_subnet(chain, NETUID, dynamic=False, tempo=1)
    sub.commit_reveal_weights_enabled.insert(NETUID, False)
    sub.max_allowed_validators.insert(NETUID, 8)
    # Tempo 1 under the factor's default would leave an activity cutoff of 13 blocks.
    sub.activity_cutoff_factor_milli.insert(NETUID, 50_000)
    for uid, amount in enumerate(BONDS["stakes"]):
        add_neuron(chain, NETUID, KEYS[uid], KEYS[uid])
        if amount:
            give_stake(chain, KEYS[uid], KEYS[uid], NETUID, amount)
    return chain


def next_block(chain: Chain) -> None:
    number = chain.runtime.system.number
    number.put(number.get() + 1)


def test_bonds_and_emissions_follow_the_runtimes_over_eight_epochs(eight: Chain) -> None:
    sub = eight.runtime.subtensor
    epoch.run_epoch(sub, NETUID, BONDS["emission"])
    next_block(eight)
    for changes, column, bonds, emissions in BONDS["rows"]:
        for uid, row in changes:
            sub.weights.insert((NETUID, uid), [tuple(entry) for entry in row])
            uids.set_last_update(sub, NETUID, uid, sub.runtime.system.block_number())
        epoch.run_epoch(sub, NETUID, BONDS["emission"])
        if bonds is not None:
            stored = [dict(sub.bonds.get((NETUID, uid))) for uid in range(4)]
            assert [row[column] for row in stored] == bonds
        assert sub.emission.get(NETUID) == emissions
        next_block(eight)


def test_without_weights_an_epoch_pays_validators_by_stake(eight: Chain) -> None:
    earned = epoch.run_epoch(eight.runtime.subtensor, NETUID, 1_000_000)
    assert [hotkey for hotkey, _, _ in earned] == KEYS
    assert [incentive for _, incentive, _ in earned] == [0] * 8
    dividends = [dividend for _, _, dividend in earned]
    assert dividends == [99_999, 199_999, 299_999, 399_999, 0, 0, 0, 0]


def test_an_epoch_stores_one_item_for_every_uid(eight: Chain) -> None:
    sub = eight.runtime.subtensor
    epoch.run_epoch(sub, NETUID, 1_000_000)
    for item in (sub.active, sub.emission, sub.consensus, sub.incentive, sub.dividends):
        assert len(item.get(NETUID)) == 8
    assert sub.validator_permit.get(NETUID) == [True] * 4 + [False] * 4
    assert sub.stake_weight.get(NETUID) == [6553, 13106, 19660, 26213, 0, 0, 0, 0]
    assert all(sub.bonds.contains((NETUID, uid)) for uid in range(8))
    (event,) = eight.events("SubtensorModule.IncentiveAlphaEmittedToMiners")
    assert event == (NETUID, [0] * 8)


def test_hotkeys_are_returned_in_the_order_of_their_bytes(chain: Chain) -> None:
    add_subnet(chain, 2)
    for number in (9, 3, 7):
        add_neuron(chain, 2, key(number), key(number))
    earned = epoch.run_epoch(chain.runtime.subtensor, 2, TAO)
    assert [hotkey for hotkey, _, _ in earned] == [key(3), key(7), key(9)]


def test_inherited_stake_counts_alpha_and_weighted_root_stake(chain: Chain) -> None:
    sub = chain.runtime.subtensor
    add_subnet(chain, 2)
    sub.tao_weight.put(2**63)
    parent, child = key(1), key(2)
    for hotkey in (parent, child):
        add_neuron(chain, 2, hotkey, hotkey)
        give_stake(chain, hotkey, hotkey, 2, 1_000)
        give_stake(chain, hotkey, hotkey, ROOT, 600)
    sub.child_keys.insert((parent, 2), [(2**63, child)])
    sub.parent_keys.insert((child, 2), [(2**63, parent)])
    stakes = [raw >> 64 for raw in epoch.stake_of_uids(sub, 2, [parent, child])]
    assert stakes == [500 + 150, 1_500 + 450]


@pytest.mark.parametrize(("emission", "split"), [(1_000_001, None), (1_000_001, [20_000, 45_535])])
def test_mechanisms_share_the_emission_and_keep_their_own_bonds(
    eight: Chain, emission: int, split: list[int] | None
) -> None:
    sub = eight.runtime.subtensor
    sub.mechanism_count_current.insert(NETUID, 2)
    sub.kappa.insert(NETUID, 10_000)
    if split:
        sub.mechanism_emission_split.insert(NETUID, split)
    epoch.run_epoch(sub, NETUID, emission)
    next_block(eight)
    second = mechanisms.storage_index(NETUID, 1)
    for index, column in ((NETUID, 4), (second, 5)):
        sub.weights.insert((index, 3), [(column, 65_535)])
        uids.set_last_update(sub, index, 3, sub.runtime.system.block_number())
    earned = {h: (i, d) for h, i, d in epoch.run_epoch(sub, NETUID, emission)}
    parts = [emission - emission // 2, emission // 2]
    if split:
        parts[1] = emission * split[1] // 65_535
        parts[0] = emission - parts[1]
    assert abs(earned[KEYS[4]][0] - parts[0] // 2) <= 1
    assert abs(earned[KEYS[5]][0] - parts[1] // 2) <= 1
    assert dict(sub.bonds.get((NETUID, 3))) == {4: 65_535}
    assert dict(sub.bonds.get((second, 3))) == {5: 65_535}
    assert [sub.incentive.get(index)[uid] for index, uid in ((NETUID, 4), (second, 5))] == [
        65_535,
        65_535,
    ]


def test_weights_on_a_newcomer_do_not_count_while_a_commit_is_older(eight: Chain) -> None:
    sub = eight.runtime.subtensor
    sub.commit_reveal_weights_enabled.insert(NETUID, True)
    who = KEYS[3]
    sub.weight_commits.insert((NETUID, who), [(bytes(32), 0, 41, 0), (bytes(32), 0, 90, 0)])
    sub.timelocked_weight_commits.insert((NETUID, 0), [(who, 40, b"", 1), (key(77), 3, b"", 1)])
    hotkeys = uids.hotkeys(sub, NETUID)
    assert epoch.commit_blocks(sub, NETUID, hotkeys) == [None] * 3 + [40] + [None] * 4
    sub.subnet_epoch_index.insert(NETUID, 5)
    assert epoch.commit_blocks(sub, NETUID, hotkeys) == [None] * 8


# -- schedule --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tempo", "pending", "expected"),
    [(0, 0, None), (50, 0, 150), (50, 120, 120), (50, 200, 150)],
)
def test_the_next_epoch_is_the_earlier_of_cycle_and_trigger(
    chain: Chain, tempo: int, pending: int, expected: int | None
) -> None:
    """The runtime's tempo_control.rs get_next_epoch_start_block_*."""
    sub = chain.runtime.subtensor
    sub.last_epoch_block.insert(2, 100)
    sub.tempo.insert(2, tempo)
    sub.pending_epoch_at.insert(2, pending)
    assert epoch_schedule.next_epoch_start_block(sub, 2) == expected


@pytest.mark.parametrize(
    ("state", "block", "due"),
    [
        ({"tempo": 0}, 10**6, False),
        ({"tempo": 10, "last_epoch_block": 5}, 14, False),
        ({"tempo": 10, "last_epoch_block": 5}, 15, True),
        ({"tempo": 10, "last_epoch_block": 5, "pending_epoch_at": 8}, 8, True),
        ({"tempo": 10, "last_epoch_block": 5, "pending_epoch_at": 8}, 7, False),
        ({"tempo": 10, "last_epoch_block": 5, "blocks_since_last_step": 50_401}, 6, True),
        ({"tempo": 10, "last_epoch_block": 5, "blocks_since_last_step": 50_400}, 6, False),
    ],
)
def test_when_an_epoch_is_due(chain: Chain, state: dict[str, int], block: int, due: bool) -> None:
    sub = chain.runtime.subtensor
    for item, value in state.items():
        getattr(sub, item).insert(2, value)
    assert epoch_schedule.should_run_epoch(sub, 2, block) is due


def test_an_owner_triggers_an_epoch_and_resets_the_cycle(mainnet_chain: Chain) -> None:
    chain = mainnet_chain
    sub, owner = chain.runtime.subtensor, key(5)
    add_subnet(chain, 2, tempo=360)
    sub.subnet_owner.insert(2, owner)
    sub.last_epoch_block.insert(2, 0)
    chain.run_block(20)
    chain.begin_block()

    def refused(name: str, **args: Any) -> str:
        return chain.refusal(owner, "SubtensorModule", name, netuid=2, **args)

    assert refused("trigger_epoch") == "DynamicTempoBlockedByCommitReveal"
    sub.commit_reveal_weights_enabled.insert(2, False)
    chain.call(owner, "SubtensorModule", "trigger_epoch", netuid=2)
    assert chain.events("SubtensorModule.EpochTriggered") == [(2, owner, 31)]
    assert refused("trigger_epoch") == "EpochTriggerAlreadyPending"
    assert refused("set_tempo", tempo=720) == "AdminActionProhibitedDuringWeightsWindow"
    chain.end_block()
    chain.run_block(10)
    assert sub.last_epoch_block.get(2) == 31
    chain.begin_block()
    assert refused("set_tempo", tempo=359) == "TempoOutOfBounds"
    chain.call(owner, "SubtensorModule", "set_tempo", netuid=2, tempo=720)
    assert epoch_schedule.next_epoch_start_block(sub, 2) == 32 + 720
    assert refused("set_tempo", tempo=721) == "TxRateLimitExceeded"


def test_voting_power_follows_stake_slowly(eight: Chain) -> None:
    sub = eight.runtime.subtensor
    eight.call(None, "SubtensorModule", "enable_voting_power_tracking", netuid=NETUID)
    half = 5 * 10**17
    eight.call(
        None, "SubtensorModule", "sudo_set_voting_power_ema_alpha", netuid=NETUID, alpha=half
    )
    for uid in range(4):
        give_stake(eight, KEYS[uid], KEYS[uid], NETUID, 1_000)
    epoch.run_epoch(sub, NETUID, TAO)
    assert [sub.voting_power.get((NETUID, KEYS[uid])) for uid in (0, 3, 4)] == [500, 502, 0]
    epoch.run_epoch(sub, NETUID, TAO)
    assert sub.voting_power.get((NETUID, KEYS[3])) == (1_004 + 502) // 2
