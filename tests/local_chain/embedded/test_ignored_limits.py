"""`ignore_rate_limits` against every rate limit that the chain has.

Each call here passes once, and is refused the second time for the limit's own error. With limits
ignored it passes as often as one likes, and with limits kept it is refused again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import PoolRejected
from taokit.local_chain import LocalChain
from taokit.local_chain.embedded.subnet import Subnet
from taokit.local_chain.pallets.subtensor import rate_limits
from taokit.local_chain.pallets.subtensor.rate_limits import Limited, TransactionType
from taokit.local_chain.pallets.subtensor.types import Hyperparameter
from taokit.local_chain.runtime import Runtime
from taokit.wallet.keypair import Keypair

LONG = 80
"""Blocks: what was done is not to be done again in a test; it was not done for so long before."""


@dataclass(frozen=True)
class World:
    """A chain whose limits are all long, with a subnet of each way of setting weights."""

    chain: LocalChain
    open: Subnet
    committed: Subnet

    @property
    def runtime(self) -> Runtime:
        runtime = self.chain.node.chain.runtime_at()
        assert isinstance(runtime, Runtime)
        return runtime


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with LocalChain() as chain:
        made = chain.subnet(
            validators=1, miners=2, commit_reveal=False, max_allowed_uids=64, tempo=360
        )
        other = chain.subnet(validators=1, miners=1, commit_reveal=True, tempo=360)
        two = {"netuid": made.netuid, "mechanism_count": 2}
        call = Call("Sudo", "sudo", {"call": Call("AdminUtils", "sudo_set_mechanism_count", two)})
        chain.client().submit(call, chain.accounts.alice).raise_for_failure()
        netuids = (made.netuid, other.netuid)
        chain.set_storage(
            {
                "SubtensorModule": {
                    "WeightsSetRateLimit": [[[n], LONG] for n in netuids],
                    "ServingRateLimit": [[[n], LONG] for n in netuids],
                    "OwnerHyperparamRateLimit": 1_000,
                    "NetworkRateLimit": LONG,
                    "TxDelegateTakeRateLimit": LONG,
                    "TxChildkeyTakeRateLimit": LONG,
                    "WeightsVersionKeyRateLimit": 1_000,
                    "Tempo": [[[0], 0]],
                    "TargetRegistrationsPerInterval": [[[0], 1]],
                    "MaxRegistrationsPerBlock": [[[0], 64]],
                    "SubtokenEnabled": [[[0], True]],
                }
            }
        )
        chain.mine(LONG)
        yield World(chain, made, other)


@pytest.fixture(autouse=True)
def anchored(world: World) -> Iterator[None]:
    with world.chain.anchor():
        yield
        world.chain.ignore_rate_limits(False)


def outcome(world: World, call: Call, signer: Keypair) -> str:
    """The name of the error with which a call ended, or `ok`."""
    try:
        receipt = world.chain.client().submit(call, signer)
    except PoolRejected as refused:
        return str(refused.name)
    return "ok" if receipt.error is None else str(receipt.error.name)


Made = tuple[Call, Keypair]
Case = Callable[[World, int], Made]
CASES: dict[str, tuple[str, Case]] = {}


def case(error: str) -> Callable[[Case], Case]:
    """Declare how a call is made the n-th time, and the error of the limit that it runs into."""

    def declare(make: Case) -> Case:
        CASES[make.__name__] = (error, make)
        return make

    return declare


def of(call: str, netuid: int, **args: Any) -> Call:
    return Call("SubtensorModule", call, {"netuid": netuid, **args})


@case("RateLimitExceeded")
def weights(world: World, time: int) -> Made:
    uids = {"dests": [2], "weights": [time + 1], "version_key": 0}
    return of("set_weights", world.open.netuid, **uids), world.open.validators[0].hotkey


@case("RateLimitExceeded")
def weights_of_a_mechanism(world: World, time: int) -> Made:
    uids = {"mecid": 1, "dests": [2], "weights": [time + 1], "version_key": 0}
    return of("set_mechanism_weights", world.open.netuid, **uids), world.open.validators[0].hotkey


@case("RateLimitExceeded")
def weights_committed(world: World, time: int) -> Made:
    hash = "0x" + bytes([time]).hex() * 32
    signer = world.committed.validators[0].hotkey
    return of("commit_weights", world.committed.netuid, commit_hash=hash), signer


@case("CommittingWeightsTooFast")
def weights_under_a_timelock(world: World, time: int) -> Made:
    sealed = {"commit": bytes([time]) * 40, "reveal_round": 10**9, "commit_reveal_version": 4}
    signer = world.committed.validators[0].hotkey
    return of("commit_timelocked_weights", world.committed.netuid, **sealed), signer


@case("ServingRateLimitExceeded")
def an_axon(world: World, time: int) -> Made:
    at = {"version": 1, "ip": 0x4A7D4A01, "port": 8000 + time, "ip_type": 4, "protocol": 4}
    call = of("serve_axon", world.open.netuid, **at, placeholder1=0, placeholder2=0)
    return call, world.open.miners[0].hotkey


@case("ServingRateLimitExceeded")
def prometheus(world: World, time: int) -> Made:
    at = {"version": 1, "ip": 0x4A7D4A01, "port": 9000 + time, "ip_type": 4}
    return of("serve_prometheus", world.open.netuid, **at), world.open.miners[0].hotkey


@case("DelegateTxRateLimitExceeded")
def a_take(world: World, time: int) -> Made:
    hotkey = world.open.validators[0].hotkey.ss58_address
    if time == 0:  # lowering it starts the limit for raising it
        lower = {"hotkey": hotkey, "take": 0}
        return Call("SubtensorModule", "decrease_take", lower), world.open.validators[0].coldkey
    raised = {"hotkey": hotkey, "take": 1000 + time}
    return Call("SubtensorModule", "increase_take", raised), world.open.validators[0].coldkey


@case("TxChildkeyTakeRateLimitExceeded")
def a_childkey_take(world: World, time: int) -> Made:
    take = {"hotkey": world.open.validators[0].hotkey.ss58_address, "take": 100 + 100 * time}
    return of("set_childkey_take", world.open.netuid, **take), world.open.validators[0].coldkey


@case("TxRateLimitExceeded")
def children(world: World, time: int) -> Made:
    child = world.open.miners[time % 2].hotkey.ss58_address
    given = {
        "hotkey": world.open.validators[0].hotkey.ss58_address,
        "children": [[time + 1, child]],
    }
    return of("set_children", world.open.netuid, **given), world.open.validators[0].coldkey


@case("RateLimitExceeded")
def a_network(world: World, time: int) -> Made:
    hotkey = Keypair.from_uri(f"//network//{time}").ss58_address
    return Call("SubtensorModule", "register_network", {"hotkey": hotkey}), world.chain.accounts.bob


def swapped(world: World, time: int, netuid: int | None) -> Made:
    miner = world.open.miners[0]
    old = miner.hotkey if time == 0 else Keypair.from_uri(f"//swapped//{time - 1}")
    new = Keypair.from_uri(f"//swapped//{time}")
    keys = {"hotkey": old.ss58_address, "new_hotkey": new.ss58_address, "netuid": netuid}
    return Call("SubtensorModule", "swap_hotkey", keys), miner.coldkey


@case("HotKeySetTxRateLimitExceeded")
def a_hotkey(world: World, time: int) -> Made:
    if time == 0:
        world.chain.set_storage({"SubtensorModule": {"TxRateLimit": LONG}})
    return swapped(world, time, None)


@case("HotKeySwapOnSubnetIntervalNotPassed")
def a_hotkey_everywhere_by_subnet(world: World, time: int) -> Made:
    if time == 0:
        world.chain.set_storage({"SubtensorModule": {"TxRateLimit": 0}})
    return swapped(world, time, None)


@case("HotKeySwapOnSubnetIntervalNotPassed")
def a_hotkey_on_a_subnet(world: World, time: int) -> Made:
    if time == 0:
        world.chain.set_storage({"SubtensorModule": {"TxRateLimit": 0}})
        world.chain.mine(world.runtime.subtensor.hotkey_swap_on_subnet_interval)
    return swapped(world, time, world.open.netuid)


@case("TooManyRegistrationsThisInterval")
def a_seat_on_root(world: World, time: int) -> Made:
    if time == 0:
        full = {"RegistrationsThisInterval": [[[0], 2]]}
        world.chain.set_storage({"SubtensorModule": full})
    hotkey = Keypair.from_uri(f"//root//{time}").ss58_address
    return Call("SubtensorModule", "root_register", {"hotkey": hotkey}), world.chain.accounts.bob


@case("TooManyRegistrationsThisBlock")
def a_seat_on_root_in_a_block(world: World, time: int) -> Made:
    made = a_seat_on_root(world, time)
    if time == 1:
        world.chain.set_storage({"SubtensorModule": {"MaxRegistrationsPerBlock": [[[0], 0]]}})
    return made


@case("SpaceLimitExceeded")
def a_commitment(world: World, time: int) -> Made:
    if time == 0:
        world.chain.set_storage({"Commitments": {"MaxSpace": 150}})
    info = {"fields": [{"Raw100": bytes([time]) * 100}]}
    call = Call("Commitments", "set_commitment", {"netuid": world.open.netuid, "info": info})
    return call, world.open.miners[0].hotkey


def owned(name: str, **args: Any) -> Case:
    """A call of the subnet's owner."""

    def make(world: World, time: int) -> Made:
        given = {key: value(time) if callable(value) else value for key, value in args.items()}
        pallet, _, call = name.partition(".")
        return Call(pallet, call, {"netuid": world.open.netuid, **given}), world.open.owner.coldkey

    return make


OWNED = {
    "a hyperparameter": owned("AdminUtils.sudo_set_immunity_period", immunity_period=lambda n: n),
    "a limit of serving": owned(
        "AdminUtils.sudo_set_serving_rate_limit", serving_rate_limit=lambda n: n
    ),
    "activity": owned(
        "SubtensorModule.set_activity_cutoff_factor", factor_milli=lambda n: 14_000 + n
    ),
    "the version of weights": owned(
        "AdminUtils.sudo_set_weights_version_key", weights_version_key=0
    ),
    "tempo": owned("SubtensorModule.set_tempo", tempo=lambda n: 400 + n),
    "the owner's hotkey": owned(
        "AdminUtils.sudo_set_sn_owner_hotkey",
        hotkey=lambda n: Keypair.from_uri(f"//owner//{n}").ss58_address,
    ),
}


def check(world: World, error: str, make: Case) -> None:
    assert outcome(world, *make(world, 0)) == "ok"
    refused = make(world, 1)
    assert outcome(world, *refused) == error
    world.chain.ignore_rate_limits()
    # One that was refused is not taken again for a while: the pool remembers it.
    world.chain.do(world.chain.node.chain.pool.clear)
    assert outcome(world, *refused) == "ok"
    assert outcome(world, *make(world, 2)) == "ok"
    world.chain.ignore_rate_limits(False)
    assert outcome(world, *make(world, 3)) == error


@pytest.mark.parametrize("name", CASES)
def test_what_is_limited_passes_while_limits_are_ignored(world: World, name: str) -> None:
    check(world, *CASES[name])


@pytest.mark.parametrize("name", OWNED)
def test_what_owners_may_do_seldom_passes_while_limits_are_ignored(world: World, name: str) -> None:
    check(world, "TxRateLimitExceeded", OWNED[name])


KINDS = [one for one in (*TransactionType, *Hyperparameter) if one is not TransactionType.Unknown]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_no_kind_of_limit_is_kept_while_they_are_ignored(world: World, kind: Limited) -> None:
    def passes(at_once: int) -> bool:
        sub, netuid, key = world.runtime.subtensor, world.open.netuid, b"\x01" * 32
        rate_limits.record_on_subnet(sub, kind, key, netuid, at_once)
        return rate_limits.passes_on_subnet(sub, kind, key, netuid)

    now = world.chain.height
    limited = rate_limits.limit_on_subnet(world.runtime.subtensor, kind, world.open.netuid) > 0
    assert world.chain.do(lambda: passes(now + 1)) is not limited
    world.chain.ignore_rate_limits()
    assert world.chain.do(lambda: passes(now + 1))
