"""Weights committed by their salted hash: the hash, and a memory of what has to be revealed.

Owns the hash, salts, and files that keep what was committed until it is revealed: one for each
chain, subnet, mechanism and hotkey, readable by their owner only. Does not own sending either.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from taokit.chain_client.addresses import account_bytes
from taokit.chain_client.scale import AccountId, Vec, codec, u16, u64
from taokit.chain_client.storage_keys import blake2_256

__all__ = ["CommitFiles", "Committed", "commit_hash", "new_salt", "storage_index"]

_MECHANISMS_APART = 4096
_SALT_WORDS = 8
_KEPT = 20
"""The chain holds at most ten open commits of a hotkey; older ones are dropped from a file."""

_SHAPE = tuple[AccountId, u16, Vec[u16], Vec[u16], Vec[u16], u64]


def storage_index(netuid: int, mechanism: int) -> int:
    """The number under which the chain stores weights of a mechanism of a subnet."""
    return mechanism * _MECHANISMS_APART + netuid


def new_salt() -> tuple[int, ...]:
    """A salt that nobody guesses."""
    return tuple(secrets.randbelow(1 << 16) for _ in range(_SALT_WORDS))


def commit_hash(
    hotkey: str,
    index: int,
    uids: Sequence[int],
    values: Sequence[int],
    salt: Sequence[int],
    version_key: int,
) -> bytes:
    """The hash by which a hotkey commits to weights; ``index`` is :func:`storage_index`."""
    parts = (account_bytes(hotkey), index, list(uids), list(values), list(salt), version_key)
    return blake2_256(codec(_SHAPE).encode(parts))


@dataclass(frozen=True)
class Committed:
    """Weights that were committed to, with what revealing them takes."""

    netuid: int
    mechanism: int
    uids: tuple[int, ...]
    weights: tuple[int, ...]
    salt: tuple[int, ...]
    version_key: int

    def hash_for(self, hotkey: str) -> bytes:
        """The hash that stands for it on the chain."""
        index = storage_index(self.netuid, self.mechanism)
        return commit_hash(hotkey, index, self.uids, self.weights, self.salt, self.version_key)


class CommitFiles:
    """The files of one folder. ``genesis`` is the chain's hash, ``0x`` hex."""

    def __init__(self, folder: Path, genesis: str) -> None:
        self._folder = folder
        self._chain = genesis.removeprefix("0x")[:16]

    def path(self, hotkey: str, netuid: int, mechanism: int) -> Path:
        """The file for one hotkey in one mechanism of one subnet."""
        return self._folder / f"{self._chain}-{netuid}-{mechanism}-{hotkey}.json"

    def read(self, hotkey: str, netuid: int, mechanism: int) -> list[Committed]:
        """What was kept, oldest first; nothing where there is no file."""
        try:
            found = json.loads(self.path(hotkey, netuid, mechanism).read_text("utf-8"))
        except FileNotFoundError:
            return []
        return [
            Committed(
                netuid=entry["netuid"],
                mechanism=entry["mechanism"],
                uids=tuple(entry["uids"]),
                weights=tuple(entry["weights"]),
                salt=tuple(entry["salt"]),
                version_key=entry["version_key"],
            )
            for entry in found
        ]

    def add(self, hotkey: str, committed: Committed) -> Path:
        """Keep one, on the disk before this returns."""
        kept = self.read(hotkey, committed.netuid, committed.mechanism)
        kept = [*(one for one in kept if one != committed), committed][-_KEPT:]
        path = self.path(hotkey, committed.netuid, committed.mechanism)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        waiting = path.with_suffix(f".{os.getpid()}.new")
        handle = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump([asdict(one) for one in kept], file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(waiting, path)
        return path
