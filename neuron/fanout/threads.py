"""Evaluating in threads of this process: the default.

Owns the threads. One of them keeps slow evaluations off the event loop; more help only code that
lets go of the interpreter (NumPy and torch do, for most of what they do). A thread cannot be ended
from outside, so an evaluation that hangs here hangs the validator.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from taokit.neuron.fanout.contract import AttemptFailed, Fanout

__all__ = ["Threads"]

Value = TypeVar("Value")


class Threads(Fanout):
    """``workers`` threads. What raises in one would raise in another: nothing is retried."""

    name = "threads"

    def __init__(self, workers: int = 1) -> None:
        super().__init__(retries=0)
        self._workers = workers
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="evaluate")

    async def width(self) -> int:
        """As many as there are threads."""
        return self._workers

    async def close(self) -> None:
        """Wait for nothing that still runs."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _attempt(self, function: Callable[..., Value], arguments: tuple[Any, ...]) -> Value:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._pool, lambda: function(*arguments))
        except Exception as error:
            raise AttemptFailed.of(error) from error
