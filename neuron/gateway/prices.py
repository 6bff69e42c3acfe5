"""What a request costs: whole micro-credits, so that no sum is ever rounded twice.

Owns prices and their arithmetic. Does not own who pays (``ledger``), nor what a credit is worth in
TAO (``deposits``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from math import isfinite
from types import MappingProxyType

__all__ = ["FREE", "MICRO", "Price", "Units", "credits"]

MICRO = 1_000_000
"""Micro-credits in a credit."""

Units = Mapping[str, float]
"""How much was served, by name of the unit: ``{"prompt": 12, "completion": 300}``."""


@dataclass(frozen=True)
class Price:
    """Micro-credits for a request, and for a thousand of each unit that it comes to."""

    per_request: int = 0
    per_thousand: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for rate in (self.per_request, *self.per_thousand.values()):
            if not isinstance(rate, int) or rate < 0:
                raise ValueError(f"a price is whole micro-credits, at least 0, not {rate!r}")
        object.__setattr__(self, "per_thousand", MappingProxyType(dict(self.per_thousand)))

    def cost(self, units: Units) -> int:
        """Micro-credits for a request of these units, rounded up once. Unknown units are free."""
        total = 0.0
        for name, count in units.items():
            if not isfinite(count) or count < 0:
                raise ValueError(f"{name}: {count!r} is no count")
            total += count * self.per_thousand.get(name, 0)
        return self.per_request + -int(-total // 1000)


FREE = Price()


def credits(amount: int | str | Decimal) -> int:
    """Credits as micro-credits. Raises ValueError for a part of a micro-credit."""
    micro = Decimal(amount) * MICRO
    if micro != micro.to_integral_value():
        raise ValueError(f"{amount} credits are not whole micro-credits")
    return int(micro)
