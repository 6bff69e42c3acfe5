"""Two's-complement fixed point, bit for bit as the runtime's `substrate_fixed` computes it.

Owns: the formats the runtime uses and the arithmetic on their raw bits.
A number is a plain Python `int` holding the raw bits (value times 2**frac); the format object does
the arithmetic, so `U64F64.saturating_mul(a, b)` reads like the rule it reproduces. Does not own
roots, logarithms or exponentials (`transcendental`), nor vectors (`taokit.local_chain.yuma`).

Rounding, everywhere: products floor toward minus infinity, quotients truncate toward zero,
narrowing and conversion to an integer floor, conversion from a float takes the nearest even.
"""

from __future__ import annotations

from fractions import Fraction

__all__ = ["I9F23", "I32F32", "I64F64", "I96F32", "U64F64", "U96F32", "FixedFormat"]

U16_MAX = (1 << 16) - 1
U64_MAX = (1 << 64) - 1
U128_MAX = (1 << 128) - 1


class FixedFormat:
    """One fixed-point layout: `int_bits` + `frac_bits` bits, signed or not.

    Methods take and return raw bits. `saturating_*` clip to `min`..`max`; `checked_*` return None
    where the exact result does not fit; `safe_div` is what the runtime's `safe_div` is: 0 (or the
    given default) when the divisor is zero *or the quotient overflows*.
    """

    __slots__ = ("bits", "frac", "max", "min", "name", "one", "signed")

    def __init__(self, name: str, int_bits: int, frac_bits: int, *, signed: bool) -> None:
        self.name = name
        self.bits = int_bits + frac_bits
        self.frac = frac_bits
        self.signed = signed
        self.one = 1 << frac_bits
        self.max = (1 << (self.bits - 1)) - 1 if signed else (1 << self.bits) - 1
        self.min = -(1 << (self.bits - 1)) if signed else 0

    def __repr__(self) -> str:
        return self.name

    # -- into the format

    def saturate(self, raw: int) -> int:
        """Clip raw bits into the range of the format."""
        if raw > self.max:
            return self.max
        if raw < self.min:
            return self.min
        return raw

    def fits(self, raw: int) -> bool:
        """Whether raw bits lie in the range of the format."""
        return self.min <= raw <= self.max

    def wrap(self, raw: int) -> int:
        """Reduce raw bits modulo the width, as bare `+`, `-` and `Sum` do."""
        raw &= (1 << self.bits) - 1
        return raw - (1 << self.bits) if raw > self.max else raw

    def from_int(self, number: int) -> int:
        """Raw bits of an integer, saturating (`saturating_from_num`)."""
        raw = number << self.frac
        return raw if self.min <= raw <= self.max else self.saturate(raw)

    def from_float(self, number: float) -> int:
        """Raw bits nearest to the float's exact binary value, ties to even, saturating."""
        return self.from_fraction(Fraction(number))

    def from_fraction(self, number: Fraction) -> int:
        """Raw bits nearest to an exact rational, ties to even, saturating."""
        return self.saturate(round(number * self.one))

    def convert(self, raw: int, source: FixedFormat) -> int:
        """Raw bits of `source` in this format: floors, saturates (`saturating_from_num`)."""
        shift = self.frac - source.frac
        raw = raw << shift if shift >= 0 else raw >> -shift
        return raw if self.min <= raw <= self.max else self.saturate(raw)

    # -- out of the format

    def to_int(self, raw: int) -> int:
        """The floor, as an unbounded integer."""
        return raw >> self.frac

    def to_u64(self, raw: int) -> int:
        """The floor, saturated to 0..2**64-1 (`saturating_to_num::<u64>`)."""
        whole = raw >> self.frac
        return whole if 0 <= whole <= U64_MAX else 0 if whole < 0 else U64_MAX

    def to_u16(self, raw: int) -> int:
        """The floor, saturated to 0..65535 (`saturating_to_num::<u16>`)."""
        whole = raw >> self.frac
        return whole if 0 <= whole <= U16_MAX else 0 if whole < 0 else U16_MAX

    def to_u128(self, raw: int) -> int:
        """The floor, saturated to 0..2**128-1 (`saturating_to_num::<u128>`)."""
        whole = raw >> self.frac
        return 0 if whole < 0 else min(whole, U128_MAX)

    def to_fraction(self, raw: int) -> Fraction:
        """The exact value."""
        return Fraction(raw, self.one)

    def to_float(self, raw: int) -> float:
        """The nearest float; for display, never for arithmetic."""
        return raw / self.one

    # -- rounding within the format

    def floor(self, raw: int) -> int:
        """Clear the fraction bits (toward minus infinity)."""
        return (raw >> self.frac) << self.frac

    def fraction_bits(self, raw: int) -> int:
        """The fraction bits alone (`frac()`), never negative."""
        return raw & (self.one - 1)

    def round(self, raw: int) -> int:
        """Nearest whole number, halves away from zero, saturating (`round()`)."""
        half = self.one >> 1
        if raw >= 0:
            return self.saturate(self.floor(raw + half))
        return self.saturate(-self.floor(-raw + half))

    # -- arithmetic

    def saturating_add(self, left: int, right: int) -> int:
        """left + right, clipped."""
        raw = left + right
        return raw if self.min <= raw <= self.max else self.saturate(raw)

    def saturating_sub(self, left: int, right: int) -> int:
        """left - right, clipped (0 below zero in an unsigned format)."""
        raw = left - right
        return raw if self.min <= raw <= self.max else self.saturate(raw)

    def saturating_mul(self, left: int, right: int) -> int:
        """floor(left * right), clipped."""
        raw = (left * right) >> self.frac
        return raw if self.min <= raw <= self.max else self.saturate(raw)

    def saturating_div(self, left: int, right: int) -> int:
        """left / right truncated toward zero, clipped. ZeroDivisionError on a zero divisor."""
        return self.saturate(self._quotient(left, right))

    def checked_add(self, left: int, right: int) -> int | None:
        """left + right, or None where it does not fit."""
        return self._checked(left + right)

    def checked_sub(self, left: int, right: int) -> int | None:
        """left - right, or None where it does not fit."""
        return self._checked(left - right)

    def checked_mul(self, left: int, right: int) -> int | None:
        """floor(left * right), or None where it does not fit."""
        return self._checked((left * right) >> self.frac)

    def checked_div(self, left: int, right: int) -> int | None:
        """left / right truncated toward zero, or None for a zero divisor or an overflow."""
        return None if right == 0 else self._checked(self._quotient(left, right))

    def safe_div(self, left: int, right: int, default: int = 0) -> int:
        """`checked_div`, with `default` (raw bits) in place of None (`safe_div`, `safe_div_or`)."""
        if right == 0:
            return default
        if left >= 0 and right > 0:
            quotient = (left << self.frac) // right
        else:
            quotient = self._quotient(left, right)
        return quotient if self.min <= quotient <= self.max else default

    def abs_diff(self, left: int, right: int) -> int:
        """The distance between two numbers, clipped."""
        return self.saturate(abs(left - right))

    def ratio(self, numerator: int, denominator: int) -> int:
        """`from_int(p).safe_div(from_int(q))`: how integer parameters become fractions."""
        return self.safe_div(self.from_int(numerator), self.from_int(denominator))

    def _checked(self, raw: int) -> int | None:
        return raw if self.min <= raw <= self.max else None

    def _quotient(self, left: int, right: int) -> int:
        scaled = left << self.frac
        if (scaled >= 0) == (right > 0):
            return scaled // right
        return -(-scaled // right)


I9F23 = FixedFormat("I9F23", 9, 23, signed=True)
I32F32 = FixedFormat("I32F32", 32, 32, signed=True)
I64F64 = FixedFormat("I64F64", 64, 64, signed=True)
I96F32 = FixedFormat("I96F32", 96, 32, signed=True)
U64F64 = FixedFormat("U64F64", 64, 64, signed=False)
U96F32 = FixedFormat("U96F32", 96, 32, signed=False)
