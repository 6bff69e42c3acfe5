"""Artifacts on disk, by the hash of their bytes.

Owns the folder, the table of what is in it, and what is let go when it is full. Does not own where
artifacts come from (``fetching``).

The files are the truth and the table says when they were used: a file that lost its row gets one
again, a row without its file is dropped. A file whose bytes changed is never handed out.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from taokit.neuron.artifacts.bundles import Caps, digest_of, unpack
from taokit.neuron.errors import ArtifactError
from taokit.neuron.store import Store

__all__ = ["Artifact", "ArtifactStore"]

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Artifact:
    """What is known of a kept artifact: ``block`` is when it came, ``pinned`` ones always stay."""

    digest: str
    size: int
    source: str
    block: int
    pinned: bool


class ArtifactStore:
    """A folder of artifacts of at most ``max_bytes`` together; the least recently used goes first.

    Raises ArtifactError when the folder cannot be used.
    """

    def __init__(self, root: str | Path, records: Store, *, max_bytes: int = 4 << 30) -> None:
        self.root = Path(root)
        self.max_bytes = max_bytes
        self._records = records
        with _named(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            self._reconcile()

    def put(self, data: bytes, *, source: str = "", block: int = 0) -> str:
        """Keep bytes; their digest. Raises ArtifactError when there is no room for them."""
        digest = digest_of(data)
        if digest in self:
            self._touch(digest)
            return digest
        self._make_room(len(data))
        path = self._path(digest)
        with _named(path):
            path.parent.mkdir(exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self.root, prefix=".coming-")
            try:
                with open(descriptor, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(name, path)
            except BaseException:
                with suppress(FileNotFoundError):
                    os.unlink(name)
                raise
        self._note(digest, len(data), source, block)
        return digest

    def get(self, digest: str) -> bytes:
        """The bytes. Raises ArtifactError when they are not here, or are no longer the same."""
        path = self._path(digest)
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError as error:
            raise ArtifactError(f"there is no artifact {digest}") from error
        with _named(path), open(descriptor, "rb") as file:
            data = file.read()
        if digest_of(data) != digest:
            self.remove(digest)
            raise ArtifactError(f"the artifact {digest} was damaged, and is removed")
        self._touch(digest)
        return data

    def unpack(self, digest: str, folder: str | Path, caps: Caps | None = None) -> Path:
        """Write the files of a bundle to a new folder; see ``bundles.unpack``."""
        return unpack(self.get(digest), folder, caps)

    def about(self, digest: str) -> Artifact | None:
        """What is known of an artifact; None when it is not here."""
        row = self._records.row("SELECT * FROM artifacts WHERE digest = ?", (digest,))
        if row is None:
            return None
        return Artifact(digest, row["size"], row["source"], row["block"], bool(row["pinned"]))

    def pin(self, digest: str, *, pinned: bool = True) -> None:
        """Keep an artifact whatever happens (a champion's), or no longer."""
        change = "UPDATE artifacts SET pinned = ? WHERE digest = ?"
        if not self._records.execute(change, (int(pinned), digest)):
            raise ArtifactError(f"there is no artifact {digest}")

    def remove(self, digest: str) -> None:
        """Let an artifact go; one that is not here is fine."""
        path = self._path(digest)
        with _named(path), suppress(FileNotFoundError):
            path.unlink()
        self._records.execute("DELETE FROM artifacts WHERE digest = ?", (digest,))

    @property
    def size(self) -> int:
        """Bytes of all that is kept."""
        row = self._records.row("SELECT coalesce(sum(size), 0) AS size FROM artifacts")
        return 0 if row is None else int(row["size"])

    def __contains__(self, digest: str) -> bool:
        return self.about(digest) is not None and self._path(digest).is_file()

    def __iter__(self) -> Iterator[str]:
        rows = self._records.rows("SELECT digest FROM artifacts ORDER BY used DESC")
        return iter([row["digest"] for row in rows])

    def _path(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise ArtifactError(f"not a digest: {digest!r}")
        return self.root / digest[:2] / digest

    def _make_room(self, size: int) -> None:
        rows = self._records.rows("SELECT * FROM artifacts WHERE pinned = 0 ORDER BY used")
        spare = self.max_bytes - self.size - size
        if spare + sum(row["size"] for row in rows) < 0:
            raise ArtifactError(f"no room for {size} bytes among {self.max_bytes}")
        for row in rows:
            if spare >= 0:
                return
            self.remove(row["digest"])
            spare += row["size"]

    def _note(self, digest: str, size: int, source: str, block: int) -> None:
        self._records.execute(
            "INSERT INTO artifacts (digest, size, source, block, used) VALUES (?, ?, ?, ?, "
            "(SELECT coalesce(max(used), 0) + 1 FROM artifacts)) "
            "ON CONFLICT (digest) DO UPDATE SET size = excluded.size",
            (digest, size, source, block),
        )

    def _touch(self, digest: str) -> None:
        self._records.execute(
            "UPDATE artifacts SET used = (SELECT max(used) + 1 FROM artifacts) WHERE digest = ?",
            (digest,),
        )

    def _reconcile(self) -> None:
        there = {
            path.name: path.stat().st_size
            for path in self.root.glob("??/*")
            if _DIGEST.fullmatch(path.name) and path.is_file() and not path.is_symlink()
        }
        for half in self.root.glob(".coming-*"):  # what a killed process was writing
            half.unlink()
        with self._records.transaction():
            for digest in set(self) - there.keys():
                self._records.execute("DELETE FROM artifacts WHERE digest = ?", (digest,))
            for digest, size in sorted(there.items()):
                if self.about(digest) is None:
                    self._note(digest, size, "", 0)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ArtifactError(f"{path} cannot be used: {error.strerror}") from error
