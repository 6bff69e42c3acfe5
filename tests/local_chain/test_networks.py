"""Subnets: registering, pricing, starting, describing and dissolving them."""

from __future__ import annotations

from typing import Any

import pytest
from subnet_setup import RICH, TAO, fund, jump_to, key, new_subnet, open_admin_window, register
from vector_files import load

from taokit.local_chain.arithmetic.fixed import U64F64
from taokit.local_chain.arithmetic.safe_float import SafeFloat
from taokit.local_chain.chain_spec import account
from taokit.local_chain.pallets.subtensor import custody, dissolve, networks
from taokit.local_chain.pallets.subtensor.symbols import NAMES, SYMBOLS, subnet_name
from taokit.local_chain.pallets.subtensor.types import SubnetIdentityV3

VECTORS = load("subnets")
IDENTITY = SubnetIdentityV3(b"name", b"", b"", b"", b"", b"", b"", b"")


@pytest.fixture
def opened(chain: Any) -> Any:
    """A chain with a block open."""
    chain.run_block(1)
    chain.begin_block()
    return chain


def test_a_new_subnet_holds_its_lock_as_a_pool_at_the_median_price(opened: Any) -> None:
    sub, balances = opened.runtime.subtensor, opened.runtime.balances
    stake = sub.total_stake.get()
    coldkey, hotkey = fund(opened, key(1)), key(2)
    opened.call(coldkey, "SubtensorModule", "register_network", hotkey=hotkey)
    assert balances.free(coldkey) == RICH - 1_000 * TAO
    assert balances.free(custody.account_of_netuid(2)) == 1_000 * TAO
    assert sub.subnet_tao.get(2) == sub.subnet_alpha_in.get(2) == 1_000 * TAO
    assert sub.subnet_alpha_out.get(2) == 0
    assert sub.subnet_locked.get(2) == 1_000 * TAO
    assert sub.total_stake.get() == stake + 1_000 * TAO
    assert (sub.subnet_owner.get(2), sub.subnet_owner_hotkey.get(2)) == (coldkey, hotkey)
    assert sub.keys.get((2, 0)) == hotkey
    assert sub.total_networks.get() == 3
    assert sub.registered_subnet_counter.get(2) == 1
    assert opened.events("SubtensorModule.NetworkAdded") == [(2, 1)]


def test_a_new_subnet_begins_with_the_runtimes_parameters(mainnet_chain: Any) -> None:
    mainnet_chain.run_block(5)
    mainnet_chain.begin_block()
    netuid = new_subnet(mainnet_chain, start=False)
    sub = mainnet_chain.runtime.subtensor
    found = {
        "tempo": sub.tempo.get(netuid),
        "last_epoch_block": sub.last_epoch_block.get(netuid),
        "max_allowed_uids": sub.max_allowed_uids.get(netuid),
        "max_allowed_validators": sub.max_allowed_validators.get(netuid),
        "min_allowed_weights": sub.min_allowed_weights.get(netuid),
        "immunity_period": sub.immunity_period.get(netuid),
        "yuma3": sub.yuma3_on.get(netuid),
        "burn": sub.burn.get(netuid),
        "emission": sub.subnet_emission_enabled.get(netuid),
        "commit_reveal": sub.commit_reveal_weights_enabled.get(netuid),
        "started": sub.subtoken_enabled.get(netuid),
    }
    assert found == {
        "tempo": 360,
        "last_epoch_block": 6 - 2,
        "max_allowed_uids": 256,
        "max_allowed_validators": 64,
        "min_allowed_weights": 1,
        "immunity_period": 5_000,
        "yuma3": True,
        "burn": TAO,
        "emission": False,
        "commit_reveal": True,
        "started": False,
    }


def test_the_cost_doubles_with_a_registration_and_falls_with_each_block(opened: Any) -> None:
    sub = opened.runtime.subtensor
    assert networks.lock_cost(sub) == 1_000 * TAO
    new_subnet(opened)
    now = opened.runtime.system.block_number()
    assert networks.lock_cost(sub) == 2_000 * TAO
    per_block = 1_000 * TAO // 100_800
    jump_to(opened, now + 10)
    assert networks.lock_cost(sub) == 2_000 * TAO - 10 * per_block
    jump_to(opened, now + 1_000_000)
    assert networks.lock_cost(sub) == 1_000 * TAO


@pytest.mark.parametrize("vector", VECTORS["median"], ids=lambda v: v["source"])
def test_a_pool_opens_at_the_median_of_the_others(opened: Any, vector: dict[str, Any]) -> None:
    sub = opened.runtime.subtensor
    sub.networks_added.remove(1)
    for netuid, (tao, alpha) in enumerate(vector["pools"], start=1):
        sub.networks_added.insert(netuid, True)
        sub.subnet_mechanism.insert(netuid, 1)
        sub.subnet_tao.insert(netuid, tao)
        sub.subnet_alpha_in.insert(netuid, alpha)
    assert networks.median_price(sub) == U64F64.from_float(vector["median"])
    netuid = new_subnet(opened)
    assert sub.subnet_alpha_in.get(netuid) == int(1_000 * TAO / vector["median"])


def test_refusals_come_in_the_order_of_the_runtime(mainnet_chain: Any) -> None:
    chain = mainnet_chain
    chain.run_block(1)
    chain.begin_block()
    sub = chain.runtime.subtensor
    poor, foreign = key(1), key(2)
    sub.owner.insert(foreign, key(3))

    def refusal(hotkey: bytes) -> str:
        return str(chain.refusal(poor, "SubtensorModule", "register_network", hotkey=hotkey))

    assert refusal(foreign) == "NonAssociatedColdKey"
    assert refusal(custody.account_of_netuid(3)) == "CannotUseSystemAccount"
    assert refusal(key(4)) == "CannotAffordLockCost"
    sub.subnet_limit.put(1)
    assert refusal(key(4)) == "SubnetLimitReached"
    sub.network_registration_start_block.put(100)
    assert refusal(key(4)) == "SubNetRegistrationDisabled"


def test_subnets_are_registered_one_in_7200_blocks_on_the_main_network(mainnet_chain: Any) -> None:
    chain = mainnet_chain
    chain.run_block(1)
    chain.begin_block()
    new_subnet(chain)
    now = chain.runtime.system.block_number()

    def refusal(name: str, **more: Any) -> str:
        return str(chain.refusal(key(1), "SubtensorModule", name, hotkey=key(2), **more))

    with_identity = {"identity": None}
    jump_to(chain, now + 7_199)
    assert refusal("register_network") == "NetworkTxRateLimitExceeded"
    assert refusal("register_network_with_identity", **with_identity) == (
        "NetworkTxRateLimitExceeded"
    )
    jump_to(chain, now + 7_200)
    assert refusal("register_network") == "CannotAffordLockCost"


def test_a_full_chain_gives_the_place_of_its_cheapest_mature_subnet(opened: Any) -> None:
    """networks::register_network_prunes_and_recycles_netuid."""
    sub = opened.runtime.subtensor
    first, second = new_subnet(opened), new_subnet(opened)
    sub.networks_added.remove(1)
    sub.subnet_limit.put(2)
    sub.subnet_moving_price.insert(first, 5 << 32)
    sub.subnet_moving_price.insert(second, 2 << 32)
    assert networks.network_to_prune(sub) is None
    sub.network_immunity_period.put(0)
    assert networks.network_to_prune(sub) == second
    coldkey = fund(opened, key(1), 100_000 * TAO)
    given = {"hotkey": key(2), "identity": IDENTITY}
    opened.call(coldkey, "SubtensorModule", "register_network_with_identity", **given)
    assert sub.networks_added.keys() == [0, first, second]
    assert sub.subnet_owner.get(second) == coldkey
    assert sub.registered_subnet_counter.get(second) == 2
    assert subnet_name(sub, second) == b"name"
    assert opened.events("SubtensorModule.NetworkRemoved") == [(second,)]


def test_of_equal_prices_the_older_subnet_goes(opened: Any) -> None:
    sub = opened.runtime.subtensor
    sub.network_immunity_period.put(0)
    sub.network_registered_at.insert(1, 9)
    netuid = new_subnet(opened)
    sub.network_registered_at.insert(netuid, 3)
    jump_to(opened, 20)
    assert networks.network_to_prune(sub) == netuid


def test_only_the_owner_starts_a_subnet_and_once(opened: Any) -> None:
    netuid = new_subnet(opened, start=False)
    sub = opened.runtime.subtensor

    def refusal(who: bytes, where: int = netuid) -> str:
        return str(opened.refusal(who, "SubtensorModule", "start_call", netuid=where))

    assert refusal(opened.alice, 99) == "SubnetNotExists"
    assert refusal(opened.bob) == "BadOrigin"
    sub.start_call_delay.put(3)
    assert refusal(opened.alice) == "NeedWaitingMoreBlocksToStarCall"
    now = opened.runtime.system.block_number()
    jump_to(opened, now + 3)
    opened.call(opened.alice, "SubtensorModule", "start_call", netuid=netuid)
    assert sub.first_emission_block_number.get(netuid) == now + 4
    assert sub.subtoken_enabled.get(netuid)
    assert refusal(opened.alice) == "FirstEmissionBlockNumberAlreadySet"


def test_a_symbol_is_the_netuids_or_the_first_free_one(opened: Any) -> None:
    sub = opened.runtime.subtensor
    assert (len(SYMBOLS), len(NAMES)) == (439, 439)
    sub.token_symbol.insert(1, SYMBOLS[2])
    assert sub.token_symbol.get(new_subnet(opened)) == SYMBOLS[1]
    assert sub.token_symbol.get(new_subnet(opened)) == SYMBOLS[3]


def test_an_owner_changes_the_symbol_to_a_free_one_of_the_table(opened: Any) -> None:
    netuid = new_subnet(opened)

    def refusal(who: bytes | None, symbol: bytes) -> str:
        given = {"netuid": netuid, "symbol": symbol}
        return str(opened.refusal(who, "SubtensorModule", "update_symbol", **given))

    assert refusal(opened.bob, SYMBOLS[9]) == "BadOrigin"
    assert refusal(opened.alice, b"TAO") == "SymbolDoesNotExist"
    assert refusal(opened.alice, SYMBOLS[0]) == "SymbolDoesNotExist"
    assert refusal(None, SYMBOLS[1]) == "SymbolAlreadyInUse"
    given = {"netuid": netuid, "symbol": SYMBOLS[9]}
    opened.call(opened.alice, "SubtensorModule", "update_symbol", **given)
    assert opened.runtime.subtensor.token_symbol.get(netuid) == SYMBOLS[9]


def test_identities_are_held_to_their_lengths_and_owners(opened: Any) -> None:
    netuid = new_subnet(opened)
    sub = opened.runtime.subtensor
    fields = dict.fromkeys(SubnetIdentityV3.__annotations__, b"")
    subnet = {"netuid": netuid} | fields
    refused = opened.refusal(opened.bob, "SubtensorModule", "set_subnet_identity", **subnet)
    assert refused == "NotSubnetOwner"
    too_long = subnet | {"subnet_name": b"x" * 257}
    refused = opened.refusal(opened.alice, "SubtensorModule", "set_subnet_identity", **too_long)
    assert refused == "InvalidIdentity"
    longest = subnet | {"subnet_name": b"x" * 256, "description": b"y" * 1024}
    opened.call(opened.alice, "SubtensorModule", "set_subnet_identity", **longest)
    assert sub.subnet_identities_v3.get(netuid).description == b"y" * 1024
    names = ("name", "url", "github_repo", "image", "discord", "description", "additional")
    chain_identity = dict.fromkeys(names, b"")
    refused = opened.refusal(opened.bob, "SubtensorModule", "set_identity", **chain_identity)
    assert refused == "HotKeyNotRegisteredInNetwork"
    too_long = chain_identity | {"discord": b"x" * 257}
    refused = opened.refusal(opened.alice, "SubtensorModule", "set_identity", **too_long)
    assert refused == "InvalidIdentity"
    opened.call(opened.alice, "SubtensorModule", "set_identity", **chain_identity)
    assert opened.events("SubtensorModule.ChainIdentitySet") == [(opened.alice,)]


@pytest.mark.parametrize("vector", VECTORS["dissolve"], ids=lambda v: v["source"])
def test_a_dissolved_subnets_tao_goes_to_the_holders_of_its_alpha(
    opened: Any, vector: dict[str, Any]
) -> None:
    netuid = new_subnet(opened)
    sub, balances = opened.runtime.subtensor, opened.runtime.balances
    sub.tao_in_refund_deployment_block.put(0 if vector["counts_alpha_in"] else 10**6)
    sub.subnet_alpha_in.insert(netuid, vector["alpha_in"])
    sub.subnet_protocol_alpha.insert(netuid, vector["protocol"])
    sub.subnet_tao.insert(netuid, vector["pot"])
    coldkeys = []
    for number, stake in enumerate(vector["stakes"]):
        hotkey, coldkey = key(number), fund(opened, key(100 + number), TAO)
        sub.alpha_v2.insert((hotkey, coldkey, netuid), SafeFloat.from_int(stake))
        sub.total_hotkey_shares_v2.insert((hotkey, netuid), SafeFloat.from_int(stake))
        sub.total_hotkey_alpha.insert((hotkey, netuid), stake)
        coldkeys.append(coldkey)
    opened.call(None, "SubtensorModule", "root_dissolve_network", netuid=netuid)
    assert [balances.free(coldkey) - TAO for coldkey in coldkeys] == vector["paid"]
    assert not sub.networks_added.contains(netuid)
    assert not any(on == netuid for _, on in sub.total_hotkey_alpha.keys())
    assert not any(on == netuid for _, _, on in sub.alpha_v2.keys())
    assert not sub.subnet_protocol_alpha.contains(netuid)
    assert opened.events("SubtensorModule.NetworkRemoved") == [(netuid,)]


def test_what_nobody_holds_is_recycled(opened: Any) -> None:
    """networks::dissolve_chain_bought_alpha_is_converted_to_tao_and_recycled."""
    netuid = new_subnet(opened)
    sub, balances = opened.runtime.subtensor, opened.runtime.balances
    sub.total_issuance.put(10**6 * TAO)
    opened.call(None, "SubtensorModule", "dissolve_network", coldkey=opened.alice, netuid=netuid)
    assert sub.total_issuance.get() == 10**6 * TAO - (1_000 * TAO - 500)
    assert balances.free(custody.account_of_netuid(netuid)) == 500


def test_a_subnet_of_before_the_network_limit_refunds_its_owner(opened: Any) -> None:
    """networks::dissolve_owner_cut_refund_logic."""
    netuid = new_subnet(opened)
    sub, balances = opened.runtime.subtensor, opened.runtime.balances
    sub.network_registration_start_block.put(10**6)
    sub.subnet_tao.insert(netuid, 1_000)
    sub.subnet_alpha_in.insert(netuid, 1_000)
    sub.subnet_alpha_out.insert(netuid, 800)
    sub.subnet_locked.insert(netuid, 2_000)
    before = balances.free(opened.alice)
    dissolve.dissolve_network(sub, netuid)
    # 1800 alpha issued, 11796/65535 of it the owner's, at a price of 1.
    assert balances.free(opened.alice) - before == 2_000 - 1_800 * 11_796 // 65_535


def test_shares_of_a_pot_add_up_to_it() -> None:
    assert dissolve.shares_of_pot(10, [1, 1, 1]) == {0: 4, 1: 3, 2: 3}
    assert dissolve.shares_of_pot(5, [0, 3, 4]) == {0: 0, 1: 2, 2: 3}


def test_shares_are_paid_in_the_order_of_what_was_left_over() -> None:
    # Left over are 4, 2 and 0 sixths, then 1, 3 and 2; without a rest they stay as given.
    assert list(dissolve.shares_of_pot(10, [1, 2, 3]).items()) == [(0, 2), (1, 3), (2, 5)]
    assert list(dissolve.shares_of_pot(7, [1, 3, 2]).items()) == [(1, 4), (2, 2), (0, 1)]
    assert list(dissolve.shares_of_pot(6, [1, 3, 2])) == [0, 1, 2]


def test_nothing_of_a_dissolved_subnet_stays_but_what_the_runtime_leaves(opened: Any) -> None:
    netuid = new_subnet(opened)
    sub = opened.runtime.subtensor
    register(opened, netuid, 0)
    sub.weights.insert((netuid, 0), [(1, 1)])
    sub.weight_commits.insert((netuid, key(1)), [(bytes(32), 1, 1, 0)])
    sub.min_allowed_uids.insert(netuid, 12)
    dissolve.dissolve_network(sub, netuid)
    left = set()
    for attribute, item in sub.storage.items():
        for stored in getattr(sub, attribute).keys() if item.hashers else []:
            parts = stored if isinstance(stored, tuple) else (stored,)
            if netuid in [part for part in parts if isinstance(part, int)]:
                left.add(item.name)
    kept = {"RegisteredSubnetCounter", "SubnetEmissionEnabled", "MinAllowedUids", "RootProp"}
    assert left <= kept | {"SubnetLocked"}
    assert {"RegisteredSubnetCounter", "MinAllowedUids", "SubnetEmissionEnabled"} <= left


def test_the_root_cannot_be_dissolved_nor_a_user_dissolve(opened: Any) -> None:
    netuid = new_subnet(opened)
    given = {"netuid": netuid}
    refused = opened.refusal(opened.alice, "SubtensorModule", "root_dissolve_network", **given)
    assert refused == "BadOrigin"
    refused = opened.refusal(None, "SubtensorModule", "root_dissolve_network", netuid=0)
    assert refused == "SubnetNotExists"


def test_root_validators_become_parents_of_a_new_owner(opened: Any) -> None:
    opened.call(opened.bob, "SubtensorModule", "root_register", hotkey=account("//Bob_hk"))
    netuid = new_subnet(opened, start=False)
    parents = opened.runtime.subtensor.parent_keys.get((account("//Alice_hk"), netuid))
    assert parents == [(2**64 - 1, account("//Bob_hk"))]


def test_the_owners_hotkey_is_named_anew_once_a_week(opened: Any) -> None:
    netuid = new_subnet(opened)
    open_admin_window(opened)
    given = {"netuid": netuid, "hotkey": key(5)}
    opened.call(opened.alice, "AdminUtils", "sudo_set_sn_owner_hotkey", **given)
    assert opened.runtime.subtensor.subnet_owner_hotkey.get(netuid) == key(5)
    now = opened.runtime.system.block_number()
    refused = opened.refusal(opened.alice, "AdminUtils", "sudo_set_subnet_owner_hotkey", **given)
    assert refused == "TxRateLimitExceeded"
    jump_to(opened, now + 50_400)
    opened.call(opened.alice, "AdminUtils", "sudo_set_subnet_owner_hotkey", **given)
