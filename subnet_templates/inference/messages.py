"""What goes over the wire: OpenAI's chat completion made exact, and its answer.

Owns the two messages and how they become an ``Order`` and a ``Claim``. Does not own what buyers
send (``openai_surface`` reads that leniently) nor signatures. Every request names its seed and
every answer its token ids, bought and audited ones alike, so that a miner cannot tell an audit by
its shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, model_validator

from taokit.neuron.messages import Message
from taokit.subnet_templates.inference.checks import Claim, Order
from taokit.subnet_templates.inference.sampling import Sampling
from taokit.subnet_templates.inference.tokens import Tokenizer

__all__ = [
    "ChatMessage",
    "ChatRequest",
    "ChatResponse",
    "Choice",
    "Usage",
    "answer",
    "claim_of",
    "order_of",
]

MAX_SEED = (1 << 63) - 1
TokenId = Annotated[int, Field(ge=0, lt=1 << 32)]


class ChatMessage(Message):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str


class ChatRequest(Message):
    """Write at most ``max_tokens`` after ``messages`` or ``prompt`` (one of them), by ``seed``.

    ``id`` is the asker's and comes back in the answer. ``stream`` asks for events as tokens come.
    """

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    model: Annotated[str, Field(max_length=200)]
    messages: Annotated[tuple[ChatMessage, ...], Field(max_length=256)] = ()
    prompt: str | None = None
    max_tokens: Annotated[int, Field(ge=1, le=32768)]
    temperature: Annotated[float, Field(ge=0.0, le=2.0)] = 1.0
    top_p: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)]
    stream: bool = False

    @model_validator(mode="after")
    def _one_prompt(self) -> ChatRequest:
        if bool(self.messages) == (self.prompt is not None):
            raise ValueError("exactly one of messages and prompt is wanted")
        return self


class Usage(Message):
    """What is billed, in tokens; the ending token is one."""

    prompt_tokens: Annotated[int, Field(ge=0)]
    completion_tokens: Annotated[int, Field(ge=0)]
    total_tokens: Annotated[int, Field(ge=0)]


class Choice(Message):
    """The one response of a request."""

    index: Literal[0] = 0
    message: ChatMessage
    finish_reason: Literal["stop", "length"]


class ChatResponse(Message):
    """OpenAI's chat completion with the ids of its tokens. ``id`` is the request's."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    model: str
    choices: tuple[Choice]
    usage: Usage
    token_ids: Annotated[tuple[TokenId, ...], Field(max_length=32768)]


def order_of(request: ChatRequest, tokenizer: Tokenizer) -> Order:
    """What a request asks for, in ids."""
    if request.prompt is not None:
        prompt = tokenizer.encode(request.prompt)
    else:
        prompt = tokenizer.encode_chat([(turn.role, turn.content) for turn in request.messages])
    how = Sampling(request.seed, request.temperature, request.top_p)
    return Order(tuple(prompt), how, request.max_tokens)


def claim_of(response: ChatResponse) -> Claim:
    """What an answer claims."""
    choice, usage = response.choices[0], response.usage
    return Claim(
        response.token_ids,
        choice.message.content,
        choice.finish_reason,
        usage.prompt_tokens,
        usage.completion_tokens,
    )


def answer(
    request: ChatRequest, order: Order, token_ids: Sequence[int], tokenizer: Tokenizer
) -> ChatResponse:
    """The honest answer that these ids make."""
    ended = bool(token_ids) and token_ids[-1] in tokenizer.eos
    prompt, wrote = len(order.prompt), len(token_ids)
    return ChatResponse(
        id=request.id,
        model=request.model,
        choices=(
            Choice(
                message=ChatMessage(role="assistant", content=tokenizer.decode(token_ids)),
                finish_reason="stop" if ended else "length",
            ),
        ),
        usage=Usage(prompt_tokens=prompt, completion_tokens=wrote, total_tokens=prompt + wrote),
        token_ids=tuple(token_ids),
    )
