"""What came into a block by no extrinsic: what to know to run it again.

Owns the record and its packed form. Does not own where it is kept (`block_history`, stores).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

__all__ = ["NOTHING", "Outside"]

_LIMITS_IGNORED = 1
_DIGEST = 16
_HEAD = struct.Struct("<BI")
_LENGTHS = struct.Struct("<II")
_NONE = 0xFFFF_FFFF


@dataclass(frozen=True)
class Outside:
    """Raw ``writes`` that were made before the block began, and whether limits were off in it."""

    writes: Mapping[bytes, bytes | None] = field(default_factory=dict)
    limits_ignored: bool = False

    def __bool__(self) -> bool:
        return bool(self.writes) or self.limits_ignored

    def pack(self, number: int) -> bytes:
        """As bytes, with a digest of them and of the block's number."""
        parts = [_HEAD.pack(_LIMITS_IGNORED * self.limits_ignored, len(self.writes))]
        for key, value in self.writes.items():
            parts.append(_LENGTHS.pack(len(key), _NONE if value is None else len(value)))
            parts += key, value or b""
        told = b"".join(parts)
        return _digest(number, told) + told

    @classmethod
    def unpack(cls, packed: bytes, number: int) -> Outside:
        """What was packed for that block. Raises `ValueError` for anything else."""
        told = packed[_DIGEST:]
        if packed[:_DIGEST] != _digest(number, told):
            raise ValueError(f"what was written into block {number} from outside is not as it was")
        flags, count = _HEAD.unpack_from(told)
        writes: dict[bytes, bytes | None] = {}
        at = _HEAD.size
        for _ in range(count):
            key_length, length = _LENGTHS.unpack_from(told, at)
            at += _LENGTHS.size
            key = told[at : at + key_length]
            at += key_length
            writes[key] = None if length == _NONE else told[at : at + length]
            at += 0 if length == _NONE else length
        return cls(writes, bool(flags & _LIMITS_IGNORED))


def _digest(number: int, told: bytes) -> bytes:
    return blake2b(number.to_bytes(8, "little") + told, digest_size=_DIGEST).digest()


NOTHING = Outside()
"""Of nearly every block."""
