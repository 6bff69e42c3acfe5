"""An epoch that is explained came to what the chain has stored, stage by stage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from taokit.chain_client.blocking import run_on_client_loop
from taokit.chain_client.calls import Call
from taokit.local_chain import LocalChain
from taokit.local_chain.embedded.subnet import Subnet
from taokit.local_chain.errors import NoEpoch
from taokit.local_chain.insight.explained import EpochExplained
from taokit.local_chain.pallets.subtensor.mechanisms import storage_index

U16 = 65_535
PER_SUBNET = (
    "Active",
    "Consensus",
    "Dividends",
    "Emission",
    "StakeWeight",
    "ValidatorPermit",
    "ValidatorTrust",
)


@pytest.fixture(scope="module")
def chain() -> Iterator[LocalChain]:
    with LocalChain() as made:
        yield made


@pytest.fixture(autouse=True)
def _anchored(chain: LocalChain) -> Iterator[None]:
    with chain.anchor():
        yield


def root_sets(chain: LocalChain, name: str, **values: Any) -> None:
    """Make an AdminUtils call as root."""
    client = chain.client()
    call = Call("AdminUtils", f"sudo_set_{name}", values)
    client.submit(Call("Sudo", "sudo", {"call": call}), chain.accounts.alice).raise_for_failure()


def weighed(chain: LocalChain, *, commit_reveal: bool = False) -> Subnet:
    """A subnet whose validators do not agree."""
    subnet = chain.subnet(
        validators=2, miners=3, stake=[10_000, 5_000], commit_reveal=commit_reveal
    )
    first, second = subnet.validators
    subnet.set_weights(first, {3: 1.0, 4: 0.5})
    subnet.set_weights(second, {3: 0.2, 4: 0.5, 5: 1.0})
    return subnet


def stored(chain: LocalChain, item: str, *key: Any) -> Any:
    """What the chain tells to clients."""

    return run_on_client_loop(chain.client().chain.query("SubtensorModule", item, *key))


def assert_as_stored(chain: LocalChain, told: EpochExplained) -> None:
    assert told.faithful is True
    for item in PER_SUBNET:
        assert told.stored[item] == list(stored(chain, item, told.netuid)), item
    index = storage_index(told.netuid, told.mechanism)
    assert told.stored["Incentive"] == list(stored(chain, "Incentive", index))
    bonds = {uid: stored(chain, "Bonds", index, uid) or [] for uid in range(len(told.neurons))}
    assert {uid: [tuple(entry) for entry in row] for uid, row in bonds.items()} == {
        uid: [tuple(entry) for entry in row] for uid, row in enumerate(told.stored["Bonds"])
    }


@pytest.mark.parametrize(
    ("yuma3", "liquid", "penalty"),
    [(False, False, U16), (True, False, U16), (True, True, U16), (False, False, 0)],
    ids=["yuma 2", "yuma 3", "liquid alpha", "bonds of unclipped weights"],
)
def test_what_is_explained_is_what_is_stored(
    chain: LocalChain, yuma3: bool, liquid: bool, penalty: int
) -> None:
    subnet = weighed(chain)
    root_sets(chain, "yuma3_enabled", netuid=subnet.netuid, enabled=yuma3)
    root_sets(chain, "liquid_alpha_enabled", netuid=subnet.netuid, enabled=liquid)
    root_sets(chain, "bonds_penalty", netuid=subnet.netuid, bonds_penalty=penalty)
    for _ in range(2):  # the second begins with bonds
        subnet.run_epoch()
        told = chain.explain(subnet.netuid)
        assert told.block == chain.height
        assert (told.rules.yuma, told.rules.liquid_alpha) == (2 + yuma3, liquid)
        assert told.rules.bonds_penalty == penalty / U16
        assert (told.weights_for_bonds == told.clipped_weights) == (penalty == U16)
        assert_as_stored(chain, told)
    assert told.bonds_before
    assert told.bonds_before != told.bonds


def test_weights_that_were_hidden_are_explained(chain: LocalChain) -> None:
    subnet = weighed(chain, commit_reveal=True)
    for _ in range(4):
        subnet.run_epoch()
    told = chain.explain(subnet.netuid)
    assert told.rules.commit_reveal
    assert_as_stored(chain, told)
    assert told.neurons[3].incentive > told.neurons[4].incentive > 0


def test_each_mechanism_is_explained(chain: LocalChain) -> None:
    subnet = weighed(chain)
    root_sets(chain, "max_allowed_uids", netuid=subnet.netuid, max_allowed_uids=64)
    root_sets(chain, "mechanism_count", netuid=subnet.netuid, mechanism_count=2)
    subnet.run_epoch()
    first, second = (chain.explain(subnet.netuid, mechanism) for mechanism in (0, 1))
    assert_as_stored(chain, first)
    assert_as_stored(chain, second)
    assert first.mechanisms == 2
    assert first.weights
    assert not second.weights
    whole = first.emission.miners_pending + first.emission.validators_pending
    assert first.mechanism_emission + second.mechanism_emission == whole
    with pytest.raises(NoEpoch):
        chain.explain(subnet.netuid, 2)


def test_stages_follow_from_each_other(chain: LocalChain) -> None:
    subnet = weighed(chain)
    subnet.run_epoch()
    told = chain.explain(subnet.netuid)
    set_, used, clipped = (
        {row.uid: dict(row.entries) for row in matrix}
        for matrix in (told.weights_set, told.weights, told.clipped_weights)
    )
    assert set_[1][3] == 1
    assert set_[2][5] == 1
    assert used[1] == pytest.approx({3: 2 / 3, 4: 1 / 3}, rel=1e-4)
    assert sum(used[2].values()) == pytest.approx(1)
    assert 5 in used[2]
    assert 5 not in clipped[2]  # only the smaller validator wants it
    neurons = {one.uid: one for one in told.neurons}
    for uid in (3, 4):
        assert clipped[1][uid] == neurons[uid].consensus == used[1][uid]
        rank = sum(neurons[row].active_stake * clipped[row][uid] for row in (1, 2))
        assert neurons[uid].rank == pytest.approx(rank)
    total = sum(one.rank for one in told.neurons)
    for one in told.neurons:
        assert one.incentive == pytest.approx(one.rank / total)
        assert one.active_stake == pytest.approx(one.stake)
    assert neurons[5].trust == 0
    assert neurons[1].validator_trust == pytest.approx(1)
    assert neurons[2].validator_trust == pytest.approx(sum(clipped[2].values()))
    assert neurons[1].dividends > neurons[1].stake  # whoever agrees earns more


def test_all_that_waited_is_accounted_for(chain: LocalChain) -> None:
    subnet = weighed(chain)
    subnet.run_epoch()
    split = chain.explain(subnet.netuid).emission
    waited = split.miners_pending + split.validators_pending + split.root_pending
    assert split.total == waited + split.owner_cut
    assert split.owner == subnet.owner.hotkey.ss58_address
    paid = sum(one.amount for one in split.miners)
    paid += sum(one.take + one.stakers for one in (*split.validators, *split.root))
    assert 0 <= waited - paid < 100
    by_uid = {one.uid: one for one in split.miners}
    assert by_uid[3].destination == subnet.miners[0].hotkey.ss58_address


def test_what_the_owner_earns_is_burned(chain: LocalChain) -> None:
    subnet = chain.subnet(validators=1, miners=1, commit_reveal=False)
    subnet.set_weights(subnet.validators[0], {0: 1.0})
    subnet.run_epoch()
    split = chain.explain(subnet.netuid).emission
    assert split.burned > 0
    assert [one.fate for one in split.miners if one.amount] == ["burned"]


def test_an_earlier_epoch_is_explained_as_of_its_block(chain: LocalChain) -> None:
    subnet = weighed(chain)
    subnet.run_epoch()
    then = chain.explain(subnet.netuid)
    subnet.run_epoch()
    assert chain.explain(subnet.netuid).block > then.block
    assert chain.explain(subnet.netuid, block=chain.height - 1) == then


def test_there_is_nothing_to_explain_without_an_epoch(chain: LocalChain) -> None:
    with pytest.raises(NoEpoch, match="no subnet 99"):
        chain.explain(99)
    with pytest.raises(NoEpoch, match="has not run"):
        chain.explain(0)


def test_explaining_changes_nothing(chain: LocalChain) -> None:
    subnet = weighed(chain)
    subnet.run_epoch()
    head = chain.node.chain.head
    first = chain.explain(subnet.netuid)
    assert chain.explain(subnet.netuid) == first
    assert chain.node.chain.head == head
    subnet.run_epoch()
    assert chain.explain(subnet.netuid).faithful
