"""One path of a server: from a proven request to a signed answer.

Owns reading the request's model, running the handler and what becomes of its errors. An ordinary
function runs in a thread, so that it blocks nobody; a coroutine function on the event loop.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Executor
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from starlette.types import Receive, Scope, Send

from taokit.neuron.auth.claims import Caller
from taokit.neuron.auth.streaming import StreamSigner
from taokit.neuron.errors import HandlerFailed, InvalidRequest
from taokit.neuron.serving.admission import Admission, Admitted
from taokit.neuron.serving.answers import (
    refuse,
    send_answer,
    stream_while_connected,
    turn_away,
)
from taokit.neuron.serving.bodies import Incoming, SenderGone
from taokit.neuron.serving.metrics import ServerMetrics
from taokit.neuron.serving.places import Places
from taokit.neuron.serving.refusals import refusal_body, status_of
from taokit.wallet.errors import TaokitError
from taokit.wallet.signer import Signer

__all__ = ["Endpoint", "Handler", "Route"]

Handler = Callable[[Any, Caller], Any]
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Route:
    """What a path takes, gives, and who answers."""

    path: str
    request_model: type[BaseModel]
    response_model: type[BaseModel] | None
    handler: Handler
    stream: bool = False

    def __post_init__(self) -> None:
        generates = inspect.isasyncgenfunction(self.handler)
        if generates != self.stream:
            wanted = "is an async generator" if self.stream else "returns one answer"
            raise TypeError(f"the handler of {self.path} has to be one that {wanted}")

    @property
    def waits(self) -> bool:
        """Whether the handler is a coroutine function."""
        return inspect.iscoroutinefunction(self.handler)


class Endpoint:
    """A route as an ASGI application."""

    def __init__(
        self,
        route: Route,
        signer: Signer,
        admission: Admission,
        places: Places,
        threads: Executor,
        metrics: ServerMetrics,
    ) -> None:
        self._route = route
        self._signer = signer
        self._admission = admission
        self._places = places
        self._threads = threads
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began = time.perf_counter()
        outcome = "sender_gone"
        incoming = Incoming(receive)
        try:
            try:
                admitted = await self._admission.admit(scope, incoming, time.time_ns())
            except TaokitError as error:
                outcome = error.code
                await turn_away(send, error, incoming)
                return
            outcome = await self._answer(admitted, incoming, send)
        except SenderGone:
            _log.debug("a sender hung up before its body was whole")
        finally:
            self._metrics.count(self._route.path, outcome, time.perf_counter() - began)

    async def _answer(self, admitted: Admitted, receive: Receive, send: Send) -> str:
        """Answer a proven request; returns the outcome's code."""
        signed_by = (self._signer, admitted.exchange)
        try:
            self._admission.pay(admitted.caller)
            request = self._parse(admitted.body)
            async with self._places.place(admitted.priority):
                if self._route.stream:
                    return await self._stream(request, admitted, receive, send)
                body = await self._run(request, admitted.caller)
        except TaokitError as error:
            await refuse(send, error, signed_by)
            return error.code
        await send_answer(send, 200, body, signed_by=signed_by)
        return "ok"

    def _parse(self, body: bytes) -> BaseModel:
        try:
            return self._route.request_model.model_validate_json(body)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "the body"
            raise InvalidRequest(
                f"{where}: {first['msg']}", hint="GET /spec tells what is taken"
            ) from None

    async def _run(self, request: BaseModel, caller: Caller) -> bytes:
        handler = self._route.handler
        try:
            if self._route.waits:
                said = await handler(request, caller)
            else:
                loop = asyncio.get_running_loop()
                said = await loop.run_in_executor(self._threads, handler, request, caller)
            return self._encoded(said)
        except TaokitError:
            raise
        except Exception:  # noqa: BLE001 - a handler may do anything; logged, and told as failed
            _log.exception("the handler of %s failed", self._route.path)
            raise HandlerFailed("the miner's handler failed") from None

    def _encoded(self, said: Any) -> bytes:
        model = self._route.response_model
        if model is not None and not isinstance(said, model):
            said = model.model_validate(said)
        if not isinstance(said, BaseModel):
            raise TypeError(f"a handler returns a model, not {type(said).__name__}")
        return said.model_dump_json().encode()

    async def _stream(
        self, request: BaseModel, admitted: Admitted, receive: Receive, send: Send
    ) -> str:
        signer = StreamSigner(self._signer, admitted.exchange)
        outcome = "sender_gone"

        async def produce(write: Callable[[bytes], Awaitable[None]]) -> bytes:
            nonlocal outcome
            failure: TaokitError | None = None
            try:
                said: AsyncIterator[Any] = self._route.handler(request, admitted.caller)
                async with aclosing(said) as items:  # type: ignore[type-var]
                    async for item in items:
                        await write(signer.event(_text(item)))
            except TaokitError as error:
                failure = error
            except Exception:  # noqa: BLE001 - as above
                _log.exception("the handler of %s failed", self._route.path)
                failure = HandlerFailed("the miner's handler failed")
            outcome = "ok"
            if failure is None:
                return signer.finish()
            outcome = failure.code
            event = signer.event(refusal_body(failure).decode(), "error")
            return event + signer.finish(status_of(failure))

        await stream_while_connected(receive, send, produce)
        return outcome


def _text(item: Any) -> str:
    if isinstance(item, BaseModel):
        return item.model_dump_json()
    if isinstance(item, bytes):
        return item.decode()
    if isinstance(item, str):
        return item
    raise TypeError(f"a stream yields text or models, not {type(item).__name__}")
