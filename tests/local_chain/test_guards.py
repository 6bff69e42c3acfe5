"""Guards: the pool's codes, and the same refusals on every nested dispatch."""

from __future__ import annotations

from typing import Any

import pytest
from subnet_setup import jump_to, key, new_subnet, turn_off_commit_reveal

from taokit.local_chain.chain_spec import account
from taokit.local_chain.frame.call import Call
from taokit.local_chain.frame.errors import Invalid
from taokit.local_chain.pallets.subtensor import guards

HOTKEY = account("//Alice_hk")


@pytest.fixture
def subnet(chain: Any) -> tuple[Any, int]:
    """A subnet with the owner's neuron, in an open block."""
    chain.run_block(1)
    chain.begin_block()
    return chain, new_subnet(chain)


def make(chain: Any, pallet: str, name: str, **args: Any) -> Call:
    """A call by name."""
    found = next(p for p in chain.runtime.pallets.values() if p.name == pallet)
    spec = next(spec for spec in found.calls.values() if spec.name == name)
    return Call(type(found), spec, tuple(args[field] for field, _ in spec.fields))


def code(chain: Any, who: bytes, call: Call) -> int | None:
    """The pool's custom code for a call; None if it would be taken."""
    try:
        chain.runtime.check_pool_guards(call, who)
    except Invalid as invalid:
        assert invalid.kind == "Custom"
        return invalid.custom
    return None


def test_the_pool_answers_with_the_runtimes_codes(subnet: Any) -> None:
    chain, netuid = subnet
    module = "SubtensorModule"
    axon = {
        "netuid": netuid,
        "version": 1,
        "ip": 1,
        "port": 0,
        "ip_type": 4,
        "protocol": 0,
        "placeholder1": 0,
        "placeholder2": 0,
    }
    commit = make(chain, module, "commit_weights", netuid=netuid, commit_hash=bytes(32))
    reveal = {"netuid": netuid, "uids": [], "values": [], "salt": [], "version_key": 0}
    take = {"hotkey": HOTKEY, "take": 11_797}
    batch = {"netuids": [netuid], "weights": [], "version_keys": []}
    cases = [
        (HOTKEY, commit, 6),
        (HOTKEY, make(chain, module, "reveal_weights", **reveal), 16),
        (HOTKEY, make(chain, module, "serve_axon", **axon), 13),
        (HOTKEY, make(chain, module, "serve_axon", **axon | {"ip_type": 5}), 255),
        (HOTKEY, make(chain, module, "serve_axon", **axon | {"ip": 0x7F000001}), 11),
        (key(1), make(chain, module, "serve_axon", **axon), 10),
        (chain.alice, make(chain, module, "increase_take", **take), 27),
        (chain.bob, make(chain, module, "increase_take", hotkey=HOTKEY, take=1), 25),
        (chain.bob, make(chain, module, "decrease_take", hotkey=key(1), take=1), 4),
        (HOTKEY, make(chain, module, "batch_set_weights", **batch), 18),
        (chain.bob, make(chain, module, "burned_register", netuid=0, hotkey=key(1)), None),
    ]
    for who, call, expected in cases:
        assert code(chain, who, call) == expected, call


def test_stake_under_the_threshold_is_code_1_and_a_full_rate_limit_code_6(
    mainnet_chain: Any,
) -> None:
    chain = mainnet_chain
    chain.run_block(1)
    chain.begin_block()
    netuid = new_subnet(chain)
    chain.runtime.subtensor.stake_threshold.put(1)
    commit = make(chain, "SubtensorModule", "commit_weights", netuid=netuid, commit_hash=bytes(32))
    assert code(chain, key(1), commit) == 1
    register = make(chain, "SubtensorModule", "register_network", hotkey=key(1))
    assert code(chain, chain.bob, register) == 6


def test_a_nested_call_meets_the_same_guard(subnet: Any) -> None:
    chain, netuid = subnet
    commit = make(chain, "SubtensorModule", "commit_weights", netuid=netuid, commit_hash=bytes(32))
    refused = chain.refusal(HOTKEY, "Utility", "batch_all", calls=[commit])
    assert refused == "CommittingWeightsTooFast"


def test_a_coldkey_that_announced_a_swap_may_do_nothing_else(subnet: Any) -> None:
    chain, _ = subnet
    sub = chain.runtime.subtensor
    sub.coldkey_swap_announcements.insert(chain.bob, (5, bytes(32)))
    remark = make(chain, "System", "remark", remark=b"")
    assert code(chain, chain.bob, remark) == 0
    assert chain.refusal(chain.bob, "System", "remark", remark=b"") == "ColdkeySwapAnnounced"
    sub.coldkey_swap_disputes.insert(chain.bob, 5)
    assert code(chain, chain.bob, remark) == 21
    chain.call(chain.alice, "System", "remark", remark=b"")


def test_the_weights_limit_is_guarded_only_where_weights_are_set_in_the_open(subnet: Any) -> None:
    chain, netuid = subnet
    given = {"netuid": netuid, "dests": [0], "weights": [1], "version_key": 0}
    plain = make(chain, "SubtensorModule", "set_weights", **given)
    assert code(chain, HOTKEY, plain) is None
    turn_off_commit_reveal(chain, netuid)
    assert code(chain, HOTKEY, plain) == 6
    jump_to(chain, 200)
    assert code(chain, HOTKEY, plain) is None


def test_guards_add_their_weight_to_the_calls_they_watch(subnet: Any) -> None:
    chain, netuid = subnet
    remark = make(chain, "System", "remark", remark=b"")
    commit = make(chain, "SubtensorModule", "commit_weights", netuid=netuid, commit_hash=bytes(32))
    base = guards.extension_weight(remark)
    assert base.ref_time == 17_583_000 + 2 * 25_000_000
    added = 52_958_000 + 11 * 25_000_000 + 35_376_000 + 7 * 25_000_000
    assert guards.extension_weight(commit).ref_time == base.ref_time + added
