"""One thing that is sold: a buyer's request becomes a miner's task, and its answer a reply.

Owns the description. Does not own serving it (``answering``).

    Route("/v1/query", Task, "/sort", Answer, price=Price(per_request=100))

is a pass-through. A route whose buyers speak another language than its miners says how to translate
(``task``, ``reply``), what to bill (``units``, read off an answer that the miner signed) and what a
request can come to at most (``most``, which is set aside first). ``streaming`` adds answers in
pieces, from a path of the miners' that streams.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, Union

from pydantic import BaseModel

from taokit.neuron.gateway.keys import CALL
from taokit.neuron.gateway.prices import FREE, Price, Units
from taokit.neuron.messages import Message

__all__ = ["Route", "Said", "Streaming"]

Body = TypeVar("Body", bound=BaseModel)
Task = TypeVar("Task", bound=Message)
Answer = TypeVar("Answer", bound=Message)
Item = TypeVar("Item", bound=Message)

Said = Union[BaseModel, Mapping[str, Any]]  # noqa: UP007 - subscribed at run time on Python 3.10
"""What a buyer is sent, before it is JSON."""


@dataclass(frozen=True)
class Streaming(Generic[Body, Task, Item, Answer]):
    """How a route streams: pieces of ``item`` from the miners' ``miner_path``.

    ``wanted`` tells from the body whether a buyer wants it. ``whole`` makes the pieces into the
    answer that they amount to, for billing and audits; it raises ValueError when they do not add
    up. ``piece`` is what the buyer sees of one; None shows nothing of it. ``done`` is the last
    event's data of a stream that was proven to its end.
    """

    item: type[Item]
    wanted: Callable[[Body], bool]
    whole: Callable[[Task, Sequence[Item]], Answer]
    miner_path: str = ""
    piece: Callable[[Body, Task, Item], Said | None] = lambda body, task, item: item
    done: str = "[DONE]"


def _itself(body: Any) -> Any:
    return body


def _answer(body: Any, task: Any, answer: Any) -> Any:
    return answer


def _nothing(*_: Any) -> Units:
    return {}


@dataclass(frozen=True)
class Route(Generic[Body, Task, Answer]):
    """A path for buyers. ``body`` is what they send, ``miner_path`` where miners take the task.

    ``task`` raises ValueError for what it cannot translate; the buyer is told. ``units`` is read
    off a proven answer and never bills more than ``most`` of the task does. ``deadline`` is in
    seconds, all attempts together; ``attempts`` is how many miners are asked at most; with
    ``hedge``, a second one is asked once the first is slower than nearly all were. Turn ``hedge``
    off where doing the work twice does harm. ``audit`` lets answers be judged like tasks. ``pages``
    are documents that go with it, by path (``GET``, no key): a list of what is served, say.
    """

    path: str
    body: type[Body]
    miner_path: str
    answer: type[Answer]
    task: Callable[[Body], Task] = _itself
    reply: Callable[[Body, Task, Answer], Said] = _answer
    price: Price = FREE
    units: Callable[[Task, Answer], Units] = _nothing
    most: Callable[[Task], Units] = _nothing
    streaming: Streaming[Body, Task, Any, Answer] | None = None
    deadline: float = 12.0
    attempts: int = 3
    hedge: bool = True
    scope: str = CALL
    audit: bool = True
    summary: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    pages: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for path in (self.path, *self.pages):
            if not path.startswith("/v1/"):
                raise ValueError(f"a buyer's path begins with /v1/, {path!r} does not")
        if self.attempts < 1 or self.deadline <= 0:
            raise ValueError("a route makes at least one attempt, and has time for it")
        if self.price.per_thousand and (self.units is _nothing or self.most is _nothing):
            raise ValueError("a price for units needs to know them: give units and most")
