"""The decimal floating point of the stake share pools.

Owns: `SafeFloat`, bit for bit as Subtensor primitives/share-pool computes it. Does not own what
shares mean (`taokit.local_chain.share_pool`).
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["MANTISSA_MAX", "SafeFloat"]

MANTISSA_MAX = 10**21
"""Largest normal mantissa; a normal non-zero one is above a tenth of it."""

_MANTISSA_MIN = MANTISSA_MAX // 10
_MANTISSA_DIGITS = 21
_EXPONENT_MIN = -(1 << 63)
_EXPONENT_MAX = (1 << 63) - 1
_U64_MAX = (1 << 64) - 1
_POWERS_OF_TEN: tuple[int, ...] = tuple(10**digits for digits in range(_MANTISSA_DIGITS + 2))


def _capped_power_of_ten(exponent: int) -> int:
    return _POWERS_OF_TEN[min(exponent, _MANTISSA_DIGITS + 1)]


class SafeFloat(NamedTuple):
    """mantissa * 10**exponent, with 10**20 < mantissa <= 10**21, or 0 * 10**0.

    `mantissa` is a u128 and `exponent` an i64 in storage (`AlphaV2`, `TotalHotkeySharesV2`). The
    tuple compares by fields; use `greater_than` to compare values. Operations return None where the
    runtime returns None: an exponent out of i64, a zero divisor, or zero minus something.
    """

    mantissa: int
    exponent: int

    @staticmethod
    def new(mantissa: int, exponent: int = 0) -> SafeFloat | None:
        """The normal form, or None for a mantissa above 10**21 (`SafeFloat::new`)."""
        return None if mantissa > MANTISSA_MAX else _normalize(mantissa, exponent)

    @staticmethod
    def from_int(number: int) -> SafeFloat:
        """The normal form of an integer up to 10**21 (every u64 and every whole stake)."""
        return (_normalize(number, 0) if number <= MANTISSA_MAX else None) or ZERO

    @staticmethod
    def from_u64f64(raw: int) -> SafeFloat:
        """From the legacy share format: the whole part plus fraction / 2**64."""
        if raw == 0:
            return ZERO
        fraction = SafeFloat.from_int(raw & _U64_MAX).div(_TWO_64) or ZERO
        return SafeFloat.from_int(raw >> 64).add(fraction) or ZERO

    def to_u64(self) -> int:
        """The floor, saturated to u64; powers of ten beyond 10**22 count as 10**22."""
        mantissa, exponent = self
        if exponent == 0:
            return min(mantissa, _U64_MAX)
        scale = _capped_power_of_ten(abs(exponent))
        return min(mantissa * scale if exponent > 0 else mantissa // scale, _U64_MAX)

    def to_float(self) -> float:
        """The nearest float; for display, never for arithmetic."""
        return float(self.mantissa) * 10.0**self.exponent

    @property
    def is_zero(self) -> bool:
        """Whether the value is zero."""
        return self.mantissa == 0

    def add(self, other: SafeFloat) -> SafeFloat | None:
        """The sum, the smaller exponent's mantissa truncated to the larger exponent."""
        if self.mantissa == 0:
            return other
        if other.mantissa == 0:
            return self
        left, right, exponent = _align(self, other)
        return _normalize(left + right, exponent)

    def sub(self, other: SafeFloat) -> SafeFloat | None:
        """The difference, 0 below zero; None for zero minus a non-zero value."""
        if other.mantissa == 0:
            return self
        if self.mantissa == 0:
            return None
        left, right, exponent = _align(self, other)
        return _normalize(max(left - right, 0), exponent)

    def div(self, other: SafeFloat) -> SafeFloat | None:
        """The quotient to 21 digits, truncated; None for a zero divisor."""
        if other.mantissa == 0:
            return None
        exponent = self.exponent - other.exponent - _MANTISSA_DIGITS
        if not _EXPONENT_MIN <= exponent <= _EXPONENT_MAX:
            return None
        return _normalize(self.mantissa * MANTISSA_MAX // other.mantissa, exponent)

    def mul_div(self, factor: SafeFloat, divisor: SafeFloat) -> SafeFloat | None:
        """self * factor / divisor with one truncation; None for a zero divisor."""
        if divisor.mantissa == 0:
            return None
        partial = self.exponent + factor.exponent
        exponent = partial - divisor.exponent
        if not _EXPONENT_MIN <= partial <= _EXPONENT_MAX:
            return None
        if not _EXPONENT_MIN <= exponent <= _EXPONENT_MAX:
            return None
        return _normalize(self.mantissa * factor.mantissa // divisor.mantissa, exponent)

    def greater_than(self, other: SafeFloat) -> bool:
        """self > other, by the runtime's comparison of normal forms (exponent first)."""
        if self.exponent == other.exponent:
            return self.mantissa > other.mantissa
        if self.exponent > other.exponent:
            return self.exponent - other.exponent > 1 or 10 * self.mantissa > other.mantissa
        return other.exponent - self.exponent == 1 and self.mantissa > 10 * other.mantissa


ZERO = SafeFloat(0, 0)


def _align(left: SafeFloat, right: SafeFloat) -> tuple[int, int, int]:
    if left.exponent >= right.exponent:
        scale = _capped_power_of_ten(left.exponent - right.exponent)
        return left.mantissa, right.mantissa // scale, left.exponent
    scale = _capped_power_of_ten(right.exponent - left.exponent)
    return left.mantissa // scale, right.mantissa, right.exponent


def _normalize(mantissa: int, exponent: int) -> SafeFloat | None:
    if mantissa == 0:
        return ZERO
    while mantissa > MANTISSA_MAX:
        mantissa //= 10
        exponent += 1
    if mantissa <= _MANTISSA_MIN:
        # As many factors of ten as the digits call for; one more for a power of ten.
        missing = _MANTISSA_DIGITS - len(str(mantissa))
        missing += mantissa * _POWERS_OF_TEN[missing] == _MANTISSA_MIN
        mantissa *= _POWERS_OF_TEN[missing]
        exponent -= missing
    if not _EXPONENT_MIN <= exponent <= _EXPONENT_MAX:
        return None
    return SafeFloat(mantissa, exponent)


_TWO_64 = SafeFloat.from_int(1 << 64)
