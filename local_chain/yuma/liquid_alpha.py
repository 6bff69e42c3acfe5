"""How fast bonds follow weights: one rate, or one per entry ("liquid alpha").

Owns: the smoothing factors of Subtensor epoch/run_epoch.rs (`compute_disabled_liquid_alpha`,
`alpha_sigmoid`), raw I32F32.
"""

from __future__ import annotations

from typing import NamedTuple

from taokit.local_chain.arithmetic.fixed import I32F32, I64F64
from taokit.local_chain.arithmetic.transcendental import exp_safe
from taokit.local_chain.yuma.terms import EpochInput

__all__ = ["LiquidParameters", "alpha_sigmoid", "bonds_alpha", "liquid_parameters"]

_ONE = I32F32.one
_HALF = _ONE >> 1
_BONDS_SCALE = 1_000_000


class LiquidParameters(NamedTuple):
    """Bounds of alpha, and the sigmoid's slope with its sign turned; raw I32F32."""

    low: int
    high: int
    slope: int


def liquid_parameters(data: EpochInput) -> LiquidParameters:
    """The subnet's liquid alpha parameters as fixed point: u16 fractions, steepness over -100."""
    return LiquidParameters(
        I32F32.ratio(data.alpha_low, 65_535),
        I32F32.ratio(data.alpha_high, 65_535),
        I32F32.saturating_div(I32F32.from_int(data.alpha_sigmoid_steepness), I32F32.from_int(-100)),
    )


def bonds_alpha(bonds_moving_average: int) -> int:
    """1 - bonds_moving_average / 10**6, the one rate without liquid alpha."""
    kept = I64F64.ratio(bonds_moving_average, _BONDS_SCALE)
    return I32F32.saturating_sub(_ONE, I32F32.convert(kept, I64F64))


def alpha_sigmoid(consensus: int, weight: int, bond: int, parameters: LiquidParameters) -> int:
    """The rate of one bond: low..high by a sigmoid of how far the weight leads or the bond lags.

    A weight at or above the bond buys (distance from consensus), below it sells (distance of bond
    from weight).
    """
    low, high, slope = parameters
    distance = weight - consensus if weight >= bond else bond - weight
    clamped = max(min(distance, _ONE), 0)
    power = exp_safe(I32F32.saturating_mul(slope, clamped - _HALF))
    sigmoid = I32F32.saturating_div(_ONE, I32F32.saturating_add(_ONE, power))
    alpha = I32F32.saturating_add(
        low, I32F32.saturating_mul(sigmoid, I32F32.saturating_sub(high, low))
    )
    return max(min(alpha, high), low)
