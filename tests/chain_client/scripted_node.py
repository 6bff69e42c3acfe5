"""A node that says what a test scripts, over a real websocket.

``answers`` maps a method to a value, or to a function of the parameters; a ``Failure`` becomes a
JSON-RPC error, ``SILENCE`` no answer at all, ``HANG_UP`` a connection cut without a goodbye.
``raw`` takes over what is done with each request, ``batch`` with several in one message.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

SILENCE = object()
HANG_UP = object()


@dataclass
class Failure:
    code: int
    message: str
    data: Any = None


@dataclass
class ScriptedNode:
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, list[Any]]] = field(default_factory=list)
    connections: list[ServerConnection] = field(default_factory=list)
    messages: list[int] = field(default_factory=list)
    """How many requests were in each message."""
    batch: Callable[[ScriptedNode, ServerConnection, list[dict[str, Any]]], Any] | None = None
    raw: Callable[[ScriptedNode, ServerConnection, dict[str, Any]], Any] | None = None
    url: str = ""
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def count(self, method: str) -> int:
        return sum(1 for asked, _ in self.asked if asked == method)

    async def until_asked(self, method: str, times: int = 1) -> None:
        while self.count(method) < times:
            self.news.clear()
            await self.news.wait()

    async def notify(self, method: str, subscription: str, result: Any, at: int = -1) -> None:
        message = {
            "jsonrpc": "2.0",
            "method": method,
            "params": {"subscription": subscription, "result": result},
        }
        await self.connections[at].send(json.dumps(message))

    async def cut(self, at: int = -1) -> None:
        """End a connection as a crash would: no closing handshake."""
        self.connections[at].transport.abort()

    async def handle(self, connection: ServerConnection) -> None:
        self.connections.append(connection)
        async for message in connection:
            parsed = json.loads(message)
            self.messages.append(len(parsed) if isinstance(parsed, list) else 1)
            for request in parsed if isinstance(parsed, list) else [parsed]:
                self.asked.append((request["method"], request["params"]))
            self.news.set()
            if self.batch is not None and isinstance(parsed, list):
                await self.batch(self, connection, parsed)
            elif self.raw is not None:
                for request in parsed if isinstance(parsed, list) else [parsed]:
                    await self.raw(self, connection, request)
            else:
                await self.reply(connection, parsed)

    async def reply(
        self, connection: ServerConnection, asked: dict[str, Any] | list[dict[str, Any]]
    ) -> None:
        """Answer a request, or a batch as a whole: one that is silent keeps all back."""
        bodies = [self.body(request) for request in (asked if isinstance(asked, list) else [asked])]
        if HANG_UP in bodies:
            connection.transport.abort()
        elif SILENCE not in bodies:
            await connection.send(json.dumps(bodies if isinstance(asked, list) else bodies[0]))

    def body(self, request: dict[str, Any]) -> Any:
        """What the script answers to one request."""
        answer = self.answers.get(request["method"], Failure(-32601, "Method not found"))
        if callable(answer):
            answer = answer(*request["params"])
        if answer is SILENCE or answer is HANG_UP:
            return answer
        body: dict[str, Any] = {"jsonrpc": "2.0", "id": request["id"]}
        if isinstance(answer, Failure):
            error = {"code": answer.code, "message": answer.message, "data": answer.data}
            return {**body, "error": error}
        return {**body, "result": answer}


@asynccontextmanager
async def scripted_node(
    *, max_size: int | None = None, **answers: Any
) -> AsyncIterator[ScriptedNode]:
    node = ScriptedNode(answers=answers)
    async with serve(node.handle, "127.0.0.1", 0, max_size=max_size) as server:
        port = server.sockets[0].getsockname()[1]
        node.url = f"ws://127.0.0.1:{port}"
        yield node
