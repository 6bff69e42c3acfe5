"""The client against the bundled chain: the same behaviour over a socket and in process."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from taokit.chain_client import Call, ChainClient, InProcessTransport, Tao, Terms
from taokit.chain_client.errors import PoolRejected, WrongChain
from taokit.chain_client.operations.subnets import CreateSubnet
from taokit.chain_client.operations.transfers import Transfer, TransferAll
from taokit.chain_client.reads.balances import balance
from taokit.chain_client.reads.metagraph import metagraph
from taokit.chain_client.reads.subnets import burn_cost, subnets
from taokit.local_chain.local_node import LocalNode
from taokit.local_chain.node_config import NodeConfig
from taokit.wallet import Keypair, dev_key

ALICE, BOB = dev_key("Alice"), dev_key("Bob")


@asynccontextmanager
async def local_chain(over: str):
    ports = (0,) if over == "socket" else ()
    async with LocalNode(NodeConfig(ports=ports, block_time="instant")) as node:
        if over == "socket":
            connecting = ChainClient.connect(f"ws://127.0.0.1:{node.ports[0]}")
        else:
            connecting = ChainClient.over(InProcessTransport(node.handler))
        async with await connecting as client:
            yield client


@pytest.fixture(params=["socket", "process"])
def over(request) -> str:
    return request.param


async def test_a_transfer_moves_what_it_says_and_costs_what_was_estimated(over):
    carol = Keypair.from_uri("//Somebody new")
    async with local_chain(over) as chain:
        before = await balance(chain, ALICE.ss58_address)
        op = Transfer(carol.ss58_address, Tao.parse("2.5"))
        plan = await chain.plan(op, ALICE)
        receipt = await chain.submit(op, ALICE, until="finality")
        after = await balance(chain, ALICE.ss58_address)
        received = await balance(chain, carol.ss58_address)
        async with chain.at(receipt.block.number - 1):
            earlier = await balance(chain, carol.ss58_address)
    assert receipt.raise_for_failure().finalized
    assert receipt.fee == plan.fee
    assert before.free - after.free == Tao.parse("2.5") + receipt.fee
    assert (received.free, earlier.free) == (Tao.parse("2.5"), Tao(0))
    (event,) = receipt.find("Balances", "Transfer")
    assert event["amount"] == 2_500_000_000


async def test_many_at_once_all_arrive_in_the_order_of_their_nonces(over):
    async with local_chain(over) as chain:
        receipts = await asyncio.gather(
            *(chain.submit(Transfer(BOB.ss58_address, Tao(1000)), ALICE) for _ in range(40)),
            *(chain.submit(Transfer(ALICE.ss58_address, Tao(1000)), BOB) for _ in range(40)),
        )
        nonce = (await balance(chain, ALICE.ss58_address)).nonce
    assert all(receipt.success for receipt in receipts)
    assert nonce == 40
    places = [(receipt.block.number, receipt.index) for receipt in receipts[:40]]
    assert places == sorted(places)


async def test_failures_are_typed_wherever_they_happen(over):
    too_much = Call("Balances", "transfer_keep_alive", {"dest": BOB.ss58_address, "value": 10**17})
    batch = Call(
        "Utility", "batch", {"calls": [Call("System", "remark", {"remark": ""}), too_much]}
    )
    async with local_chain(over) as chain:
        own = await chain.submit(too_much, ALICE)
        inner = await chain.submit(batch, ALICE)
        forced = await chain.submit(Call("Sudo", "sudo", {"call": too_much}), ALICE)
        with pytest.raises(PoolRejected) as poor:
            await chain.submit(TransferAll(BOB.ss58_address), Keypair.from_uri("//Nobody"))
        with pytest.raises(PoolRejected) as stale:
            await chain.submit(Transfer(BOB.ss58_address, Tao(1000)), ALICE, Terms(nonce=0))
        outcome = await chain.dry_run(Transfer(BOB.ss58_address, Tao(1000)), ALICE, Terms(nonce=0))
    assert (own.error.name, own.error.within) == ("Token.FundsUnavailable", None)
    assert inner.error.within == "Utility.BatchInterrupted at 1"
    assert forced.error.within == "Sudo.Sudid"
    assert poor.value.reason == "payment"
    assert stale.value.reason == outcome.problem.reason == "stale"


async def test_watched_storage_follows_the_chain(over):
    key = ("System", "Account", BOB.ss58_address)
    async with local_chain(over) as chain, await chain.watch(key) as changes:
        first = (await anext(changes)).values[0]["data"]["free"]
        await chain.submit(Transfer(BOB.ss58_address, Tao(5000)), ALICE)
        second = (await anext(changes)).values[0]["data"]["free"]
    assert second - first == 5000


async def test_a_new_subnet_shows_up_in_every_read(over):
    hotkey = Keypair.from_uri("//Owner//hotkey").ss58_address
    async with local_chain(over) as chain:
        before = {one.netuid for one in await subnets(chain)}
        cost = await burn_cost(chain)
        plan = await chain.plan(CreateSubnet(hotkey), ALICE)
        receipt = (await chain.submit(CreateSubnet(hotkey), ALICE)).raise_for_failure()
        (created,) = [one for one in await subnets(chain) if one.netuid not in before]
        graph = await metagraph(chain, created.netuid)
        held = await balance(chain, ALICE.ss58_address)
        decoded = await chain.extrinsics(receipt.block)
    (effect,) = plan.effects
    assert effect.before - effect.after == cost
    assert held.free == effect.after - receipt.fee
    assert [neuron.hotkey for neuron in graph.neurons] == [hotkey]
    assert decoded[receipt.index].call.name == "register_network"


async def test_a_chain_that_was_replaced_behind_the_address_is_noticed():
    async with LocalNode(NodeConfig(ports=(0,), block_time="manual")) as first:
        port = first.ports[0]
        client = await ChainClient.connect(f"ws://127.0.0.1:{port}")
        genesis = first.chain.genesis_hash
    other = NodeConfig(ports=(port,), block_time="manual", preset="mainnet")
    async with LocalNode(other) as second:
        assert second.chain.genesis_hash != genesis
        with pytest.raises(WrongChain):
            await client.block_ref("head")
        await client.close()
