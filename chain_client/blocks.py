"""Blocks as the client names them: references, headers, and what may stand for a block.

Owns these values and their reading from a node's JSON. Does not own asking for them (``client``)
nor what extrinsics mean (``extrinsics``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

__all__ = ["BlockRef", "BlockSelector", "Header"]


@dataclass(frozen=True, slots=True)
class BlockRef:
    """A block: its number, and its hash as ``0x`` hex."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number} ({self.hash})"


BlockSelector: TypeAlias = int | str | BlockRef | Literal["head", "finalized"]
"""A number, a ``0x`` hash, a reference, ``"head"`` (best) or ``"finalized"``."""


@dataclass(frozen=True, slots=True)
class Header:
    """A block header. Hashes are ``0x`` hex, ``digest`` the raw log items."""

    number: int
    parent_hash: str
    state_root: str
    extrinsics_root: str
    digest: tuple[bytes, ...]

    @classmethod
    def from_json(cls, header: Mapping[str, Any]) -> Header:
        """Read what ``chain_getHeader`` and the head subscriptions return."""
        return cls(
            number=int(header["number"], 16),
            parent_hash=header["parentHash"],
            state_root=header["stateRoot"],
            extrinsics_root=header["extrinsicsRoot"],
            digest=tuple(bytes.fromhex(log[2:]) for log in header["digest"]["logs"]),
        )

    @property
    def hash(self) -> str:
        """The block hash: blake2b-256 of the SCALE encoding of the header, as ``0x`` hex.

        parent ‖ compact(number) ‖ state root ‖ extrinsics root ‖ Vec of digest items, as
        ``sp_runtime::generic::Header`` encodes itself.
        """
        import hashlib

        from taokit.chain_client.scale.numbers import write_compact

        encoded = bytearray.fromhex(self.parent_hash[2:])
        write_compact(self.number, encoded)
        encoded += bytes.fromhex(self.state_root[2:]) + bytes.fromhex(self.extrinsics_root[2:])
        write_compact(len(self.digest), encoded)
        encoded += b"".join(self.digest)
        return "0x" + hashlib.blake2b(encoded, digest_size=32).hexdigest()

    @property
    def ref(self) -> BlockRef:
        """Number and hash."""
        return BlockRef(self.number, self.hash)
