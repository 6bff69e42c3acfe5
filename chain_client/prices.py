"""Prices of alpha in TAO, limits and slippage, in exact integers.

Owns the arithmetic a person does around a swap: what an amount is worth at a price, which limit
price a tolerance gives, how far a quoted swap is from the spot price. Does not own the pool's own
mathematics (that is the chain's).

The chain counts a price as rao of TAO for one whole alpha (``SwapRuntimeApi_current_alpha_price``
returns ``price * 10^9``, and the ``limit_price`` of ``add_stake_limit`` and ``remove_stake_limit``
is compared with the same number). Subnet 0 has the fixed price of one TAO.

    >>> price = Price(rao=250_000_000, netuid=3)         # 0.25 TAO for one alpha
    >>> price.worth(Alpha(4_000_000_000, netuid=3))
    Tao(1000000000)
    >>> price.limit_for_buying(Fraction(5, 100))
    Price(rao=262500000, netuid=3)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from taokit.chain_client.errors import InvalidAmount, UnitError
from taokit.chain_client.money import RAO_PER_TAO, Alpha, Tao

__all__ = ["Price", "parse_fraction", "percent", "slippage"]

_LONGEST = 40


@dataclass(frozen=True)
class Price:
    """TAO for one alpha of ``netuid``, as rao of TAO per whole alpha."""

    rao: int
    netuid: int

    def worth(self, amount: Alpha) -> Tao:
        """What ``amount`` is worth at this price, before fees and slippage; rounded down."""
        self._own(amount)
        return Tao(amount.rao * self.rao // RAO_PER_TAO)

    def buys(self, amount: Tao) -> Alpha:
        """How much alpha ``amount`` buys at this price, before fees and slippage; rounded down."""
        if self.rao <= 0:
            raise InvalidAmount(str(self.rao), "nothing can be bought at a price of zero")
        return Alpha(amount.rao * RAO_PER_TAO // self.rao, self.netuid)

    def limit_for_buying(self, tolerance: Fraction) -> Price:
        """The highest price to pay when it may rise by ``tolerance`` (0.05 for 5 %)."""
        return replace(self, rao=self._times(1 + _checked(tolerance)))

    def limit_for_selling(self, tolerance: Fraction) -> Price:
        """The lowest price to accept when it may fall by ``tolerance``; rounded up."""
        return replace(self, rao=-self._times(-(1 - _checked(tolerance))))

    def _times(self, ratio: Fraction) -> int:
        return (self.rao * ratio.numerator) // ratio.denominator

    def _own(self, amount: Alpha) -> None:
        if amount.netuid != self.netuid:
            raise UnitError("price", f"alpha of subnet {self.netuid}", amount.unit)

    def format(self) -> str:
        """``0.250000000 TAO/alpha``, as a plain number with its unit."""
        return f"{Tao(self.rao).decimal()} TAO/alpha"

    def __str__(self) -> str:
        return self.format()


def slippage(expected: Tao | Alpha, received: Tao | Alpha) -> Fraction:
    """The part of ``expected`` that was not received: 0 for none, 1 for all.

    Both must be of one unit; negative when more came than was expected.
    """
    if expected.unit != received.unit:
        raise UnitError("compare", expected.unit, received.unit)
    return Fraction(expected.rao - received.rao, expected.rao) if expected.rao else Fraction(0)


def parse_fraction(text: str) -> Fraction:
    """Read ``"0.05"`` or ``"5%"`` exactly; raises :class:`InvalidAmount` outside 0 to 1."""
    cleaned = text.strip()
    divisor = 100 if cleaned.endswith("%") else 1
    try:
        if len(cleaned) > _LONGEST or "e" in cleaned.lower():  # 1e999999999 would take forever
            raise ValueError
        value = Fraction(cleaned.rstrip("%").strip()) / divisor
    except (ValueError, ZeroDivisionError) as error:
        raise InvalidAmount(text, "write it as 0.05 or 5%") from error
    return _checked(value)


def percent(share: Fraction) -> str:
    """``"5%"``: a share as a person writes it, to six digits."""
    return f"{float(share * 100):.6g}%"


def _checked(tolerance: Fraction) -> Fraction:
    if not 0 <= tolerance <= 1:
        raise InvalidAmount(str(tolerance), "a share lies between 0 and 1 (0 % and 100 %)")
    return Fraction(tolerance)
