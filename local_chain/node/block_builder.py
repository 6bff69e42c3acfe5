"""How one block is made from the pool.

Owns the order of steps and what happens to a transaction that does not go in. Does not own when
blocks are made, nor what is done with one once it is sealed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from taokit.local_chain.errors import BlockFailed
from taokit.local_chain.node.header import blake2_256
from taokit.local_chain.node.pool import Pool
from taokit.local_chain.node.runtime_protocol import Changes, Runtime, RuntimeState
from taokit.local_chain.node.shield_keys import ShieldKeys

__all__ = ["BuiltBlock", "Worker", "build_block"]

Worker = Callable[[], Sequence[bytes]]
"""What a node itself brings into the next block, by its parent's state: unsigned extrinsics."""

MAX_EXTRINSICS = 1000
"""Transactions a block takes at most, so that one block never holds the event loop for long."""

MAX_SKIPPED = 8
"""Transactions that may fail to fit before a block counts as full (sc-basic-authorship)."""


@dataclass
class BuiltBlock:
    """The inside of a block: its body, what it changed, and which transactions it settled."""

    body: list[bytes] = field(default_factory=list)
    changes: Changes = field(default_factory=dict)
    included: list[bytes] = field(default_factory=list)
    refused: list[bytes] = field(default_factory=list)
    logs: Sequence[bytes] = ()
    """The digest of its header."""
    tags: list[bytes] = field(default_factory=list)
    """What was provided by extrinsics that the pool never saw: they came shielded."""


def build_block(
    runtime: Runtime,
    state: RuntimeState,
    pool: Pool,
    keys: ShieldKeys,
    *,
    number: int,
    parent_hash: bytes,
    logs: Sequence[bytes],
    timestamp_ms: int,
    worker: Worker | None = None,
) -> BuiltBlock:
    """Run a block to its end and commit it to `state`.

    The `worker` is asked before the block begins, as workers run once its parent is there; what it
    brings comes after the inherents, and is left out if it is refused.

    Raises `BlockFailed` if the runtime raises: nothing is kept then, and the extrinsic that was
    being applied, if there was one, is out of the pool.
    """
    block = BuiltBlock()
    applying: bytes | None = None
    state.open_block()
    try:
        brought = worker() if worker else ()
        runtime.initialize_block(number, parent_hash, logs)
        for inherent in runtime.inherents(timestamp_ms, keys.announced(timestamp_ms)):
            result = runtime.apply_extrinsic(inherent)
            if not result.included:
                raise BlockFailed(f"an inherent was refused: {result.invalid}", number=number)
            block.body.append(inherent)
        for extrinsic in brought:
            if runtime.apply_extrinsic(extrinsic).included:
                block.body.append(extrinsic)
        best = pool.best()
        skipped = 0
        unshielded: set[bytes] = set()
        while len(block.included) < MAX_EXTRINSICS and (next_one := best.next()) is not None:
            if next_one.hash in unshielded:  # it came in openly as well
                best.unlock(next_one)
                continue
            shielded = runtime.shielded(next_one.extrinsic)
            if shielded is not None and not keys.knows(shielded.key_hash):
                continue  # nobody here can decrypt it: it waits until its era ends
            applying = next_one.hash
            result = runtime.apply_extrinsic(next_one.extrinsic)
            if result.included:
                block.body.append(next_one.extrinsic)
                block.included.append(next_one.hash)
                if shielded is not None:
                    unshielded |= _include_inner(runtime, pool, block, keys.decrypt(shielded))
                best.unlock(next_one)
            elif result.invalid is not None and result.invalid.kind == "ExhaustsResources":
                skipped += 1
                if skipped >= MAX_SKIPPED:
                    break
            else:
                block.refused.append(next_one.hash)
        applying = None
        block.logs = runtime.finalize_block()
        block.changes = state.commit_block()
    except BaseException as fault:
        state.discard_block()
        if applying is not None:
            pool.remove_invalid([applying])
        if isinstance(fault, BlockFailed) or not isinstance(fault, Exception):
            raise
        what = f"extrinsic 0x{applying.hex()}" if applying else "the block"
        raise BlockFailed(
            f"block {number} failed: {what} raised {type(fault).__name__}: {fault}",
            number=number,
            extrinsic=applying,
        ) from fault
    return block


def _include_inner(
    runtime: Runtime, pool: Pool, block: BuiltBlock, plaintext: bytes | None
) -> set[bytes]:
    """Apply what a shielded extrinsic carried, and return its hash; it is lost if it cannot be."""
    inner = runtime.unshielded(plaintext) if plaintext is not None else None
    if inner is None:
        return set()
    extrinsic, tag = inner
    if not runtime.apply_extrinsic(extrinsic).included:
        return set()
    block.body.append(extrinsic)
    hash = blake2_256(extrinsic)
    if pool.find(hash) is not None:
        block.included.append(hash)
    else:
        block.tags.append(tag)
    return {hash}
