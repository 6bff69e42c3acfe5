"""Answering requests with a back end: whole, or token by token.

Owns the two ways of answering, and a miner's handlers. Does not own the server
(``taokit.neuron.server``) nor the engine.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from taokit.neuron.errors import HandlerRefused
from taokit.neuron.messages import Message
from taokit.subnet_templates.inference.backends.protocol import Backend
from taokit.subnet_templates.inference.messages import (
    ChatRequest,
    ChatResponse,
    answer,
    order_of,
)

if TYPE_CHECKING:
    from taokit.neuron.server import MinerServer

__all__ = ["ChatEvent", "Serving", "respond", "respond_in_events"]


class ChatEvent(Message):
    """A part of a streamed answer: ids from output position ``start`` on, and the text they
    complete.

    The last one has the answer whole.
    """

    start: int = 0
    token_ids: tuple[int, ...] = ()
    text: str = ""
    response: ChatResponse | None = None


async def respond(backend: Backend, request: ChatRequest) -> ChatResponse:
    """Answer a request. Raises HandlerRefused when it cannot be served."""
    async for event in respond_in_events(backend, request):
        if event.response is not None:
            return event.response
    raise AssertionError("the last event holds the response")


async def respond_in_events(backend: Backend, request: ChatRequest) -> AsyncIterator[ChatEvent]:
    """Answer as tokens come. Text is held back while it may still change (a character's bytes)."""
    if request.model != backend.model:
        raise HandlerRefused(f"{request.model} is not served here, {backend.model} is")
    order = order_of(request, backend.tokenizer)
    if len(order.prompt) + order.max_tokens > backend.context:
        raise HandlerRefused(f"prompt and response exceed {backend.context} tokens")
    ids: list[int] = []
    decode = backend.tokenizer.decode
    told, shown, read = "", 0, 0  # text so far; ids[shown:read] are context for the next text
    async with aclosing(backend.generate(order.prompt, order.how, order.max_tokens)) as tokens:
        async for token in tokens:
            ids.append(token)
            before, text = decode(ids[shown:read]), decode(ids[shown:])
            if len(text) > len(before) and not text.endswith("\ufffd"):
                new = text[len(before) :]
                yield ChatEvent(start=read, token_ids=tuple(ids[read:]), text=new)
                told, shown, read = told + new, read, len(ids)
    whole = answer(request, order, ids, backend.tokenizer)
    rest = whole.choices[0].message.content[len(told) :]
    yield ChatEvent(start=read, token_ids=tuple(ids[read:]), text=rest, response=whole)


class Serving:
    """A miner's handlers: whole answers at the mechanism's path, streams at one of their own.

    ``backend`` is loaded when first needed.
    """

    def __init__(self, backend: Callable[[], Backend], stream_path: str) -> None:
        self._backend = backend
        self._stream_path = stream_path

    async def answer(self, request: ChatRequest) -> ChatResponse:
        """A whole answer."""
        return await respond(self._backend(), request)

    async def stream(self, request: ChatRequest, caller: Any) -> AsyncIterator[ChatEvent]:
        """The same, token by token."""
        async for event in respond_in_events(self._backend(), request):
            yield event

    def extend(self, server: MinerServer) -> None:
        """Add the path of streams."""
        server.handler(self._stream_path, ChatRequest, ChatEvent, stream=True)(self.stream)
