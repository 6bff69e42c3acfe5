"""What buyers send: OpenAI's requests, read leniently and made exact, or refused with a reason.

Owns the bodies of ``/v1/chat/completions`` and ``/v1/completions``. Does not own what they become
on the wire (``messages``). Fields that change nothing are ignored; those that ask for something
that cannot be audited (tools, penalties, several choices) are refused, not silently dropped.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from taokit.subnet_templates.inference.messages import MAX_SEED, ChatMessage, ChatRequest

__all__ = ["ChatBody", "CompletionBody", "StreamOptions"]

USUAL_TOKENS = 256
_UNSUPPORTED = (
    "tools",
    "functions",
    "response_format",
    "logit_bias",
    "logprobs",
    "top_logprobs",
    "stop",
    "frequency_penalty",
    "presence_penalty",
    "best_of",
    "echo",
    "suffix",
)
"""Refused unless they are empty, zero or false."""


class TextPart(BaseModel):
    """A part of a message's content; text is the only kind there is."""

    type: Literal["text"]
    text: str


class Turn(BaseModel):
    """A message as buyers write it: its content is text, or parts that are text."""

    role: str
    content: str | list[TextPart] | None = None


class StreamOptions(BaseModel):
    """Whether the last event of a stream tells the usage."""

    include_usage: bool = False


class Body(BaseModel):
    """What both bodies share. ``seed`` is drawn if there is none; a negative one is wrapped."""

    model_config = ConfigDict(extra="allow", frozen=True)

    model: str
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    n: int | None = None
    stream: bool | None = False
    stream_options: StreamOptions | None = None

    @property
    def wants_usage(self) -> bool:
        """Whether a stream is to end with the usage."""
        return self.stream_options is not None and self.stream_options.include_usage

    def request(self, **prompt: Any) -> ChatRequest:
        """The request for a miner. Raises ValueError for what cannot be served."""
        extra = self.model_extra or {}
        for name in _UNSUPPORTED:
            if extra.get(name):
                raise ValueError(f"{name} is not supported")
        if self.n not in (None, 1):
            raise ValueError("n is 1: ask again for another choice")
        seed = self.seed if self.seed is not None else secrets.randbelow(MAX_SEED)
        most = self.max_tokens or extra.get("max_completion_tokens") or USUAL_TOKENS
        return ChatRequest(
            id=secrets.token_hex(16),
            model=self.model,
            max_tokens=most,
            temperature=1.0 if self.temperature is None else self.temperature,
            top_p=1.0 if self.top_p is None else self.top_p,
            seed=seed & MAX_SEED,
            stream=bool(self.stream),
            **prompt,
        )


class ChatBody(Body):
    """``POST /v1/chat/completions``."""

    messages: Annotated[list[Turn], Field(min_length=1)]

    def task(self) -> ChatRequest:
        """The request for a miner. Raises ValueError."""
        return self.request(messages=tuple(_message(turn) for turn in self.messages))


class CompletionBody(Body):
    """``POST /v1/completions``."""

    prompt: str | Sequence[str]

    def task(self) -> ChatRequest:
        """The request for a miner. Raises ValueError."""
        prompts = [self.prompt] if isinstance(self.prompt, str) else list(self.prompt)
        if len(prompts) != 1:
            raise ValueError("one prompt is completed at a time")
        return self.request(prompt=prompts[0])


def _message(turn: Turn) -> ChatMessage:
    content = turn.content or ""
    if not isinstance(content, str):
        content = "".join(part.text for part in content)
    role = "system" if turn.role == "developer" else turn.role
    return ChatMessage.model_validate({"role": role, "content": content})
