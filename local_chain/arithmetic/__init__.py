"""Integer arithmetic of the runtime, bit for bit.

Owns: fixed point, transcendental functions, the share pools' decimal float, big rational powers,
parts-per-thing ratios. Pure: no storage, no blocks, no NumPy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from taokit.local_chain.arithmetic.fixed import (
        I32F32,
        I64F64,
        I96F32,
        U64F64,
        U96F32,
        FixedFormat,
    )
    from taokit.local_chain.arithmetic.per_thing import (
        PERQUINTILL_ONE,
        perquintill_from_rational,
    )
    from taokit.local_chain.arithmetic.q32 import decay_factor_q32, mul_by_q32
    from taokit.local_chain.arithmetic.rational_power import pow_ratio_scaled
    from taokit.local_chain.arithmetic.safe_float import SafeFloat

__all__ = [
    "I32F32",
    "I64F64",
    "I96F32",
    "PERQUINTILL_ONE",
    "U64F64",
    "U96F32",
    "FixedFormat",
    "SafeFloat",
    "decay_factor_q32",
    "mul_by_q32",
    "perquintill_from_rational",
    "pow_ratio_scaled",
]

_HOME = {
    "FixedFormat": "fixed",
    "I32F32": "fixed",
    "I64F64": "fixed",
    "I96F32": "fixed",
    "U64F64": "fixed",
    "U96F32": "fixed",
    "PERQUINTILL_ONE": "per_thing",
    "perquintill_from_rational": "per_thing",
    "decay_factor_q32": "q32",
    "mul_by_q32": "q32",
    "pow_ratio_scaled": "rational_power",
    "SafeFloat": "safe_float",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
