"""The RPC server: websocket and HTTP on one port, on as many ports as wanted.

Owns connections from accept to close, and their limits. Does not own what is said on them. The
first request decides: one that asks to upgrade becomes a websocket, anything else is HTTP.

Both are sans-I/O protocols over one `asyncio.Protocol`: messages are handled in the callback that
received them, without a task or a queue a message, which is what makes thousands of small requests
a second cheap.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from taokit.local_chain.rpc.access import AccessPolicy
from taokit.local_chain.rpc.http import HttpPeer
from taokit.local_chain.rpc.params import to_hex
from taokit.local_chain.rpc.session import RpcHandler
from taokit.local_chain.rpc.sockets import bind, is_loopback
from taokit.local_chain.rpc.websocket import WebsocketPeer

if TYPE_CHECKING:
    from taokit.local_chain.rpc.registry import Node

__all__ = ["RpcServer", "ServerLimits"]

MAX_HEAD_BYTES = 32 * 1024
SWEEP_SECONDS = 5.0
_UPGRADE = re.compile(rb"\r\nupgrade:[ \t]*websocket[ \t]*\r\n", re.IGNORECASE)


@dataclass(frozen=True)
class ServerLimits:
    """What one client may use. Bytes and seconds.

    ``backlog_bytes`` is how much may wait for a client that does not read before it is
    disconnected. A client silent for ``ping_seconds`` is pinged, one silent for
    ``silence_seconds`` is gone.
    """

    message_bytes: int = 16 * 1024 * 1024
    backlog_bytes: int = 64 * 1024 * 1024
    connections: int = 1000
    head_seconds: float = 10.0
    ping_seconds: float = 30.0
    silence_seconds: float = 150.0


class Peer(Protocol):
    """What a connection becomes once its first request is known."""

    def feed(self, data: bytes) -> None: ...

    def feed_eof(self) -> bool: ...

    def lost(self) -> None: ...

    def check(self, now: float) -> None: ...

    def close(self) -> None: ...


class RpcServer:
    """Serves one handler. `await start(ports)`, then `await stop()`."""

    def __init__(
        self,
        handler: RpcHandler,
        *,
        host: str | None = None,
        policy: AccessPolicy | None = None,
        limits: ServerLimits | None = None,
    ) -> None:
        self.handler = handler
        self.limits = limits or ServerLimits()
        self.ports: list[int] = []
        self.connections: set[_Connection] = set()
        self._host = host
        self.policy = policy or AccessPolicy(hosts=() if is_loopback(host) else None)
        self._servers: list[asyncio.Server] = []
        self._sweeper: asyncio.TimerHandle | None = None
        self._deserted: asyncio.Event | None = None

    async def start(self, ports: Sequence[int] = (0,)) -> list[int]:
        """Listen; returns the ports, in order. Raises `PortInUse`, `InvalidNodeConfig`."""
        await self.listen(ports)
        self.handler.metrics.follow()
        self._sweeper = asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep)
        return self.ports

    async def listen(self, ports: Sequence[int]) -> list[int]:
        """Listen on further ports, on all or none of them; returns them, in order."""
        opened: list[socket.socket] = []
        numbers = []
        try:
            for port in ports:
                number, sockets = bind(port, self._host)
                numbers.append(number)
                opened += sockets
        except BaseException:
            for one in opened:
                one.close()
            raise
        loop = asyncio.get_running_loop()
        self._servers += [
            await loop.create_server(lambda: _Connection(self), sock=one) for one in opened
        ]
        self.ports += numbers
        return numbers

    async def stop(self, grace_seconds: float = 0.5) -> None:
        """Say goodbye to every client and close; those that linger are cut off."""
        for server in self._servers:
            server.close()
        if self._sweeper is not None:
            self._sweeper.cancel()
        for connection in list(self.connections):
            connection.close()
        if self.connections:
            self._deserted = asyncio.Event()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._deserted.wait(), grace_seconds)
        for connection in list(self.connections):
            connection.abort()
        self._servers.clear()

    def health(self) -> dict[str, Any]:
        """What `GET /health` answers."""
        node: Node = self.handler.node
        head = node.chain.head
        health = self.handler.table.methods["system_health"].function(node)
        return {**health, "head": {"number": head.number, "hash": to_hex(head.hash)}}

    def metrics(self) -> str:
        """What `GET /metrics` answers."""
        kinds = {"websocket": 0, "http": 0}
        for connection in self.connections:
            kinds[connection.kind] += 1
        subscriptions = sum(session.subscriptions for session in self.handler.sessions)
        return self.handler.metrics.text(kinds, subscriptions)

    def forget(self, connection: _Connection) -> None:
        """A connection is gone."""
        self.connections.discard(connection)
        if self._deserted is not None and not self.connections:
            self._deserted.set()

    def _sweep(self) -> None:
        now = time.monotonic()
        for connection in list(self.connections):
            connection.check(now)
        self._sweeper = asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep)


class _Connection(asyncio.Protocol):
    """One accepted socket."""

    def __init__(self, server: RpcServer) -> None:
        self._server = server
        self._peer: Peer | None = None
        self._head = bytearray()
        self._opened_at = time.monotonic()

    @property
    def kind(self) -> str:
        """`websocket`, or `http`, also before anything was said."""
        return "websocket" if isinstance(self._peer, WebsocketPeer) else "http"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if len(self._server.connections) >= self._server.limits.connections:
            transport.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
            transport.close()
            return
        self._server.connections.add(self)

    def data_received(self, data: bytes) -> None:
        if self._peer is not None:
            self._peer.feed(data)
            return
        self._head += data
        end = self._head.find(b"\r\n\r\n")
        if end < 0 and len(self._head) <= MAX_HEAD_BYTES:
            return
        self._peer = self._peer_for(bytes(self._head[: end + 4]))
        first, self._head = bytes(self._head), bytearray()
        self._peer.feed(first)

    def _peer_for(self, head: bytes) -> Peer:
        make = WebsocketPeer if _UPGRADE.search(head) else HttpPeer
        return make(self._server, self._transport)

    def eof_received(self) -> bool:
        return self._peer is not None and self._peer.feed_eof()

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.forget(self)
        if self._peer is not None:
            self._peer.lost()

    def pause_writing(self) -> None:
        self._transport.pause_reading()  # no more questions before the answers are read

    def resume_writing(self) -> None:
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def check(self, now: float) -> None:
        """Look for silence."""
        if self._peer is not None:
            self._peer.check(now)
        elif now - self._opened_at > self._server.limits.head_seconds:
            self._transport.close()

    def close(self) -> None:
        """End in an orderly way."""
        if self._peer is not None:
            self._peer.close()
        else:
            self._transport.close()

    def abort(self) -> None:
        """End now."""
        self._transport.abort()
