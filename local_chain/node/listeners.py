"""Who is told when something happens to the chain.

Owns delivery: in the order of registration, and a listener that raises is logged and does not
stop the node or the listeners after it. Does not own what is told.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Generic, ParamSpec

__all__ = ["Listeners", "all_of", "deliver"]

P = ParamSpec("P")
_log = logging.getLogger("taokit.local_chain.node")


def deliver(listener: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
    """Call a listener; log what it raises."""
    try:
        listener(*args, **kwargs)
    except Exception:  # noqa: BLE001 - logged; the node outlives its listeners
        _log.exception("a listener of the chain raised")


def all_of(*undo: Callable[[], None]) -> Callable[[], None]:
    """One call that makes all of these."""

    def undo_all() -> None:
        for one in undo:
            one()

    return undo_all


class Listeners(Generic[P]):
    """Callbacks of one kind."""

    def __init__(self) -> None:
        self._listeners: list[Callable[P, None]] = []

    def add(self, listener: Callable[P, None]) -> Callable[[], None]:
        """Register a listener; the result takes it off again."""
        self._listeners.append(listener)
        return lambda: self._remove(listener)

    def tell(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Call every listener."""
        for listener in tuple(self._listeners):
            deliver(listener, *args, **kwargs)

    def _remove(self, listener: Callable[P, None]) -> None:
        if listener in self._listeners:
            self._listeners.remove(listener)
