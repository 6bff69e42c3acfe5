"""Changes to a gateway's books, many to a commit, none of them on the event loop.

Owns the order, the one thread that writes, and what a caller may rely on: when ``run`` returns, the
change is on disk. Does not own what a change is (``charges``, ``ledger``).

A commit waits for the disk, some milliseconds, whether it holds one change or a hundred. So what
comes while one is written goes into the next, in a connection of its own: requests are not held up
by each other's commits, nor is anything else on the loop. Each change is a savepoint: one that is
refused takes no other with it. If the commit itself fails, none of its changes has happened, and
all who wait are told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from taokit.neuron.gateway.charges import Charges
from taokit.neuron.store import Store

__all__ = ["Books"]

T = TypeVar("T")
MOST_AT_ONCE = 256


@dataclass(frozen=True)
class _Change:
    work: Callable[[Charges], Any]
    done: asyncio.Future[Any]


class Books:
    """The books in a store. ``open_`` makes what changes work with, of a store.

    A store in memory has no disk to wait for and no second connection: its changes are made at
    once. A change must not touch the store that ``open_`` was not given.
    """

    def __init__(self, store: Store, open_: Callable[[Store], Charges], *, log: Any) -> None:
        self._store = store
        self._open = open_
        self._log = log
        self._waiting: list[_Change] = []
        self._writing: asyncio.Task[None] | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._own: Store | None = None
        self._charges: Charges | None = open_(store) if store.path == ":memory:" else None
        self.commits = self.changes = 0

    async def run(
        self, work: Callable[[Charges], T], *, undo: Callable[[Charges, T], Any] | None = None
    ) -> T:
        """Make a change; its result, once it is on disk. Raises what ``work`` does.

        Who is cancelled while waiting does not stop it; ``undo`` is then made of its result.
        """
        done = self._add(work)
        try:
            made: T = await asyncio.shield(done)
            return made
        except asyncio.CancelledError:
            if undo is not None:
                back = undo

                def reverse(made: asyncio.Future[Any]) -> None:
                    if not made.cancelled() and made.exception() is None:
                        self.soon(lambda charges: back(charges, made.result()))

                done.add_done_callback(reverse)
            raise

    def soon(self, work: Callable[[Charges], Any]) -> None:
        """Make a change that nobody waits for; what it raises is logged."""
        self._add(work).add_done_callback(self._told)

    async def close(self) -> None:
        """Write what is waiting, and end the thread."""
        while self._writing is not None and not self._writing.done():
            await asyncio.wait({self._writing})
        if self._thread is not None:
            thread, self._thread = self._thread, None
            await asyncio.get_running_loop().run_in_executor(thread, self._close)
            thread.shutdown(wait=True)

    # -- inside -----------------------------------------------------------------------------------

    def _add(self, work: Callable[[Charges], Any]) -> asyncio.Future[Any]:
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        change = _Change(work, done)
        if self._store.path == ":memory:":
            for one, value, error in self._write([change]):
                _resolve(one, value, error)
            return done
        self._waiting.append(change)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._drain())
        return done

    async def _drain(self) -> None:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="books")
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch = self._waiting[:MOST_AT_ONCE]
            del self._waiting[:MOST_AT_ONCE]
            for change, value, error in await loop.run_in_executor(
                self._thread, self._write, batch
            ):
                _resolve(change, value, error)

    def _told(self, done: asyncio.Future[Any]) -> None:
        if not done.cancelled() and done.exception() is not None:
            self._log.error("books", detail=str(done.exception()))

    # -- in the thread ----------------------------------------------------------------------------

    def _write(self, batch: list[_Change]) -> list[tuple[_Change, Any, BaseException | None]]:
        made: list[tuple[_Change, Any, BaseException | None]] = []
        try:
            charges = self._opened()
            with charges.store.transaction():
                for change in batch:
                    try:
                        made.append((change, _apart(charges, change.work), None))
                    except Exception as error:  # noqa: BLE001 - told to whoever asked for it
                        made.append((change, None, error))
        except Exception as error:  # noqa: BLE001 - told to all who wait for the commit
            return [(change, None, error) for change in batch]
        self.commits += 1
        self.changes += len(batch)
        return made

    def _opened(self) -> Charges:
        if self._charges is None:
            # 2 is FULL: as durable as the store that this one stands beside.
            setting = self._store.row("PRAGMA synchronous")
            self._own = Store(self._store.path, durable=setting is None or setting[0] == 2)
            self._charges = self._open(self._own)
        return self._charges

    def _close(self) -> None:
        if self._own is not None:
            self._own.close()
            self._own = self._charges = None


def _apart(charges: Charges, work: Callable[[Charges], T]) -> T:
    """One change, whole or not at all, within the transaction of many."""
    store = charges.store
    store.execute("SAVEPOINT change")
    try:
        made = work(charges)
    except BaseException:
        store.execute("ROLLBACK TO change")
        raise
    finally:
        store.execute("RELEASE change")
    return made


def _resolve(change: _Change, value: Any, error: BaseException | None) -> None:
    with suppress(asyncio.InvalidStateError):  # whoever waited has gone
        if error is None:
            change.done.set_result(value)
        else:
            change.done.set_exception(error)
