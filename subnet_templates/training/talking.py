"""Asking the shared model for text, in the words of OpenAI's API; and a buyer's own model likewise.

Owns the bodies and the two paths. Does not own how text is drawn (``generating``), nor keys and
credit. The gateway computes it itself: no miner is asked, so there is no receipt. It is a model of
bytes that completes text; a chat is the text of its messages, in order.

| path | key | what |
|---|---|---|
| ``POST /v1/completions`` | yes | ``prompt`` continued |
| ``POST /v1/chat/completions`` | yes | ``messages`` continued |
| ``GET /v1/models`` | | what can be asked |

``model`` is the run (its newest checkpoint), ``state:<digest>`` or ``job:<id>``. ``temperature`` is
0 unless given; with a ``seed`` the same text comes again.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from taokit.neuron.gateway import Gateway, Price
from taokit.neuron.gateway.charges import Reply
from taokit.subnet_templates.training.backends import Backend
from taokit.subnet_templates.training.buying import idempotency_of, parsed, read
from taokit.subnet_templates.training.generating import continuation
from taokit.subnet_templates.training.models import Models

__all__ = ["ChatBody", "CompletionBody", "sell_text"]

MOST_TOKENS = 1024
_UNSUPPORTED = ("stream", "tools", "functions", "response_format", "logit_bias", "logprobs", "echo")


class Turn(BaseModel):
    """A message of a chat."""

    role: str
    content: str


class Body(BaseModel):
    """What both bodies share."""

    model_config = ConfigDict(extra="allow", frozen=True)

    model: str
    max_tokens: Annotated[int, Field(ge=1, le=MOST_TOKENS)] = 64
    temperature: Annotated[float, Field(ge=0.0, le=10.0)] = 0.0
    seed: int | None = None
    stop: Annotated[list[str], Field(max_length=4)] | str | None = None

    @model_validator(mode="after")
    def _is_supported(self) -> Body:
        for name in _UNSUPPORTED:
            if (self.model_extra or {}).get(name):
                raise ValueError(f"{name} is not supported")
        return self

    @property
    def text(self) -> str:
        """What is to be continued."""
        raise NotImplementedError

    def stops(self) -> list[bytes]:
        """Where to end."""
        given = [self.stop] if isinstance(self.stop, str) else (self.stop or [])
        return [one.encode() for one in given if one]


class CompletionBody(Body):
    """``POST /v1/completions``."""

    prompt: Annotated[str, Field(max_length=1 << 16)]

    @property
    def text(self) -> str:
        """The prompt."""
        return self.prompt


class ChatBody(Body):
    """``POST /v1/chat/completions``."""

    messages: Annotated[list[Turn], Field(min_length=1, max_length=256)]

    @property
    def text(self) -> str:
        """The messages, end to end."""
        return "\n".join(turn.content for turn in self.messages)


def sell_text(
    gateway: Gateway, backend: Backend, models: Models, *, context: int, price: Price
) -> None:
    """Add the paths. A token is a byte: ``context`` are seen, ``price`` is by ``completion``."""

    def written(body: Body, found: Any, exact: str) -> dict[str, Any]:
        seed = body.seed if body.seed is not None else secrets.randbits(63)
        prompt = body.text.encode()
        made, why = continuation(
            backend,
            found,
            prompt,
            most=body.max_tokens,
            context=context,
            temperature=body.temperature,
            seed=int(np.int64(seed & ((1 << 63) - 1))),
            stops=body.stops(),
        )
        return {
            "model": body.model,
            "created": int(time.time()),
            "system_fingerprint": exact[:16],
            "text": made.decode("utf-8", "replace"),
            "finish_reason": why,
            "usage": {
                "prompt_tokens": len(prompt),
                "completion_tokens": len(made),
                "total_tokens": len(prompt) + len(made),
            },
        }

    async def answer(request: Request, kind: type[Body]) -> Response:
        key = gateway.key_of(request)
        raw = await read(request)
        body = parsed(kind, raw)
        path = request.url.path
        most = price.cost({"completion": body.max_tokens})
        digest = hashlib.sha256(raw).hexdigest()
        charge = gateway.charges.begin(key, path, most, digest, idempotency=idempotency_of(request))
        if charge.reply is not None:
            return Response(charge.reply.body, media_type=charge.reply.kind)
        try:
            found, exact = await models.find(body.model, key.account)
            made = await asyncio.to_thread(written, body, found, exact)
            said = JSONResponse(_shaped(made, charge.id, kind is ChatBody))
            units = {"completion": float(made["usage"]["completion_tokens"])}
            reply = Reply(bytes(said.body))
            charge = gateway.charges.settle(charge.id, price.cost(units), units=units, reply=reply)
        except BaseException:
            gateway.charges.release(charge.id)
            raise
        said.headers["x-taokit-cost"] = str(charge.cost)
        return said

    async def chat(request: Request) -> Response:
        """Continue a chat."""
        return await answer(request, ChatBody)

    async def complete(request: Request) -> Response:
        """Continue a text."""
        return await answer(request, CompletionBody)

    async def listed() -> JSONResponse:
        """What can be asked."""
        named = [
            {"id": name, "object": "model", "created": 0, "owned_by": "subnet"}
            for name in await models.names()
        ]
        return JSONResponse({"object": "list", "data": named})

    app = gateway.app
    app.add_api_route("/v1/chat/completions", chat, methods=["POST"], response_model=None)
    app.add_api_route("/v1/completions", complete, methods=["POST"], response_model=None)
    app.add_api_route("/v1/models", listed, methods=["GET"], response_model=None)


def _shaped(made: dict[str, Any], id_: str, is_chat: bool) -> dict[str, Any]:
    text, why = made.pop("text"), made.pop("finish_reason")
    choice: dict[str, Any] = {"index": 0, "finish_reason": why}
    if is_chat:
        choice["message"] = {"role": "assistant", "content": text}
        return {"id": f"chatcmpl-{id_}", "object": "chat.completion", **made, "choices": [choice]}
    choice["text"] = text
    return {"id": f"cmpl-{id_}", "object": "text_completion", **made, "choices": [choice]}
