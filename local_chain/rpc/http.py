"""One HTTP client: JSON-RPC by POST, and what `rpc.web` answers to GET, over h11.

Owns HTTP on the shared port. h11 because it is the sans-I/O parser that uvicorn and httpcore
stand on: pure Python, no dependencies, strict about what is malformed. websockets' own parser
knows GET only. Does not own the socket, nor JSON-RPC.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import h11

from taokit.local_chain.rpc.closing import hang_up
from taokit.local_chain.rpc.web import WebAnswer, refused, web_answer

if TYPE_CHECKING:
    from taokit.local_chain.rpc.server import RpcServer

__all__ = ["HttpPeer"]

_Headers = list[tuple[str, str]]


class HttpPeer:
    """The server's end of one HTTP connection; requests are answered one at a time."""

    def __init__(self, server: RpcServer, transport: asyncio.Transport) -> None:
        self._server = server
        self._transport = transport
        self._policy = server.policy
        self._ended = False
        self._closing: asyncio.TimerHandle | None = None
        self._connection = h11.Connection(h11.SERVER)
        self._request: h11.Request | None = None
        self._body = bytearray()
        self._work: asyncio.Task[None] | None = None
        self._kept_waiting = False
        self.heard_at = time.monotonic()

    def feed(self, data: bytes) -> None:
        """Take bytes from the client."""
        self.heard_at = time.monotonic()
        if self._closing is None:
            self._connection.receive_data(data)
            self._resume()

    def _resume(self) -> None:
        try:
            self._advance()
        except h11.RemoteProtocolError as error:
            self._refuse(error.error_status_hint, str(error))

    def feed_eof(self) -> bool:
        """The client will send nothing more. True to stay until its request is answered."""
        self._ended = True
        return self._work is not None or self._kept_waiting

    def lost(self) -> None:
        """The socket is gone."""
        if self._work is not None:
            self._work.cancel()
        if self._closing is not None:
            self._closing.cancel()

    def check(self, now: float) -> None:
        """Close a connection on which nothing happens."""
        if (
            self._work is None
            and not self._kept_waiting
            and now - self.heard_at > self._server.limits.ping_seconds
        ):
            self._transport.close()

    def close(self) -> None:
        """The node is going away."""
        self._transport.close()

    def _advance(self) -> None:
        while self._closing is None and not self._transport.is_closing():
            event = self._connection.next_event()
            if event is h11.NEED_DATA or event is h11.PAUSED:
                if self._connection.they_are_waiting_for_100_continue:
                    go_on = h11.InformationalResponse(status_code=100, headers=[])
                    self._transport.write(self._connection.send(go_on) or b"")
                return
            if isinstance(event, h11.ConnectionClosed):
                self._transport.close()
                return
            if isinstance(event, h11.Request):
                self._request = event
                self._body.clear()
            elif isinstance(event, h11.Data):
                self._body += event.data
                if len(self._body) > self._server.limits.message_bytes:
                    self._refuse(413, "the request is too large")
                    return
            elif isinstance(event, h11.EndOfMessage):
                self._answer()

    def _header(self, name: bytes) -> str | None:
        assert self._request is not None
        found = [value for key, value in self._request.headers if key == name]
        return found[0].decode("latin-1") if found else None

    def _answer(self) -> None:
        assert self._request is not None
        refusal = self._policy.refusal(self._header(b"host"), self._header(b"origin"))
        method, path = self._request.method, self._request.target.split(b"?")[0]
        if refusal is not None:
            self._refuse(403, refusal)
        elif method == b"OPTIONS":
            self._respond(WebAnswer(204, b""))
        elif method in (b"GET", b"HEAD"):
            accept, tag = self._header(b"accept") or "", self._header(b"if-none-match")
            self._respond(web_answer(self._server, path.decode("latin-1"), accept, tag))
        elif method != b"POST":
            self._refuse(405, "this port speaks JSON-RPC: by websocket, or by POST")
        elif not (self._header(b"content-type") or "").lower().startswith("application/json"):
            self._refuse(415, "send JSON-RPC as content-type application/json")
        else:
            self._call_or_not(bytes(self._body))

    def _call_or_not(self, body: bytes) -> None:
        fault = self._server.handler.node.faults.of_message(body)
        if fault is None:
            self._call(body)
        elif fault.kind == "429":
            self._respond(refused(429, "Too many requests"), [("retry-after", "1")])
        elif fault.kind == "drop":
            self._transport.abort()
        else:
            self._kept_waiting = True
            if fault.kind == "slow":
                asyncio.get_running_loop().call_later(fault.seconds, self._call_late, body)

    def _call_late(self, body: bytes) -> None:
        self._kept_waiting = False
        if not self._transport.is_closing():
            self._call(body)
            self._resume()

    def _call(self, body: bytes) -> None:
        answers: list[str] = []
        session = self._server.handler.open(answers.append, subscriptions=False)
        task = session.receive(body)

        def done(_: object = None) -> None:
            session.close()
            self._work = None
            if not self._transport.is_closing():
                answer = "".join(answers).encode()
                self._respond(WebAnswer(200 if answers else 204, answer))
                if self._ended:
                    self._transport.close()
                elif task is not None:  # what came in meanwhile is still waiting
                    self._resume()

        if task is None:
            done()
        else:
            self._work = task
            task.add_done_callback(done)

    def _refuse(self, status: int, why: str) -> None:
        if self._connection.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._respond(refused(status, why), [("connection", "close")])
        self._closing = self._closing or hang_up(self._transport)

    def _respond(self, answer: WebAnswer, extra: _Headers | None = None) -> None:
        headers = [*(extra or []), *answer.headers, *self._cors()]
        if answer.status not in (204, 304):
            headers.append(("content-type", answer.kind))
            headers.append(("content-length", str(len(answer.body))))
        head = self._request is not None and self._request.method == b"HEAD"
        response = h11.Response(status_code=answer.status, headers=headers)
        parts = [self._connection.send(response)]
        if answer.body and not head:
            parts.append(self._connection.send(h11.Data(data=answer.body)))
        parts.append(self._connection.send(h11.EndOfMessage()))
        self._transport.write(b"".join(part for part in parts if part))
        if self._connection.our_state is h11.MUST_CLOSE:
            self._closing = hang_up(self._transport)
        elif self._connection.our_state is h11.DONE and self._connection.their_state is h11.DONE:
            self._connection.start_next_cycle()
            self._request = None

    def _cors(self) -> _Headers:
        origin = self._header(b"origin") if self._request is not None else None
        if origin is None or self._policy.refusal(self._header(b"host"), origin) is not None:
            return []
        return [
            ("access-control-allow-origin", origin),
            ("access-control-allow-methods", "POST, GET"),
            ("access-control-allow-headers", "content-type"),
            ("vary", "origin"),
        ]
