"""Exact money: TAO and the alpha of one subnet, in integers of rao.

Owns amounts, their arithmetic, their reading from text and their plain formatting. Does not own
prices and slippage (``prices``), nor how a terminal shows an amount.

One TAO is 10^9 rao, and the alpha of a subnet is counted the same way. An amount carries its
unit; adding or comparing amounts of different units raises :class:`UnitError`. No float enters or
leaves.

    >>> Tao.parse("1.5") + Tao(500_000_000)
    Tao(2000000000)
    >>> str(Tao.parse("1500000000rao"))
    'τ1.500000000'
    >>> str(Alpha.parse("0.25", netuid=3))
    'α0.250000000 (subnet 3)'
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Final

from taokit.chain_client.errors import InvalidAmount, UnitError

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["RAO_PER_TAO", "Alpha", "Amount", "Tao"]

RAO_PER_TAO: Final = 1_000_000_000
"""Rao in one TAO, and in one alpha (nine decimals, as ``system_properties`` says)."""

_DECIMALS: Final = 9
_MAX_RAO: Final = (1 << 64) - 1
_TEXT = re.compile(r"(?P<symbol>[τα]?)(?P<number>[0-9][0-9_]*(?:\.[0-9]*)?|\.[0-9]+)(?P<unit>\w*)")


@dataclass(frozen=True)
class Amount:
    """What :class:`Tao` and :class:`Alpha` share; never made directly.

    Amounts of one unit add, subtract, compare and scale by integers. A difference may be negative;
    what goes to the chain is checked where it is encoded. ``a / b`` of one unit is an exact
    ``Fraction``.
    """

    rao: int

    unit_names: ClassVar[tuple[str, ...]] = ()
    symbol: ClassVar[str] = ""

    def __post_init__(self) -> None:
        if type(self.rao) is not int:
            raise InvalidAmount(repr(self.rao), "an amount is a whole number of rao")

    @property
    def unit(self) -> str:
        """The unit in words, as errors and JSON name it."""
        raise NotImplementedError

    def _same(self, other: object, doing: str) -> int:
        if not isinstance(other, Amount):
            raise UnitError(doing, self.unit, type(other).__name__)
        if other.unit != self.unit:
            raise UnitError(doing, self.unit, other.unit)
        return other.rao

    def __add__(self, other: Self) -> Self:
        return replace(self, rao=self.rao + self._same(other, "add"))

    def __sub__(self, other: Self) -> Self:
        return replace(self, rao=self.rao - self._same(other, "subtract"))

    def __neg__(self) -> Self:
        return replace(self, rao=-self.rao)

    def __mul__(self, factor: int) -> Self:
        if type(factor) is not int:
            raise UnitError("multiply", self.unit, type(factor).__name__)
        return replace(self, rao=self.rao * factor)

    __rmul__ = __mul__

    def __floordiv__(self, divisor: int) -> Self:
        """Divide by a whole number, towards minus infinity; the remainder is lost."""
        if type(divisor) is not int:
            raise UnitError("divide", self.unit, type(divisor).__name__)
        return replace(self, rao=self.rao // divisor)

    def __truediv__(self, other: Self) -> Fraction:
        return Fraction(self.rao, self._same(other, "divide"))

    def __lt__(self, other: Self) -> bool:
        return self.rao < self._same(other, "compare")

    def __le__(self, other: Self) -> bool:
        return self.rao <= self._same(other, "compare")

    def __gt__(self, other: Self) -> bool:
        return self.rao > self._same(other, "compare")

    def __ge__(self, other: Self) -> bool:
        return self.rao >= self._same(other, "compare")

    def __bool__(self) -> bool:
        return self.rao != 0

    def scaled(self, ratio: Fraction) -> Self:
        """The amount times an exact ratio, rounded towards minus infinity to a whole rao."""
        return replace(self, rao=(self.rao * ratio.numerator) // ratio.denominator)

    def decimal(self, *, places: int = _DECIMALS, group: bool = False) -> str:
        """The number in whole units, cut (never rounded up) to ``places`` decimals.

        ``group`` puts commas between thousands. At most nine places exist.
        """
        whole, part = divmod(abs(self.rao), RAO_PER_TAO)
        head = f"{whole:,}" if group else str(whole)
        sign = "-" if self.rao < 0 else ""
        kept = f"{part:09d}"[: max(0, min(places, _DECIMALS))]
        return f"{sign}{head}.{kept}" if kept else f"{sign}{head}"

    def format(
        self, *, places: int = _DECIMALS, group: bool = False, symbol: str | None = None
    ) -> str:
        """The amount with its symbol in front; give ``symbol`` to use another one (or ``""``)."""
        shown = self.symbol if symbol is None else symbol
        text = self.decimal(places=places, group=group)
        return f"-{shown}{text[1:]}" if text.startswith("-") else f"{shown}{text}"


@dataclass(frozen=True, repr=False)
class Tao(Amount):
    """An amount of TAO, in rao."""

    unit_names: ClassVar[tuple[str, ...]] = ("tao", "t")
    symbol: ClassVar[str] = "τ"

    @property
    def unit(self) -> str:
        return "TAO"

    @classmethod
    def parse(cls, text: str) -> Tao:
        """Read ``"1.5"``, ``"1.5tao"``, ``"τ1.5"`` or ``"1500000000rao"``.

        Raises :class:`InvalidAmount` for anything else: a sign, an exponent, more than nine
        decimals, a part of a rao, or more than 64 bits of rao.
        """
        return cls(_parse_rao(text, cls.unit_names, cls.symbol))

    def __str__(self) -> str:
        return self.format()

    def __repr__(self) -> str:
        return f"Tao({self.rao})"


@dataclass(frozen=True, repr=False)
class Alpha(Amount):
    """An amount of one subnet's alpha, in rao of alpha."""

    netuid: int

    unit_names: ClassVar[tuple[str, ...]] = ("alpha", "a")
    symbol: ClassVar[str] = "α"

    def __post_init__(self) -> None:
        super().__post_init__()
        if type(self.netuid) is not int or not 0 <= self.netuid < 1 << 16:
            raise InvalidAmount(repr(self.netuid), "a netuid is a whole number below 65536")

    @property
    def unit(self) -> str:
        return f"alpha of subnet {self.netuid}"

    @classmethod
    def parse(cls, text: str, netuid: int) -> Alpha:
        """Read ``"1.5"``, ``"1.5alpha"``, ``"α1.5"`` or ``"1500000000rao"`` of ``netuid``'s alpha.

        Raises :class:`InvalidAmount` as :meth:`Tao.parse` does.
        """
        return cls(_parse_rao(text, cls.unit_names, cls.symbol), netuid)

    def __str__(self) -> str:
        return f"{self.format()} (subnet {self.netuid})"

    def __repr__(self) -> str:
        return f"Alpha({self.rao}, netuid={self.netuid})"


def _parse_rao(text: str, unit_names: tuple[str, ...], symbol: str) -> int:
    match = _TEXT.fullmatch(text.strip().replace(" ", ""))
    if match is None:
        raise InvalidAmount(text, f"write it as 1.5, 1.5{unit_names[0]} or 1500000000rao")
    if match["symbol"] not in ("", symbol):
        raise InvalidAmount(text, f"the unit here is {unit_names[0]}")
    unit = match["unit"].lower()
    whole, _, part = match["number"].replace("_", "").partition(".")
    if unit == "rao":
        if part.strip("0"):
            raise InvalidAmount(text, "a rao cannot be divided")
        rao = int(whole or "0")
    elif unit in ("", *unit_names):
        if len(part.rstrip("0")) > _DECIMALS:
            raise InvalidAmount(text, "there are nine decimals at most")
        rao = int(whole or "0") * RAO_PER_TAO + int(part[:_DECIMALS].ljust(_DECIMALS, "0"))
    else:
        raise InvalidAmount(text, f"unknown unit {match['unit']!r}: use {unit_names[0]} or rao")
    if rao > _MAX_RAO:
        raise InvalidAmount(text, "the chain counts in 64 bits of rao")
    return rao
