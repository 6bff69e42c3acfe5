"""Keeping a neuron's tasks alive, and ending the process when that is no use.

Owns restarts, when to give up, and how a process ends: SIGTERM and SIGINT drain. Does not own what
the tasks do. A task that crashes is started again after a pause that doubles; one that crashes too
often within a while ends everything, so that whoever runs the process sees a non-zero exit and not
a program that says it is running.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from taokit.neuron.errors import NeuronError

__all__ = ["GaveUp", "Supervisor"]


class GaveUp(NeuronError):
    """A task crashed too often; everything was stopped."""

    code = "gave_up"


class Supervisor:
    """Runs named tasks until told to stop.

    ``crashes`` of one task within ``within`` seconds are too many. The first restart comes after
    ``pause`` seconds, then twice that, up to a minute. A task that returns is done, and when all
    are done so is the supervisor. ``sleep`` and ``clock`` are for tests.
    """

    def __init__(
        self,
        *,
        log: Any,
        crashes: int = 5,
        within: float = 600.0,
        pause: float = 1.0,
        drain: float = 30.0,
        on_restart: Callable[[str], object] = lambda name: None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log = log
        self._crashes = crashes
        self._within = within
        self._pause = pause
        self._drain = drain
        self._on_restart = on_restart
        self._sleep = sleep
        self._clock = clock
        self._jobs: dict[str, Callable[[], Awaitable[object]]] = {}
        self._finishers: list[Callable[[], Awaitable[object]]] = []
        self._closers: list[Callable[[], Awaitable[object]]] = []
        self._stopping = asyncio.Event()

    def add(self, name: str, job: Callable[[], Awaitable[object]]) -> None:
        """A task; ``job`` is called again for each start."""
        self._jobs[name] = job

    def at_stop(self, finish: Callable[[], Awaitable[object]]) -> None:
        """What lets a task finish what it is at, before all that still runs is cancelled."""
        self._finishers.append(finish)

    def at_end(self, close: Callable[[], Awaitable[object]]) -> None:
        """What to do once all tasks have ended, in the reverse order of these calls."""
        self._closers.append(close)

    def stop(self) -> None:
        """Begin to end: what is under way is finished, the rest cancelled, and closers run."""
        self._stopping.set()

    async def run(self, *, signals: bool = False) -> None:
        """Run until every task is done or ``stop`` is called. Raises GaveUp.

        With ``signals``, SIGTERM and SIGINT call ``stop``; only in the main thread.
        """
        running = {asyncio.create_task(self._keep(n, j), name=n) for n, j in self._jobs.items()}
        stopping = asyncio.create_task(self._stopping.wait())
        with self._signals() if signals else contextlib.nullcontext():
            try:
                while running:
                    done, _ = await asyncio.wait(
                        {*running, stopping}, return_when=asyncio.FIRST_COMPLETED
                    )
                    running -= done
                    for task in done - {stopping}:
                        task.result()
                    if stopping in done:
                        await self._finish()
                        break
            finally:
                await self._end({*running, stopping})

    def main(self) -> int:
        """Run as a process does: 0 when told to end, 1 when a task could not be kept alive."""
        try:
            asyncio.run(self.run(signals=True))
        except GaveUp as error:
            self._log.error("gave_up", detail=str(error))
            return 1
        return 0

    async def _keep(self, name: str, job: Callable[[], Awaitable[object]]) -> None:
        crashed: deque[float] = deque()
        while True:
            try:
                await job()
                return
            except Exception as error:
                now = self._clock()
                crashed.append(now)
                while crashed[0] < now - self._within:
                    crashed.popleft()
                self._log.error("crashed", task=name, times=len(crashed), exc_info=error)
                if len(crashed) >= self._crashes:
                    raise GaveUp(
                        f"{name} crashed {len(crashed)} times: {type(error).__name__}: {error}"
                    ) from error
            self._on_restart(name)
            await self._sleep(min(60.0, self._pause * 2 ** (len(crashed) - 1)))

    async def _finish(self) -> None:
        finishing = [asyncio.ensure_future(finish()) for finish in self._finishers]
        if not finishing:
            return
        done, late = await asyncio.wait(finishing, timeout=self._drain)
        for one in late:
            one.cancel()
        failed = [one.exception() for one in done if not one.cancelled() and one.exception()]
        if late or failed:
            self._log.error("not_finished", late=len(late), failed=[str(one) for one in failed])

    async def _end(self, tasks: set[asyncio.Task[Any]]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for close in reversed(self._closers):
            try:
                await close()
            except Exception as error:  # noqa: BLE001 - the others are closed all the same
                self._log.error("not_closed", exc_info=error)

    @contextlib.contextmanager
    def _signals(self) -> Any:
        loop = asyncio.get_running_loop()
        handled: list[signal.Signals] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, self.stop)
                handled.append(number)
        try:
            yield
        finally:
            for number in handled:
                loop.remove_signal_handler(number)
