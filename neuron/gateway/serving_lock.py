"""One gateway at a time serves from a store.

Owns a lock beside the store's file, held while a gateway serves and let go of by the system however
the process ends. At its start a gateway releases what an earlier one left open (``charges``); were
that one still at work, its requests would be served for nothing.
"""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import IO

from taokit.neuron.errors import ConfigError
from taokit.neuron.store import Store

__all__ = ["ServingLock"]


class ServingLock:
    """The lock of a store. One in memory belongs to its process, and needs none."""

    def __init__(self, store: Store) -> None:
        self._path = "" if store.path == ":memory:" else f"{store.path}.gateway"
        self._file: IO[bytes] | None = None

    def take(self) -> None:
        """Hold the lock. Raises ConfigError when another gateway does."""
        if not self._path or self._file is not None:
            return
        file = os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
        try:
            _lock(file)
        except OSError as error:
            file.close()
            raise ConfigError(
                f"another gateway serves from {self._path.removesuffix('.gateway')}",
                hint="stop it, or give this one a state folder of its own",
            ) from error
        self._file = file

    def let_go(self) -> None:
        """Let go of the lock, if it is held."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> ServingLock:
        self.take()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.let_go()


if sys.platform == "win32":

    def _lock(file: IO[bytes]) -> None:
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:

    def _lock(file: IO[bytes]) -> None:
        import fcntl

        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
