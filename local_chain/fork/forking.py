"""Beginning a chain on another node's block.

Owns choosing the block, and refusing a chain that our runtime is not the next block of. Does not
own reading it (`remote_state`, `remote_blocks`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from taokit.local_chain.fork.errors import ForkError
from taokit.local_chain.fork.kept_answers import KeptAnswers
from taokit.local_chain.fork.remote_blocks import RemoteBlocks
from taokit.local_chain.fork.remote_node import RemoteNode
from taokit.local_chain.fork.remote_state import RemoteState
from taokit.local_chain.version import SPEC_NAME, SPEC_VERSION

__all__ = ["Fork", "ForkPoint", "open_fork"]

SLOTS = {250: "fast", 12_000: "mainnet"}
"""The preset whose slot is that long, in ms."""


@dataclass(frozen=True)
class ForkPoint:
    """Where to fork: an address, and a block by number or hash (None: the newest final one)."""

    url: str
    block: int | str | None = None

    @classmethod
    def parse(cls, text: str) -> ForkPoint:
        """Read ``URL`` or ``URL@BLOCK``. Raises `ForkError`."""
        found = re.fullmatch(r"(.+)@(\d+|0x[0-9a-fA-F]{64})", text)
        url, block = (found[1], found[2]) if found else (text, "")
        if not re.match(r"wss?://.", url):
            raise ForkError(f"{url!r} is not a ws:// or wss:// address")
        if not found:
            _, at, rest = url.rpartition("@")
            if at and re.fullmatch(r"\w*", rest):  # no host
                raise ForkError(f"{rest!r} is no block", hint="a number, or a whole hash in hex")
            return cls(url)
        return cls(url, int(block) if block.isdecimal() else block)


@dataclass(frozen=True)
class Fork:
    """The other chain at the forked block; ``preset`` is ours that has its slots."""

    node: RemoteNode
    state: RemoteState
    blocks: RemoteBlocks
    kept: KeptAnswers
    number: int
    hash: bytes
    preset: str
    spec_version: int

    def close(self) -> None:
        """Ask nothing more."""
        self.node.close()
        self.kept.close()


def open_fork(point: ForkPoint, cache: Path | None, *, force: bool = False) -> Fork:
    """Look at the other chain, and be ready to read it. Raises `ForkError`.

    Answers are kept in a folder, ``cache``, named by genesis and block (None: not kept). With
    ``force`` a chain of another runtime is taken as if it were ours.
    """
    node = RemoteNode(point.url)
    try:
        hash = _hash(node, point.block)
        told = "0x" + hash.hex()
        header, genesis, version, slot = node.ask_all(
            [
                ("chain_getHeader", (told,)),
                ("chain_getBlockHash", (0,)),
                ("state_getRuntimeVersion", (told,)),
                ("state_call", ("AuraApi_slot_duration", "0x", told)),
            ]
        )
        if header is None:
            raise ForkError(f"{point.url} has no block {told}")
        number = int(header["number"], 16)
        _check_runtime(version, force=force)
        slot_ms = int.from_bytes(bytes.fromhex(slot[2:]), "little")
        if slot_ms not in SLOTS:
            raise ForkError(f"{point.url} has slots of {slot_ms} ms, ours are of 250 or 12000")
        file = None
        if cache is not None:
            file = cache / f"{genesis[2:18]}-{number}-{told[2:18]}.sqlite"
        kept = KeptAnswers(file)
    except BaseException:
        node.close()
        raise
    kept.put_hash(number, hash)
    blocks = RemoteBlocks(node, number, kept)
    return Fork(
        node,
        RemoteState(node, blocks, kept),
        blocks,
        kept,
        number,
        hash,
        SLOTS[slot_ms],
        int(version["specVersion"]),
    )


def _hash(node: RemoteNode, block: int | str | None) -> bytes:
    if isinstance(block, str):
        return bytes.fromhex(block[2:])
    told = (
        node.ask("chain_getFinalizedHead")
        if block is None
        else node.ask("chain_getBlockHash", block)
    )
    if told is None:
        raise ForkError(f"{node.url} has no block {block}")
    return bytes.fromhex(told[2:])


def _check_runtime(version: Mapping[str, Any], *, force: bool) -> None:
    name, number = version["specName"], version["specVersion"]
    if (name, number) != (SPEC_NAME, SPEC_VERSION) and not force:
        raise ForkError(
            f"the other chain runs {name} {number}, and this is {SPEC_NAME} {SPEC_VERSION}",
            hint="what changed in between would be wrong here; --force forks it all the same",
        )
