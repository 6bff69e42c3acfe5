"""Runtimes that offer more than 424 does, for clients that are older or newer than it.

Owns which pallet a feature changes, and joining several. What a feature adds is declared with its
pallet (`pallets.swap.sqrt_prices`, `pallets.subtensor.newer_storage` and `newer_baskets`).
`runtime.Runtime` itself is 424 and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from taokit.local_chain.frame.pallet import Pallet
from taokit.local_chain.node_config import FEATURES
from taokit.local_chain.pallets.subtensor import newer_storage as newer
from taokit.local_chain.pallets.subtensor.newer_baskets import Baskets
from taokit.local_chain.pallets.subtensor.pallet import SubtensorModule
from taokit.local_chain.pallets.swap.sqrt_prices import SwapWithSqrtPrices
from taokit.local_chain.runtime import Runtime

__all__ = ["runtime_with"]

_SUBTENSOR: dict[str, type[SubtensorModule]] = {
    "alpha-totals": newer.AlphaTotals,
    "baskets": Baskets,
    "childkey-threshold": newer.ChildkeyThreshold,
    "collateral": newer.Collateral,
    "epoch-consensus": newer.EpochConsensusMode,
    "network-queues": newer.NetworkQueues,
    "root-unlock": newer.RootUnlock,
}


def runtime_with(features: Iterable[str] = (), *, sqrt_prices: bool = False) -> type[Runtime]:
    """The runtime with these features, and perhaps with square roots of prices."""
    return _joined(frozenset(features), sqrt_prices)


@cache
def _joined(features: frozenset[str], sqrt_prices: bool) -> type[Runtime]:
    pallets: dict[str, type[Pallet]] = {}
    if features:
        wanted = tuple(_SUBTENSOR[name] for name in FEATURES if name in features)
        pallets["subtensor"] = type(SubtensorModule.__name__, wanted, {})
    if sqrt_prices:
        pallets["swap"] = SwapWithSqrtPrices
    if not pallets:
        return Runtime
    return type(Runtime.__name__, (Runtime,), {"__annotations__": pallets})
