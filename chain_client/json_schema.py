"""JSON Schema of typed results: the shapes that :mod:`taokit.chain_client.jsonable` gives them.

Owns the mapping from a type (what a read returns, a receipt, a typed dictionary) to the schema of
its JSON form. Does not own the JSON form itself, nor which command answers with what.

A record's own schema stands under ``$defs`` by the name of its class. Fields may be added in later
versions, so the schemas are open; :func:`closed` makes one that knows every field, for tests.
"""

from __future__ import annotations

import dataclasses
import enum
import inspect
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from taokit.chain_client.calls import Call
from taokit.chain_client.money import Alpha, Tao
from taokit.chain_client.prices import Price
from taokit.chain_client.scale.account import AccountId
from taokit.wallet.errors import TaokitError

__all__ = ["DIALECT", "And", "closed", "returned", "schema_of"]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_INTEGER: Final = {
    "type": ["integer", "string"],
    "pattern": "^-?[0-9]+$",
    "description": "A whole number; text beyond 2^53.",
}
_RATIO: Final = {
    "type": "string",
    "pattern": r"^-?[0-9]+(\.[0-9]+)?$",
    "description": "A ratio, as decimal text.",
}


def _amount(about: str, unit: str, *, of_subnet: bool) -> dict[str, Any]:
    properties: dict[str, Any] = {"rao": _INTEGER, "unit": {"const": unit}}
    if of_subnet:
        properties["netuid"] = {"type": "integer", "minimum": 0, "maximum": 65535}
    return {
        "type": "object",
        "description": about,
        "properties": properties,
        "required": list(properties),
    }


# The types that jsonable.py has a rule of its own for.
_LEAVES: Final[Mapping[Any, Mapping[str, Any]]] = {
    Any: {},
    object: {},
    type(None): {"type": "null"},
    bool: {"type": "boolean"},
    float: {"type": ["number", "null"]},
    str: {"type": "string"},
    bytes: {"type": "string", "pattern": "^0x([0-9a-f]{2})*$"},
    AccountId: {"type": "string", "format": "ss58"},
    Path: {"type": "string", "format": "path"},
}
_SHARED: Final[Mapping[Any, Callable[[], dict[str, Any]]]] = {
    Tao: lambda: _amount("An amount of TAO, counted in rao.", "TAO", of_subnet=False),
    Alpha: lambda: _amount("An amount of a subnet's alpha, in rao.", "alpha", of_subnet=True),
    Price: lambda: _amount("A price: rao for one alpha.", "TAO/alpha", of_subnet=True),
    Call: lambda: {
        "type": "object",
        "description": "A call of the runtime.",
        "properties": {
            "pallet": {"type": "string"},
            "name": {"type": "string"},
            "args": {"type": "object"},
        },
        "required": ["pallet", "name", "args"],
    },
    TaokitError: lambda: {
        "type": "object",
        "description": "An error; `taokit explain CODE` says more.",
        "properties": {
            "code": {"type": "string"},
            "message": {"type": "string"},
            "hint": {"type": ["string", "null"]},
            "chain": {"type": "object", "description": "What the chain calls it."},
        },
        "required": ["code", "message", "hint"],
    },
}

# Names that modules import for checkers alone, and where they are.
_ELSEWHERE: Final[Mapping[str, str]] = {
    "Amount": "taokit.chain_client.money",
    "BlockRef": "taokit.chain_client.blocks",
    "Call": "taokit.chain_client.calls",
    "Fraction": "fractions",
    "Mapping": "collections.abc",
    "Path": "pathlib",
    "Sequence": "collections.abc",
    "TaokitError": "taokit.wallet.errors",
    "Tao": "taokit.chain_client.money",
    "Alpha": "taokit.chain_client.money",
    "Price": "taokit.chain_client.prices",
}


@dataclasses.dataclass(frozen=True)
class And:
    """``Annotated[Result, And(More)]``: the fields of both, those of ``More`` where both have one.

    It has the name and the description of ``More``, a typed dictionary.
    """

    kind: Any


def schema_of(kind: Any, *, title: str = "") -> dict[str, Any]:
    """The schema of values of type ``kind`` as JSON; raises ``TypeError`` for a type without."""
    writer = _Writer()
    shaped = writer.shape(kind)
    head: dict[str, Any] = {"$schema": DIALECT, **({"title": title} if title else {})}
    defs = {"$defs": dict(sorted(writer.defs.items()))} if writer.defs else {}
    return {**head, **shaped, **defs}


def returned(function: Callable[..., Any]) -> Any:
    """The type of what a function, such as a declared read, returns."""
    found = {"return": inspect.get_annotations(function)["return"]}
    bare = types.SimpleNamespace(__annotations__=found)
    hints = typing.get_type_hints(bare, function.__globals__, _Elsewhere())
    return hints["return"]


def closed(schema: Any) -> Any:
    """The same schema, but with no field that it does not name: for tests."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(value) for key, value in schema.items()}
    if schema.get("type") == "object" and "properties" in schema:
        inner.setdefault("additionalProperties", False)
    return inner


class _Writer:
    """One schema while it is written, with the definitions that it refers to."""

    def __init__(self) -> None:
        self.defs: dict[str, Any] = {}
        self._kinds: dict[str, Any] = {}

    def shape(self, kind: Any) -> dict[str, Any]:
        """The schema of a type, or a reference to it."""
        origin = typing.get_origin(kind)
        if kind in _LEAVES:
            return dict(_LEAVES[kind])
        if kind is int:
            return self._named("Integer", int, lambda: dict(_INTEGER))
        if kind is Fraction:
            return self._named("Ratio", Fraction, lambda: dict(_RATIO))
        if origin is Annotated:
            base, *marks = typing.get_args(kind)
            more = next((mark.kind for mark in marks if isinstance(mark, And)), None)
            if more is None:
                return self.shape(base)
            return self._named(more.__name__, kind, lambda: self._joined(base, more))
        if origin in (typing.Union, types.UnionType):
            return _either([self.shape(part) for part in typing.get_args(kind)])
        if origin is Literal:
            return {"enum": list(typing.get_args(kind))}
        if origin is not None:
            return self._container(origin, typing.get_args(kind))
        if isinstance(kind, type):
            return self._class(kind)
        raise TypeError(f"no JSON Schema for {kind!r}")

    def _container(self, origin: Any, args: tuple[Any, ...]) -> dict[str, Any]:
        if issubclass(origin, Mapping):
            return {"type": "object", "additionalProperties": self.shape(args[1])}
        if origin is tuple and args[1:] != (...,):
            parts = [self.shape(part) for part in args]
            return {"type": "array", "prefixItems": parts, "minItems": len(parts), "items": False}
        if issubclass(origin, (Sequence, Set)):
            return {"type": "array", "items": self.shape(args[0])}
        raise TypeError(f"no JSON Schema for {origin!r}")

    def _class(self, kind: type) -> dict[str, Any]:
        if issubclass(kind, enum.Enum):
            return {"enum": [member.name for member in kind]}
        shared = next((known for known in _SHARED if issubclass(kind, known)), None)
        if shared is not None:
            return self._named(shared.__name__, shared, _SHARED[shared])
        if dataclasses.is_dataclass(kind) or typing.is_typeddict(kind):
            return self._named(kind.__name__, kind, lambda: self._record(kind))
        plain = next((plain for plain in (int, str, bytes) if issubclass(kind, plain)), None)
        if plain is None:
            raise TypeError(f"no JSON Schema for {kind!r}")
        return self.shape(plain)

    def _named(self, name: str, kind: Any, made: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """A reference to a definition, which is made the first time.

        Of two types of one name, the later has the word of its module before it.
        """
        if self._kinds.setdefault(name, kind) != kind:
            module = str(getattr(kind, "__module__", "")).rpartition(".")[2]
            name = f"{module.title().replace('_', '')}{name}"
            if self._kinds.setdefault(name, kind) != kind:
                raise TypeError(f"two types of one schema are called {name}")
        if name not in self.defs:
            self.defs[name] = {}  # so that it may hold itself
            self.defs[name] = made()
        return {"$ref": f"#/$defs/{name}"}

    def _joined(self, base: Any, more: Any) -> dict[str, Any]:
        own, added = self._record(base), self._record(more)
        properties = {**own["properties"], **added["properties"]}
        required = [name for name in properties if name in own["required"] + added["required"]]
        return {**own, **added, "properties": properties, "required": required}

    def _record(self, kind: Any) -> dict[str, Any]:
        hints = typing.get_type_hints(kind, None, _Elsewhere())
        if dataclasses.is_dataclass(kind):
            names = [field.name for field in dataclasses.fields(kind) if field.repr]
            required = names
        else:
            names = list(hints)
            required = [name for name in names if name in kind.__required_keys__]
        about = inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0].replace("\n", " ")
        own = not about.startswith((f"{kind.__name__}(", "dict("))
        return {
            "type": "object",
            **({"description": about} if about and own else {}),
            "properties": {name: self.shape(hints[name]) for name in names},
            "required": required,
        }


def _either(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """One of several; short where only null is added to a plain type."""
    null = {"type": "null"}
    rest = [part for part in parts if part != null]
    if len(rest) == 1 and null in parts and isinstance(rest[0].get("type"), str):
        return {**rest[0], "type": [rest[0]["type"], "null"]}
    unique = [part for place, part in enumerate(parts) if part not in parts[:place]]
    return unique[0] if len(unique) == 1 else {"anyOf": unique}


class _Elsewhere(Mapping[str, Any]):
    """The names that modules import for checkers alone."""

    def __getitem__(self, name: str) -> Any:
        return getattr(import_module(_ELSEWHERE[name]), name)

    def __iter__(self) -> Iterator[str]:
        return iter(_ELSEWHERE)

    def __len__(self) -> int:
        return len(_ELSEWHERE)
