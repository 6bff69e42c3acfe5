"""Runtime metadata on disk, so that connecting does not fetch and check a megabyte each time.

Owns the cache files: where they are, how they are named, checked and replaced. Does not own
fetching (``runtime_loading``) nor decoding (``metadata``).

A file is named after the chain (genesis hash), the spec version and the hash of the runtime code:
a local chain changes its declarations without a new spec version, but not without other code.
Its first 32 bytes are the blake2b-256 of the rest, which is the metadata in its indexed form
(``Metadata.to_cache``); a file that does not fit is fetched anew.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

__all__ = ["RuntimeKey", "cache_directory", "load", "store"]

_log = logging.getLogger(__name__)
_CHECKSUM_LENGTH = 32


@dataclass(frozen=True, slots=True)
class RuntimeKey:
    """What makes two runtimes the same. Hashes are ``0x`` hex; ``code_hash`` "" if not known."""

    genesis_hash: str
    spec_version: int
    code_hash: str

    def file_name(self) -> str:
        """The cache file's name."""
        parts = (self.genesis_hash[2:18], str(self.spec_version), self.code_hash[2:18] or "any")
        return "-".join(parts) + ".metadata"


def cache_directory() -> Path:
    """``$TAOKIT_CACHE_DIR``, or the user's cache directory of this platform."""
    if chosen := os.environ.get("TAOKIT_CACHE_DIR"):
        return Path(chosen)
    if sys.platform not in ("win32", "darwin"):  # what platformdirs says there, without its import
        base = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache")
        return base.expanduser() / "taokit"
    from platformdirs import user_cache_path

    return user_cache_path("taokit", appauthor=False)


def load(key: RuntimeKey) -> bytes | None:
    """The metadata stored under ``key``; ``None`` if there is none or it is damaged."""
    try:
        content = _path(key).read_bytes()
    except OSError:
        return None
    checksum, metadata = content[:_CHECKSUM_LENGTH], content[_CHECKSUM_LENGTH:]
    if _checksum(metadata) != checksum:
        _log.debug("the cached metadata %s is damaged", key.file_name())
        return None
    return metadata


def store(key: RuntimeKey, metadata: bytes) -> None:
    """Keep ``metadata`` under ``key``, whole or not at all. A cache that cannot be written is
    no reason to fail: it is only logged."""
    path = _path(key)
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(descriptor, "wb") as file:
            file.write(_checksum(metadata) + metadata)
        os.replace(temporary, path)
    except OSError as error:
        _log.debug("cannot keep metadata in %s: %s", path.parent, error)
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)


def _path(key: RuntimeKey) -> Path:
    return cache_directory() / "metadata" / key.file_name()


def _checksum(metadata: bytes) -> bytes:
    return hashlib.blake2b(metadata, digest_size=_CHECKSUM_LENGTH).digest()
