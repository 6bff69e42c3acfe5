"""An event loop whose time stands still while there is work, and jumps when there is none.

Owns the loop and running a coroutine on it. With it, who is slow is exactly as slow as it says on
any machine, however busy, and nobody waits for a deadline to pass.

Time moves only when nothing is ready, nothing has arrived within a moment of real time, and no
thread of the loop is at work; then it is the next timer's. Sockets within this process work as
always. What the loop cannot see (another process, another machine) it does not wait for: runs that
have such need real time.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

__all__ = ["VirtualTimeLoop", "run"]

T = TypeVar("T")
MOMENT_S, LONGEST_MOMENT_S, HASTE = 0.002, 0.25, 50.0
"""How long something may take from one socket of this process to another, in real seconds. A jump
over more than a moment, such as past a deadline, waits longer first: a busy machine needs that."""


def run(main: Coroutine[Any, Any, T], *, virtual: bool = True) -> T:
    """Run a coroutine to its end on a loop of its own, as ``asyncio.run`` does."""
    if not virtual:
        return asyncio.run(main)
    loop = VirtualTimeLoop()
    try:
        asyncio.set_event_loop(loop)
        return loop.run_until_complete(main)
    finally:
        try:
            _cancel_rest(loop)
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
        finally:
            asyncio.set_event_loop(None)
            loop.close()


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """See the module. Its time begins at zero."""

    def __init__(self) -> None:
        self._virtual = 0.0
        self._threads = 0
        super().__init__(_Patient(self))

    def time(self) -> float:
        """Seconds of virtual time."""
        return self._virtual

    def jump(self, seconds: float) -> None:
        """Let time pass."""
        self._virtual += seconds

    @property
    def threads_at_work(self) -> int:
        """How many calls in threads have not come back."""
        return self._threads

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., T], *args: Any
    ) -> Any:
        """As always; time waits for it."""
        self._threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._came_back)
        return future

    def _came_back(self, future: asyncio.Future[Any]) -> None:
        self._threads -= 1


class _Patient(selectors.BaseSelector):
    """A selector that does not wait for timers but moves the time to them."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        self._loop = loop
        self._real = selectors.DefaultSelector()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready; or nothing, after time has moved."""
        if timeout is None:
            return self._real.select(None)
        ready = self._real.select(0)
        if ready or timeout <= 0:
            return ready
        moment = min(LONGEST_MOMENT_S, max(MOMENT_S, timeout / HASTE))
        while True:
            ready = self._real.select(moment)
            if ready:
                return ready
            if not self._loop.threads_at_work:
                self._loop.jump(timeout)
                return []

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    def get_key(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.get_key(fileobj)

    def close(self) -> None:
        self._real.close()


def _cancel_rest(loop: asyncio.AbstractEventLoop) -> None:
    rest = asyncio.all_tasks(loop)
    for task in rest:
        task.cancel()
    if rest:
        loop.run_until_complete(asyncio.gather(*rest, return_exceptions=True))
