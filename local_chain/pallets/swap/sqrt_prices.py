"""Prices where clients look that are older than the weighted pools: Swap's `AlphaSqrtPrice`.

Not of runtime 424: Swap dropped this map when it took to weighted pools. A chain that is asked to
keeps it, for clients of that time: bittensor-cli up to 9.21, the SDK up to 10.2.
"""

from __future__ import annotations

import math

from taokit.chain_client.storage_keys import Twox64Concat
from taokit.local_chain.frame.storage import StorageMap
from taokit.local_chain.pallets.subtensor.types import U64F64, NetUid
from taokit.local_chain.pallets.swap.pallet import Swap

_FRACTION_BITS = 64


class SwapWithSqrtPrices(Swap):
    """Swap, and the square root of each market's price as of the end of the block.

    As in the runtimes that had the map, a subnet is in it from its first swap on.
    """

    alpha_sqrt_price = StorageMap[NetUid, U64F64]("AlphaSqrtPrice", Twox64Concat)

    def next_due(self, block: int) -> int | None:
        """The map is of the end of whole blocks."""
        return None

    def on_finalize(self, block: int) -> None:
        """Bring the map up to date."""
        super().on_finalize(block)
        kept = dict(self.alpha_sqrt_price.items())
        for netuid in self.pal_swap_initialized.keys():
            root = math.isqrt(self.price(netuid) << _FRACTION_BITS)
            if kept.pop(netuid, None) != root:
                self.alpha_sqrt_price.insert(netuid, root)
        for netuid in kept:
            self.alpha_sqrt_price.remove(netuid)
