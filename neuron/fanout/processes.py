"""Evaluating in processes of this machine.

Owns the processes: one pool of one for each, so that one that dies or is ended takes nobody else's
work along. Processes are started when needed, by ``spawn`` (nothing of this process leaks into
them), and end with this one, however it ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, TypeVar

from taokit.neuron.fanout.contract import AttemptFailed, Fanout

__all__ = ["Processes"]

Value = TypeVar("Value")


@dataclass
class _Lane:
    pool: ProcessPoolExecutor
    pid: int | None = None

    def submit(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Future[Any]:
        return self.pool.submit(function, *arguments)

    def end(self) -> None:
        """End it, whatever it is at."""
        if self.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        self.pool.shutdown(wait=False, cancel_futures=True)


class Processes(Fanout):
    """``workers`` processes, by default as many as the machine has processors.

    One that takes longer than ``patience_s`` seconds for one evaluation is ended.
    """

    name = "processes"

    def __init__(
        self, workers: int | None = None, *, retries: int = 2, patience_s: float = 600.0
    ) -> None:
        super().__init__(retries=retries)
        self._workers = workers or os.cpu_count() or 1
        self._patience_s = patience_s
        self._idle: list[_Lane] = []

    async def width(self) -> int:
        """As many as there may be processes."""
        return self._workers

    async def close(self) -> None:
        """End the processes that wait for work."""
        while self._idle:
            self._idle.pop().end()

    async def _attempt(self, function: Callable[..., Value], arguments: tuple[Any, ...]) -> Value:
        lane = self._idle.pop() if self._idle else self._started()
        whole = False
        try:
            if lane.pid is None:
                lane.pid = await asyncio.wait_for(
                    asyncio.wrap_future(lane.submit(os.getpid, ())), self._patience_s
                )
            found: Value = await asyncio.wait_for(
                _result(lane.submit(function, arguments)), self._patience_s
            )
            whole = True
            return found
        except asyncio.TimeoutError:
            raise AttemptFailed(f"it took longer than {self._patience_s:g} s") from None
        except BrokenProcessPool:
            lane.pid = None  # it is gone, and its number may be another's by now
            raise AttemptFailed("its process ended") from None
        except AttemptFailed:
            whole = True
            raise
        finally:
            # Cancelled, late or dead: whatever the process is at is nobody's business any more.
            if whole:
                self._idle.append(lane)
            else:
                lane.end()

    def _started(self) -> _Lane:
        spawn = multiprocessing.get_context("spawn")
        return _Lane(ProcessPoolExecutor(1, mp_context=spawn, initializer=_settle))


async def _result(future: Future[Any]) -> Any:
    waiting = asyncio.wrap_future(future)
    try:
        return await waiting
    except (BrokenProcessPool, asyncio.CancelledError):
        raise
    except BaseException as error:  # the other process's, SystemExit too
        raise AttemptFailed.of(error) from error


def _settle() -> None:
    """Begin as a worker: leave interrupts to the parent, and end when it has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)
