"""Block headers: their bytes, their hash, their digest.

Owns the header format and the two commitments in it. Does not own a state trie: ``state_root`` is
a running commitment, BLAKE2b-256 of the parent's root and of the block's sorted changes. It binds
the whole history of the state and costs what a block changed, but nothing can be proved against
it, so `state_getReadProof` is refused. The extrinsics root is the real one.

Blocks carry the Aura pre-runtime digest (the slot) and no seal. A seal is a signature, sr25519
signatures are randomised, and with one in the header the same genesis, clock and transactions
would give other block hashes at every run. No client verifies it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b

from taokit.local_chain.node.runtime_protocol import Changes
from taokit.local_chain.node.trie_root import compact

__all__ = [
    "ZERO_HASH",
    "Block",
    "BlockRef",
    "Header",
    "blake2_256",
    "next_state_root",
    "slot_digest",
    "slot_of",
]

ZERO_HASH = bytes(32)
AURA_ENGINE = b"aura"
DIGEST_PRE_RUNTIME = 6


def blake2_256(data: bytes) -> bytes:
    """BLAKE2b with a 32-byte digest, the hash of Substrate's headers and extrinsics."""
    return blake2b(data, digest_size=32).digest()


def slot_digest(slot: int) -> bytes:
    """The SCALE `DigestItem::PreRuntime` by which Aura names the slot of a block."""
    return bytes([DIGEST_PRE_RUNTIME]) + AURA_ENGINE + compact(8) + slot.to_bytes(8, "little")


def slot_of(header: Header) -> int:
    """The slot that a block's digest names. Raises `ValueError` if it names none."""
    start = bytes([DIGEST_PRE_RUNTIME]) + AURA_ENGINE
    for log in header.logs:
        if log.startswith(start):
            return int.from_bytes(log[-8:], "little")
    raise ValueError(f"block {header.number} names no slot")


def next_state_root(parent_root: bytes, changes: Changes) -> bytes:
    """Commitment to the state after `changes`; see the module docstring."""
    length = _LENGTHS
    parts = [parent_root]
    for key in sorted(changes):
        value = changes[key]
        if value is None:
            parts += (length[len(key)], key, b"\x00")
        else:
            parts += (length[len(key)], key, b"\x01", length[len(value)], value)
    return blake2b(b"".join(parts), digest_size=32).digest()


class _Lengths(dict[int, bytes]):
    """Lengths in their compact form, made once each."""

    def __missing__(self, length: int) -> bytes:
        made = compact(length)
        if length < _USUAL_LENGTH:
            self[length] = made
        return made


_USUAL_LENGTH = 4096
_LENGTHS = _Lengths()


@dataclass(frozen=True)
class BlockRef:
    """A block by number and hash (32 bytes)."""

    number: int
    hash: bytes


@dataclass(frozen=True)
class Header:
    """A block header. Hashes are 32 bytes; ``logs`` are SCALE-encoded digest items."""

    parent_hash: bytes
    number: int
    state_root: bytes
    extrinsics_root: bytes
    logs: Sequence[bytes] = field(default=())

    def encode(self) -> bytes:
        """The SCALE form, over which the hash is taken."""
        return b"".join(
            (
                self.parent_hash,
                compact(self.number),
                self.state_root,
                self.extrinsics_root,
                compact(len(self.logs)),
                *self.logs,
            )
        )

    @cached_property
    def hash(self) -> bytes:
        """The block hash."""
        return blake2_256(self.encode())

    @property
    def ref(self) -> BlockRef:
        """Number and hash together."""
        return BlockRef(self.number, self.hash)


@dataclass(frozen=True)
class Block:
    """A sealed block: header and the extrinsics in order, inherents first."""

    header: Header
    extrinsics: Sequence[bytes]
