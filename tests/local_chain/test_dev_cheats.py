"""Bending the rules over RPC: what it changes, what it leaves alone, and how it is forbidden."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from rpc_client import Session
from test_dev_time import refusal, result

from taokit.chain_client.scale import Compact, codec, u64
from taokit.local_chain import ManualClock, NodeConfig, open_chain
from taokit.local_chain.chain_spec import account
from taokit.local_chain.cheat_names import CHEATS
from taokit.local_chain.errors import InvalidNodeConfig
from taokit.local_chain.frame.extrinsic import MultiAddress
from taokit.local_chain.pallets.subtensor import custody, shares, weights
from taokit.local_chain.rpc.registry import Table
from taokit.local_chain.rpc.session import DEVELOPMENT, RpcHandler
from taokit.local_chain.runtime import Runtime
from taokit.local_chain.switches import MOCK_SIGNATURE
from taokit.wallet.keypair import Keypair
from taokit.wallet.ss58 import encode

BOB = encode(account("//Bob"))
WHALE = b"\x01" * 32
TAO = 10**9


def run(scenario: Callable[[Session, Runtime], Coroutine[Any, Any, None]], **config: Any) -> None:
    async def running() -> None:
        chain = open_chain(NodeConfig(block_time="manual", **config), ManualClock())
        runtime: Any = chain._runtime
        await asyncio.wait_for(scenario(Session(chain), runtime), 120)

    asyncio.run(running())


def transfer(to: str, rao: int) -> str:
    out = bytearray([5, 3])  # Balances.transfer_keep_alive
    codec(MultiAddress).write(MultiAddress.Id(account(to)), out)
    codec(Compact[u64]).write(rao, out)
    return "0x" + out.hex()


def test_a_balance_is_set_and_the_issuance_stays_the_sum() -> None:
    async def scenario(client: Session, runtime: Runtime) -> None:
        balances = runtime.balances
        difference = balances.total_issuance.get() - balances.free(account("//Bob"))
        for rao in (5 * TAO, 70 * TAO, 0):
            await result(client, "dev_setBalance", BOB, rao)
            assert balances.free(account("//Bob")) == rao
            assert balances.total_issuance.get() - rao == difference

    run(scenario)


def test_stake_is_set_to_the_rao_given_and_taken_away() -> None:
    async def scenario(client: Session, runtime: Runtime) -> None:
        (neuron,) = await result(client, "dev_registerNeurons", {"netuid": 1})
        hot, cold = neuron["hotkey"], neuron["coldkey"]
        keys = [Keypair.from_uri(neuron[name]).public_key for name in ("hotkeyUri", "coldkeyUri")]
        sub = runtime.subtensor
        for amount in (100 * TAO, 333_333_333_333, 1, 0):
            await result(client, "dev_setStake", hot, cold, 1, amount)
            assert shares.stake_of_pair(sub, keys[0], keys[1], 1) == amount
        root = custody.account_of_netuid(0)
        for amount in (100 * TAO, 7 * TAO, 0):
            await result(client, "dev_setStake", hot, cold, 0, amount)
            assert shares.stake_of_pair(sub, keys[0], keys[1], 0) == amount
            assert runtime.balances.free(root) >= amount == sub.subnet_tao.get(0)
        assert "nobody owns" in await refusal(client, "dev_setStake", BOB, BOB, 1, 5)
        assert "77" in await refusal(client, "dev_setStake", hot, cold, 77, 5)

    run(scenario)


def test_neurons_are_registered_at_once_with_keys_that_are_told() -> None:
    async def scenario(client: Session, runtime: Runtime) -> None:
        sub, before = runtime.subtensor, runtime.subtensor.burn.get(1)
        first = await result(client, "dev_registerNeurons", {"netuid": 1, "count": 3})
        more = await result(client, "dev_registerNeurons", {"netuid": 1, "count": 2, "rao": 5000})
        made = [*first, *more]
        assert len({one["hotkey"] for one in made}) == len({one["uid"] for one in made}) == 5
        assert client.chain.head.number == 2
        for one in made:
            hotkey = Keypair.from_uri(one["hotkeyUri"])
            assert hotkey.ss58_address == one["hotkey"]
            assert sub.uids.get((1, hotkey.public_key)) == one["uid"]
            coldkey = Keypair.from_uri(one["coldkeyUri"]).public_key
            assert sub.owner.get(hotkey.public_key) == coldkey
            rao = 5000 if one in more else 1000 * TAO
            assert runtime.balances.free(coldkey) == rao
        assert sub.burn.get(1) <= before
        assert "no subnet 9" in await refusal(client, "dev_registerNeurons", {"netuid": 9})

    run(scenario)


def test_storage_is_written_by_name_as_chopsticks_takes_it() -> None:
    async def scenario(client: Session, runtime: Runtime) -> None:
        values = {
            "System": {"Account": [[[BOB], {"providers": 1, "data": {"free": str(9 * TAO)}}]]},
            "SubtensorModule": {"Tempo": [[[1], 77], [[0], None]], "txRateLimit": 5},
        }
        await result(client, "dev_setStorage", values)
        info = runtime.system.account.get(account("//Bob"))
        assert (info.data.free, info.providers, info.nonce, info.data.reserved) == (
            9 * TAO,
            1,
            0,
            0,
        )
        sub = runtime.subtensor
        assert (sub.tempo.get(1), sub.tempo.contains(0), sub.tx_rate_limit.get()) == (77, False, 5)
        await result(
            client,
            "dev_setStorage",
            {"SubtensorModule": {"$removePrefix": ["Tempo"], "Tempo": [[[3], 9]]}},
        )
        assert sub.tempo.items() == [(3, 9)]
        for wrong, why in (
            ({"Nothing": {"X": 1}}, "no pallet"),
            ({"System": {"Nothing": 1}}, "no storage item"),
            ({"SubtensorModule": {"Tempo": 5}}, "is a map"),
            ({"SubtensorModule": {"Tempo": [[[1], "many"]]}}, "SubtensorModule.Tempo"),
            ({"SubtensorModule": {"Tempo": [[[1, 2], 3]]}}, "SubtensorModule.Tempo"),
        ):
            assert why in await refusal(client, "dev_setStorage", wrong)

    run(scenario)


def test_a_call_is_made_as_an_account_that_nobody_has_the_key_of() -> None:
    async def scenario(client: Session, runtime: Runtime) -> None:
        whale, call = encode(WHALE), transfer("//Bob", TAO)
        assert "error" in await client.ask("dev_call", whale, call)  # it cannot pay the fee
        await result(client, "dev_setBalance", whale, 10 * TAO)
        before = runtime.balances.free(account("//Bob"))
        made = await result(client, "dev_call", whale, call)
        assert made["error"] is None
        assert runtime.balances.free(account("//Bob")) == before + TAO
        block = (await result(client, "chain_getBlock", made["hash"]))["block"]
        assert MOCK_SIGNATURE.hex() in block["extrinsics"][made["index"]]
        failed = await result(client, "dev_call", whale, transfer("//Bob", 500 * TAO))
        assert failed["error"] == "FundsUnavailable"
        extrinsic = "0x" + client.chain.dev._powers.unsigned(WHALE, bytes.fromhex(call[2:])).hex()
        refused = await client.ask("author_submitExtrinsic", extrinsic)
        assert refused["error"]["code"] == 1010  # one call was all

    run(scenario)


def test_an_account_is_impersonated_until_it_is_stopped_and_no_revert_stops_it() -> None:
    async def scenario(client: Session, runtime: Runtime) -> None:
        powers, whale = client.chain.dev._powers, encode(WHALE)
        await result(client, "dev_setBalance", whale, 10 * TAO)
        call = bytes.fromhex(transfer("//Bob", TAO)[2:])

        async def sent() -> Any:
            answer = await client.ask(
                "author_submitExtrinsic", "0x" + powers.unsigned(WHALE, call).hex()
            )
            client.chain.seal()
            return answer.get("result")

        assert await sent() is None
        client.chain.clock.travel_to(client.chain.clock.now_ms() + 3_600_000)  # no ban any more
        await result(client, "dev_snapshot")
        told = await result(client, "dev_impersonate", whale)
        assert told == {"impersonated": [whale], "mockSignatures": False}
        assert await sent() is not None
        await result(client, "dev_revert")
        assert await sent() is not None
        told = await result(client, "dev_stopImpersonating", whale)
        assert told["impersonated"] == []
        assert await sent() is None
        client.chain.clock.travel_to(client.chain.clock.now_ms() + 3_600_000)
        await result(client, "dev_impersonate")  # anybody, by the mock signature
        assert await sent() is not None

    run(scenario)


def test_rate_limits_are_kept_unless_they_are_switched_off() -> None:
    async def scenario(client: Session, runtime: Runtime) -> None:
        await result(client, "dev_newBlock", 2)
        (neuron,) = await result(client, "dev_registerNeurons", {"netuid": 1})
        sub = runtime.subtensor
        block = runtime.system.block_number()
        sub.weights_set_rate_limit.insert(1, 1000)
        uid = neuron["uid"]
        assert not weights.limit_has_passed(sub, 1, uid, block)
        assert await result(client, "dev_ignoreRateLimits") is True
        assert weights.limit_has_passed(sub, 1, uid, block)
        assert await result(client, "dev_ignoreRateLimits", False) is False
        assert not weights.limit_has_passed(sub, 1, uid, block)

    run(scenario)


def test_pulses_are_lost_for_good() -> None:
    async def scenario(client: Session, runtime: Runtime) -> None:
        drand = runtime.drand
        await result(client, "dev_travel", {"seconds": 30})
        await result(client, "dev_newBlock")
        last = drand.last_stored_round.get()
        assert last
        await result(client, "dev_dropPulses", 2)
        await result(client, "dev_travel", {"seconds": 30})
        await result(client, "dev_travel", {"seconds": 30})
        assert drand.last_stored_round.get() == last
        await result(client, "dev_travel", {"seconds": 3})
        assert drand.last_stored_round.get() > last + 19
        assert not drand.pulses.contains(last + 5)

    run(scenario)


def test_finality_stalls_and_makes_up_for_it() -> None:
    async def scenario(client: Session, runtime: Runtime) -> None:
        await result(client, "dev_newBlock", 3)
        await result(client, "chain_subscribeFinalizedHeads")
        assert await result(client, "dev_stallFinality") == 3
        await result(client, "dev_newBlock", 4)
        assert client.chain.finalized.number == 3
        assert await result(client, "dev_resumeFinality") == 7
        await client.settle()
        told = [int(head["number"], 16) for head in client.told("chain_finalizedHead")]
        assert told[-4:] == [4, 5, 6, 7]

    run(scenario)


def test_what_was_changed_is_reverted_and_switches_are_told() -> None:
    async def scenario(client: Session, runtime: Runtime) -> None:
        before = runtime.balances.free(account("//Bob"))
        await result(client, "dev_snapshot")
        await result(client, "dev_setBalance", BOB, TAO)
        await result(client, "dev_ignoreRateLimits")
        await result(client, "dev_stallFinality")
        await result(client, "dev_revert")
        assert runtime.balances.free(account("//Bob")) == before
        told = await result(client, "dev_switches")
        assert (told["rateLimitsIgnored"], told["finalityStalled"]) == (True, True)

    run(scenario)


# -- forbidding ------------------------------------------------------------------------------------


def test_every_development_method_belongs_to_a_cheat() -> None:
    methods = Table(DEVELOPMENT).methods
    found = {name: one for name, one in methods.items() if name.startswith("dev_")}
    assert {name for name, one in found.items() if one.cheat not in CHEATS} == {"dev_switches"}
    assert {one.cheat for one in found.values()} - {""} == set(CHEATS)


def test_a_forbidden_cheat_says_how_to_allow_it() -> None:
    async def scenario(client: Session, runtime: Runtime) -> None:
        config = NodeConfig(without_cheats=("faucet",))
        client.session = RpcHandler(client.chain, without_cheats=config.forbidden_cheats).open(
            client.session._send
        )
        assert "--without-cheat faucet" in await refusal(client, "dev_fund", BOB, 1)
        await result(client, "dev_setBalance", BOB, TAO)
        handler = RpcHandler(client.chain, dev_methods=False)
        client.session = handler.open(client.session._send)
        assert "--dev-methods" in await refusal(client, "dev_setBalance", BOB, 1)
        assert not [name for name in handler.table.names if name.startswith("dev_")]

    run(scenario)


def test_development_methods_are_for_this_machine_unless_asked_for() -> None:
    assert NodeConfig().development
    assert not NodeConfig(host="0.0.0.0").development
    assert NodeConfig(host="0.0.0.0", dev_methods=True).development
    assert not NodeConfig(dev_methods=False).development
    assert NodeConfig(without_cheats=("all",)).forbidden_cheats == tuple(CHEATS)
    with pytest.raises(InvalidNodeConfig, match="no cheat 'luck'"):
        NodeConfig(without_cheats=("luck",))
