"""The port that clients connect to: websocket, HTTP, who is let in, and what cannot break it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from fake_runtime import extrinsic
from rpc_client import fake_chain
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from taokit.local_chain.errors import InvalidNodeConfig, PortInUse
from taokit.local_chain.local_node import LocalNode
from taokit.local_chain.node_config import NodeConfig
from taokit.local_chain.rpc.access import AccessPolicy
from taokit.local_chain.rpc.server import RpcServer, ServerLimits
from taokit.local_chain.rpc.session import RpcHandler

COUNTING = 1
"""Listeners of a server's own: its metrics."""


def request(method: str, *params: Any, id: Any = 1) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": id, "method": method, "params": list(params)})


@asynccontextmanager
async def serving(**options: Any):
    server = RpcServer(RpcHandler(options.pop("chain", None) or fake_chain()), **options)
    await server.start([0])
    try:
        yield server
    finally:
        await server.stop()


def url(server: RpcServer, host: str = "127.0.0.1") -> str:
    return f"ws://{host}:{server.ports[0]}"


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 100))


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.001)


class Http:
    """One raw HTTP connection."""

    def __init__(self, server: RpcServer) -> None:
        self.port = server.ports[0]

    async def __aenter__(self) -> Http:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()

    async def read(self, *, head: bool = False) -> tuple[int, dict[str, str], str]:
        top = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        pairs = (line.split(": ", 1) for line in top[1:] if line)
        headers = {name.lower(): value for name, value in pairs}
        length = 0 if head else int(headers.get("content-length", 0))
        return int(top[0].split()[1]), headers, (await self.reader.readexactly(length)).decode()

    async def send(self, line: str, body: bytes = b"", **headers: str) -> tuple[int, dict, str]:
        headers = {"Host": f"127.0.0.1:{self.port}", **headers}
        if body:
            headers.setdefault("Content-Type", "application/json")
            headers["Content-Length"] = str(len(body))
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.writer.write("\r\n".join([f"{line} HTTP/1.1", *lines, "", ""]).encode() + body)
        return await self.read(head=line.startswith("HEAD"))


# -- websocket -------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
@pytest.mark.parametrize("binary", [False, True])
def test_text_and_binary_requests_get_text_answers_on_both_loopbacks(host, binary):
    if host == "[::1]" and not socket.has_ipv6:
        pytest.skip("no IPv6 here")

    async def scenario() -> None:
        async with serving() as server, connect(url(server, host)) as client:
            message = request("system_chain")
            await client.send(message.encode() if binary else message)
            answer = await client.recv()
            assert isinstance(answer, str)
            assert json.loads(answer)["result"] == "Bittensor"
            assert client.protocol.extensions == []

    run(scenario)


def test_a_message_may_come_in_fragments_with_pings_between():
    async def scenario() -> None:
        async with serving() as server, connect(url(server)) as client:
            message = request("system_chain")

            async def pieces():
                for piece in message:
                    yield piece
                    await client.ping()

            await client.send(pieces())
            assert json.loads(await client.recv())["result"] == "Bittensor"

    run(scenario)


def test_many_requests_at_once_are_answered_in_order():
    async def scenario() -> None:
        async with serving() as server, connect(url(server)) as client:
            for id in range(500):
                await client.send(request("chain_getHeader", id=id))
            ids = [json.loads(await client.recv())["id"] for _ in range(500)]
            assert ids == list(range(500))

    run(scenario)


def test_malformed_json_does_not_cost_the_connection():
    async def scenario() -> None:
        async with serving() as server, connect(url(server)) as client:
            await client.send("{")
            assert json.loads(await client.recv())["error"]["code"] == -32700
            await client.send(request("system_chain"))
            assert json.loads(await client.recv())["result"] == "Bittensor"

    run(scenario)


def test_text_that_is_not_utf8_closes_with_1007():
    async def scenario() -> None:
        async with serving() as server, connect(url(server)) as client:
            await client.send(b"\xff\xff", text=True)
            with pytest.raises(ConnectionClosed):
                await client.recv()
            assert client.protocol.close_code == 1007

    run(scenario)


@pytest.mark.parametrize("fragmented", [False, True])
def test_a_message_over_the_limit_closes_with_1009(fragmented):
    async def scenario() -> None:
        limits = ServerLimits(message_bytes=100_000)
        async with serving(limits=limits) as server, connect(url(server)) as client:
            await client.send(request("state_getStorage", "00" * 40_000))
            assert "result" in json.loads(await client.recv())
            message = "x" * 100_001
            with pytest.raises(ConnectionClosed):
                await client.send([message[:60_000], message[60_000:]] if fragmented else message)
                await client.recv()
            assert client.protocol.close_code == 1009
            async with connect(url(server)) as other:
                await other.send(request("system_chain"))
                assert "result" in json.loads(await other.recv())

    run(scenario)


def test_large_messages_below_the_limit_are_taken():
    async def scenario() -> None:
        async with serving() as server, connect(url(server), max_size=None) as client:
            data = "ab" * 4_000_000
            await client.send(request("state_call", "Fake_echo", data))
            assert json.loads(await client.recv())["result"] == "0x" + data

    run(scenario)


def test_bytes_that_break_the_protocol_close_that_connection_only():
    async def scenario() -> None:
        async with serving() as server, connect(url(server)) as client:
            client.transport.write(b"\xff\xff\xff\xff")
            with pytest.raises(ConnectionClosed):
                await client.recv()
            assert client.protocol.close_code == 1002
            async with connect(url(server)) as other:
                await other.send(request("system_chain"))
                assert "result" in json.loads(await other.recv())

    run(scenario)


def test_a_client_that_vanishes_leaves_no_subscription_behind():
    async def scenario() -> None:
        chain = fake_chain()
        async with serving(chain=chain) as server:
            client = await connect(url(server))
            for method in ("chain_subscribeNewHeads", "chain_subscribeFinalizedHeads"):
                await client.send(request(method))
                await client.recv()
            watch = request("author_submitAndWatchExtrinsic", extrinsic("A", 0).hex())
            await client.send(watch)
            await until(lambda: bool(chain._watchers._watches))
            client.transport.abort()
            await until(lambda: not server.connections)
            assert len(chain.on_new_block._listeners) == COUNTING
            assert not chain.on_finalized._listeners
            assert not chain._watchers._watches
            chain.seal()
            assert chain.storage(b"nonce:A") is not None

    run(scenario)


def test_vanishing_stops_the_work_in_hand():
    async def scenario() -> None:
        chain = fake_chain()
        async with serving(chain=chain) as server:
            client = await connect(url(server))
            await client.send(request("dev_mine", 2**32 - 1))
            await until(lambda: chain.head.number > 0)
            client.transport.abort()
            await until(lambda: not server.connections)
            await asyncio.sleep(0)
            height = chain.head.number
            for _ in range(20):
                await asyncio.sleep(0)
            assert chain.head.number == height

    run(scenario)


def silent_client(server: RpcServer) -> socket.socket:
    """A websocket client that has subscribed to heads and then never reads."""
    client = socket.create_connection(("127.0.0.1", server.ports[0]))
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.setblocking(False)
    return client


HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def frame(text: str) -> bytes:
    data = text.encode()
    assert len(data) < 126
    return bytes([0x81, 0x80 | len(data), 0, 0, 0, 0]) + data


def test_a_client_that_never_reads_is_cut_off_and_harms_nobody():
    async def scenario() -> None:
        chain = fake_chain()
        limits = ServerLimits(backlog_bytes=200_000)
        async with serving(chain=chain, limits=limits) as server:
            client = silent_client(server)
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(client, HANDSHAKE)
            await loop.sock_sendall(client, frame(request("chain_subscribeNewHeads")))
            await until(lambda: len(chain.on_new_block._listeners) > COUNTING)
            blocks = 0
            while server.connections and blocks < 200_000:
                chain.seal(100)
                blocks += 100
                await asyncio.sleep(0)
            assert not server.connections
            assert len(chain.on_new_block._listeners) == COUNTING
            client.close()

    run(scenario)


def test_many_questions_in_one_packet_are_not_all_answered_to_a_client_that_never_reads(
    monkeypatch,
):
    async def scenario() -> None:
        asked = []
        async with serving(limits=ServerLimits(backlog_bytes=200_000)) as server:
            method = server.handler.table.methods["system_name"]
            answer = "x" * 50_000
            monkeypatch.setattr(method, "function", lambda node: asked.append(1) or answer)
            client = silent_client(server)
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(client, HANDSHAKE)
            await loop.sock_sendall(client, frame(request("system_name")) * 1500)
            await until(lambda: bool(asked) and not server.connections)
            assert len(asked) < 500
            client.close()

    run(scenario)


def test_questions_wait_while_answers_are_not_read():
    async def scenario() -> None:
        chain = fake_chain()
        async with serving(chain=chain) as server:
            client = silent_client(server)
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(client, HANDSHAKE)
            ask = frame(request("rpc_methods")) * 100
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(loop.sock_sendall(client, ask * 2000), 1.5)
            (connection,) = server.connections
            assert connection._transport.get_write_buffer_size() < 4_000_000
            async with connect(url(server)) as other:
                await other.send(request("system_chain"))
                assert "result" in json.loads(await other.recv())
            client.close()

    run(scenario)


def test_silence_is_answered_by_pings_and_then_by_the_end():
    async def scenario() -> None:
        limits = ServerLimits(ping_seconds=0.01, silence_seconds=1000.0)
        async with serving(limits=limits) as server, connect(url(server)) as client:
            (connection,) = server.connections
            heard = connection._peer.heard_at
            connection.check(heard + 1)
            await until(lambda: connection._peer.heard_at > heard)  # the pong
            connection.check(time.monotonic() + 2000)
            with pytest.raises(ConnectionClosed):
                await client.recv()

    run(scenario)


def test_a_client_that_says_goodbye_hears_it_back():
    async def scenario() -> None:
        async with serving() as server:
            client = await connect(url(server))
            await client.close()
            assert client.protocol.close_code == 1000
            await until(lambda: not server.connections)

    run(scenario)


def test_stopping_says_goodbye_within_a_second():
    async def scenario() -> None:
        server = RpcServer(RpcHandler(fake_chain()))
        await server.start([0])
        client = await connect(url(server))
        deaf = silent_client(server)
        begun = time.monotonic()
        await server.stop()
        assert time.monotonic() - begun < 1
        with pytest.raises(ConnectionClosed):
            await client.recv()
        assert client.protocol.close_code == 1001
        deaf.close()
        with pytest.raises(OSError):
            await connect(url(server))

    run(scenario)


# -- who is let in ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (None, True),
        ("http://localhost", True),
        ("http://localhost:3000", True),
        ("https://127.0.0.1:8080", True),
        ("http://[::1]:3000", True),
        ("https://polkadot.js.org", True),
        ("https://polkadot.js.org.evil.example", False),
        ("https://evil.example", False),
        ("http://localhost.evil.example", False),
        ("http://localhost@evil.example", False),
        ("http://evil.example@localhost", False),
        ("ftp://localhost", False),
        ("http://localhost:x", False),
        ("null", False),
        ("", False),
    ],
)
def test_pages_of_other_sites_are_kept_out(origin, allowed):
    assert (AccessPolicy().refusal("127.0.0.1:9944", origin) is None) == allowed


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("localhost:9944", True),
        ("127.0.0.1", True),
        ("[::1]:9944", True),
        ("LOCALHOST", True),
        ("rebound.example:9944", False),
        ("127.0.0.1.evil.example", False),
        ("localhost:9944@evil.example", False),
        ("", False),
        (None, False),
    ],
)
def test_names_that_were_made_to_point_here_are_kept_out(host, allowed):
    assert (AccessPolicy().refusal(host, None) is None) == allowed
    assert AccessPolicy(hosts=None).refusal(host, None) is None


def test_the_lists_can_be_widened():
    policy = AccessPolicy(origins=("https://app.example",), hosts=("node.internal",))
    assert policy.refusal("node.internal:9944", "https://app.example") is None
    assert policy.refusal("localhost", "https://polkadot.js.org") is not None
    assert AccessPolicy(origins=("*",)).refusal("localhost", "https://any.example") is None


def test_a_refused_page_gets_403_by_websocket_and_http():
    async def scenario() -> None:
        async with serving() as server:
            with pytest.raises(InvalidStatus) as refused:
                await connect(url(server), origin="https://evil.example")
            assert refused.value.response.status_code == 403
            async with connect(url(server), origin="http://localhost:5173") as client:
                await client.send(request("system_chain"))
                assert "result" in json.loads(await client.recv())
            body = request("dev_mine").encode()
            for headers in ({"Origin": "https://evil.example"}, {"Host": "rebound.example"}):
                async with Http(server) as http:
                    status, answered, _ = await http.send("POST /", body, **headers)
                    assert status == 403
                    assert "access-control-allow-origin" not in answered
            assert server.handler.node.chain.head.number == 0

    run(scenario)


# -- HTTP ------------------------------------------------------------------------------------


def test_json_rpc_by_post_on_a_connection_that_stays():
    async def scenario() -> None:
        async with serving() as server, Http(server) as http:
            for _ in range(3):
                status, headers, body = await http.send("POST /", request("system_chain").encode())
                assert (status, headers["content-type"]) == (200, "application/json")
                assert json.loads(body)["result"] == "Bittensor"
            _, _, body = await http.send("POST /", b"{")
            assert json.loads(body)["error"]["code"] == -32700
            batch = f"[{request('system_chain')},{request('nope')}]".encode()
            _, _, body = await http.send("POST /any/path?x=1", batch)
            assert [set(answer) for answer in json.loads(body)] == [
                {"jsonrpc", "id", "result"},
                {"jsonrpc", "id", "error"},
            ]
            _, _, body = await http.send("POST /", request("dev_mine", 3).encode())
            assert json.loads(body)["result"]["number"] == 3
            status, _, body = await http.send("POST /", b'{"method":"system_chain"}')
            assert (status, body) == (204, "")

    run(scenario)


def test_requests_sent_ahead_are_answered_one_after_another():
    async def scenario() -> None:
        async with serving() as server, Http(server) as http:
            bodies = [request("dev_mine", 2, id=1), request("chain_getHeader", id=2)]
            for body in bodies:
                head = f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
                http.writer.write(f"{head}Content-Type: application/json\r\n\r\n{body}".encode())
            answers = [json.loads((await http.read())[2]) for _ in bodies]
            assert [answer["id"] for answer in answers] == [1, 2]
            assert answers[1]["result"]["number"] == "0x2"

    run(scenario)


def test_a_body_may_be_chunked_and_the_client_may_stop_talking_after_it():
    async def scenario() -> None:
        async with serving() as server, Http(server) as http:
            body = request("dev_mine", 5).encode()
            http.writer.write(
                b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n"
                + b"".join(b"1\r\n%c\r\n" % byte for byte in body)
                + b"0\r\n\r\n"
            )
            http.writer.write_eof()
            assert json.loads((await http.read())[2])["result"]["number"] == 5
            assert await http.reader.read() == b""

    run(scenario)


def test_subscriptions_by_http_are_refused_with_the_reason():
    async def scenario() -> None:
        async with serving() as server, Http(server) as http:
            body = request("chain_subscribeNewHeads").encode()
            error = json.loads((await http.send("POST /", body))[2])["error"]
            assert error["code"] == -32601
            assert "websocket" in error["data"]

    run(scenario)


def test_health_is_a_plain_get():
    async def scenario() -> None:
        chain = fake_chain()
        chain.seal(4)
        async with serving(chain=chain) as server, Http(server) as http:
            status, _, body = await http.send("GET /health")
            assert status == 200
            health = json.loads(body)
            assert health["isSyncing"] is False
            assert health["head"] == {"number": 4, "hash": "0x" + chain.head.hash.hex()}
            status, headers, _ = await http.send("HEAD /health")
            assert (status, headers["content-length"]) == (200, str(len(body)))

    run(scenario)


@pytest.mark.parametrize(
    ("line", "body", "headers", "status"),
    [
        ("GET /nothing", b"", {}, 404),
        ("DELETE /", b"", {}, 405),
        ("PUT /", b"x", {}, 405),
        ("POST /", b"{}", {"Content-Type": "text/plain"}, 415),
        ("POST /", b"x" * 1001, {}, 413),
        ("GET / extra", b"", {}, 400),
        ("GET /health", b"", {"Content-Length": "-1"}, 400),
    ],
)
def test_other_http_gets_the_status_that_says_why(line, body, headers, status):
    async def scenario() -> None:
        limits = ServerLimits(message_bytes=1000)
        async with serving(limits=limits) as server, Http(server) as http:
            assert (await http.send(line, body, **headers))[0] == status

    run(scenario)


def test_headers_without_end_are_refused():
    async def scenario() -> None:
        async with serving() as server, Http(server) as http:
            http.writer.write(b"GET /health HTTP/1.1\r\nX: " + b"y" * 40_000)
            assert (await http.read())[0] == 431

    run(scenario)


def test_pages_that_are_let_in_are_told_so():
    async def scenario() -> None:
        async with serving() as server, Http(server) as http:
            origin = "http://localhost:3000"
            asked = {"Access-Control-Request-Method": "POST"}
            status, headers, _ = await http.send("OPTIONS /", Origin=origin, **asked)
            assert status == 204
            assert headers["access-control-allow-origin"] == origin
            assert headers["access-control-allow-headers"] == "content-type"
            _, headers, _ = await http.send(
                "POST /", request("system_chain").encode(), Origin=origin
            )
            assert headers["access-control-allow-origin"] == origin

    run(scenario)


def test_a_client_that_waits_for_100_continue_gets_it():
    async def scenario() -> None:
        async with serving() as server, Http(server) as http:
            body = request("system_chain").encode()
            http.writer.write(
                b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body)
            )
            assert (await http.read())[0] == 100
            http.writer.write(body)
            assert json.loads((await http.read())[2])["result"] == "Bittensor"

    run(scenario)


@pytest.mark.parametrize("noise", [b"\x16\x03\x01\x02\x00\x01", b"\r\n\r\n", b"hello\r\n\r\n"])
def test_noise_is_not_answered_forever(noise):
    async def scenario() -> None:
        async with serving() as server, Http(server) as http:
            http.writer.write(noise)
            await until(lambda: bool(server.connections))
            for connection in list(server.connections):
                connection.check(time.monotonic() + 60)
            with suppress(ConnectionResetError):
                await http.reader.read()  # ends: the server closed
            await until(lambda: not server.connections)

    run(scenario)


def test_more_clients_than_allowed_are_turned_away():
    async def scenario() -> None:
        async with serving(limits=ServerLimits(connections=2)) as server:
            clients = [await connect(url(server)) for _ in range(2)]
            with pytest.raises(InvalidStatus) as refused:
                await connect(url(server))
            assert refused.value.response.status_code == 503
            await clients[0].close()
            await until(lambda: len(server.connections) < 2)
            async with connect(url(server)):
                pass
            await clients[1].close()

    run(scenario)


# -- ports -----------------------------------------------------------------------------------


def test_several_ports_serve_one_chain():
    async def scenario() -> None:
        server = RpcServer(RpcHandler(fake_chain()))
        ports = await server.start([0, 0])
        assert len(set(ports)) == 2
        first, second = (f"ws://127.0.0.1:{port}" for port in ports)
        async with connect(first) as one, connect(second) as other:
            await one.send(request("dev_mine", 2))
            await one.recv()
            await other.send(request("chain_getHeader"))
            assert json.loads(await other.recv())["result"]["number"] == "0x2"
        await server.stop()

    run(scenario)


def test_a_port_in_use_is_named_and_leaves_nothing_open():
    async def scenario() -> None:
        async with serving() as server:
            other = RpcServer(RpcHandler(fake_chain()))
            with pytest.raises(PortInUse) as taken:
                await other.start([0, server.ports[0]])
            assert taken.value.port == server.ports[0]
            assert other.ports == []

    run(scenario)


def test_a_host_that_is_not_here_is_named():
    async def scenario() -> None:
        server = RpcServer(RpcHandler(fake_chain()), host="203.0.113.1")
        with pytest.raises(InvalidNodeConfig) as refused:
            await server.start([0])
        assert refused.value.setting == "host"

    run(scenario)


def test_listening_to_all_does_not_check_host_names():
    async def scenario() -> None:
        async with serving(host="0.0.0.0") as server, Http(server) as http:
            status, _, _ = await http.send("GET /health", Host="any.name:1")
            assert status == 200

    run(scenario)


# -- a whole node ----------------------------------------------------------------------------


def test_a_node_seals_by_its_config_from_start_to_stop():
    async def scenario() -> None:
        config = NodeConfig(ports=(0, 0), block_time="instant")
        chain = fake_chain()
        async with LocalNode(config, chain=chain) as node:
            assert len(node.ports) == 2
            async with connect(f"ws://127.0.0.1:{node.ports[1]}") as client:
                watch = request("author_submitAndWatchExtrinsic", extrinsic("A", 0).hex())
                await client.send(watch)
                said = [json.loads(await client.recv()) for _ in range(4)]
                assert "result" in said[0]
                statuses = [message["params"]["result"] for message in said[1:]]
                assert [s if isinstance(s, str) else next(iter(s)) for s in statuses] == [
                    "ready",
                    "inBlock",
                    "finalized",
                ]
        chain.submit(extrinsic("A", 1))
        for _ in range(5):
            await asyncio.sleep(0)
        assert chain.head.number == 1

    run(scenario)


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_serving_process_ends_within_a_second_of_a_signal(tmp_path: Path, number):
    script = tmp_path / "serve.py"
    script.write_text(
        textwrap.dedent(
            """
            import asyncio, sys
            from rpc_client import fake_chain
            from taokit.local_chain import local_node
            local_node.open_chain = lambda config, clock, **more: fake_chain()
            local_node._dev_accounts = lambda preset: ()
            def ready(served):
                print(served.ports[0], flush=True)
            local_node.serve(ports=(0,), block_time="250ms", on_ready=ready)
            print("ended", flush=True)
            """
        )
    )
    here = str(Path(__file__).parent)
    path = os.pathsep.join([here, os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path}
    with (
        subprocess.Popen(
            [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment
        ) as process,
        socket.socket() as client,
    ):
        assert process.stdout is not None
        client.connect(("127.0.0.1", int(process.stdout.readline())))
        client.sendall(HANDSHAKE)
        assert client.recv(100).startswith(b"HTTP/1.1 101")
        begun = time.monotonic()
        process.send_signal(number)
        assert process.wait(60) == 0
        assert time.monotonic() - begun < 1.5
        assert process.stdout.read() == "ended\n"
