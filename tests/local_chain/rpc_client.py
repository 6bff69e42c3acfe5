"""An RPC session over the fake runtime, driven message by message."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

from fake_runtime import FakePowers, FakeRuntime, FakeState

from taokit.local_chain.node.chain import NodeChain
from taokit.local_chain.node.clock import ManualClock
from taokit.local_chain.node.sealing import Sealer, SealingMode
from taokit.local_chain.rpc.session import RpcHandler


def fake_chain(**options: Any) -> NodeChain:
    state = FakeState()
    runtime = FakeRuntime(state)
    options.setdefault("clock", ManualClock())
    options.setdefault("powers", FakePowers(runtime))
    return NodeChain(runtime, state, slot_duration_ms=250, **options)


class Session:
    """One client. `ask` returns a whole response; `news` are the notifications so far."""

    def __init__(self, chain: NodeChain | None = None, *, mode: str = "manual") -> None:
        self.chain = chain or fake_chain()
        self.handler = RpcHandler(self.chain)
        self.said: list[Any] = []
        self.session = self.handler.open(lambda text: self.said.append(json.loads(text)))
        self.chain.dev.sealer = Sealer(self.chain, SealingMode.parse(mode))
        self.chain.dev.sealer.start()

    @property
    def news(self) -> list[Any]:
        return [message for message in self.said if "method" in message]

    def told(self, method: str) -> list[Any]:
        return [m["params"]["result"] for m in self.news if m["method"] == method]

    async def settle(self) -> None:
        for _ in range(6):
            await asyncio.sleep(0)

    async def until_told(self, method: str, count: int) -> list[Any]:
        """The first `count` notifications of a kind, once they are there."""
        while len(self.told(method)) < count:
            await asyncio.sleep(0.001)
        return self.told(method)

    async def raw(self, message: str | bytes) -> list[Any]:
        """Everything said in answer to a message, notifications included."""
        before = len(self.said)
        await self.session.handle(message)
        await self.settle()
        return self.said[before:]

    async def ask(self, method: str, *params: Any, id: Any = 1) -> Any:
        request = {"jsonrpc": "2.0", "id": id, "method": method, "params": list(params)}
        said = await self.raw(json.dumps(request))
        (answer,) = [message for message in said if "method" not in message]
        return answer

    async def result(self, method: str, *params: Any) -> Any:
        answer = await self.ask(method, *params)
        assert "result" in answer, answer
        return answer["result"]

    async def error(self, method: str, *params: Any) -> Any:
        answer = await self.ask(method, *params)
        assert "error" in answer, answer
        return answer["error"]


def run(scenario: Callable[[Session], Coroutine[Any, Any, None]], **options: Any) -> None:
    """Run a scenario against a session of its own."""

    async def play() -> None:
        await scenario(Session(**options))

    asyncio.run(play())
