"""Points of the chain that one can go back to.

Owns their names and their order: a snapshot lies on the ones before it, and going back to one
drops those after it. Does not own what the chain keeps and takes up again (`node.chain`).

Taking one is O(1): state and blocks until then are laid aside as they are, and what comes after is
laid on them. Going back costs what was changed since, never what the chain is long. A snapshot that
is dropped while the chain goes on costs what was changed since, too: both parts become one again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from taokit.local_chain.errors import SnapshotError
from taokit.local_chain.node.header import BlockRef
from taokit.local_chain.state.history import History

if TYPE_CHECKING:
    from taokit.local_chain.node.block_history import BlockHistory
    from taokit.local_chain.node.chain import NodeChain

__all__ = ["MAX_SNAPSHOTS", "Point", "Snapshot", "Snapshots"]

MAX_SNAPSHOTS = 256
"""Snapshots at once: a read of what was never changed since asks each of them in turn."""


@dataclass(frozen=True)
class Point:
    """What the chain is at one moment, beside clients and listeners."""

    history: History
    blocks: BlockHistory
    slot: int
    finalized: int
    unfinalized: dict[int, list[bytes]]
    pending: tuple[bytes, ...]
    clock: int


@dataclass(frozen=True)
class Snapshot:
    """A point with a name. ``timestamp_ms`` is the earliest that the next block could carry."""

    name: str
    block: BlockRef
    timestamp_ms: int
    point: Point


class Snapshots:
    """The snapshots of one chain, oldest first."""

    def __init__(self, chain: NodeChain) -> None:
        self._chain = chain
        self._taken: dict[str, Snapshot] = {}
        self._count = 0

    def __iter__(self) -> Iterator[Snapshot]:
        return iter(tuple(self._taken.values()))

    def __len__(self) -> int:
        return len(self._taken)

    def take(self, name: str | None = None) -> Snapshot:
        """Keep this moment under a name (None: the next number). Raises `SnapshotError`."""
        if name is None:
            self._count += 1
            while str(self._count) in self._taken:
                self._count += 1
            name = str(self._count)
        if name in self._taken:
            raise SnapshotError(
                f"there is a snapshot {name!r} already", hint="drop it, or choose another name"
            )
        if len(self._taken) >= MAX_SNAPSHOTS:
            raise SnapshotError(
                f"there are {MAX_SNAPSHOTS} snapshots already", hint="drop some of them"
            )
        timestamp_ms = self._chain.next_timestamp_ms()
        taken = Snapshot(name, self._chain.head, timestamp_ms, self._chain.lay_aside())
        self._taken[name] = taken
        return taken

    def get(self, name: str | None = None) -> Snapshot:
        """The snapshot of that name (None: the newest). Raises `SnapshotError`."""
        if name is None and self._taken:
            return next(reversed(self._taken.values()))
        if name is None or name not in self._taken:
            told = ", ".join(self._taken) or "none"
            wanted = "no snapshot" if name is None else f"no snapshot {name!r}"
            raise SnapshotError(f"there is {wanted}", hint=f"snapshots: {told}")
        return self._taken[name]

    def revert(self, name: str | None = None, *, keep: bool = True) -> BlockRef:
        """Go back to a snapshot (None: the newest); the head then.

        Later snapshots are dropped; this one can be gone back to again unless not `keep`.
        """
        snapshot = self.get(name)
        names = list(self._taken)
        first = names.index(snapshot.name)
        for later in names[first if not keep else first + 1 :]:
            del self._taken[later]
        self._chain.take_up(snapshot.point, again=keep)
        return self._chain.head

    def drop(self, name: str | None = None) -> None:
        """Forget a snapshot (None: the newest); the chain stays as it is."""
        snapshot = self.get(name)
        names = list(self._taken)
        after = names.index(snapshot.name) + 1
        self._chain.join(snapshot.point)
        del self._taken[snapshot.name]
        if after < len(names):
            above, kept = self._taken[names[after]], snapshot.point
            point = replace(above.point, history=kept.history, blocks=kept.blocks)
            self._taken[above.name] = replace(above, point=point)

    def forget_above(self, number: int) -> None:
        """The chain went back to a block: snapshots of later ones are none any more.

        One of that very block stays only if the chain still lies on it.
        """
        below = self._chain.whole[0].base
        laid = set()
        while isinstance(below, History):
            laid.add(id(below))
            below = below.base
        self._taken = {
            name: taken
            for name, taken in self._taken.items()
            if taken.block.number <= number and id(taken.point.history) in laid
        }

    @contextmanager
    def anchor(self) -> Iterator[Snapshot]:
        """Whatever is done inside is undone at the end."""
        taken = self.take()
        try:
            yield taken
        finally:
            if self._taken.get(taken.name) is taken:
                self.revert(taken.name, keep=False)
