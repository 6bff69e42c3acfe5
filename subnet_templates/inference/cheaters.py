"""Miners that have the right model and lie about the rest: personas that any such subnet meets.

Owns these. Does not own those that serve another model, nor those that are honest: which ones there
are depends on the subnet (its ``personas/``).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from taokit.neuron.client import MinerClient
from taokit.neuron.errors import HandlerRefused
from taokit.neuron.messages import Reason
from taokit.neuron.testing.collusion import Copycat
from taokit.neuron.testing.participants import Seat
from taokit.neuron.testing.personas import Persona
from taokit.subnet_templates.inference.backends.protocol import Backend
from taokit.subnet_templates.inference.messages import (
    ChatRequest,
    ChatResponse,
    Usage,
    answer,
    order_of,
)

__all__ = ["cheaters"]

Honest = Callable[[ChatRequest], Awaitable[ChatResponse]]


def cheaters(well: Honest, backend: Callable[[], Backend]) -> list[Persona]:
    """Six of them. ``well`` is the handler of a good miner, ``backend`` the model it serves."""
    lies = _Lies(well, backend)

    def persona(name: str, behaviour: Callable[[], Any], reason: Reason) -> Persona:
        return Persona(name, "zero", behaviour, reason, makes=True)

    return [
        persona("greedy", lambda: lies.greedy, Reason.WRONG_MODEL),
        persona("truncator", lambda: lies.truncated, Reason.TRUNCATED),
        persona("inflator", lambda: lies.inflated, Reason.USAGE),
        persona("cacher", lambda: _Cacher(lies), Reason.REPLAY),
        persona("copycat", lambda: Copycat(lies.renamed), Reason.REPLAY),
        persona("relay", _Relay, Reason.REFUSED),
    ]


class _Lies:
    def __init__(self, well: Honest, backend: Callable[[], Backend]) -> None:
        self.well = well
        self._backend = backend

    async def greedy(self, request: ChatRequest) -> ChatResponse:
        """The right model, and always its likeliest token, whatever the seed."""
        return await self.well(request.model_copy(update={"temperature": 0.0}))

    async def truncated(self, request: ChatRequest) -> ChatResponse:
        """Ends early, and puts an ending token there so that it looks due."""
        fewer = {"max_tokens": max(1, request.max_tokens // 3)}
        short = await self.well(request.model_copy(update=fewer))
        tokenizer = self._backend().tokenizer
        ids = [i for i in short.token_ids if i not in tokenizer.eos]
        order = order_of(request, tokenizer)
        return answer(request, order, [*ids, min(tokenizer.eos)], tokenizer)

    async def inflated(self, request: ChatRequest) -> ChatResponse:
        """Bills half as much again."""
        true = await self.well(request)
        wrote = true.usage.completion_tokens * 3 // 2 + 1
        return true.model_copy(update={"usage": _usage(true.usage.prompt_tokens, wrote)})

    def renamed(self, request: ChatRequest, other: ChatResponse) -> ChatResponse:
        """Another answer under this request's name, with the prompt's bill put right."""
        prompt = len(order_of(request, self._backend().tokenizer).prompt)
        usage = _usage(prompt, other.usage.completion_tokens)
        return other.model_copy(update={"id": request.id, "usage": usage})


class _Cacher:
    """Worked once for each length, and gives that answer under every new name."""

    def __init__(self, lies: _Lies) -> None:
        self._lies = lies
        self._kept: dict[int, ChatResponse] = {}

    async def answer(self, request: ChatRequest) -> ChatResponse:
        """An old answer."""
        kept = self._kept.get(request.max_tokens)
        if kept is None:
            kept = self._kept[request.max_tokens] = await self._lies.well(request)
        return self._lies.renamed(request, kept)


class _Relay:
    """Has no machine: asks other miners, who answer only those with a permit."""

    def seated(self, seat: Seat) -> None:
        """Remember the way to the others."""
        self._seat = seat
        self._client = MinerClient(seat.signer)

    async def answer(self, request: ChatRequest) -> ChatResponse:
        """What somebody else answers."""
        snapshot = await self._seat.chain.snapshot()
        path = self._seat.mechanism.path  # type: ignore[attr-defined]
        for other in snapshot.miners(besides=self._seat.signer.ss58_address)[:2]:
            result = await self._client.call(other, path, request, ChatResponse, deadline=5.0)
            if result.ok:
                return result.value
        raise HandlerRefused("nobody works for me")


def _usage(prompt: int, wrote: int) -> Usage:
    return Usage(prompt_tokens=prompt, completion_tokens=wrote, total_tokens=prompt + wrote)
