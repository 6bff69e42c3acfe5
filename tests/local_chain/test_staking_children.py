"""Children, parents and takes: who may link, when links hold, and what they count."""

from __future__ import annotations

from typing import Any

import pytest
from chain_under_test import Chain
from economy import ROOT, TAO, U64_MAX, add_hotkey, add_neuron, add_subnet, give_stake, key

from taokit.local_chain.pallets.subtensor import children, stake_weight

NETUID = 2
COLD, PARENT, CHILD, OTHER = key(1), key(2), key(3), key(4)
MODULE = "SubtensorModule"


@pytest.fixture
def subnet(chain: Chain) -> Chain:
    """A started subnet and three hotkeys of one coldkey, in block 1."""
    add_subnet(chain, NETUID, tao=TAO, alpha=TAO)
    for hotkey in (PARENT, CHILD, OTHER):
        add_hotkey(chain, hotkey, COLD)
    chain.begin_block()
    return chain


def set_children(chain: Chain, links: list[tuple[int, bytes]], parent: bytes = PARENT) -> None:
    chain.call(COLD, MODULE, "set_children", hotkey=parent, netuid=NETUID, children=links)


def links_of(chain: Chain, hotkey: bytes) -> tuple[Any, Any]:
    sub = chain.runtime.subtensor
    return sub.child_keys.get((hotkey, NETUID)), sub.parent_keys.get((hotkey, NETUID))


def test_children_wait_for_the_epoch_after_their_cooldown(subnet: Chain) -> None:
    sub = subnet.runtime.subtensor
    sub.tempo.insert(NETUID, 10)
    sub.last_epoch_block.insert(NETUID, 1)
    set_children(subnet, [(U64_MAX, CHILD)])
    event = (PARENT, NETUID, 1 + 15, [(U64_MAX, CHILD)])
    assert subnet.events("SubtensorModule.SetChildrenScheduled") == [event]
    subnet.end_block()
    applied = []
    for _ in range(22):
        subnet.begin_block()
        if subnet.events("SubtensorModule.SetChildren"):
            applied.append(subnet.number)
        subnet.end_block()
    # Epochs run at 11 and 21; the cooldown of 15 blocks has passed only at the second.
    assert applied == [21]
    assert links_of(subnet, PARENT) == ([(U64_MAX, CHILD)], [])
    assert links_of(subnet, CHILD) == ([], [(U64_MAX, PARENT)])


def test_before_a_subnet_starts_children_are_set_at_once(subnet: Chain) -> None:
    subnet.runtime.subtensor.subtoken_enabled.insert(NETUID, False)
    set_children(subnet, [(7, OTHER), (5, CHILD)])
    # Stored in the order of the children's bytes, whatever order they were given in.
    assert links_of(subnet, PARENT)[0] == [(5, CHILD), (7, OTHER)]
    assert links_of(subnet, OTHER)[1] == [(7, PARENT)]


def test_new_children_replace_the_old_on_both_sides(subnet: Chain) -> None:
    sub = subnet.runtime.subtensor
    sub.subtoken_enabled.insert(NETUID, False)
    set_children(subnet, [(7, OTHER), (5, CHILD)])
    sub.transaction_key_last_block.clear()
    set_children(subnet, [(9, CHILD)])
    assert links_of(subnet, PARENT)[0] == [(9, CHILD)]
    assert links_of(subnet, CHILD)[1] == [(9, PARENT)]
    assert not sub.parent_keys.contains((OTHER, NETUID))
    sub.transaction_key_last_block.clear()
    set_children(subnet, [])
    assert not sub.child_keys.contains((PARENT, NETUID))
    assert not sub.parent_keys.contains((CHILD, NETUID))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"netuid": ROOT}, "RegistrationNotPermittedOnRootSubnet"),
        ({"netuid": 77}, "SubnetNotExists"),
        ({"hotkey": key(99)}, "NonAssociatedColdKey"),
        ({"children": [(1, CHILD), (2, CHILD)]}, "DuplicateChild"),
        ({"children": [(1, PARENT)]}, "InvalidChild"),
        ({"children": [(1, key(n)) for n in range(20, 26)]}, "TooManyChildren"),
        ({"children": [(U64_MAX, CHILD), (1, OTHER)]}, "ProportionOverflow"),
    ],
)
def test_links_are_refused(subnet: Chain, change: dict[str, Any], error: str) -> None:
    args = {"hotkey": PARENT, "netuid": NETUID, "children": [(1, CHILD)]} | change
    assert subnet.refusal(COLD, MODULE, "set_children", **args) == error


def test_a_parent_cannot_be_its_own_grandchild(subnet: Chain) -> None:
    subnet.runtime.subtensor.subtoken_enabled.insert(NETUID, False)
    set_children(subnet, [(1, CHILD)])
    args = {"hotkey": CHILD, "netuid": NETUID, "children": [(1, PARENT)]}
    refused = subnet.refusal(COLD, MODULE, "set_children", **args)
    assert refused == "ChildParentInconsistency"


def test_links_change_once_in_150_blocks(subnet: Chain) -> None:
    set_children(subnet, [(1, CHILD)])
    args = {"hotkey": PARENT, "netuid": NETUID, "children": []}
    refused = subnet.refusal(COLD, MODULE, "set_children", **args)
    assert refused == "TxRateLimitExceeded"


def test_a_parent_needs_the_threshold_unless_the_subnet_is_its_own(subnet: Chain) -> None:
    sub = subnet.runtime.subtensor
    sub.stake_threshold.put(TAO)
    args = {"hotkey": PARENT, "netuid": NETUID, "children": [(1, CHILD)]}
    refused = subnet.refusal(COLD, MODULE, "set_children", **args)
    assert refused == "NotEnoughStakeToSetChildkeys"
    sub.subnet_owner_hotkey.insert(NETUID, PARENT)
    set_children(subnet, [(1, CHILD)])


def test_total_stake_is_valued_at_prices(subnet: Chain) -> None:
    sub = subnet.runtime.subtensor
    sub.subnet_tao.insert(NETUID, 3 * TAO)
    give_stake(subnet, PARENT, COLD, NETUID, 1_000)
    give_stake(subnet, PARENT, COLD, ROOT, 500)
    assert stake_weight.total_stake_of_hotkey(sub, PARENT) == 3_500


def test_root_validators_become_parents_of_a_new_owners_hotkey(subnet: Chain) -> None:
    sub = subnet.runtime.subtensor
    willing, unwilling = key(31), key(32)
    for hotkey in (willing, unwilling):
        add_neuron(subnet, ROOT, hotkey, key(33))
    subnet.call(
        key(33),
        MODULE,
        "set_auto_parent_delegation_enabled",
        hotkey=unwilling,
        enabled=False,
    )
    sub.subnet_owner_hotkey.insert(NETUID, CHILD)
    sub.subtoken_enabled.insert(NETUID, False)
    children.make_root_validators_parents(sub, NETUID)
    assert links_of(subnet, CHILD)[1] == [(U64_MAX, willing)]


# -- takes -----------------------------------------------------------------------------------------


def test_takes_fall_at_any_time_and_rise_with_a_limit(subnet: Chain) -> None:
    sub = subnet.runtime.subtensor
    subnet.call(COLD, MODULE, "decrease_take", hotkey=PARENT, take=1_000)
    assert subnet.events("SubtensorModule.TakeDecreased") == [(COLD, PARENT, 1_000)]
    args = {"hotkey": PARENT, "take": 2_000}
    assert subnet.refusal(COLD, MODULE, "increase_take", **args) == "DelegateTxRateLimitExceeded"
    assert subnet.refusal(COLD, MODULE, "decrease_take", **args) == "DelegateTakeTooLow"
    sub.last_rate_limited_block.clear()
    subnet.call(COLD, MODULE, "increase_take", **args)
    assert sub.delegates.get(PARENT) == 2_000
    sub.last_rate_limited_block.clear()
    refused = subnet.refusal(COLD, MODULE, "increase_take", hotkey=PARENT, take=11_797)
    assert refused == "DelegateTakeTooHigh"
    refused = subnet.refusal(key(88), MODULE, "increase_take", **args)
    assert refused == "NonAssociatedColdKey"
    refused = subnet.refusal(COLD, MODULE, "increase_take", hotkey=key(89), take=1)
    assert refused == "HotKeyAccountNotExists"


def test_childkey_takes_stay_within_bounds(subnet: Chain) -> None:
    sub = subnet.runtime.subtensor
    args = {"hotkey": CHILD, "netuid": NETUID}
    refused = subnet.refusal(COLD, MODULE, "set_childkey_take", **args, take=11_797)
    assert refused == "InvalidChildkeyTake"
    subnet.call(COLD, MODULE, "set_childkey_take", **args, take=5_000)
    refused = subnet.refusal(COLD, MODULE, "set_childkey_take", **args, take=6_000)
    assert refused == "TxChildkeyTakeRateLimitExceeded"
    subnet.call(COLD, MODULE, "set_childkey_take", **args, take=4_000)
    sub.min_childkey_take_per_subnet.insert(NETUID, 4_500)
    refused = subnet.refusal(COLD, MODULE, "set_childkey_take", **args, take=4_000)
    assert refused == "InvalidChildkeyTake"
