"""Timestamp: the time of each block, set by the inherent that opens it."""

from __future__ import annotations

from taokit.chain_client.scale import Bool, Compact, u64
from taokit.local_chain.frame.call import call
from taokit.local_chain.frame.origin import Origin, ensure_none
from taokit.local_chain.frame.pallet import Constant, Pallet
from taokit.local_chain.frame.storage import StorageValue
from taokit.local_chain.frame.weight import DispatchClass, Weight, weight


class Timestamp(Pallet, index=2):
    """The time in milliseconds since 1970."""

    minimum_period = Constant[u64]("MinimumPeriod", 6_000, fast=125)

    now = StorageValue[u64]("Now")
    did_update = StorageValue[Bool]("DidUpdate")

    @call(
        0,
        weight=weight(3_816_000, 1_493, reads=2, writes=1),
        dispatch_class=DispatchClass.Mandatory,
    )
    def set(self, origin: Origin, now: Compact[u64]) -> None:
        """Set the time of this block (ms). An inherent: once a block, and never backwards."""
        ensure_none(origin)
        if self.did_update.get():
            raise RuntimeError("the time of a block is set once")
        previous = self.now.get()
        if previous and now < previous + self.minimum_period:
            raise RuntimeError(f"time must advance by {self.minimum_period} ms or more")
        self.now.put(now)
        self.did_update.put(True)

    def on_initialize(self, block: int) -> Weight:
        """What the end of the block will use."""
        return Weight(3_246_000)

    def on_finalize(self, block: int) -> None:
        """Every block has a time."""
        if not self.did_update.exists():
            raise RuntimeError("a block was sealed without its timestamp")
        self.did_update.kill()

    def next_due(self, block: int) -> int | None:
        """Whoever passes blocks over says what time it is."""
        return None
