"""How one block is made from the pool.

Owns the order of steps and what happens to a transaction that does not go in. Does not own when
blocks are made, nor what is done with one once it is sealed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from taokit.local_chain.errors import BlockFailed
from taokit.local_chain.node.pool import Pool
from taokit.local_chain.node.runtime_protocol import Changes, Runtime, RuntimeState

__all__ = ["BuiltBlock", "build_block"]

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


def build_block(
    runtime: Runtime,
    state: RuntimeState,
    pool: Pool,
    *,
    number: int,
    parent_hash: bytes,
    logs: Sequence[bytes],
    timestamp_ms: int,
) -> BuiltBlock:
    """Run a block to its end and commit it to `state`.

    Raises `BlockFailed` if the runtime raises: nothing is kept then, and the extrinsic that was
    being applied, if there was one, is out of the pool.
    """
    block = BuiltBlock()
    applying: bytes | None = None
    try:
        runtime.initialize_block(number, parent_hash, logs)
        for inherent in runtime.inherents(timestamp_ms):
            result = runtime.apply_extrinsic(inherent)
            if not result.included:
                raise BlockFailed(f"an inherent was refused: {result.invalid}", number=number)
            block.body.append(inherent)
        best = pool.best()
        skipped = 0
        while len(block.included) < MAX_EXTRINSICS and (next_one := best.next()) is not None:
            applying = next_one.hash
            result = runtime.apply_extrinsic(next_one.extrinsic)
            if result.included:
                block.body.append(next_one.extrinsic)
                block.included.append(next_one.hash)
                best.unlock(next_one)
            elif result.invalid is not None and result.invalid.kind == "ExhaustsResources":
                skipped += 1
                if skipped >= MAX_SKIPPED:
                    break
            else:
                block.refused.append(next_one.hash)
        applying = None
        runtime.finalize_block()
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
