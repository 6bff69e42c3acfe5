"""One websocket client: frames to messages and back, over websockets' sans-I/O protocol.

Owns message assembly, the limits of a connection, and pings. Does not own the socket (the
connection in `rpc.server` does), nor JSON-RPC (`rpc.session`). Compression stays off: on loopback
it only costs time.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from typing import TYPE_CHECKING

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from taokit.local_chain.rpc.closing import hang_up
from taokit.local_chain.rpc.faults import refusals
from taokit.local_chain.rpc.session import TURN_SECONDS

if TYPE_CHECKING:
    from taokit.local_chain.rpc.faults import Fault
    from taokit.local_chain.rpc.server import RpcServer

__all__ = ["WebsocketPeer"]

INVALID_TEXT, GOING_AWAY, FAULT = 1007, 1001, 1011
_log = logging.getLogger("taokit.local_chain.rpc")


class WebsocketPeer:
    """The server's end of one websocket."""

    def __init__(self, server: RpcServer, transport: asyncio.Transport) -> None:
        self._server = server
        self._transport = transport
        self._policy = server.policy
        self._protocol = ServerProtocol(max_size=server.limits.message_bytes)
        self._session = server.handler.open(self._send)
        self._parts: list[bytes] = []
        self._waiting: deque[Frame] = deque()
        self._turn_due = False
        self._text = True
        self._flush_due = False
        self._unsent = 0
        self._closing: asyncio.TimerHandle | None = None
        self.heard_at = time.monotonic()

    # -- from the socket -------------------------------------------------------------------

    def feed(self, data: bytes) -> None:
        """Take bytes from the client."""
        self.heard_at = time.monotonic()
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                self._waiting.append(event)
            elif isinstance(event, Request):
                self._shake_hands(event)
        if not self._turn_due:
            self._take_turn()
        self._flush()

    def _take_turn(self) -> None:
        """Handle what came in, for one turn; no more is read from this client until all is."""
        self._turn_due = False
        until = time.monotonic() + TURN_SECONDS
        while self._waiting:
            self._take(self._waiting.popleft())
            if self._waiting and time.monotonic() > until:
                self._turn_due = True
                self._transport.pause_reading()
                # Not call_soon: timers that are due, such as the sealer's, go before the next turn.
                asyncio.get_running_loop().call_later(0, self._take_turn)
                return
        if self._held_up() or self._transport.is_closing():
            return
        self._transport.resume_reading()

    def _held_up(self) -> bool:
        """Whether the client is behind with reading: its socket resumes by itself then."""
        size, limits = (
            self._transport.get_write_buffer_size,
            self._transport.get_write_buffer_limits,
        )
        return size() > limits()[0]

    def feed_eof(self) -> bool:
        """The client will send nothing more; nor will this end."""
        self._protocol.receive_eof()
        self._flush()
        return False

    def lost(self) -> None:
        """The socket is gone."""
        self._waiting.clear()
        self._session.close()
        if self._closing is not None:
            self._closing.cancel()

    def _shake_hands(self, request: Request) -> None:
        host, origin = request.headers.get("Host"), request.headers.get("Origin")
        refusal = self._policy.refusal(host, origin)
        fault = self._server.handler.node.faults.of_handshake() if refusal is None else None
        if fault is not None:
            self._shake_badly(fault, request)
        elif refusal is None:
            self._protocol.send_response(self._protocol.accept(request))
        else:
            self._protocol.send_response(self._protocol.reject(403, refusal + "\n"))

    def _shake_badly(self, fault: Fault, request: Request) -> None:
        if fault.kind == "429":
            self._protocol.send_response(self._protocol.reject(429, "Too many requests\n"))
        elif fault.kind == "drop":
            self._transport.abort()
        elif fault.kind == "slow":
            asyncio.get_running_loop().call_later(fault.seconds, self._accept, request)

    def _accept(self, request: Request) -> None:
        if not self._transport.is_closing():
            self._protocol.send_response(self._protocol.accept(request))
            self._flush()

    def _receive_badly(self, fault: Fault, message: str | bytes) -> None:
        if fault.kind == "429":
            for text in refusals(message):
                self._send(text)
        elif fault.kind == "drop":
            self._transport.abort()
        elif fault.kind == "slow":
            asyncio.get_running_loop().call_later(fault.seconds, self._receive, message)

    def _take(self, frame: Frame) -> None:
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return
        if self._transport.is_closing():  # thousands of messages may have come in together
            return
        if frame.opcode is not Opcode.CONT:
            self._text = frame.opcode is Opcode.TEXT
            self._parts.clear()
        self._parts.append(bytes(frame.data))
        if not frame.fin:
            return
        message: str | bytes = b"".join(self._parts)
        self._parts.clear()
        if self._text:
            try:
                message = message.decode()  # type: ignore[union-attr]
            except UnicodeDecodeError:
                self._protocol.fail(INVALID_TEXT, "a text message must be UTF-8")
                return
        fault = self._server.handler.node.faults.of_message(message)
        if fault is not None:
            self._receive_badly(fault, message)
        else:
            self._receive(message)

    def _receive(self, message: str | bytes) -> None:
        if self._transport.is_closing():
            return
        try:
            self._session.receive(message)
        except Exception:  # noqa: BLE001 - logged; the client is told, the node goes on
            _log.exception("a message could not be handled")
            self._protocol.fail(FAULT)

    # -- to the socket ---------------------------------------------------------------------

    def _send(self, text: str) -> None:
        if self._protocol.state is not State.OPEN or self._transport.is_closing():
            return
        self._protocol.send_text(text.encode())
        self._unsent += len(text)
        if self._unsent > self._server.limits.backlog_bytes:
            self._flush()
        if not self._flush_due:  # what is said in one turn of the loop leaves together
            self._flush_due = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._flush_due = False
        self._unsent = 0
        if self._transport.is_closing():
            return
        chunks = self._protocol.data_to_send()
        if chunks:
            self._transport.write(b"".join(chunks))
        if chunks and not chunks[-1]:  # an empty chunk asks to end the stream
            self._closing = self._closing or hang_up(self._transport)
        elif self._transport.get_write_buffer_size() > self._server.limits.backlog_bytes:
            _log.warning("a client that does not read its messages was disconnected")
            self._transport.abort()

    def check(self, now: float) -> None:
        """Ping a silent client; give up on one that was silent for too long."""
        silent = now - self.heard_at
        if silent > self._server.limits.silence_seconds:
            self._transport.abort()
        elif silent > self._server.limits.ping_seconds and self._protocol.state is State.OPEN:
            self._protocol.send_ping(b"")
            self._flush()

    def close(self) -> None:
        """Say goodbye: the node is going away."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(GOING_AWAY, "the node is stopping")
            self._flush()
        else:
            self._transport.close()
