"""The reconnecting transport: what it repeats, what it never repeats, and when it gives up."""

from __future__ import annotations

import asyncio

import pytest
from scripted_node import HANG_UP, SILENCE, Failure, scripted_node

from taokit.chain_client.errors import (
    ConnectionFailed,
    ConnectionLost,
    RpcError,
    SubmissionUnknown,
    TransportClosed,
    WrongChain,
)
from taokit.chain_client.transport import Backoff, ReconnectingTransport, WebSocketTransport

EXTRINSIC = "0x280403000b20008c8501"


class RecordedSleep:
    """Stands in for asyncio.sleep: remembers the waits and lets other tasks run."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.waits.append(seconds)
        await asyncio.sleep(0)


def reconnecting(*urls: str, **options) -> ReconnectingTransport:
    options.setdefault("sleep", RecordedSleep())
    options.setdefault("chance", lambda: 0.0)
    return ReconnectingTransport(urls, WebSocketTransport.connect, **options)


async def test_a_read_cut_off_is_asked_again_on_a_new_connection():
    answers = iter([HANG_UP, HANG_UP, "0x2a"])
    async with scripted_node(state_getStorage=lambda key: next(answers)) as node:
        transport = reconnecting(node.url)
        assert await transport.send("state_getStorage", ["0x00"]) == "0x2a"
        await transport.close()
    assert len(node.connections) == 3
    assert node.count("state_getStorage") == 3


@pytest.mark.parametrize("method", ["author_submitExtrinsic", "author_submitAndWatchExtrinsic"])
async def test_a_submission_cut_off_is_never_sent_again(method):
    async with scripted_node(**{method: HANG_UP}, system_chain="Bittensor") as node:
        transport = reconnecting(node.url)
        watched = method == "author_submitAndWatchExtrinsic"
        submitting = (
            transport.subscribe(method, [EXTRINSIC], "author_unwatchExtrinsic")
            if watched
            else transport.send(method, [EXTRINSIC])
        )
        with pytest.raises(SubmissionUnknown):
            await submitting
        assert await transport.send("system_chain") == "Bittensor"
        await transport.close()
    assert node.count(method) == 1
    assert len(node.connections) == 2


async def test_a_request_that_changes_the_node_is_not_repeated():
    async with scripted_node(dev_newBlock=HANG_UP) as node:
        transport = reconnecting(node.url)
        with pytest.raises(ConnectionLost):
            await transport.send("dev_newBlock", [{"count": 1}])
        await transport.close()
    assert node.count("dev_newBlock") == 1


async def test_an_error_answer_is_not_repeated():
    async with scripted_node(state_call=Failure(4003, "Client error: no")) as node:
        transport = reconnecting(node.url)
        with pytest.raises(RpcError):
            await transport.send("state_call", ["x", "0x"])
        await transport.close()
    assert node.count("state_call") == 1


async def test_subscriptions_continue_on_the_new_connection():
    ids = iter(["0x01", "0x02"])
    async with scripted_node(chain_subscribeNewHeads=lambda: next(ids)) as node:
        transport = reconnecting(node.url)
        heads = await transport.subscribe("chain_subscribeNewHeads", [], "chain_unsubscribe")
        await node.notify("chain_newHead", "0x01", 1)
        assert await anext(heads) == 1
        following = asyncio.ensure_future(anext(heads))
        await node.cut()
        await node.until_asked("chain_subscribeNewHeads", times=2)
        await node.notify("chain_newHead", "0x02", 2)
        assert await following == 2
        assert heads.id == "0x02"
        await transport.close()


async def test_a_watched_extrinsic_is_not_watched_by_submitting_it_again():
    async with scripted_node(author_submitAndWatchExtrinsic="0x01") as node:
        transport = reconnecting(node.url)
        statuses = await transport.subscribe(
            "author_submitAndWatchExtrinsic", [EXTRINSIC], "author_unwatchExtrinsic"
        )
        await node.notify("author_extrinsicUpdate", "0x01", "ready")
        assert await anext(statuses) == "ready"
        await node.cut()
        with pytest.raises(ConnectionLost):
            await anext(statuses)
        await transport.close()
    assert node.count("author_submitAndWatchExtrinsic") == 1


async def test_many_requests_share_one_reconnection():
    async with scripted_node(system_chain="Bittensor", stall=SILENCE) as node:
        transport = reconnecting(node.url)
        await transport.open()
        await node.cut()
        await asyncio.gather(*(transport.send("system_chain") for _ in range(20)))
        await transport.close()
    assert len(node.connections) == 2


async def test_the_next_endpoint_is_used_when_one_does_not_answer():
    async with scripted_node(system_chain="gone") as gone:
        dead = gone.url
    async with scripted_node(system_chain="alive") as node:
        transport = reconnecting(dead, node.url)
        await transport.open()
        assert transport.url == node.url
        assert await transport.send("system_chain") == "alive"
        await transport.close()


async def test_opening_fails_at_once_when_no_endpoint_answers():
    async with scripted_node() as node:
        dead = node.url
    sleep = RecordedSleep()
    transport = reconnecting(dead, sleep=sleep)
    with pytest.raises(ConnectionFailed):
        await transport.open()
    assert sleep.waits == []


async def test_reconnecting_waits_longer_each_round_up_to_the_limit_and_then_gives_up():
    sleep = RecordedSleep()
    async with scripted_node(system_chain="Bittensor") as node:
        backoff = Backoff(first=1.0, longest=5.0, rounds=6)
        transport = reconnecting(node.url, sleep=sleep, backoff=backoff)
        await transport.open()
    with pytest.raises(ConnectionFailed):
        await transport.send("system_chain")
    assert sleep.waits == [1.0, 2.0, 4.0, 5.0, 5.0]


def test_jitter_only_shortens_the_wait():
    backoff = Backoff(first=1.0, longest=5.0, jitter=0.3)
    assert backoff.wait(0, 0.0) == 1.0
    assert backoff.wait(0, 1.0) == pytest.approx(0.7)


async def test_a_new_connection_can_be_refused_before_it_is_used():
    async def another_chain(inner):
        raise WrongChain(expected="0xaa", got="0xbb")

    async with scripted_node(system_chain="Bittensor") as node:
        transport = reconnecting(node.url, on_reconnect=another_chain)
        assert await transport.send("system_chain") == "Bittensor"
        await node.cut()
        with pytest.raises(WrongChain):
            await transport.send("system_chain")
        await transport.close()


async def test_a_closed_transport_does_not_come_back():
    async with scripted_node(system_chain="Bittensor") as node:
        transport = reconnecting(node.url)
        await transport.open()
        await transport.close()
        with pytest.raises(TransportClosed):
            await transport.send("system_chain")
    assert len(node.connections) == 1
