"""What every place to evaluate in does: work in, outcomes out in the same order.

Owns retries and what a failure means. Does not own any kind of worker.

A worker that dies, hangs or raises says nothing about the miner whose answer it had. Its work is
tried again elsewhere; work that fails each time is ``Lost``, which is no verdict.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, Union

__all__ = ["AttemptFailed", "Done", "Fanout", "Lost", "Outcome"]

Value = TypeVar("Value")
_LONGEST = 300


@dataclass(frozen=True)
class Done(Generic[Value]):
    """An evaluation that came to an end."""

    value: Value


@dataclass(frozen=True)
class Lost:
    """An evaluation that no worker could finish. ``why`` is for people."""

    why: str


Outcome = Union[Done[Value], Lost]  # noqa: UP007 - subscribed at run time on Python 3.10


class AttemptFailed(Exception):
    """A worker did not bring its work to an end."""

    @classmethod
    def of(cls, error: BaseException) -> AttemptFailed:
        """In the words of what was raised there."""
        return cls(f"{type(error).__name__}: {error}"[:_LONGEST])


class Fanout(ABC):
    """A place to evaluate in. ``retries`` is how often work is given out again."""

    name: str

    def __init__(self, *, retries: int = 2) -> None:
        self.retries = retries

    async def map(
        self, function: Callable[..., Value], work: Sequence[tuple[Any, ...]]
    ) -> list[Outcome[Value]]:
        """Call a function with each tuple of arguments; the outcomes in the order of the work.

        Where work leaves this process, function, arguments and values are pickled.
        """
        if not work:
            return []
        places = asyncio.Semaphore(await self.width())
        tasks = [asyncio.ensure_future(self._outcome(function, one, places)) for one in work]
        try:
            return list(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @abstractmethod
    async def width(self) -> int:
        """How much is worked on at once, now."""

    async def close(self) -> None:
        """End the workers; closing twice is allowed."""
        return

    @abstractmethod
    async def _attempt(self, function: Callable[..., Value], arguments: tuple[Any, ...]) -> Value:
        """Work once. Raises AttemptFailed."""

    async def _outcome(
        self,
        function: Callable[..., Value],
        arguments: tuple[Any, ...],
        places: asyncio.Semaphore,
    ) -> Outcome[Value]:
        why = ""
        for _ in range(1 + self.retries):
            async with places:
                try:
                    return Done(await self._attempt(function, arguments))
                except AttemptFailed as error:
                    why = str(error)
        return Lost(why)
