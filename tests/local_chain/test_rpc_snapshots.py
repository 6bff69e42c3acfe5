"""Going back over RPC, and what those who listen are told of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from rpc_client import Session

from taokit.local_chain import ManualClock, NodeConfig, open_chain
from taokit.local_chain.chain_spec import account
from taokit.wallet.ss58 import encode

BOB = encode(account("//Bob"))


def run(scenario: Callable[[Session], Coroutine[Any, Any, None]]) -> None:
    async def running() -> None:
        chain = open_chain(NodeConfig(block_time="manual"), ManualClock())
        await asyncio.wait_for(scenario(Session(chain)), 60)

    asyncio.run(running())


async def result(client: Session, method: str, *params: Any) -> Any:
    answer = await client.ask(method, *params)
    assert "error" not in answer, answer
    return answer["result"]


def test_snapshots_have_names_and_lead_back() -> None:
    async def scenario(client: Session) -> None:
        await result(client, "dev_newBlock", 3)
        first = await result(client, "dev_snapshot", "three")
        assert (first["name"], first["number"]) == ("three", 3)
        assert (await result(client, "dev_snapshot"))["name"] == "1"
        await result(client, "dev_newBlock", 4)
        assert (await result(client, "dev_revert", "three"))["hash"] == first["hash"]
        assert [one["name"] for one in await result(client, "dev_snapshots")] == ["three"]
        await result(client, "dev_newBlock", 1)
        assert (await result(client, "dev_revert"))["number"] == 3
        assert await result(client, "dev_dropSnapshot", "three") == []
        refused = await client.ask("dev_revert", "three")
        assert "no snapshot 'three'" in refused["error"]["message"]

    run(scenario)


def test_the_head_is_set_by_number_or_hash() -> None:
    async def scenario(client: Session) -> None:
        await result(client, "dev_newBlock", 9)
        third = await result(client, "chain_getBlockHash", 3)
        sixth = await result(client, "chain_getBlockHash", 6)
        assert await result(client, "dev_setHead", sixth) == sixth
        assert await result(client, "dev_setHead", 3) == third
        assert await result(client, "chain_getBlockHash", 4) is None
        assert (await result(client, "chain_getHeader", None))["number"] == "0x3"
        assert "error" in await client.ask("dev_setHead", 4)
        assert "error" in await client.ask("dev_setHead", sixth)

    run(scenario)


def test_subscribers_are_told_where_the_chain_went_back_to() -> None:
    async def scenario(client: Session) -> None:
        key = "0x" + client.chain._runtime.system.account.raw_key(account("//Bob")).hex()
        other = "0x" + client.chain._runtime.system.account.raw_key(account("//Dave")).hex()
        await result(client, "dev_snapshot")
        before = await result(client, "state_getStorage", key)
        await result(client, "chain_subscribeNewHeads")
        await result(client, "chain_subscribeFinalizedHeads")
        await result(client, "state_subscribeStorage", [key])
        await result(client, "state_subscribeStorage", [other])
        await result(client, "chainHead_v1_follow", False)
        await result(client, "dev_fund", BOB, 7)
        await result(client, "dev_newBlock", 2)
        await result(client, "dev_revert")
        await client.settle()
        genesis = await result(client, "chain_getBlockHash", 0)
        assert [int(head["number"], 16) for head in client.told("chain_newHead")] == [0, 1, 2, 3, 0]
        assert client.told("chain_finalizedHead")[-1]["number"] == "0x0"
        told = [one for one in client.told("state_storage") if one["changes"][0][0] == key]
        assert told[-1] == {"block": genesis, "changes": [[key, before]]}
        assert len(told) == 3
        assert len(client.told("state_storage")) == 4
        assert client.told("chainHead_v1_followEvent")[-1] == {"event": "stop"}

    run(scenario)


def test_a_transaction_of_a_block_that_never_was_is_dropped() -> None:
    async def scenario(client: Session) -> None:
        chain = open_chain(NodeConfig(block_time="manual", finality_lag=10), ManualClock())
        from taokit.chain_client import Call, ChainClient, InProcessTransport
        from taokit.local_chain.rpc.session import RpcHandler
        from taokit.wallet.devkeys import dev_key

        chain.snapshots.take()
        async with await ChainClient.over(InProcessTransport(RpcHandler(chain))) as user:
            call = Call("System", "remark", {"remark": b"x"})
            sent = await user.send(call, dev_key("Alice"))
            hash = bytes.fromhex(sent.hash[2:])
            watch = chain._watchers.add(hash)
            chain.seal()
            chain.snapshots.revert()
            assert [status.name for status in watch.history] == ["inBlock", "dropped"]

    run(scenario)
