"""How many blocks may be passed over: those in which nothing but the chain's own hooks happens.

Owns the question alone, put to everybody who may want a whole block: the runtime's pallets, the
beacon's worker, the pool, and those who asked to be woken. Does not own what happens in a block
that is passed over (`Runtime.pass_over`) nor making the one after it (`node.chain`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from taokit.local_chain.node.chain import NodeChain

__all__ = ["MOST", "Waker", "leap_length"]

MOST = 7200
"""Blocks passed over at once, at most: a day of slots of 12 seconds."""

Waker = Callable[[int], "int | None"]
"""The first block from this number on that somebody wants whole; None for none."""


def leap_length(chain: NodeChain, limit: int) -> int:
    """How many blocks after the head may be passed over, if the one then is up to `limit`."""
    number = chain.head.number + 1
    most = min(limit - number, MOST)
    if most <= 0 or chain.pool.has_ready:
        return 0
    wanted = [chain.runtime_at().next_due(number), *(waker(number) for waker in chain.wakers)]
    if chain.pulses is not None:
        wanted_ms = chain.pulses.wanted_ms()
        if wanted_ms is not None:
            # They come with the block after the first that is so late.
            late = wanted_ms + chain.slot_duration_ms - chain.next_timestamp_ms()
            wanted.append(number + max(-(-late // chain.slot_duration_ms), 0))
    return max(min([most, *(due - number for due in wanted if due is not None)]), 0)
