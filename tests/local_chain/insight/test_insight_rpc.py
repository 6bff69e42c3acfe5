"""Explaining, tracing, comparing and trying over RPC."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from taokit.chain_client.blocking import run_on_client_loop
from taokit.chain_client.calls import Call
from taokit.chain_client.errors import MethodUnavailable, RpcError
from taokit.chain_client.extrinsics.submitter import Terms
from taokit.chain_client.scale import Compact, codec, u64
from taokit.local_chain import LocalChain
from taokit.local_chain.node_config import NodeConfig
from taokit.wallet.ss58 import encode as address_of

TAO = 10**9


@pytest.fixture(scope="module")
def chain() -> Iterator[LocalChain]:
    with LocalChain() as made:
        yield made


def ask(chain: LocalChain, method: str, *params: Any) -> Any:
    return run_on_client_loop(chain.client().chain.transport.send(method, list(params)))


def transfer(chain: LocalChain, tao: int) -> Call:
    dest = {"Id": chain.accounts.bob.ss58_address}
    return Call("Balances", "transfer_keep_alive", {"dest": dest, "value": tao * TAO})


def unsigned(chain: LocalChain, call: Call) -> dict[str, str]:
    raw = chain.client().chain.encode_call(call)
    return {"call": "0x" + raw.hex(), "address": chain.accounts.alice.ss58_address}


def test_an_epoch_is_explained_as_json(chain: LocalChain) -> None:
    subnet = chain.subnet(validators=1, miners=1, commit_reveal=False)
    subnet.set_weights(subnet.validators[0], {2: 1.0})
    subnet.run_epoch()
    told = ask(chain, "dev_explain", subnet.netuid)
    assert told["faithful"] is True
    assert told["neurons"][2]["incentive"] == pytest.approx(1)
    assert told["weights"] == [{"uid": 1, "entries": [[2, 1.0]]}]
    assert told["block"] == chain.height
    hash = chain.node.chain.block_hash(chain.height - 1)
    assert hash is not None
    earlier = ask(chain, "dev_explain", subnet.netuid, 0, "0x" + hash.hex())
    assert earlier["block"] < told["block"]
    with pytest.raises(RpcError, match="no subnet 77"):
        ask(chain, "dev_explain", 77)


def test_an_extrinsic_is_traced_by_hash_and_by_place(chain: LocalChain) -> None:
    receipt = chain.client().submit(transfer(chain, 1), chain.accounts.alice)
    told = ask(chain, "dev_trace", receipt.extrinsic_hash)
    assert told == ask(chain, "dev_trace", receipt.extrinsic_id)
    assert told["faithful"] is True
    assert told["call"]["name"] == "transfer_keep_alive"
    assert told["fee"] == receipt.fee.rao
    for wrong in ("12", "0x12", "x-y", 5, None):
        with pytest.raises(RpcError, match="Invalid params"):
            ask(chain, "dev_trace", wrong)


def test_a_difference_may_begin_anywhere(chain: LocalChain) -> None:
    before = chain.height
    chain.client().submit(transfer(chain, 1), chain.accounts.alice)
    whole = ask(chain, "dev_diff", before, None, "System")
    assert (whole["faithful"], whole["unlike"], whole["missing"]) == (True, [], [])
    told = whole["changes"]
    assert {one["pallet"] for one in told} == {"System"}
    (bob,) = [one for one in told if one["key"] == [chain.accounts.bob.ss58_address]]
    assert bob["after"]["data"]["free"] - bob["before"]["data"]["free"] == TAO
    assert ask(chain, "dev_diff", before, before)["changes"] == []


def test_a_dry_run_tells_old_and_new_as_chopsticks_does(chain: LocalChain) -> None:
    bob, height = chain.accounts.bob.ss58_address, chain.height
    told = ask(chain, "dev_dryRun", {"extrinsic": unsigned(chain, transfer(chain, 2))})
    old, new = (told[name]["system"]["account"][bob]["data"]["free"] for name in ("old", "new"))
    assert new - old == 2 * TAO
    assert told["succeeded"] is True
    assert told["block"] == height + 1
    assert chain.height == height


def test_a_dry_run_tells_the_difference_as_chopsticks_does(chain: LocalChain) -> None:
    told = ask(chain, "dev_dryRun", {"extrinsic": unsigned(chain, transfer(chain, 2))})
    bob = chain.accounts.bob.ss58_address
    old, new = (told[name]["system"]["account"][bob]["data"]["free"] for name in ("old", "new"))
    assert told["delta"]["system"]["account"][bob] == {"data": {"free": [old, new]}}
    fresh = address_of(bytes(range(32)))
    call = Call("Balances", "transfer_keep_alive", {"dest": {"Id": fresh}, "value": TAO})
    told = ask(chain, "dev_dryRun", {"extrinsic": unsigned(chain, call), "html": False})
    assert told["delta"]["system"]["account"][fresh] == [told["new"]["system"]["account"][fresh]]


def test_a_dry_run_can_be_a_page(chain: LocalChain) -> None:
    call = {"extrinsic": unsigned(chain, transfer(chain, 2)), "html": True}
    page = ask(chain, "dev_dryRun", call)
    assert page.startswith("<!DOCTYPE html>")
    assert "<h1>Balances.transfer_keep_alive</h1>" in page
    assert f"System.Account {chain.accounts.bob.ss58_address}" in page
    assert "src=" not in page
    assert "http" not in page  # whole in itself
    poor = {"call": call["extrinsic"]["call"], "address": "0x" + "11" * 32}
    for form in ("raw", "html"):
        with pytest.raises(RpcError, match="would be refused: Payment"):
            ask(chain, "dev_dryRun", {"extrinsic": poor, form: True})


@pytest.mark.parametrize("messages", ["hrmp", "dmp", "ump"])
def test_messages_of_other_chains_are_refused_by_name(chain: LocalChain, messages: str) -> None:
    with pytest.raises(RpcError, match=f"{messages}: .* no parachain"):
        ask(chain, "dev_dryRun", {messages: [{"sentAt": 1, "msg": "0x00"}]})
    call = {"extrinsic": unsigned(chain, transfer(chain, 1)), messages: None}
    assert ask(chain, "dev_dryRun", call)["succeeded"] is True


def test_a_dry_run_of_raw_storage_is_what_a_block_would_hold(chain: LocalChain) -> None:
    call = transfer(chain, 2)
    pairs = dict(ask(chain, "dev_dryRun", {"extrinsic": unsigned(chain, call), "raw": True}))
    chain.client().submit(call, chain.accounts.alice)
    changes = ask(chain, "dev_diff", chain.height - 1)["changes"]
    told = {one["raw_key"]: one for one in changes}
    bob = chain.accounts.bob.ss58_address
    (key,) = [key for key, one in told.items() if one["key"] == [bob]]
    assert pairs[key] == ask(chain, "state_getStorage", key)


def test_a_dry_run_of_a_whole_extrinsic_asks_for_its_signature(chain: LocalChain) -> None:
    client = chain.client().chain
    signed = run_on_client_loop(
        client.submitter.sign(transfer(chain, 2), chain.accounts.alice, Terms())
    )
    raw = signed.raw.hex()
    told = ask(chain, "dev_dryRun", {"extrinsic": "0x" + raw})
    assert told["succeeded"] is True
    forged = raw.replace(transfer_value(2), transfer_value(3))
    assert forged != raw
    told = ask(chain, "dev_dryRun", {"extrinsic": "0x" + forged})
    assert told["invalid"] == {"kind": "BadProof", "custom": None}
    run_on_client_loop(withdraw(client, signed))


def transfer_value(tao: int) -> str:
    return str(codec(Compact[u64]).encode(tao * TAO).hex())


async def withdraw(client: Any, signed: Any) -> None:
    client.submitter.withdraw(signed.signer, signed.nonce)


def test_what_is_no_extrinsic_is_refused(chain: LocalChain) -> None:
    for wrong in (
        {},
        {"extrinsic": {"call": "0x00"}},
        {"extrinsic": "0x00", "open": True},
        {"extrinsic": 5},
    ):
        with pytest.raises(RpcError, match="Invalid params"):
            ask(chain, "dev_dryRun", wrong)
    with pytest.raises(RpcError, match="no extrinsic of this chain"):
        ask(chain, "dev_dryRun", {"extrinsic": "0x1234"})
    alice = chain.accounts.alice.ss58_address
    with pytest.raises(RpcError, match="no extrinsic of this chain"):
        ask(chain, "dev_dryRun", {"extrinsic": {"call": "0xffff", "address": alice}})


def test_a_chain_without_development_methods_explains_nothing() -> None:
    config = NodeConfig(ports=(), block_time="instant", dev_methods=False)
    with (
        LocalChain(config) as plain,
        pytest.raises((MethodUnavailable, RpcError), match=r"development|dev_explain"),
    ):
        ask(plain, "dev_explain", 1)
