"""What a history of state may lie on.

Owns the protocol alone. A base is a state that no longer changes: an earlier history (`layers`), a
store on disk, a node on the other side of a network. It answers for every block up to its height;
what came after is the history's that lies on it.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Protocol

__all__ = ["EVERYTHING", "Base"]


class Base(Protocol):
    """Raw state of the blocks up to ``height``. ``at`` is a block's number, None the highest."""

    @property
    def height(self) -> int:
        """The newest block it knows; -1 for none."""

    @property
    def prefixes(self) -> Container[bytes]:
        """The first 32 bytes of every key that ever was; more may be in it, none may lack."""

    def get(self, key: bytes, at: int | None = None) -> bytes | None:
        """The value of `key` after block `at`."""

    def keys(
        self, prefix: bytes = b"", at: int | None = None, after: bytes | None = None
    ) -> Iterator[bytes]:
        """Keys under `prefix` present after block `at`, in byte order, past `after` if given."""

    def changes(self, number: int) -> Mapping[bytes, bytes | None]:
        """What block `number` changed, raw key to new raw value. Raises `IndexError`."""


class _Everything:
    """Contains whatever is asked for."""

    def __contains__(self, _: object) -> bool:
        return True


EVERYTHING: Container[bytes] = _Everything()
"""The prefixes of a base that cannot tell which there are."""
