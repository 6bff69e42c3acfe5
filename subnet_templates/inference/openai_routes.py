"""The buyer's API: OpenAI's chat completions, completions and models, over a gateway.

Owns the routes and the shapes of replies. Does not own keys, credit, routing or audits (the
gateway), nor the reading of what buyers send (``openai_bodies``).

    ROUTES = openai_routes([MODEL], PATH, STREAM_PATH, price=Price(per_thousand={...}))
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from taokit.neuron.gateway import Price, Route, Streaming
from taokit.neuron.gateway.prices import FREE
from taokit.subnet_templates.inference.messages import ChatRequest, ChatResponse, Usage
from taokit.subnet_templates.inference.openai_bodies import Body, ChatBody, CompletionBody
from taokit.subnet_templates.inference.serving import ChatEvent

__all__ = ["openai_routes"]

_MARKS = 8  # tokens that a chat template adds to a turn, at most


def openai_routes(
    models: Iterable[str],
    path: str,
    stream_path: str,
    *,
    price: Price = FREE,
    deadline: float = 120.0,
) -> list[Route[Any, ChatRequest, ChatResponse]]:
    """Both routes of text models, and the page that lists them. ``path`` and ``stream_path`` are
    where miners serve.

    ``price`` is for units named ``prompt`` and ``completion``, in tokens.
    """
    shared: dict[str, Any] = {
        "miner_path": path,
        "answer": ChatResponse,
        "price": price,
        "units": _units,
        "most": _most,
        "deadline": deadline,
    }
    return [
        Route(
            "/v1/chat/completions",
            ChatBody,
            task=ChatBody.task,
            reply=_chat,
            streaming=Streaming(ChatEvent, _streamed, whole, stream_path, _chat_chunk),
            summary="Write the next turn of a conversation",
            pages={"/v1/models": _listed(models)},
            **shared,
        ),
        Route(
            "/v1/completions",
            CompletionBody,
            task=CompletionBody.task,
            reply=_text,
            streaming=Streaming(ChatEvent, _streamed, whole, stream_path, _text_chunk),
            summary="Continue a text",
            **shared,
        ),
    ]


def whole(task: ChatRequest, events: Sequence[ChatEvent]) -> ChatResponse:
    """The answer that a stream amounts to. Raises ValueError when its parts are not its whole."""
    said = events[-1].response if events else None
    if said is None:
        raise ValueError("the stream ended without its answer")
    if tuple(i for event in events for i in event.token_ids) != said.token_ids:
        raise ValueError("the tokens that came are not those of the answer")
    if "".join(event.text for event in events) != said.choices[0].message.content:
        raise ValueError("the text that came is not that of the answer")
    return said


def _units(task: ChatRequest, answer: ChatResponse) -> Mapping[str, float]:
    """What is billed: output by its tokens, whatever the miner says of their number."""
    return {"prompt": answer.usage.prompt_tokens, "completion": len(answer.token_ids)}


def _most(task: ChatRequest) -> Mapping[str, float]:
    """A bound of the units that needs no tokenizer: a token has at least a byte."""
    texts = [turn.content for turn in task.messages] or [task.prompt or ""]
    prompt = sum(len(text.encode()) + _MARKS for text in texts) + _MARKS
    return {"prompt": prompt, "completion": task.max_tokens}


def _streamed(body: Body) -> bool:
    return bool(body.stream)


def _listed(models: Iterable[str]) -> dict[str, Any]:
    data = [{"id": m, "object": "model", "created": 0, "owned_by": "subnet"} for m in models]
    return {"object": "list", "data": data}


# Replies


def _reply(kind: str, task: ChatRequest, choices: list[dict[str, Any]]) -> dict[str, Any]:
    prefix = "chatcmpl" if task.messages else "cmpl"
    return {
        "id": f"{prefix}-{task.id}",
        "object": kind,
        "created": int(time.time()),
        "model": task.model,
        "choices": choices,
    }


def _proof(task: ChatRequest, answer: ChatResponse) -> dict[str, Any]:
    """What a buyer needs to redo the choice of every token."""
    return {
        "usage": _usage(answer.usage),
        "seed": task.seed,
        "token_ids": list(answer.token_ids),
    }


def _chat(body: ChatBody, task: ChatRequest, answer: ChatResponse) -> dict[str, Any]:
    said = answer.choices[0]
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": said.message.content},
        "finish_reason": said.finish_reason,
        "logprobs": None,
    }
    return {**_reply("chat.completion", task, [choice]), **_proof(task, answer)}


def _text(body: CompletionBody, task: ChatRequest, answer: ChatResponse) -> dict[str, Any]:
    said = answer.choices[0]
    choice = {
        "index": 0,
        "text": said.message.content,
        "finish_reason": said.finish_reason,
        "logprobs": None,
    }
    return {**_reply("text_completion", task, [choice]), **_proof(task, answer)}


def _chat_chunk(body: ChatBody, task: ChatRequest, event: ChatEvent) -> dict[str, Any]:
    delta: dict[str, Any] = {"content": event.text}
    if event.start == 0:
        delta["role"] = "assistant"
    choice = {"index": 0, "delta": delta, "finish_reason": _finish(event)}
    return _with_usage(body, event, _reply("chat.completion.chunk", task, [choice]))


def _text_chunk(body: CompletionBody, task: ChatRequest, event: ChatEvent) -> dict[str, Any]:
    choice = {
        "index": 0,
        "text": event.text,
        "finish_reason": _finish(event),
        "logprobs": None,
    }
    return _with_usage(body, event, _reply("text_completion", task, [choice]))


def _finish(event: ChatEvent) -> str | None:
    return None if event.response is None else event.response.choices[0].finish_reason


def _with_usage(body: Body, event: ChatEvent, chunk: dict[str, Any]) -> dict[str, Any]:
    if body.wants_usage and event.response is not None:
        chunk["usage"] = _usage(event.response.usage)
    return chunk


def _usage(usage: Usage) -> dict[str, int]:
    return usage.model_dump()
