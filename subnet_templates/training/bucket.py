"""Where aggregates, updates and checkpoints are left for others to fetch.

Owns what a bucket is, one in a folder, and several as one. Does not own buckets behind HTTP
(``http_bucket``), nor trust: whatever comes out of a bucket is checked by its signature or its hash
by whoever took it (``replica``, ``uploads``).
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from taokit.neuron.errors import ArtifactError, ConfigError

__all__ = ["Bucket", "FolderBucket", "JoinedBucket", "checked", "open_bucket"]

_KEY = re.compile(r"[a-z]{1,16}/[A-Za-z0-9][A-Za-z0-9-]{0,127}")


class Bucket(Protocol):
    """Bytes by key, ``kind/name``."""

    def get(self, key: str) -> bytes | None:
        """What is there; None for nothing."""

    def put(self, key: str, data: bytes) -> None:
        """Leave something, in place of what was there. Raises ArtifactError where one may not."""

    def size(self, key: str) -> int | None:
        """How many bytes are there, as far as that can be told without fetching them."""


def checked(key: str) -> str:
    """A key, if it is one: nothing beside a bucket is read or written. Raises ArtifactError."""
    if not _KEY.fullmatch(key):
        raise ArtifactError(f"{key!r} is no key of a bucket")
    return key


def open_bucket(location: str) -> Bucket:
    """By its location: a folder; ``s3+https://host/bucket``; or ``https://...``, read only.

    Several, with commas between, are one's own and those of others. Raises ConfigError.
    """
    own, *others = [word.strip() for word in location.split(",") if word.strip()] or [""]
    if not own:
        raise ConfigError("a bucket has a location", hint="BUCKET=state/bucket")
    if others:
        return JoinedBucket(open_bucket(own), [open_bucket(other) for other in others])
    if own.startswith("s3+"):
        from taokit.subnet_templates.training.s3_bucket import S3Bucket

        return S3Bucket.of_environment(own[len("s3+") :])
    if own.startswith(("http://", "https://")):
        from taokit.subnet_templates.training.http_bucket import HttpBucket

        return HttpBucket(own, key=os.environ.get("BUCKET_KEY", ""))
    return FolderBucket(Path(own))


class FolderBucket:
    """A folder: one's own disk, or one that is mounted from a store of objects."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def get(self, key: str) -> bytes | None:
        """See ``Bucket``."""
        with contextlib.suppress(FileNotFoundError):
            return self._path(key).read_bytes()
        return None

    def put(self, key: str, data: bytes) -> None:
        """See ``Bucket``. Readers see all of it or nothing."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.replace(name, path)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)
            raise

    def size(self, key: str) -> int | None:
        """See ``Bucket``."""
        with contextlib.suppress(FileNotFoundError):
            return self._path(key).stat().st_size
        return None

    def _path(self, key: str) -> Path:
        return self.root / checked(key)


class JoinedBucket:
    """Several buckets as one: one's own, which is written to, and others', which are read.

    Another one that fails is left alone for ``pause`` seconds: a run has to go on when the
    validator that led it is gone. Raises ArtifactError for what one's own bucket raises it for.
    """

    def __init__(
        self,
        own: Bucket,
        others: Sequence[Bucket],
        *,
        pause: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.own, self.others = own, tuple(others)
        self._pause, self._clock = pause, clock
        self._until = [float("-inf")] * len(self.others)

    def get(self, key: str) -> bytes | None:
        """What the first one has that has anything."""
        found = self.own.get(key)
        for place, other in enumerate(self.others):
            if found is not None:
                break
            if self._until[place] > self._clock():
                continue
            try:
                found = other.get(key)
            except ArtifactError:
                self._until[place] = self._clock() + self._pause
        return found

    def put(self, key: str, data: bytes) -> None:
        """Into one's own."""
        self.own.put(key, data)

    def size(self, key: str) -> int | None:
        """Of what one's own has."""
        return self.own.size(key)
