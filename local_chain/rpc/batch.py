"""A batch of requests that one message asked, while it is being answered.

Owns what was answered so far and what still waits. Does not own answering (`rpc.session`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Coroutine, Iterable
from typing import Any

from taokit.local_chain.rpc.feed import Feed
from taokit.local_chain.rpc.messages import Answer, encode
from taokit.local_chain.rpc.registry import Json

__all__ = ["Batch"]


class Batch:
    """Requests that wait, answers in order, and the subscriptions that were opened."""

    def __init__(self, requests: Iterable[Json]) -> None:
        self.waiting = deque(requests)
        self.answers: list[str | Coroutine[Any, Any, Answer]] = []
        self.feeds: list[Feed] = []
        self.length = 0
        self.refused = False

    @property
    def takes_time(self) -> bool:
        """Whether one of the answers is still worked on."""
        return any(isinstance(answer, Coroutine) for answer in self.answers)

    def add(self, answer: Answer | Coroutine[Any, Any, Answer] | None) -> None:
        """Take the answer to one request; a notification has none."""
        if isinstance(answer, Coroutine):
            self.answers.append(answer)
        elif answer is not None:
            text = encode(answer)
            self.answers.append(text)
            self.length += len(text) + 1

    async def texts(self) -> list[str]:
        """Every answer, when all are there."""
        answers = self.answers
        return [encode(await a) if isinstance(a, Coroutine) else a for a in answers]

    def refuse(self) -> None:
        """Answer nothing of it: end what works on it, and its subscriptions."""
        self.refused = True
        self.waiting.clear()
        self.close()
        for feed in self.feeds:
            feed.stop()

    def close(self) -> None:
        """End what still works on answers."""
        for answer in self.answers:
            if isinstance(answer, Coroutine):
                answer.close()
