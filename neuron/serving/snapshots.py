"""The metagraph that a server judges by: kept, and renewed without making requests wait.

Owns its age. A picture that is somewhat old is used while a newer one is fetched; one that is very
old, or none at all, is waited for. A chain that cannot be reached leaves the last picture in use.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from taokit.neuron.errors import Overloaded
from taokit.neuron.metagraph import Snapshot
from taokit.wallet.errors import TaokitError

__all__ = ["SnapshotCache", "Snapshots", "Source"]

_USABLE = 10  # a picture this many times its refresh interval old is still used meanwhile
_log = logging.getLogger(__name__)


class Snapshots(Protocol):
    """Whatever tells the metagraph: a chain."""

    async def snapshot(self) -> Snapshot:
        """The metagraph now."""


Source = Snapshots | Snapshot | Callable[[], Snapshot | Awaitable[Snapshot]]


class SnapshotCache:
    """A snapshot of at most about ``refresh_s`` seconds; with 0, a new one for every request."""

    def __init__(
        self, source: Source, refresh_s: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._source = source
        self._refresh_s = refresh_s
        self._clock = clock
        self._snapshot: Snapshot | None = None
        self._taken_at = 0.0
        self._refreshing: asyncio.Task[Snapshot] | None = None

    @property
    def age_s(self) -> float | None:
        """Seconds since the last successful look; None before the first."""
        return None if self._snapshot is None else self._clock() - self._taken_at

    async def get(self, *, at_most_s: float | None = None) -> Snapshot:
        """The metagraph; with ``at_most_s``, not older than that. Raises Overloaded when none."""
        age = self.age_s
        if self._snapshot is not None and age is not None:
            if age <= (self._refresh_s if at_most_s is None else at_most_s):
                return self._snapshot
            if at_most_s is None and age <= self._refresh_s * _USABLE:
                self._renew()
                return self._snapshot
        try:
            return await asyncio.shield(self._renew())
        except (TaokitError, OSError) as error:
            if self._snapshot is not None:
                return self._snapshot
            raise Overloaded(
                "the miner does not know the metagraph yet", hint="try again shortly"
            ) from error

    async def close(self) -> None:
        """Give up on a look that is under way."""
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.gather(self._refreshing, return_exceptions=True)

    def _renew(self) -> asyncio.Task[Snapshot]:
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self._fetch())
            self._refreshing.add_done_callback(_report)
        return self._refreshing

    async def _fetch(self) -> Snapshot:
        began = self._clock()
        source = self._source
        if isinstance(source, Snapshot):
            found = source
        else:
            asked = source() if callable(source) else source.snapshot()
            found = await asked if inspect.isawaitable(asked) else asked
        self._snapshot, self._taken_at = found, began
        return found


def _report(task: asyncio.Task[Snapshot]) -> None:
    if not task.cancelled() and task.exception() is not None:
        _log.warning("the metagraph could not be read: %s", task.exception())
