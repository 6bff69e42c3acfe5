"""What buyers can ask for, and what it costs: numbers in, numbers in order out."""

from __future__ import annotations

import secrets
import sys
from typing import Annotated

from pydantic import Field
from taokit.neuron.gateway import Price, Route
from taokit.neuron.messages import Message
from taokit.neuron.programs import run_gateway

from .mechanism import Mechanism
from .protocol import MOST_NUMBERS, Answer, Task


class Query(Message):
    """Numbers that a buyer wants in order."""

    xs: Annotated[tuple[int, ...], Field(min_length=2, max_length=MOST_NUMBERS)]


class Reply(Message):
    """The same numbers, smallest first."""

    xs: tuple[int, ...]


def task(query: Query) -> Task:
    """A buyer's request as a task like any other: miners cannot tell it from an audit."""
    return Task(id=secrets.token_hex(32), xs=query.xs)


def reply(query: Query, asked: Task, answer: Answer) -> Reply:
    """The numbers in the order that the miner gave."""
    return Reply(xs=tuple(query.xs[at] for at in answer.order if 0 <= at < len(query.xs)))


ROUTES = (
    Route(
        "/v1/query",
        Query,
        Mechanism.path,
        Answer,
        task=task,
        reply=reply,
        price=Price(per_request=100),
        summary="Put numbers in order.",
    ),
)


def main() -> int:
    """Sell until told to end."""
    return run_gateway(ROUTES, sys.argv[1:])


if __name__ == "__main__":
    raise SystemExit(main())
