"""The runtime with what clients from before it still look for; everything else is the same.

Owns which of its pallets differ. What they differ in is theirs (`pallets.swap.sqrt_prices`).
"""

from __future__ import annotations

from taokit.local_chain.pallets.swap.sqrt_prices import SwapWithSqrtPrices
from taokit.local_chain.runtime import Runtime

__all__ = ["RuntimeWithSqrtPrices"]


class RuntimeWithSqrtPrices(Runtime):
    """The runtime whose Swap keeps `AlphaSqrtPrice` too."""

    swap: SwapWithSqrtPrices
