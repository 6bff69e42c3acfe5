"""Parameters of reads and fields of operations: kind, help, parsing, JSON schema.

Owns how one declared argument is described (:class:`Parameter`), and how text or JSON becomes its
typed value. Commands, JSON schemas and script files are derived from this; nothing else lists
arguments. Does not own the reads and operations themselves, nor names of wallets (the command
line turns those into addresses first).

An argument is declared where it is used::

    hotkey: Annotated[Hotkey, Arg("The hotkey to stake on.")]
    amount: Annotated[Tao, Arg("How much TAO to stake.")]
    mechanism: Annotated[int, Arg("Mechanism of the subnet.")] = 0

The kind comes from the type; ``Hotkey``, ``Coldkey``, ``Account``, ``NetUid``, ``Uid`` and
``Block`` are plain ``str`` or ``int`` that say what they are.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Annotated, Any, Final, Literal

from taokit.chain_client.errors import InvalidAmount, InvalidArgument, MissingArgument
from taokit.chain_client.money import Alpha, Tao
from taokit.chain_client.prices import Price, parse_fraction
from taokit.wallet.errors import InvalidAddress

__all__ = [
    "Account",
    "AnyCall",
    "AnyCalls",
    "Arg",
    "Block",
    "Coldkey",
    "Hotkey",
    "Kind",
    "NetUid",
    "Parameter",
    "Uid",
    "bind",
    "parameters_of",
    "scaled_weights",
]

Kind = Literal[
    "account",
    "accounts",
    "alpha",
    "block",
    "boolean",
    "call",
    "calls",
    "coldkey",
    "fraction",
    "fractions",
    "hotkey",
    "integer",
    "integers",
    "netuid",
    "price",
    "tao",
    "text",
    "uid",
    "uids",
    "value",
    "weights",
]


@dataclass(frozen=True, slots=True)
class _KindMark:
    kind: Kind


Account = Annotated[str, _KindMark("account")]
"""The SS58 address of any account."""
Coldkey = Annotated[str, _KindMark("coldkey")]
"""The SS58 address of a coldkey."""
Hotkey = Annotated[str, _KindMark("hotkey")]
"""The SS58 address of a hotkey."""
NetUid = Annotated[int, _KindMark("netuid")]
"""The number of a subnet (u16)."""
Uid = Annotated[int, _KindMark("uid")]
"""The number of a neuron in its subnet (u16)."""
Block = Annotated[int, _KindMark("block")]
"""A block number (u32)."""
AnyCall = Annotated[Any, _KindMark("call")]
"""An operation, a call of the metadata, or a call's bytes; see ``call_values``."""
AnyCalls = Annotated[tuple[Any, ...], _KindMark("calls")]
"""Several of them, in order."""

_KINDS_BY_TYPE: Final[Mapping[Any, Kind]] = {
    Tao: "tao",
    Alpha: "alpha",
    Price: "price",
    Fraction: "fraction",
    bool: "boolean",
    int: "integer",
    str: "text",
    list[int]: "integers",
    tuple[int, ...]: "integers",
}

_SCHEMA_BY_KIND: Final[Mapping[Kind, Mapping[str, Any]]] = {
    "account": {"type": "string", "format": "ss58"},
    "accounts": {"type": "array", "items": {"type": "string", "format": "ss58"}},
    "alpha": {"type": ["string", "integer"], "description": "alpha; an integer counts rao"},
    "block": {"type": "integer", "minimum": 0, "maximum": 2**32 - 1},
    "boolean": {"type": "boolean"},
    "call": {
        "type": ["object", "string"],
        "description": "an operation by its name with its fields, a call of the chain, or its hex",
    },
    "calls": {"type": "array", "items": {"type": ["object", "string"]}},
    "coldkey": {"type": "string", "format": "ss58"},
    "fraction": {"type": "string", "description": "0.05 or 5%"},
    "fractions": {"type": "array", "items": {"type": "string", "description": "0.05 or 5%"}},
    "hotkey": {"type": "string", "format": "ss58"},
    "integer": {"type": "integer"},
    "integers": {"type": "array", "items": {"type": "integer"}},
    "netuid": {"type": "integer", "minimum": 0, "maximum": 65535},
    "price": {"type": ["string", "integer"], "description": "TAO per alpha; an integer counts rao"},
    "tao": {"type": ["string", "integer"], "description": "TAO; an integer counts rao"},
    "text": {"type": "string"},
    "uid": {"type": "integer", "minimum": 0, "maximum": 65535},
    "uids": {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 65535}},
    "value": {"type": ["string", "number", "boolean", "array"]},
    "weights": {"type": "array", "items": {"type": "number", "minimum": 0}},
}

_MOST_DIGITS: Final = 400
"""Of a weight: every double fits, and no text can make a number that takes long."""

_BOUNDS: Final[Mapping[str, int]] = {"netuid": 1 << 16, "uid": 1 << 16, "block": 1 << 32}


@dataclass(frozen=True, slots=True)
class Arg:
    """What ``Annotated`` carries beside the type: the help line, and a kind where it differs."""

    help: str
    kind: Kind | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of a read, or one field of an operation."""

    name: str
    kind: Kind
    help: str
    required: bool
    default: Any
    nullable: bool
    """Whether ``None`` is a value: nothing chosen."""

    def parse(self, value: object, *, netuid: int | None = None) -> Any:
        """The typed value of ``value``: text from a command line, JSON, or already typed.

        An integer for ``tao``, ``alpha`` and ``price`` counts rao, text counts whole units
        ("1.5"). ``netuid`` gives alpha and prices their subnet. Raises :class:`InvalidArgument`.
        """
        if value is None:
            if self.nullable:
                return None
            raise MissingArgument(self.name)
        try:
            return _parse(self.kind, value, netuid)
        except InvalidAmount as error:
            raise InvalidArgument(self.name, value, error.hint or error.message) from error
        except (ValueError, TypeError, InvalidAddress) as error:
            raise InvalidArgument(self.name, value, str(error)) from error

    def json_schema(self) -> dict[str, Any]:
        """The argument as JSON Schema, with its help as the title."""
        return {"title": self.help, **_SCHEMA_BY_KIND[self.kind]}


def parameters_of(
    declared: Callable[..., Any] | type, *, skip: frozenset[str] = frozenset()
) -> tuple[Parameter, ...]:
    """The parameters that a read function or an operation class declares, in order."""
    wanted = {name: value for name, value in _defaults(declared).items() if name not in skip}
    hints = _hints(declared, wanted)
    return tuple(
        _parameter(name, hints[name], default, f"{declared.__name__}.{name}")
        for name, default in wanted.items()
    )


def bind(parameters: tuple[Parameter, ...], values: Mapping[str, object]) -> dict[str, Any]:
    """Parse ``values`` by name for a whole set of parameters.

    A ``netuid`` or ``origin_netuid`` among them gives alpha amounts and prices their subnet. Raises
    :class:`MissingArgument` for an absent required one and :class:`InvalidArgument` for an
    unknown name or a bad value.
    """
    known = {parameter.name: parameter for parameter in parameters}
    for name, value in values.items():
        if name not in known:
            raise InvalidArgument(name, value, f"known are: {', '.join(known) or 'none'}")
    bound: dict[str, Any] = {}
    netuid: int | None = None
    own = next((name for name in ("netuid", "origin_netuid") if name in known), None)
    if own is not None and values.get(own) is not None:
        netuid = known[own].parse(values[own])
    for parameter in parameters:
        if parameter.name in values:
            bound[parameter.name] = parameter.parse(values[parameter.name], netuid=netuid)
        elif parameter.required:
            raise MissingArgument(parameter.name)
    return bound


def scaled_weights(given: Sequence[Fraction]) -> tuple[int, ...]:
    """Weights as the chain takes them (u16), from whole numbers or fractions.

    Whole numbers are taken as they are. If any is not whole, the largest becomes 65535 and each
    other ``weight / largest * 65535``, rounded to the nearest, a half up.
    """
    if all(weight.denominator == 1 for weight in given):
        return tuple(int(weight) for weight in given)
    if min(given) < 0:
        raise ValueError("no weight is less than zero")
    return tuple(math.floor(weight / max(given) * 65535 + Fraction(1, 2)) for weight in given)


def _hints(declared: Callable[..., Any] | type, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The annotations of ``wanted`` as types; others may name what only checkers import."""
    if isinstance(declared, type):
        return typing.get_type_hints(declared, include_extras=True)
    annotations = {name: declared.__annotations__[name] for name in wanted}
    bare = types.SimpleNamespace(__annotations__=annotations)
    return typing.get_type_hints(bare, globalns=declared.__globals__, include_extras=True)


def _defaults(declared: Callable[..., Any] | type) -> dict[str, Any]:
    if isinstance(declared, type):
        found: dict[str, Any] = {}
        for field in dataclasses.fields(declared):
            if not field.init:
                continue
            if field.default_factory is not dataclasses.MISSING:
                found[field.name] = field.default_factory()
            else:
                found[field.name] = field.default
        return found
    return {
        parameter.name: (
            dataclasses.MISSING
            if parameter.default is inspect.Parameter.empty
            else parameter.default
        )
        for parameter in inspect.signature(declared).parameters.values()
    }


def _parameter(name: str, hint: Any, default: Any, where: str) -> Parameter:
    nullable, plain, marks = _unwrap(hint)
    arg = next((mark for mark in marks if isinstance(mark, Arg)), None)
    if arg is None:
        raise TypeError(f"{where} needs Annotated[..., Arg('help')]")
    marked = next((mark.kind for mark in marks if isinstance(mark, _KindMark)), None)
    kind = arg.kind or marked or _KINDS_BY_TYPE.get(plain)
    if kind is None:
        raise TypeError(f"{where}: no kind for {plain!r}; give Arg(kind=...)")
    required = default is dataclasses.MISSING
    return Parameter(name, kind, arg.help, required, None if required else default, nullable)


def _unwrap(hint: Any) -> tuple[bool, Any, list[Any]]:
    """(may be None, the bare type, the marks), through nested Annotated and ``| None``."""
    nullable, marks = False, []
    while True:
        origin = typing.get_origin(hint)
        if origin is Annotated:
            marks.extend(hint.__metadata__)
            hint = hint.__origin__
        elif origin in (typing.Union, types.UnionType):
            rest = [part for part in typing.get_args(hint) if part is not type(None)]
            nullable = len(rest) < len(typing.get_args(hint))
            if len(rest) != 1:
                return nullable, hint, marks
            hint = rest[0]
        else:
            return nullable, hint, marks


def _parse(kind: Kind, value: object, netuid: int | None) -> Any:
    if kind == "tao":
        return _money(value, Tao, Tao.parse, Tao)
    if kind == "alpha":
        return _money(
            value,
            Alpha,
            lambda text: Alpha.parse(text, _subnet(netuid)),
            lambda rao: Alpha(rao, _subnet(netuid)),
        )
    if kind == "price":
        return _money(
            value,
            Price,
            lambda text: Price(Tao.parse(text).rao, _subnet(netuid)),
            lambda rao: Price(rao, _subnet(netuid)),
        )
    if kind == "fraction":
        return value if isinstance(value, Fraction) else parse_fraction(str(value))
    if kind == "fractions":
        return tuple(
            item if isinstance(item, Fraction) else parse_fraction(str(item))
            for item in _items(value)
        )
    if kind == "boolean":
        return _boolean(value)
    if kind in ("integers", "uids"):
        return tuple(_integer(item) for item in _items(value))
    if kind == "weights":
        return scaled_weights([_number(item) for item in _items(value)])
    if kind == "value":
        return value
    if kind in ("call", "calls"):
        from taokit.chain_client.call_values import parse_call, parse_calls

        return parse_call(value) if kind == "call" else parse_calls(value)
    if kind == "accounts":
        return [_address(item) for item in _items(value)]
    if kind in ("account", "coldkey", "hotkey"):
        return _address(value)
    if kind == "text":
        return _text(value)
    number = _integer(value)
    if kind in _BOUNDS and not 0 <= number < _BOUNDS[kind]:
        raise ValueError(f"it must lie between 0 and {_BOUNDS[kind] - 1}")
    return number


def _money(
    value: object, typed: type, from_text: Callable[[str], Any], from_rao: Callable[[int], Any]
) -> Any:
    if isinstance(value, typed):
        return value
    if isinstance(value, str):
        return from_text(value)
    if type(value) is int:
        return from_rao(value)
    raise TypeError("an amount is text (1.5) or a whole number of rao")


def _subnet(netuid: int | None) -> int:
    if netuid is None:
        raise ValueError("an amount of alpha needs a netuid")
    return netuid


def _items(value: object) -> Iterable[object]:
    """What a list is made of: JSON's items, or the parts of text between commas."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, (list, tuple)):
        return value
    raise TypeError("it must be a list, or text with commas")


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "yes", "on", "1"):
        return True
    if isinstance(value, str) and value.lower() in ("false", "no", "off", "0"):
        return False
    raise ValueError("it must be true or false")


def _integer(value: object) -> int:
    if type(value) is int:
        return value
    if isinstance(value, str):
        try:
            return int(value.strip(), 0)
        except ValueError:
            raise ValueError("it must be a whole number") from None
    raise TypeError("it must be a whole number")


def _number(value: object) -> Fraction:
    if isinstance(value, Fraction):
        return value
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        raise TypeError("a number")
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        raise ValueError("a number, such as 3 or 0.25")
    return Fraction(number)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("it must be text")
    return value


def _address(value: object) -> str:
    from taokit.chain_client.addresses import ss58_of

    return ss58_of(value)
