"""Reads: what they ask, what they return, and the registry that describes them."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from fractions import Fraction
from typing import Annotated

import pytest
from recorded_chain import RecordedChain, metadata

from taokit.chain_client import Alpha, ChainClient, InProcessTransport, Price, Tao, to_json
from taokit.chain_client.errors import InvalidArgument, MissingArgument, NotFound, UnknownRead
from taokit.chain_client.parameters import Arg, NetUid
from taokit.chain_client.reads import all_reads, get_read, read, registry
from taokit.chain_client.reads.balances import balance, balances
from taokit.chain_client.reads.hyperparameters import hyperparameters
from taokit.chain_client.reads.metagraph import metagraph, weights
from taokit.chain_client.reads.stake import price, quote_stake, quote_unstake, stake
from taokit.chain_client.reads.subnets import burn_cost, registration_cost, subnet, subnets
from taokit.wallet import dev_key

ALICE, BOB = dev_key("Alice").ss58_address, dev_key("Bob").ss58_address
IDENTITY = {
    "subnet_name": b"apex",
    "github_repo": b"",
    "subnet_contact": b"",
    "subnet_url": b"https://example.org",
    "discord": b"",
    "description": b"\xff broken",
    "logo_url": b"",
    "additional": b"",
}


def dynamic_info(netuid: int, **changes):
    info = {
        "netuid": netuid,
        "owner_hotkey": BOB,
        "owner_coldkey": ALICE,
        "subnet_name": list(b"apex"),
        "token_symbol": list("α".encode()),
        "tempo": 360,
        "last_step": 10,
        "blocks_since_last_step": 5,
        "emission": 0,
        "alpha_in": 4_000,
        "alpha_out": 9_000,
        "tao_in": 1_000,
        "alpha_out_emission": 1,
        "alpha_in_emission": 2,
        "tao_in_emission": 3,
        "pending_alpha_emission": 0,
        "pending_root_emission": 0,
        "subnet_volume": 1 << 70,
        "network_registered_at": 7,
        "subnet_identity": IDENTITY,
        "moving_price": {"bits": 1 << 31},
    }
    return info | changes


def account(free: int, reserved: int = 0, frozen: int = 0):
    data = {"free": free, "reserved": reserved, "frozen": frozen, "flags": 0}
    return {"nonce": 2, "consumers": 0, "providers": 1, "sufficients": 0, "data": data}


@asynccontextmanager
async def connected(chain: RecordedChain):
    chain.seal()
    async with await ChainClient.over(InProcessTransport(chain)) as client:
        yield client


@pytest.mark.parametrize(
    ("free", "reserved", "frozen", "transferable"),
    [
        (1_000, 0, 0, 500),
        (1_000, 0, 800, 200),
        (1_000, 600, 800, 500),
        (1_000, 0, 2_000, 0),
        (300, 0, 0, 0),
        (0, 0, 0, 0),
    ],
)
async def test_what_can_leave_an_account_respects_freezes_and_the_existential_deposit(
    free, reserved, frozen, transferable
):
    chain = RecordedChain()
    chain.set("System", "Account", ALICE, value=account(free, reserved, frozen))
    async with connected(chain) as client:
        held = await balance(client, ALICE)
    assert (held.free, held.reserved, held.frozen) == (Tao(free), Tao(reserved), Tao(frozen))
    assert held.transferable == Tao(transferable)


async def test_several_balances_are_read_at_once_in_order():
    chain = RecordedChain()
    chain.set("System", "Account", BOB, value=account(9))
    async with connected(chain) as client:
        found = await balances(client, [ALICE, BOB])
    assert [(one.address, one.free) for one in found] == [(ALICE, Tao(0)), (BOB, Tao(9))]
    assert chain.count("state_queryStorageAt") == 1


async def test_subnets_have_their_pool_price_and_owner():
    chain = RecordedChain()
    chain.answer(
        "SubnetInfoRuntimeApi", "get_all_dynamic_info", [dynamic_info(0), None, dynamic_info(2)]
    )
    chain.answer(
        "SwapRuntimeApi",
        "current_alpha_price_all",
        [{"netuid": 0, "price": 10**9}, {"netuid": 2, "price": 250_000_000}],
    )
    async with connected(chain) as client:
        root, other = await subnets(client)
    assert (root.netuid, other.netuid) == (0, 2)
    assert other.price == Price(250_000_000, 2)
    assert other.moving_price == Price(500_000_000, 2)
    assert (other.tao_in, other.alpha_in) == (Tao(1_000), Alpha(4_000, 2))
    assert (other.name, other.symbol, other.owner_coldkey) == ("apex", "α", ALICE)
    assert other.identity.description == "\ufffd broken"


async def test_all_parts_of_a_read_are_of_one_block():
    chain = RecordedChain()
    chain.answer("SubnetInfoRuntimeApi", "get_dynamic_info", dynamic_info(2))
    chain.answer("SwapRuntimeApi", "current_alpha_price", 250_000_000)
    chain.answer("SubnetInfoRuntimeApi", "get_next_epoch_start_block", 400)
    chain.set("SubtensorModule", "SubnetworkN", 2, value=3)
    chain.set("SubtensorModule", "SubtokenEnabled", 2, value=True)
    async with connected(chain) as client:
        found = await subnet(client, 2)
    assert (found.neurons, found.max_neurons, found.started) == (3, 256, True)
    assert (found.registration_cost, found.next_epoch) == (Tao(100_000_000), 400)
    asked = [params for method, params in chain.asked if method.startswith("state_")]
    first = next(n for n, params in enumerate(asked) if "get_dynamic_info" in str(params))
    assert {params[-1] for params in asked[first:]} == {chain.head.hash}


async def test_a_missing_subnet_is_not_found():
    chain = RecordedChain()
    chain.answer("SubnetInfoRuntimeApi", "get_dynamic_info", None)
    chain.answer("SubnetInfoRuntimeApi", "get_metagraph", None)
    chain.answer("SubnetInfoRuntimeApi", "get_subnet_hyperparams_v3", None)
    async with connected(chain) as client:
        for asking in (subnet, metagraph, hyperparameters, registration_cost):
            with pytest.raises(NotFound, match="no subnet 9"):
                await asking(client, 9)


async def test_costs_of_registering():
    chain = RecordedChain()
    chain.answer("SubnetRegistrationRuntimeApi", "get_network_registration_cost", 10**12)
    chain.set("SubtensorModule", "NetworksAdded", 2, value=True)
    chain.set("SubtensorModule", "Burn", 2, value=5)
    async with connected(chain) as client:
        assert await burn_cost(client) == Tao.parse("1000")
        assert await registration_cost(client, 2) == Tao(5)


async def test_hyperparameters_keep_the_chains_names_order_and_types():
    chain = RecordedChain()
    chain.answer(
        "SubnetInfoRuntimeApi",
        "get_subnet_hyperparams_v3",
        [
            {"name": b"rho", "value": {"U16": 10}},
            {"name": b"min_burn", "value": {"TaoBalance": 500_000}},
            {"name": b"registration_allowed", "value": {"Bool": True}},
            {"name": b"steepness", "value": {"I32F32": {"bits": -(1 << 31)}}},
            {"name": b"brand_new", "value": {"U128": 1 << 90}},
        ],
    )
    async with connected(chain) as client:
        found = await hyperparameters(client, 1)
    assert [(one.name, one.value) for one in found] == [
        ("rho", 10),
        ("min_burn", Tao(500_000)),
        ("registration_allowed", True),
        ("steepness", Fraction(-1, 2)),
        ("brand_new", 1 << 90),
    ]
    assert to_json(found)[4] == {
        "name": "brand_new",
        "kind": "U128",
        "value": str(1 << 90),
        "shown": "",
        "set_by": "nobody",
        "does": "",
    }
    assert (found[1].shown, found[1].set_by) == ("τ0.000500000", "owner")
    assert to_json(found)[3]["value"] == "-0.5"


async def test_a_metagraph_covers_neurons_younger_than_the_last_epoch():
    axon = {
        "block": 3,
        "version": 1,
        "ip": int.from_bytes(bytes([8, 8, 4, 4]), "big"),
        "port": 8091,
        "ip_type": 4,
        "protocol": 4,
        "placeholder1": 0,
        "placeholder2": 0,
    }
    silent = dict.fromkeys(axon, 0)
    graph = metagraph_value()
    graph |= {
        "netuid": 2,
        "num_uids": 2,
        "hotkeys": [ALICE, BOB],
        "coldkeys": [BOB, BOB],
        "axons": [axon, silent],
        "active": [True],
        "validator_permit": [True],
        "incentives": [65535],
        "dividends": [1],
        "consensus": [2],
        "emission": [7],
        "alpha_stake": [100, 50],
        "tao_stake": [5, 0],
        "total_stake": [105, 50],
        "last_update": [9, 8],
        "block_at_registration": [1, 2],
        "identities": [None, None],
    }
    chain = RecordedChain()
    chain.answer("SubnetInfoRuntimeApi", "get_metagraph", graph)
    async with connected(chain) as client:
        found = await metagraph(client, 2)
    first, second = found.neurons
    assert (first.hotkey, first.coldkey, first.incentive) == (ALICE, BOB, 65535)
    assert (first.emission, first.stake_weight) == (Alpha(7, 2), Alpha(105, 2))
    assert (first.axon.address, first.axon.port) == ("8.8.4.4", 8091)
    assert (second.incentive, second.validator_permit, second.axon) == (0, False, None)
    assert json.dumps(to_json(found))


def metagraph_value():
    types = metadata().types
    output = metadata().apis["SubnetInfoRuntimeApi"].methods["get_metagraph"].output
    (some,) = [v for v in types[output].definition.variants if v.name == "Some"]
    return types.codec(some.fields[0].type).default()


async def test_weights_are_by_validator_and_neuron():
    chain = RecordedChain()
    chain.set("SubtensorModule", "Weights", 1, 3, value=[(0, 65535), (1, 5)])
    chain.set("SubtensorModule", "Weights", 1, 1, value=[(2, 1)])
    async with connected(chain) as client:
        assert await weights(client, 1) == {1: {2: 1}, 3: {0: 65535, 1: 5}}
        assert await weights(client, 1, uid=3) == {3: {0: 65535, 1: 5}}


@pytest.mark.parametrize(
    "ask", [weights, price, lambda chain, netuid: quote_stake(chain, netuid, Tao(1))]
)
async def test_a_subnet_that_does_not_exist_is_told_where_the_chain_would_answer_anyway(ask):
    chain = RecordedChain()
    chain.answer("SwapRuntimeApi", "current_alpha_price", 10**9)
    async with connected(chain) as client:
        with pytest.raises(NotFound, match="no subnet 99"):
            await ask(client, 99)


async def test_stake_has_its_value_at_the_present_price():
    info = {
        "hotkey": BOB,
        "coldkey": ALICE,
        "netuid": 2,
        "stake": 4_000_000_000,
        "locked": 0,
        "emission": 5,
        "tao_emission": 0,
        "drain": 0,
        "is_registered": True,
    }
    chain = RecordedChain()
    chain.answer("StakeInfoRuntimeApi", "get_stake_info_for_coldkey", [info])
    chain.answer("SwapRuntimeApi", "current_alpha_price_all", [{"netuid": 2, "price": 250_000_000}])
    async with connected(chain) as client:
        (position,) = await stake(client, ALICE)
    assert (position.stake, position.value) == (Alpha(4_000_000_000, 2), Tao.parse("1"))
    assert (position.hotkey, position.registered) == (BOB, True)


async def test_quotes_say_what_comes_out_and_what_slips_away():
    chain = RecordedChain()
    chain.set("SubtensorModule", "NetworksAdded", 2, value=True)
    chain.answer("SwapRuntimeApi", "current_alpha_price", 10**9)
    found = {
        "tao_amount": 90,
        "alpha_amount": 97,
        "tao_fee": 1,
        "alpha_fee": 2,
        "tao_slippage": 10,
        "alpha_slippage": 3,
    }
    chain.answer("SwapRuntimeApi", "sim_swap_tao_for_alpha", found)
    chain.answer("SwapRuntimeApi", "sim_swap_alpha_for_tao", found)
    async with connected(chain) as client:
        bought = await quote_stake(client, 2, Tao(100))
        sold = await quote_unstake(client, 2, Alpha(100, 2))
    assert (bought.receives, bought.fee, bought.slippage) == (
        Alpha(97, 2),
        Tao(1),
        Fraction(3, 100),
    )
    assert (sold.receives, sold.fee, sold.slippage) == (Tao(90), Alpha(2, 2), Fraction(10, 100))


# -- the registry ---------------------------------------------------------------------------------


def test_every_read_describes_itself_completely():
    reads = all_reads()
    assert list(reads) == sorted(reads)
    assert {"balance", "subnets", "subnet", "metagraph", "stake", "hyperparameters"} <= set(reads)
    for entry in reads.values():
        assert entry.help.endswith(".")
        assert len(entry.help) <= 100
        assert all(parameter.help.endswith(".") for parameter in entry.parameters)
        json.dumps(entry.json_schema())


async def test_reads_can_be_called_by_name_with_text():
    chain = RecordedChain()
    chain.set("System", "Account", ALICE, value=account(1_000))
    async with connected(chain) as client:
        result = await get_read("balance").call(client, {"address": ALICE})
        assert to_json(result)["free"] == {"rao": 1_000, "unit": "TAO"}
        pair = await get_read("balances").call(client, {"addresses": f"{ALICE}, {BOB}"})
        assert len(pair) == 2
        with pytest.raises(MissingArgument):
            await get_read("balance").call(client, {})
        with pytest.raises(InvalidArgument, match="known are: address"):
            await get_read("balance").call(client, {"address": ALICE, "netuid": 1})
        with pytest.raises(InvalidArgument):
            await get_read("balance").call(client, {"address": "5Nonsense"})
        with pytest.raises(InvalidArgument):
            await get_read("metagraph").call(client, {"netuid": "70000"})


def test_an_unknown_read_suggests_the_nearest():
    with pytest.raises(UnknownRead) as error:
        get_read("metagraf")
    assert error.value.near == ["metagraph"]


async def test_a_read_is_declared_in_one_place(monkeypatch):
    monkeypatch.setattr(registry, "_declared", dict(registry._declared))

    @read("tempo", group="subnets")
    async def tempo(chain, netuid: Annotated[NetUid, Arg("Which subnet.")] = 1) -> int:
        """Blocks between epochs."""
        return await chain.query("SubtensorModule", "Tempo", netuid)

    entry = get_read("tempo")
    assert (entry.help, entry.parameters[0].kind) == ("Blocks between epochs.", "netuid")
    assert entry.json_schema()["required"] == []
    async with connected(RecordedChain()) as client:
        assert await entry.call(client, {"netuid": "0x02"}) == 360
        assert await tempo(client) == 360
    with pytest.raises(TypeError, match="already"):
        read("tempo", group="x")(tempo)
