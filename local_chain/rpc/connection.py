"""What one client has open beside its subscriptions, until it closes it or goes away.

Owns the table of it, by id. Does not own what is opened: a method that asks for a parameter
`connection: Connection` gets the client's and puts there what later requests refer to.
"""

from __future__ import annotations

import secrets
from typing import Protocol, TypeVar

__all__ = ["Connection", "Opened", "fresh_id"]


class Opened(Protocol):
    """Something that a client opened."""

    def close(self) -> None:
        """End it; it is no longer in the table."""


T = TypeVar("T", bound=Opened)


def fresh_id() -> str:
    """An id that nobody can guess."""
    return "0x" + secrets.token_hex(16)


class Connection:
    """One client's table."""

    def __init__(self) -> None:
        self._opened: dict[str, Opened] = {}

    def add(self, id: str, opened: Opened) -> None:
        """Put something into the table."""
        self._opened[id] = opened

    def get(self, id: str, kind: type[T]) -> T | None:
        """What has this id, if it is of this kind."""
        found = self._opened.get(id)
        return found if isinstance(found, kind) else None

    def count(self, kind: type[Opened]) -> int:
        """How many of a kind are open."""
        return sum(isinstance(opened, kind) for opened in self._opened.values())

    def remove(self, id: str) -> None:
        """Take something out of the table; does not close it."""
        self._opened.pop(id, None)

    def close(self) -> None:
        """The client is gone: close everything."""
        opened, self._opened = list(self._opened.values()), {}
        for one in opened:
            one.close()
