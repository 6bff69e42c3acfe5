"""The runtime's metadata, derived from what its pallets declare."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from taokit.local_chain.frame.runtime import RuntimeBase


def metadata_bytes(runtime: type[RuntimeBase], preset: str, version: int) -> bytes | None:
    """Metadata of a version, beginning with `meta`; None for a version not offered."""
    raise NotImplementedError


@cache
def metadata_hash(runtime: type[RuntimeBase], preset: str) -> bytes:
    """A hash that names the runtime by what it declares."""
    names = [f"{pallet.name}{sorted(pallet.calls)}" for pallet in runtime.pallet_classes().values()]
    return hashlib.blake2b(repr((preset, names)).encode(), digest_size=32).digest()
