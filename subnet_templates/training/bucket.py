"""Where aggregates, updates and checkpoints are left for others to fetch.

Owns a bucket in a folder and one behind HTTP. Does not own trust: whatever comes out of a bucket is
checked by its signature or its hash by whoever took it (``replica``).
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from pathlib import Path
from typing import Protocol

from taokit.neuron.errors import ArtifactError

__all__ = ["Bucket", "FolderBucket", "HttpBucket", "open_bucket"]

_KEY = re.compile(r"[a-z]{1,16}/[A-Za-z0-9][A-Za-z0-9-]{0,127}")
MOST_BYTES = 1 << 32


class Bucket(Protocol):
    """Bytes by key, ``kind/name``."""

    def get(self, key: str) -> bytes | None:
        """What is there; None for nothing."""

    def put(self, key: str, data: bytes) -> None:
        """Leave something, in place of what was there. Raises ArtifactError where one may not."""


def open_bucket(location: str) -> Bucket:
    """By its location: ``http(s)://...``, read only, or a folder."""
    if location.startswith(("http://", "https://")):
        return HttpBucket(location, key=os.environ.get("BUCKET_KEY", ""))
    return FolderBucket(Path(location))


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

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ArtifactError(f"{key!r} is no key of a bucket")
        return self.root / key


class HttpBucket:
    """What a gateway serves of a lead's bucket (``/v1/objects``), with a cap on sizes.

    Checkpoints need a ``key`` of an account with credit there.
    """

    def __init__(
        self, url: str, *, key: str = "", timeout: float = 30.0, most: int = MOST_BYTES
    ) -> None:
        self._url, self._timeout, self._most = url.rstrip("/"), timeout, most
        self._headers = {"authorization": f"Bearer {key}"} if key else {}

    def get(self, key: str) -> bytes | None:
        """See ``Bucket``. Raises ArtifactError when the other end fails."""
        import httpx

        if not _KEY.fullmatch(key):
            raise ArtifactError(f"{key!r} is no key of a bucket")
        try:
            with httpx.stream(
                "GET", f"{self._url}/{key}", timeout=self._timeout, headers=self._headers
            ) as answer:
                if answer.status_code == 404:
                    return None
                answer.raise_for_status()
                data = bytearray()
                for piece in answer.iter_bytes():
                    data += piece
                    if len(data) > self._most:
                        raise ArtifactError(f"{key} is larger than {self._most} bytes")
                return bytes(data)
        except httpx.HTTPError as error:
            raise ArtifactError(f"{self._url}: {error}") from None

    def put(self, key: str, data: bytes) -> None:
        """Others' buckets are not for writing."""
        raise ArtifactError("a bucket behind HTTP is read only")
