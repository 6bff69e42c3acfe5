"""The websocket transport against a scripted node, over a real socket."""

from __future__ import annotations

import asyncio
import json

import pytest
from scripted_node import HANG_UP, SILENCE, Failure, scripted_node

from taokit.chain_client.errors import (
    BadAnswer,
    ConnectionFailed,
    ConnectionLost,
    FrameTooLarge,
    MethodUnavailable,
    RequestTimeout,
    RpcError,
    StateUnavailable,
    SubmissionUnknown,
    SubscriptionOverrun,
    TransportClosed,
)
from taokit.chain_client.transport import WebSocketTransport
from taokit.chain_client.transport.base import Transport, extrinsic_hash

EXTRINSIC = "0x280403000b20008c8501"


async def test_many_requests_under_way_each_get_their_own_answer():
    async def reversed_answers(node, connection, request):
        pending.append(request)
        if len(pending) == 50:
            for one in reversed(pending):
                result = {"jsonrpc": "2.0", "id": one["id"], "result": one["params"][0] * 2}
                await connection.send(json.dumps(result))

    pending = []
    async with scripted_node() as node:
        node.raw = reversed_answers
        transport = await WebSocketTransport.connect(node.url)
        assert isinstance(transport, Transport)
        answers = await asyncio.gather(*(transport.send("double", [n]) for n in range(50)))
        await transport.close()
    assert answers == [2 * n for n in range(50)]


async def test_an_error_answer_is_typed_with_code_message_data_and_method():
    async with scripted_node(
        author_submitExtrinsic=Failure(1010, "Invalid Transaction", "Transaction is outdated"),
        state_call=Failure(4003, "Client error: UnknownBlock: Header was not found: 0x00"),
    ) as node:
        transport = await WebSocketTransport.connect(node.url)
        with pytest.raises(RpcError) as refused:
            await transport.send("author_submitExtrinsic", [EXTRINSIC])
        with pytest.raises(StateUnavailable):
            await transport.send("state_call", ["Core_version", "0x"])
        with pytest.raises(MethodUnavailable):
            await transport.send("no_such_method")
        await transport.close()
    error = refused.value
    assert (error.rpc_code, error.text, error.detail, error.method) == (
        1010,
        "Invalid Transaction",
        "Transaction is outdated",
        "author_submitExtrinsic",
    )


async def test_a_request_without_an_answer_times_out_and_the_connection_stays_usable():
    async with scripted_node(slow=SILENCE, fast=1) as node:
        transport = await WebSocketTransport.connect(node.url, request_timeout=0.05)
        with pytest.raises(RequestTimeout) as late:
            await transport.send("slow")
        assert (late.value.method, late.value.seconds) == ("slow", 0.05)
        assert await transport.send("fast") == 1
        await transport.close()


async def test_a_submission_without_an_answer_is_unknown_and_carries_its_hash():
    async with scripted_node(author_submitExtrinsic=SILENCE) as node:
        transport = await WebSocketTransport.connect(node.url, request_timeout=0.05)
        with pytest.raises(SubmissionUnknown) as unknown:
            await transport.send("author_submitExtrinsic", [EXTRINSIC])
        await transport.close()
    assert unknown.value.extrinsic_hash == extrinsic_hash(EXTRINSIC)


async def test_a_cut_connection_fails_reads_with_lost_and_submissions_with_unknown():
    async with scripted_node(
        state_getStorage=SILENCE, author_submitAndWatchExtrinsic=HANG_UP
    ) as node:
        transport = await WebSocketTransport.connect(node.url)
        reading = asyncio.ensure_future(transport.send("state_getStorage", ["0x00"]))
        await node.until_asked("state_getStorage")
        with pytest.raises(SubmissionUnknown):
            await transport.subscribe(
                "author_submitAndWatchExtrinsic", [EXTRINSIC], "author_unwatchExtrinsic"
            )
        with pytest.raises(ConnectionLost):
            await reading
        assert transport.ended
        with pytest.raises(ConnectionLost):
            await transport.send("system_chain")
        await transport.close()


async def test_notifications_are_kept_that_come_before_the_acknowledgement():
    async def eager(node, connection, request):
        if request["method"] != "chain_subscribeNewHeads":
            return
        for number in (1, 2):
            await node.notify("chain_newHead", "0xab", {"number": number})
        await node.notify("chain_newHead", "0xother", {"number": 99})
        await connection.send(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": "0xab"}))
        await node.notify("chain_newHead", "0xab", {"number": 3})

    async with scripted_node() as node:
        node.raw = eager
        transport = await WebSocketTransport.connect(node.url)
        heads = await transport.subscribe("chain_subscribeNewHeads", [], "chain_unsubscribe")
        assert [(await anext(heads))["number"] for _ in range(3)] == [1, 2, 3]
        await transport.close()


async def test_closing_a_subscription_tells_the_node_once_and_ends_the_iteration():
    async with scripted_node(subscribe="0x01", unsubscribe=True) as node:
        transport = await WebSocketTransport.connect(node.url)
        stream = await transport.subscribe("subscribe", [], "unsubscribe")
        await stream.aclose()
        await transport.unsubscribe(stream)
        assert [item async for item in stream] == []
        await transport.close()
    assert [asked for asked in node.asked if asked[0] == "unsubscribe"] == [
        ("unsubscribe", ["0x01"])
    ]


async def test_a_subscription_that_was_given_up_is_closed_when_its_answer_comes_late():
    release = asyncio.Event()

    async def late(node, connection, request):
        if request["method"] == "subscribe":
            await release.wait()
            await connection.send(
                json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": "0x07"})
            )

    async with scripted_node() as node:
        node.raw = late
        transport = await WebSocketTransport.connect(node.url, request_timeout=0.05)
        with pytest.raises(RequestTimeout):
            await transport.subscribe("subscribe", [], "unsubscribe")
        release.set()
        await node.until_asked("unsubscribe")
        await transport.close()
    assert node.asked[-1] == ("unsubscribe", ["0x07"])


async def test_a_subscription_ends_with_the_loss_after_what_was_already_received():
    async with scripted_node(subscribe="0x01") as node:
        transport = await WebSocketTransport.connect(node.url)
        stream = await transport.subscribe("subscribe", [], "unsubscribe")
        await node.notify("news", "0x01", "first")
        assert await anext(stream) == "first"
        await node.notify("news", "0x01", "second")
        await node.connections[0].close(1008, "too many requests")
        assert await anext(stream) == "second"
        with pytest.raises(ConnectionLost, match=r"too many requests \(code 1008\)"):
            await anext(stream)
        await transport.close()


async def test_a_subscription_nobody_reads_fails_instead_of_filling_memory():
    async with scripted_node(subscribe="0x01", sync=True) as node:
        transport = await WebSocketTransport.connect(node.url)
        transport._exchange._queue_limit = 3
        stream = await transport.subscribe("subscribe", [], "unsubscribe")
        for number in range(5):
            await node.notify("news", "0x01", number)
        await transport.send("sync")
        assert [await anext(stream) for _ in range(3)] == [0, 1, 2]
        with pytest.raises(SubscriptionOverrun):
            await anext(stream)
        await transport.close()


async def test_a_frame_over_the_limit_is_named_as_such():
    async with scripted_node(big="x" * 5000) as node:
        transport = await WebSocketTransport.connect(node.url, max_size=1000)
        with pytest.raises(FrameTooLarge) as large:
            await transport.send("big")
        await transport.close()
    assert large.value.limit == 1000


async def test_a_message_the_node_finds_too_large_is_told_apart():
    async with scripted_node(max_size=1000, echo=1) as node:
        transport = await WebSocketTransport.connect(node.url)
        with pytest.raises(FrameTooLarge) as large:
            await transport.send("echo", ["x" * 5000])
        await transport.close()
    assert large.value.limit is None


@pytest.mark.parametrize("nonsense", ["{", "[1]", '"text"', "\x00"])
async def test_nonsense_from_the_node_ends_the_connection_with_a_typed_error(nonsense):
    async def babble(node, connection, request):
        await connection.send(nonsense)

    async with scripted_node() as node:
        node.raw = babble
        transport = await WebSocketTransport.connect(node.url)
        with pytest.raises(BadAnswer):
            await transport.send("anything")
        await transport.close()


async def test_an_answer_without_result_or_error_is_a_bad_answer():
    async def empty(node, connection, request):
        await connection.send(json.dumps({"jsonrpc": "2.0", "id": request["id"]}))

    async with scripted_node() as node:
        node.raw = empty
        transport = await WebSocketTransport.connect(node.url)
        with pytest.raises(BadAnswer, match="neither result nor error"):
            await transport.send("anything")
        assert not transport.ended
        await transport.close()


async def test_closing_fails_what_is_under_way_and_later_requests():
    async with scripted_node(slow=SILENCE, subscribe="0x01") as node:
        transport = await WebSocketTransport.connect(node.url)
        stream = await transport.subscribe("subscribe", [], "unsubscribe")
        waiting = asyncio.ensure_future(transport.send("slow"))
        await node.until_asked("slow")
        await transport.close()
        for use in (waiting, anext(stream), transport.send("more")):
            with pytest.raises(TransportClosed):
                await use
        await transport.close()


async def test_nothing_listening_is_a_connection_failure_that_names_the_address():
    async with scripted_node() as node:
        url = node.url
    with pytest.raises(ConnectionFailed) as failed:
        await WebSocketTransport.connect(url)
    assert failed.value.url == url
    assert failed.value.reason == "connection refused"
    assert failed.value.retryable


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "nonsense", "ws://", "ws://127.0.0.1:x"])
async def test_an_address_that_is_no_websocket_address_is_refused(url):
    with pytest.raises(ConnectionFailed):
        await WebSocketTransport.connect(url)


async def test_a_server_that_does_not_speak_websocket_is_a_connection_failure():
    async def plain(reader, writer):
        await reader.read(100)
        writer.write(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(ConnectionFailed, match="403"):
        await WebSocketTransport.connect(f"ws://127.0.0.1:{port}")
    server.close()


async def test_a_server_that_never_answers_the_handshake_times_out():
    async def mute(reader, writer):
        await reader.read()
        writer.close()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(ConnectionFailed, match=r"no answer within 0\.05 s"):
        await WebSocketTransport.connect(f"ws://127.0.0.1:{port}", connect_timeout=0.05)
    server.close()
