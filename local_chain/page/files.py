"""The page's files, as they lie beside this module.

Owns their types and tags. They are read once, when the first is asked for.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["PageFile", "page_files"]

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class PageFile:
    """A file's bytes, its media type, and a tag that changes with the bytes."""

    body: bytes
    kind: str
    etag: str


@cache
def page_files() -> dict[str, PageFile]:
    """Every file by name."""
    found = {}
    for path in sorted(Path(__file__).parent.iterdir()):
        if path.suffix in _TYPES:
            body = path.read_bytes()
            tag = hashlib.blake2b(body, digest_size=12).hexdigest()
            found[path.name] = PageFile(body, _TYPES[path.suffix], f'"{tag}"')
    return found
