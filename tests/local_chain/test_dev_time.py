"""Time travel, the clock's rate, and when blocks are made, over RPC."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from rpc_client import Session

from taokit.local_chain import ManualClock, NodeConfig, open_chain
from taokit.local_chain.errors import ClockError
from taokit.local_chain.node.clock import RealClock
from taokit.local_chain.pallets.subtensor.block_emission import emission_for_issuance

SLOT_MS = 250


def run(scenario: Callable[[Session], Coroutine[Any, Any, None]], *, mode: str = "manual") -> None:
    async def running() -> None:
        chain = open_chain(NodeConfig(block_time="manual"), ManualClock())
        await asyncio.wait_for(scenario(Session(chain, mode=mode)), 120)

    asyncio.run(running())


async def answer_of(client: Session, method: str, *params: Any) -> Any:
    """The answer, however long the chain works on it."""
    before = len(client.said)
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
    await client.session.handle(json.dumps(request))
    while not (told := [one for one in client.said[before:] if "method" not in one]):
        await asyncio.sleep(0)
    return told[0]


async def result(client: Session, method: str, *params: Any) -> Any:
    answer = await answer_of(client, method, *params)
    assert "error" not in answer, answer
    return answer["result"]


async def refusal(client: Session, method: str, *params: Any) -> str:
    answer = await answer_of(client, method, *params)
    assert "error" in answer, answer
    return str(answer["error"].get("data")) + answer["error"]["message"]


def now(client: Session) -> int:
    return int(client.chain._runtime.timestamp.now.get())  # type: ignore[attr-defined]


def test_travel_goes_by_time_by_blocks_and_by_epochs() -> None:
    async def scenario(client: Session) -> None:
        await result(client, "dev_newBlock")
        before = now(client)
        head = await result(client, "dev_travel", {"seconds": 3600})
        assert (head["number"], now(client) - before) == (2, 3_600_000 + SLOT_MS)
        assert head["timestamp"] == now(client) + SLOT_MS
        assert (await result(client, "dev_travel", {"blocks": 20}))["number"] == 22
        due = client.chain.dev.next_epoch(1)
        head = await result(client, "dev_travel", {"epochs": 2, "netuid": 1})
        assert due is not None
        assert head["number"] > due
        for wrong in ({}, {"blocks": 1, "seconds": 1}, {"epochs": 1}, {"blocks": -1}, {"days": 1}):
            assert "error" in await client.ask("dev_travel", wrong)
        assert "runs no epochs" in await refusal(client, "dev_runEpoch", 99)

    run(scenario)


def test_a_halving_is_one_block_away_and_says_what_it_set() -> None:
    async def scenario(client: Session) -> None:
        for emission in (500_000_000, 250_000_000):
            before = client.chain.head.number
            told = (await result(client, "dev_travel", {"halving": True}))["halving"]
            assert client.chain.head.number == before + 1
            assert told["emission"] == emission == told["emissionBefore"] // 2
            assert emission_for_issuance(told["issuance"]) == emission
            assert emission_for_issuance(told["issuance"] - 1) == 2 * emission

    run(scenario)


def test_the_next_timestamp_is_exact_and_blocks_go_on_after_it() -> None:
    async def scenario(client: Session) -> None:
        wanted = client.chain.next_timestamp_ms() + 86_400_000 + 249
        assert await result(client, "dev_setNextTimestamp", wanted) == wanted
        await result(client, "dev_newBlock")
        assert now(client) == wanted
        await result(client, "dev_newBlock", 2)
        assert now(client) % SLOT_MS == 0
        assert now(client) > wanted + SLOT_MS
        assert "at" in await refusal(client, "dev_setNextTimestamp", wanted)
        client.chain.set_head(1)  # whose timestamp ends its slot
        await result(client, "dev_newBlock", 1)
        assert now(client) > wanted

    run(scenario)


def test_a_snapshot_takes_an_exact_timestamp_back_that_no_block_took() -> None:
    async def scenario(client: Session) -> None:
        await result(client, "dev_newBlock")
        before = client.chain.next_timestamp_ms()
        await result(client, "dev_snapshot")
        await result(client, "dev_setNextTimestamp", before + 5000)
        await result(client, "dev_revert")
        assert client.chain.next_timestamp_ms() == before

    run(scenario)


def test_blocks_pause_and_resume_and_change_their_time() -> None:
    async def scenario(client: Session) -> None:
        clock = client.chain.clock
        assert isinstance(clock, ManualClock)
        clock.advance(1000)
        assert client.chain.head.number == 4
        await result(client, "dev_pause")
        clock.advance(1000)
        assert client.chain.head.number == 4
        await result(client, "dev_newBlock")  # what is asked for still comes
        await result(client, "dev_resume")
        clock.advance(500)
        assert client.chain.head.number == 7
        assert await result(client, "dev_setBlockBuildMode", "12s") == "12s"
        clock.advance(24_000)
        assert client.chain.head.number == 9
        assert await result(client, "dev_setBlockBuildMode", "Batch") == "instant"
        assert await result(client, "dev_setBlockBuildMode", "Manual") == "manual"
        clock.advance(24_000)
        assert client.chain.head.number == 9
        assert "not a block time" in await refusal(client, "dev_setBlockBuildMode", "often")

    run(scenario, mode="250ms")


def test_blocks_are_dropped_and_delayed() -> None:
    async def scenario(client: Session) -> None:
        clock = client.chain.clock
        assert isinstance(clock, ManualClock)
        clock.advance(250)
        before = now(client)
        await result(client, "dev_dropBlock", 3)
        clock.advance(750)
        assert client.chain.head.number == 1
        clock.advance(250)
        assert (client.chain.head.number, now(client) - before) == (2, 4 * SLOT_MS)
        await result(client, "dev_delayBlock", 2.5)
        clock.advance(2500)
        assert client.chain.head.number == 2
        clock.advance(250)
        assert client.chain.head.number == 3
        clock.advance(250)
        assert client.chain.head.number == 4

    run(scenario, mode="250ms")


def test_a_transaction_waits_for_a_delayed_block() -> None:
    async def scenario(client: Session) -> None:
        clock = client.chain.clock
        assert isinstance(clock, ManualClock)
        await result(client, "dev_delayBlock", 5)
        alice = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
        await result(client, "dev_impersonate")
        remark = client.chain.dev._powers.unsigned(_account(alice), bytes([0, 0, 0]))
        await result(client, "author_submitExtrinsic", "0x" + remark.hex())
        await client.settle()
        assert client.chain.head.number == 0
        clock.advance(5000)
        assert client.chain.head.number == 1
        assert remark in client.chain.require_block(None).extrinsics

    run(scenario, mode="instant")


def _account(address: str) -> bytes:
    from taokit.wallet.ss58 import decode

    return decode(address)


def test_a_clock_goes_at_its_rate_and_keeps_what_has_passed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wall = [1_000_000_000]
    monkeypatch.setattr("time.time_ns", lambda: wall[0] * 1_000_000)
    clock = RealClock()
    clock.set_rate(60)
    wall[0] += 1000
    assert clock.now_ms() == 1_000_000_000 + 60_000
    mark = clock.mark()
    clock.travel_to(clock.now_ms() + 5000)
    clock.set_rate(0.5)
    wall[0] += 1000
    assert clock.now_ms() == 1_000_000_000 + 60_000 + 5000 + 500
    clock.back_to(mark)
    assert clock.now_ms() == 1_000_000_000 + 60_000 + 500
    for wrong in (0, -1, 10_001):
        with pytest.raises(ClockError):
            clock.set_rate(wrong)
    with pytest.raises(ClockError):
        ManualClock().set_rate(2)
