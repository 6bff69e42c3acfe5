"""The weighted constant-product market between TAO and one subnet's alpha, as pure functions.

Owns: weights and their updates, prices, swaps, limits, fees. Does not own storage, custody or
events: the swap pallet reads reserves and weights, calls these, and writes what they return.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from taokit.local_chain.amm.balancer import (
        DEFAULT_QUOTE_WEIGHT,
        initial_quote_weight,
        price,
        quote_weight_after_adding,
        weight_is_valid,
    )
    from taokit.local_chain.amm.swap import (
        DEFAULT_FEE_RATE,
        MAX_PRICE,
        MIN_PRICE,
        Pool,
        Refusal,
        SwapRefused,
        SwapResult,
        buy_alpha,
        fee_amount,
        limit_price,
        sell_alpha,
    )

__all__ = [
    "DEFAULT_FEE_RATE",
    "DEFAULT_QUOTE_WEIGHT",
    "MAX_PRICE",
    "MIN_PRICE",
    "Pool",
    "Refusal",
    "SwapRefused",
    "SwapResult",
    "buy_alpha",
    "fee_amount",
    "initial_quote_weight",
    "limit_price",
    "price",
    "quote_weight_after_adding",
    "sell_alpha",
    "weight_is_valid",
]

_BALANCER = {
    "DEFAULT_QUOTE_WEIGHT",
    "initial_quote_weight",
    "price",
    "quote_weight_after_adding",
    "weight_is_valid",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "balancer" if name in _BALANCER else "swap"
    return getattr(import_module(f"{__name__}.{home}"), name)
