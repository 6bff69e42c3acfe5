"""Runtime APIs of SubtensorModule: answers that the real runtime's metadata can read."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from subnet_setup import TAO, jump_to, key, new_subnet, register

from taokit.chain_client.metadata import Metadata
from taokit.chain_client.scale import AccountId, Some, codec
from taokit.local_chain.chain_spec import account
from taokit.local_chain.pallets.subtensor.runtime_apis.delegate_info import return_per_1000_tao
from taokit.local_chain.pallets.subtensor.runtime_apis.metagraph import SELECTABLE
from taokit.local_chain.pallets.subtensor.runtime_apis.subnet_types import HyperparamValue
from taokit.local_chain.pallets.subtensor.types import AxonInfo, ChainIdentityV2, SubnetIdentityV3

REAL = Path(__file__).parents[1] / "data" / "finney-424" / "metadata-v15.scale"
OWNER = account("//Alice_hk")
TRAITS = (
    "DelegateInfoRuntimeApi",
    "NeuronInfoRuntimeApi",
    "SubnetInfoRuntimeApi",
    "StakeInfoRuntimeApi",
    "SubnetRegistrationRuntimeApi",
)


@cache
def real() -> Metadata:
    """The main network's metadata."""
    return Metadata.decode(REAL.read_bytes())


def ask(chain: Any, trait: str, method: str, *args: Any) -> Any:
    """Call a method with arguments and answer coded by the main network's metadata."""
    declared = real().apis[trait].methods[method]
    types = real().types
    data = b"".join(
        types.codec(given.type).encode(value) for given, value in zip(declared.inputs, args)
    )
    assert len(args) == len(declared.inputs)
    return types.codec(declared.output).decode(chain.runtime.call(f"{trait}_{method}", data))


@pytest.fixture
def subnet(chain: Any) -> tuple[Any, int, list[bytes]]:
    """A started subnet with three neurons that have something to tell; a block is open."""
    chain.run_block(1)
    chain.begin_block()
    netuid = new_subnet(chain)
    hotkeys = [OWNER, *(register(chain, netuid, number)[1] for number in range(2))]
    sub = chain.runtime.subtensor
    sub.emission.insert(netuid, [1, 2, 3])
    sub.dividends.insert(netuid, [4, 5, 6])
    sub.incentive.insert(netuid, [7, 8, 9])
    sub.consensus.insert(netuid, [10, 11, 12])
    sub.validator_trust.insert(netuid, [13, 14, 15])
    sub.validator_permit.insert(netuid, [True, False, True])
    sub.weights.insert((netuid, 0), [(1, 0), (2, 65_535)])
    sub.bonds.insert((netuid, 0), [(1, 5), (2, 0)])
    sub.axons.insert((netuid, OWNER), AxonInfo(1, 2, 3, 4, 4, 5, 6, 7))
    sub.total_hotkey_alpha.insert((hotkeys[1], netuid), 5 * TAO)
    sub.total_hotkey_alpha.insert((hotkeys[2], netuid), 3 * TAO)
    return chain, netuid, hotkeys


def test_every_method_answers_in_the_main_networks_layout(subnet: Any) -> None:
    chain, netuid, _ = subnet
    given: dict[str, Any] = {
        "netuid": netuid,
        "uid": 1,
        "mecid": 0,
        "subid": 0,
        "metagraph_indexes": list(range(len(SELECTABLE))),
        "coldkey": chain.alice,
        "coldkey_account": chain.alice,
        "coldkey_accounts": [chain.alice],
        "hotkey": OWNER,
        "hotkey_account": OWNER,
        "delegate_account": OWNER,
        "delegatee_account": chain.alice,
        "netuids": None,
        "origin": (OWNER, netuid),
        "origin_coldkey_account": chain.alice,
        "destination": (OWNER, 1),
        "destination_coldkey_account": chain.alice,
        "amount": TAO,
    }
    asked = 0
    for trait in TRAITS:
        for name, method in real().apis[trait].methods.items():
            ask(chain, trait, name, *(given[field.name] for field in method.inputs))
            asked += 1
    assert asked == 36


def test_a_metagraph_shows_what_is_stored(subnet: Any) -> None:
    chain, netuid, hotkeys = subnet
    sub = chain.runtime.subtensor
    sub.identities_v2.insert(chain.alice, ChainIdentityV2(b"me", b"", b"", b"", b"", b"", b""))
    seen = ask(chain, "SubnetInfoRuntimeApi", "get_metagraph", netuid)
    assert seen["netuid"] == netuid
    assert bytes(seen["name"]) == b"omron"
    assert bytes(seen["symbol"]).decode() == "β"
    assert seen["hotkeys"] == [AccountId(hotkey) for hotkey in hotkeys]
    assert seen["coldkeys"][0] == AccountId(chain.alice)
    assert seen["identities"][0]["name"] == b"me"
    assert seen["identities"][1:] == [None, None]
    assert seen["axons"][0]["port"] == 4
    assert seen["axons"][1]["ip"] == 0
    assert (seen["emission"], seen["dividends"]) == ([1, 2, 3], [4, 5, 6])
    assert (seen["incentives"], seen["consensus"]) == ([7, 8, 9], [10, 11, 12])
    assert seen["alpha_stake"][1:] == seen["total_stake"][1:] == [5 * TAO, 3 * TAO]
    assert seen["activity_cutoff"] == 13_889 * 10 // 1_000
    assert (seen["num_uids"], seen["max_uids"]) == (3, 256)
    assert (seen["rank"], seen["trust"], seen["pruning_score"]) == ([], [], [])
    assert seen["tao_in"] == sub.subnet_tao.get(netuid)


def test_stake_from_the_root_counts_by_the_tao_weight(subnet: Any) -> None:
    chain, netuid, hotkeys = subnet
    sub = chain.runtime.subtensor
    sub.total_hotkey_alpha.insert((hotkeys[1], 0), 100 * TAO)
    seen = ask(chain, "SubnetInfoRuntimeApi", "get_subnet_state", netuid)
    weight = sub.tao_weight.get() / 2**64
    assert seen["tao_stake"] == [0, 100 * TAO, 0]
    assert seen["alpha_stake"][1] == 5 * TAO
    assert seen["total_stake"][1] == pytest.approx(5 * TAO + 100 * TAO * weight, rel=1e-8)
    assert len(seen["emission_history"]) == 3


def test_chosen_fields_stand_at_their_indices_and_the_netuid_only_if_chosen(subnet: Any) -> None:
    chain, netuid, _ = subnet
    api = "SubnetInfoRuntimeApi"
    seen = ask(chain, api, "get_selective_metagraph", netuid, [1, 3, 50, 72, 200])
    chosen = {name for name, value in seen.items() if value is not None}
    assert chosen == {"netuid", "name", "identity", "alpha_low", "validators"}
    assert seen["netuid"] == 0
    assert seen["identity"] == Some(None)
    assert seen["alpha_low"] == 45_875
    assert ask(chain, api, "get_selective_metagraph", netuid, [0])["netuid"] == netuid
    assert ask(chain, api, "get_selective_metagraph", 99, [0]) is None
    assert ask(chain, api, "get_selective_mechagraph", netuid, 0, [60])["netuid"] == netuid
    last_update = SELECTABLE.index("last_update")
    beyond = ask(chain, api, "get_selective_mechagraph", netuid, 255, [last_update])
    assert (beyond["netuid"], beyond["last_update"]) == (netuid, [])
    assert (SELECTABLE[0], SELECTABLE[52], SELECTABLE[73]) == ("netuid", "hotkeys", "commitments")


def test_validators_are_listed_lowest_stake_first_and_only_above_the_threshold(
    subnet: Any,
) -> None:
    chain, netuid, _ = subnet
    sub = chain.runtime.subtensor
    sub.validator_permit.insert(netuid, [True, True, True])

    def validators() -> Any:
        found = ask(chain, "SubnetInfoRuntimeApi", "get_selective_metagraph", netuid, [72])
        return found["validators"]

    assert validators() == [2, 1]
    sub.stake_threshold.put(3 * TAO)
    assert validators() == [1]


def test_a_mechanisms_metagraph_goes_by_its_storage_index(subnet: Any) -> None:
    chain, netuid, _ = subnet
    sub = chain.runtime.subtensor
    api = "SubnetInfoRuntimeApi"
    assert ask(chain, api, "get_mechagraph", netuid, 1) is None
    sub.mechanism_count_current.insert(netuid, 2)
    sub.incentive.insert(4096 + netuid, [1, 1, 1])
    seen = ask(chain, api, "get_mechagraph", netuid, 1)
    assert (seen["netuid"], seen["incentives"]) == (4096 + netuid, [1, 1, 1])
    assert len(ask(chain, api, "get_all_mechagraphs")) == 4


def test_a_neuron_shows_its_weights_and_bonds_that_are_not_zero(subnet: Any) -> None:
    chain, netuid, hotkeys = subnet
    api = "NeuronInfoRuntimeApi"
    first = ask(chain, api, "get_neuron", netuid, 0)
    assert (first["weights"], first["bonds"]) == ([(2, 65_535)], [(1, 5)])
    assert (first["rank"], first["trust"], first["pruning_score"]) == (0, 0, 65_535)
    assert first["validator_trust"] == 13
    second = ask(chain, api, "get_neurons_lite", netuid)[1]
    owner = chain.runtime.subtensor.owner.get(hotkeys[1])
    assert second["stake"] == [(AccountId(owner), 5 * TAO)]
    assert "weights" not in second
    assert ask(chain, api, "get_neuron", netuid, 3) is None
    assert ask(chain, api, "get_neurons", 99) == []


@pytest.mark.parametrize(
    ("kind", "value", "coded"),
    [
        (HyperparamValue.Bool, True, "0001"),
        (HyperparamValue.Bool, False, "0000"),
        (HyperparamValue.U16, 2**16 - 1, "01feff0300"),
        (HyperparamValue.U32, 2**32 - 1, "0203ffffffff"),
        (HyperparamValue.U64, 2**64 - 1, "0313" + "ff" * 8),
        (HyperparamValue.U128, 2**128 - 1, "0433" + "ff" * 16),
        (HyperparamValue.TaoBalance, 123_456_789, "0556346f1d"),
        (HyperparamValue.I32F32, -7 << 32, "0600000000f9ffffff"),
        (HyperparamValue.U64F64, 42 << 64, "07" + "00" * 8 + "2a" + "00" * 7),
    ],
)
def test_a_hyperparameter_is_coded_with_the_kind_of_its_value(
    kind: Any, value: Any, coded: str
) -> None:
    """test_hyperparam_value_variants_round_trip of the runtime's tests/subnet_info.rs."""
    found = codec(HyperparamValue).encode(kind(value))
    assert found.hex() == coded
    assert codec(HyperparamValue).decode(found) == kind(value)


def test_hyperparameters_tell_the_same_in_all_three_versions(subnet: Any) -> None:
    chain, netuid, _ = subnet
    api = "SubnetInfoRuntimeApi"
    first = ask(chain, api, "get_subnet_hyperparams", netuid)
    second = ask(chain, api, "get_subnet_hyperparams_v2", netuid)
    third = {
        entry["name"].decode(): next(iter(entry["value"].values()))
        for entry in ask(chain, api, "get_subnet_hyperparams_v3", netuid)
    }
    assert first.items() <= second.items()
    assert {name: third[name] for name in first if name in third}.items() <= first.items()
    assert len(third) == 33
    assert (second["yuma_version"], second["subnet_is_active"]) == (3, True)
    assert second["alpha_sigmoid_steepness"] == {"bits": 1_000 << 32}
    assert third["activity_cutoff_factor"] == 13_889
    assert third["max_burn"] == 100 * TAO
    assert third["owner_cut_enabled"] is True


def test_subnets_are_listed_with_name_price_and_owner(subnet: Any) -> None:
    chain, netuid, _ = subnet
    sub = chain.runtime.subtensor
    api = "SubnetInfoRuntimeApi"
    identity = SubnetIdentityV3(b"mine", b"", b"", b"", b"", b"", b"", b"")
    sub.subnet_identities_v3.insert(netuid, identity)
    sub.pending_validator_emission.insert(netuid, 3)
    sub.pending_server_emission.insert(netuid, 4)
    listed = ask(chain, api, "get_all_dynamic_info")
    assert [bytes(info["subnet_name"]) for info in listed] == [b"root", b"apex", b"mine"]
    assert listed[2]["owner_hotkey"] == AccountId(OWNER)
    assert listed[2]["pending_alpha_emission"] == 7
    assert listed[1]["tao_in"] == 10 * TAO
    seen = ask(chain, api, "get_subnet_info_v2", netuid)
    assert (seen["identity"]["subnet_name"], seen["burn"]) == (b"mine", sub.burn.get(netuid))
    assert ask(chain, api, "get_next_epoch_start_block", netuid) == (
        sub.last_epoch_block.get(netuid) + 10
    )
    sub.pending_epoch_at.insert(netuid, 5)
    assert ask(chain, api, "get_next_epoch_start_block", netuid) == 5
    assert ask(chain, api, "get_subnet_account_id", 99) is None


def test_stakes_are_told_by_coldkey(subnet: Any) -> None:
    chain, netuid, _ = subnet
    given = {"hotkey": OWNER, "netuid": netuid, "amount_staked": 10 * TAO}
    chain.call(chain.bob, "SubtensorModule", "add_stake", **given)
    api = "StakeInfoRuntimeApi"
    (stake,) = ask(chain, api, "get_stake_info_for_coldkey", chain.bob)
    assert (stake["netuid"], stake["is_registered"]) == (netuid, True)
    assert stake["stake"] == pytest.approx(9.9 * TAO, rel=0.01)
    one = ask(chain, api, "get_stake_info_for_hotkey_coldkey_netuid", OWNER, chain.bob, netuid)
    assert one == stake
    none = ask(chain, api, "get_stake_info_for_hotkey_coldkey_netuid", OWNER, key(1), netuid)
    assert none["stake"] == 0
    available = ask(chain, api, "get_stake_availability_for_coldkeys", [chain.bob], None)
    whole = {"total": stake["stake"], "locked": 0, "available": stake["stake"]}
    assert available == {AccountId(chain.bob): {netuid: whole}}
    assert ask(chain, "DelegateInfoRuntimeApi", "get_delegated", chain.bob) == []
    chain.runtime.subtensor.delegates.insert(OWNER, 11_796)
    delegated = ask(chain, "DelegateInfoRuntimeApi", "get_delegated", chain.bob)
    assert [entry[1] for entry in delegated] == [(netuid, stake["stake"])]


def test_a_delegate_shows_nominators_permits_and_returns(subnet: Any) -> None:
    chain, netuid, _ = subnet
    sub = chain.runtime.subtensor
    api = "DelegateInfoRuntimeApi"
    assert ask(chain, api, "get_delegate", key(1)) is None
    given = {"hotkey": OWNER, "netuid": netuid, "amount_staked": 10 * TAO}
    chain.call(chain.bob, "SubtensorModule", "add_stake", **given)
    stake = sub.total_hotkey_alpha.get((OWNER, netuid))
    sub.delegates.insert(OWNER, 6_553)
    sub.emission.insert(netuid, [TAO, 0, 0])
    sub.total_hotkey_alpha.insert((OWNER, 0), 1_000 * TAO)
    seen = ask(chain, api, "get_delegate", OWNER)
    assert seen["nominators"] == [(AccountId(chain.bob), [(netuid, stake)])]
    assert (seen["registrations"], seen["validator_permits"]) == ([netuid], [netuid])
    assert seen["total_daily_return"] == 720 * TAO
    assert seen["return_per_1000"] == pytest.approx(720 * TAO * (1 - 6_553 / 65_535), abs=2)


def test_returns_per_1000_tao_follow_take_and_stake() -> None:
    """delegate_info::test_return_per_1000_tao: 10% less take, for 1000 TAO of the stake."""
    day = 16_000_000_000 << 64
    assert return_per_1000_tao(0, 0, day) == 0
    assert return_per_1000_tao(0, 100 * 10**9, day) == pytest.approx(160_000_000_000, abs=20)
    assert return_per_1000_tao(11_796, 100 * 10**9, day) == pytest.approx(
        160_000_000_000 * (1 - 11_796 / 65_535), abs=40
    )


def test_the_cost_of_a_subnet_is_told_as_it_would_be_charged(subnet: Any) -> None:
    chain, netuid, _ = subnet
    registered = chain.runtime.subtensor.network_registered_at.get(netuid)
    jump_to(chain, registered + 100)
    told = ask(chain, "SubnetRegistrationRuntimeApi", "get_network_registration_cost")
    assert told == 2_000 * TAO - 100 * (1_000 * TAO // 100_800)


def test_asking_changes_nothing(subnet: Any) -> None:
    chain, _, _ = subnet
    sub = chain.runtime.subtensor
    sub.block_emission.put(5)
    ask(chain, "SubnetRegistrationRuntimeApi", "get_network_registration_cost")
    assert sub.block_emission.get() == 5
