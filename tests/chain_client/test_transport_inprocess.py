"""The in-process transport: the same text as on a socket, and nothing shared."""

from __future__ import annotations

import json

import pytest

from taokit.chain_client.errors import BadAnswer, RequestTimeout, RpcError, TransportClosed
from taokit.chain_client.transport import InProcessTransport, Transport


class EchoHandler:
    """Answers ``echo``; ``subscribe`` acknowledges after its first notification."""

    def __init__(self) -> None:
        self.received: list[object] = []
        self.closed = False

    def open(self, send):
        self.send = send
        return self

    async def handle(self, message):
        self.received.append(message)
        request = json.loads(message)
        answer = {"jsonrpc": "2.0", "id": request["id"]}
        if request["method"] == "echo":
            self.send(json.dumps(answer | {"result": request["params"]}))
        elif request["method"] == "subscribe":
            news = {"subscription": "0x1", "result": "early"}
            self.send(json.dumps({"jsonrpc": "2.0", "method": "news", "params": news}))
            self.send(json.dumps(answer | {"result": "0x1"}))
        elif request["method"] == "nonsense":
            self.send("not json")
        elif request["method"] != "silence":
            self.send(json.dumps(answer | {"error": {"code": -32601, "message": "no"}}))

    def close(self):
        self.closed = True


async def test_messages_are_text_and_values_are_not_shared():
    handler = EchoHandler()
    transport = InProcessTransport(handler)
    assert isinstance(transport, Transport)
    sent = {"a": [1, 2]}
    answer = await transport.send("echo", [sent])
    assert answer == [sent]
    assert answer[0] is not sent
    assert all(isinstance(message, str) for message in handler.received)
    await transport.close()
    assert handler.closed


async def test_errors_time_outs_and_nonsense_are_typed_as_on_a_socket():
    transport = InProcessTransport(EchoHandler(), request_timeout=0.02)
    with pytest.raises(RpcError):
        await transport.send("unknown")
    with pytest.raises(RequestTimeout):
        await transport.send("silence")
    with pytest.raises(BadAnswer):
        await transport.send("nonsense")
    await transport.close()


async def test_a_notification_before_the_acknowledgement_is_kept():
    handler = EchoHandler()
    transport = InProcessTransport(handler)
    stream = await transport.subscribe("subscribe", [], "unsubscribe")
    assert await anext(stream) == "early"
    await transport.close()
    with pytest.raises(TransportClosed):
        await anext(stream)
    with pytest.raises(TransportClosed):
        await transport.send("echo")
