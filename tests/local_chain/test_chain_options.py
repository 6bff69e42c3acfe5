"""What a chain can be told to do otherwise than runtime 424: limits, and where guards refuse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from taokit.chain_client import Call, ChainClient, Client, InProcessTransport
from taokit.chain_client.errors import PoolRejected
from taokit.local_chain.chain_spec import localnet
from taokit.local_chain.errors import InvalidNodeConfig
from taokit.local_chain.features import runtime_with
from taokit.local_chain.frame.metadata import metadata_of
from taokit.local_chain.local_node import LocalNode
from taokit.local_chain.node_config import FEATURES, NodeConfig
from taokit.local_chain.runtime import Runtime
from taokit.wallet import dev_key

ALICE, BOB = dev_key("Alice"), dev_key("Bob")
MODULE = "SubtensorModule"


@contextmanager
def chain_with(**settings: Any) -> Iterator[tuple[Client, LocalNode]]:
    """A chain that seals what arrives, with settings of `NodeConfig`, and a client of it."""
    node = LocalNode(NodeConfig(ports=(), block_time="instant", **settings))

    async def start() -> InProcessTransport:
        await node.start()
        return InProcessTransport(node.handler)

    async def stop(chain: ChainClient) -> None:
        await node.stop()

    with Client.over(start) as client:
        yield client, node
        client.run(stop)


def outcome(chain: Client, name: str, **fields: object) -> str | None:
    """The name of the error that Alice's call of SubtensorModule fails with; None without one."""
    receipt = chain.submit(Call(MODULE, name, fields), ALICE)
    return None if receipt.success else str(receipt.error.name)


@pytest.mark.parametrize(
    ("preset", "limits", "second"),
    [
        ("mainnet", "runtime", "NetworkTxRateLimitExceeded"),
        ("mainnet", "localnet", None),
        ("fast", "runtime", None),
    ],
)
def test_networks_may_follow_at_once_under_localnets_limits(
    preset: str, limits: str, second: str | None
) -> None:
    with chain_with(preset=preset, limits=limits, guards="dispatch") as (chain, _):
        assert outcome(chain, "register_network", hotkey=ALICE.ss58_address) is None
        assert outcome(chain, "register_network", hotkey=ALICE.ss58_address) == second


@pytest.mark.parametrize(("limits", "wait"), [("runtime", 150), ("localnet", 15)])
def test_children_may_be_set_again_after_the_limits_blocks(limits: str, wait: int) -> None:
    hotkey = ALICE.ss58_address
    with chain_with(limits=limits) as (chain, node):
        outcome(chain, "register_network", hotkey=hotkey)
        outcome(chain, "start_call", netuid=2)

        def set_children() -> str | None:
            return outcome(chain, "set_children", hotkey=hotkey, netuid=2, children=[])

        assert set_children() is None
        node.chain.seal(wait - 2)
        assert set_children() == "TxRateLimitExceeded"  # in block `wait - 1` after the first
        assert set_children() is None


@pytest.mark.parametrize(
    ("preset", "limits", "cooldown"),
    [("mainnet", "runtime", 7_200), ("mainnet", "localnet", 15), ("fast", "runtime", 15)],
)
def test_children_wait_as_long_as_the_limits_say(preset: str, limits: str, cooldown: int) -> None:
    with chain_with(preset=preset, limits=limits) as (chain, _):
        assert chain.query(MODULE, "PendingChildKeyCooldown") == cooldown


def test_guards_refuse_in_the_pool_or_when_the_call_is_dispatched() -> None:
    announce = {"new_coldkey_hash": "0x" + bytes(32).hex()}
    remark = Call("System", "remark", {"remark": "0x"})
    with chain_with() as (chain, _):
        outcome(chain, "announce_coldkey_swap", **announce)
        with pytest.raises(PoolRejected) as refused:
            chain.submit(remark, ALICE)
        assert refused.value.name == "ColdkeySwapAnnounced"
    with chain_with(guards="dispatch") as (chain, _):
        outcome(chain, "announce_coldkey_swap", **announce)
        receipt = chain.submit(remark, ALICE)
        assert receipt.error.name == "ColdkeySwapAnnounced"
        assert receipt.fee.rao > 0
        assert (chain.submit(remark, BOB)).success


def test_limits_and_guards_change_nothing_that_clients_derive_types_from() -> None:
    with (
        chain_with() as (_, plain),
        chain_with(limits="localnet", guards="dispatch") as (_, changed),
    ):
        assert changed.chain.metadata(15) == plain.chain.metadata(15)
        assert changed.chain.genesis_hash != plain.chain.genesis_hash


def test_square_roots_of_prices_are_kept_from_the_first_swap_on() -> None:
    hotkey = ALICE.ss58_address
    with chain_with(sqrt_prices=True) as (chain, _):
        outcome(chain, "register_network", hotkey=hotkey)
        outcome(chain, "start_call", netuid=2)
        assert chain.query("Swap", "AlphaSqrtPrice", 2)["bits"] == 0
        for amount in (5_000_000_000, 700_000_000_000):
            outcome(chain, "add_stake", hotkey=hotkey, netuid=2, amount_staked=amount)
            root = chain.query("Swap", "AlphaSqrtPrice", 2)["bits"] / 2**64
            price = chain.runtime_call("SwapRuntimeApi", "current_alpha_price", 2) / 10**9
            assert root**2 == pytest.approx(price, rel=1e-8)
        call = Call("SubtensorModule", "root_dissolve_network", {"netuid": 2})
        chain.submit(Call("Sudo", "sudo", {"call": call}), ALICE).raise_for_failure()
        assert chain.query("Swap", "AlphaSqrtPrice", 2)["bits"] == 0


# What each feature adds to SubtensorModule, and what is read where nothing was ever written.
ADDED = {
    "alpha-totals": {"TotalAlphaStaked": 0},
    "baskets": {"BasketRate": {"bits": 0}, "BasketClaimed": 0},
    "childkey-threshold": {"ChildkeyThresholdSuspended": None},
    "collateral": {
        "CollateralLockShare": 0,
        "CollateralDrainRatio": {"bits": 1 << 64},
        "MinerCollateral": None,
    },
    "epoch-consensus": {"SubnetEpochConsensus": "Yuma"},
    "network-queues": {"DissolveCleanupQueue": [], "NetworkRegistrationQueue": []},
    "root-unlock": {"RootStakeUnlockInterval": 0},
}


BASKETS = "BetaBasketRuntimeApi"


def everything(runtime: type[Runtime], preset: str = "fast") -> dict[str, set[str]]:
    """The names of all that a runtime declares."""
    described = metadata_of(runtime, preset)
    found: dict[str, set[str]] = {"apis": {*described.apis}}
    for kind in ("storage", "calls", "events", "errors", "constants"):
        pallets = described.pallets.values()
        found[kind] = {
            f"{pallet.name}.{name}" for pallet in pallets for name in getattr(pallet, kind)
        }
    return found


@pytest.mark.parametrize("preset", ["fast", "mainnet"])
@pytest.mark.parametrize("feature", FEATURES)
def test_a_feature_adds_its_storage_and_nothing_else(feature: str, preset: str) -> None:
    plain, more = everything(Runtime, preset), everything(runtime_with([feature]), preset)
    added = {f"{MODULE}.{name}" for name in ADDED[feature]}
    assert more.pop("storage") - plain["storage"] == added
    assert more["apis"] - plain["apis"] == ({BASKETS} if feature == "baskets" else set())
    more["apis"] -= {BASKETS}
    assert plain.pop("storage")
    assert more == plain


def test_features_join_and_without_any_the_runtime_is_424_alone() -> None:
    assert runtime_with() is Runtime
    joined = everything(runtime_with(FEATURES, sqrt_prices=True))["storage"]
    added = {f"{MODULE}.{name}" for names in ADDED.values() for name in names}
    assert joined - everything(Runtime)["storage"] == added | {"Swap.AlphaSqrtPrice"}
    with chain_with(sqrt_prices=True):  # the other runtime is what it was, in the same process too
        assert "alpha_sqrt_price" not in vars(Runtime.new(localnet()).swap)
        assert "total_alpha_staked" not in vars(Runtime.new(localnet()).subtensor)
    with chain_with(features=()) as (_, node):
        assert node.chain.metadata(15) == Runtime.new(localnet()).metadata(15)


@pytest.mark.parametrize(
    ("item", "default"), [pair for items in ADDED.values() for pair in items.items()]
)
def test_what_later_runtimes_store_reads_as_their_default(item: str, default: object) -> None:
    keys = {"MinerCollateral": (9, ALICE.ss58_address, ALICE.ss58_address)}
    keys |= {"BasketClaimed": (ALICE.ss58_address, BOB.ss58_address)}
    for name in ("ChildkeyThresholdSuspended", "BasketRate"):
        keys[name] = (ALICE.ss58_address,)
    values = ("DissolveCleanupQueue", "NetworkRegistrationQueue", "RootStakeUnlockInterval")
    keys |= dict.fromkeys(values, ())
    with chain_with() as (chain, _):
        assert chain.query(MODULE, item, *keys.get(item, (9,))) == default


def test_nobody_has_a_basket() -> None:
    alice, bob = ALICE.ss58_address, BOB.ss58_address
    with chain_with() as (chain, _):
        for method in ("root_basket_owed", "validator_basket_nav"):
            assert chain.runtime_call(BASKETS, f"get_{method}", alice) == 0
        for method in ("root_basket_positions", "validator_basket", "root_basket_portfolio"):
            assert chain.runtime_call(BASKETS, f"get_{method}", alice) == []
        assert chain.runtime_call(BASKETS, "get_basket_payout", alice, bob) == 0
        assert chain.runtime_call(BASKETS, "get_basket_position", alice, bob) is None
        assert chain.runtime_call(BASKETS, "get_root_basket_total_nav") == 0
        assert chain.runtime_call(BASKETS, "get_all_validator_baskets") == []
        summary = chain.runtime_call(BASKETS, "get_validator_basket_summary", alice)
        assert str(summary.pop("hotkey")) == alice
        assert set(map(bool, summary.values())) == {False}


def test_the_alpha_of_a_subnet_is_the_sum_over_its_hotkeys_in_every_block() -> None:
    def check(chain: Client, node: LocalNode) -> dict[int, int]:
        for number in range(node.chain.head.number + 1):
            at = node.chain.runtime_at(node.chain.block_hash(number)).subtensor
            sums: dict[int, int] = {}
            for (_, netuid), alpha in at.total_hotkey_alpha.items():
                sums[netuid] = sums.get(netuid, 0) + alpha
            totals = dict(at.total_alpha_staked.items())
            assert totals == {netuid: alpha for netuid, alpha in sums.items() if alpha}, number
        return totals

    with chain_with() as (chain, node):
        assert check(chain, node) == {1: 1_000_000_000}
        for hotkey in (ALICE.ss58_address, BOB.ss58_address):
            outcome(chain, "register_network", hotkey=hotkey)
        for netuid in (2, 3):
            outcome(chain, "start_call", netuid=netuid)
            for hotkey in (ALICE.ss58_address, BOB.ss58_address):
                outcome(chain, "add_stake", hotkey=hotkey, netuid=netuid, amount_staked=7 * 10**9)
        node.chain.seal(25)  # epochs pay out
        move = {"origin_hotkey": ALICE.ss58_address, "destination_hotkey": BOB.ss58_address}
        netuids = {"origin_netuid": 2, "destination_netuid": 3, "alpha_amount": 10**9}
        assert outcome(chain, "move_stake", **move, **netuids) is None
        assert set(check(chain, node)) == {1, 2, 3}
        dissolve = Call(MODULE, "root_dissolve_network", {"netuid": 2})
        chain.submit(Call("Sudo", "sudo", {"call": dissolve}), ALICE).raise_for_failure()
        assert set(check(chain, node)) == {1, 3}


def test_a_feature_that_there_is_not_is_refused() -> None:
    with pytest.raises(InvalidNodeConfig, match="no feature 'nope'"):
        NodeConfig(features=("nope",))
