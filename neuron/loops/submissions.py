"""What the authors of an arena commit to on chain: an artifact's hash and where it will be.

Owns the bytes of the commitment and whose submission counts. Does not own fetching (``taokit.
neuron.artifacts``). A commitment is ``tk1:``, 32 bytes of sha256, and a URL of at most 92 bytes.

Nobody can copy what nobody can read: an author keeps the artifact to itself until the window has
closed, and the hash binds it. Copied commitments have the hash of an earlier one, which counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from taokit.neuron.chain import Commitment
from taokit.neuron.errors import ArtifactError
from taokit.neuron.messages import Hotkey

__all__ = ["MAX_URL", "Claim", "Entry", "copies", "decode", "encode"]

MAGIC = b"tk1:"
MAX_URL = 128 - len(MAGIC) - 32


@dataclass(frozen=True)
class Claim:
    """A commitment, read: ``digest`` is sha256 in hex, ``block`` where it was made."""

    hotkey: Hotkey
    digest: str
    url: str
    block: int


@dataclass(frozen=True)
class Entry:
    """An artifact that takes part in a window. ``path`` is where it was unpacked."""

    hotkey: Hotkey
    digest: str
    block: int
    path: Path


def encode(digest: str, url: str) -> bytes:
    """The bytes to commit. Raises ArtifactError for a URL that is too long."""
    where = url.encode()
    if len(where) > MAX_URL:
        raise ArtifactError(f"a commitment has room for a URL of {MAX_URL} bytes, not {len(where)}")
    return MAGIC + bytes.fromhex(digest) + where


def decode(hotkey: Hotkey, commitment: Commitment) -> Claim | None:
    """What a commitment says; None when it is about something else."""
    data = commitment.data
    if not data.startswith(MAGIC) or len(data) <= len(MAGIC) + 32:
        return None
    digest, url = data[len(MAGIC) : len(MAGIC) + 32], data[len(MAGIC) + 32 :]
    try:
        return Claim(hotkey, digest.hex(), url.decode(), commitment.block)
    except UnicodeDecodeError:
        return None


def copies(claims: Mapping[Hotkey, Claim]) -> frozenset[Hotkey]:
    """Whose artifact was committed to earlier by another; of one block, the lesser address."""
    first: dict[str, Claim] = {}
    for claim in sorted(claims.values(), key=lambda one: (one.block, one.hotkey)):
        first.setdefault(claim.digest, claim)
    return frozenset(h for h, claim in claims.items() if first[claim.digest].hotkey != h)
