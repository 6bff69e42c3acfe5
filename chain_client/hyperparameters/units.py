"""Units of hyperparameters: how a value is typed, shown, and given to the chain.

Owns turning text into the chain's number and back. Does not own which hyperparameter has which
unit (the tables), nor which values the chain takes (``bounds``).

A whole number is always the chain's own number. A percent sign or a decimal point makes it a
share of the unit's whole: ``kappa`` counts parts of 65535, so ``50%``, ``0.5`` and ``32767`` are
the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, Final

from taokit.chain_client.money import Tao

__all__ = ["UNITS", "Unit"]

_LONGEST: Final = 60
_WORDS: Final = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}


@dataclass(frozen=True)
class Unit:
    """One unit. ``whole`` is the chain's number for one (a share of 1, one tempo, one TAO)."""

    name: str
    what: str
    """What to type, for help: ``a number of blocks``."""
    parse: Callable[[Any, bool], Any]
    """From text or JSON; the flag says that whole numbers are shares too."""
    show: Callable[[Any], str]
    whole: int = 1

    def share(self, value: Any) -> Fraction | None:
        """``value`` of the chain in wholes, where the unit has parts."""
        return None if self.whole == 1 or type(value) is not int else Fraction(value, self.whole)


def _number(given: Any) -> Decimal:
    if isinstance(given, bool) or not isinstance(given, (str, int, float, Decimal, Fraction)):
        raise TypeError("it must be a number")
    if isinstance(given, Fraction):
        return Decimal(given.numerator) / Decimal(given.denominator)
    text = str(given).strip()
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or len(text) > _LONGEST or abs(number.adjusted()) > _LONGEST:
        raise ValueError("it must be a number, such as 3 or 0.25")
    return number


def _whole(given: Any) -> int:
    number = _number(given)
    if number != number.to_integral_value():
        raise ValueError("it must be a whole number")
    return int(number)


def _counted(*words: str) -> Callable[[Any, bool], int]:
    def parse(given: Any, as_share: bool) -> int:
        if isinstance(given, str):
            for word in words:
                given = given.strip().removesuffix(word).removesuffix(word.removesuffix("s"))
        return _whole(given)

    return parse


def _parts(whole: int) -> Callable[[Any, bool], int]:
    def parse(given: Any, as_share: bool) -> int:
        text = str(given).strip() if not isinstance(given, bool) else given
        if isinstance(text, str) and text.endswith("%"):
            return _nearest(Fraction(_number(text[:-1])) / 100, whole)
        if as_share or isinstance(given, (float, Fraction)) or "." in str(text):
            return _nearest(Fraction(_number(text)), whole)
        return _whole(text)

    return parse


def _nearest(share: Fraction, whole: int) -> int:
    # Truncated, as btcli does for its shares of 65535.
    return int(share * whole)


def _fixed(given: Any, as_share: bool) -> Fraction:
    if isinstance(given, str) and given.strip().endswith("%"):
        return Fraction(_number(given.strip()[:-1])) / 100
    return Fraction(_number(given))


def _truth(given: Any, as_share: bool) -> bool:
    if isinstance(given, bool):
        return given
    found = _WORDS.get(str(given).strip().lower())
    if found is None:
        raise ValueError("it must be true or false")
    return found


def _tao(given: Any, as_share: bool) -> Tao:
    if isinstance(given, Tao):
        return given
    if type(given) is int:
        return Tao(given)
    return Tao.parse(str(given))


def _account(given: Any, as_share: bool) -> str:
    from taokit.chain_client.addresses import ss58_of

    return ss58_of(given)


def _pair(given: Any, as_share: bool) -> tuple[int, int]:
    parts = given if isinstance(given, (list, tuple)) else str(given).split(",")
    if len(parts) != 2:
        raise ValueError("give two, the low one first: 0.7,0.9")
    low, high = (_parts(65535)(part, as_share) for part in parts)
    return low, high


def _choice(*names: str) -> Callable[[Any, bool], str]:
    def parse(given: Any, as_share: bool) -> str:
        for place, name in enumerate(names):
            if str(given).strip().lower() in (name.lower(), str(place)):
                return name
        raise ValueError(f"it is one of {', '.join(names)}")

    return parse


def _switch(given: Any, as_share: bool) -> tuple[str, bool]:
    if isinstance(given, (list, tuple)) and len(given) == 2:
        return str(given[0]), _truth(given[1], as_share)
    name, equals, state = str(given).partition("=")
    if not equals:
        raise ValueError("give the precompile and its state: Staking=off")
    return name.strip(), _truth(state, as_share)


def _plain(value: Any) -> str:
    return str(value)


def _shown_truth(value: Any) -> str:
    return "yes" if value else "no"


def _shown_share(whole: int) -> Callable[[Any], str]:
    return lambda value: f"{float(Fraction(value, whole)):.4%}"


def _shown_pair(value: Any) -> str:
    return ", ".join(_shown_share(65535)(part) for part in value)


def _decimal(value: Any) -> str:
    return f"{float(value):.9g}"


def _counting(word: str) -> Callable[[Any], str]:
    return lambda value: f"{value} {word if value != 1 else word.removesuffix('s')}"


def _share_unit(name: str, whole: int) -> Unit:
    what = f"a share (18%, 0.18), or parts of {whole}"
    return Unit(name, what, _parts(whole), _shown_share(whole), whole)


UNITS: Final[dict[str, Unit]] = {
    unit.name: unit
    for unit in (
        Unit("boolean", "true or false", _truth, _shown_truth),
        Unit("number", "a whole number", _counted(), _plain),
        Unit("blocks", "a number of blocks", _counted("blocks"), _counting("blocks")),
        Unit("epochs", "a number of epochs", _counted("epochs"), _counting("epochs")),
        Unit("tempos", "a number of tempos", _counted("tempos"), _counting("tempos")),
        Unit("TAO", "TAO (0.5), or rao (500000000rao)", _tao, str),
        _share_unit("u16 share", 65_535),
        _share_unit("u64 share", 2**64 - 1),
        _share_unit("millionths", 1_000_000),
        _share_unit("10^18 share", 10**18),
        Unit(
            "thousandths of a tempo",
            "tempos (13.9), or thousandths of one",
            _parts(1_000),
            lambda value: f"{value / 1_000:g} tempos",
            1_000,
        ),
        Unit("factor", "a number, such as 1.26", _fixed, _decimal),
        Unit("account", "an address", _account, _plain),
        Unit("two u16 shares", "two shares, the low one first (0.7,0.9)", _pair, _shown_pair),
        Unit("Burn or Recycle", "Burn or Recycle", _choice("Burn", "Recycle"), _plain),
        Unit("precompile=state", "a precompile and its state: Staking=off", _switch, _plain),
    )
}
"""Every unit by its name."""
