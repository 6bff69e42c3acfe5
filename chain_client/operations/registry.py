"""The registry of operations: the ``@operation`` decorator and look-up by name.

Owns what is known about a declared operation. Does not own the operations themselves.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from taokit.chain_client.discovery import import_declaring, import_modules
from taokit.chain_client.errors import UnknownOperation
from taokit.chain_client.parameters import Parameter, bind, parameters_of
from taokit.chain_client.reads.registry import object_schema

if TYPE_CHECKING:
    from taokit.chain_client.operations.base import Operation

__all__ = [
    "Danger",
    "Entry",
    "SignerKind",
    "all_operations",
    "get_operation",
    "operation",
    "operations_in",
]

_PACKAGE = "taokit.chain_client.operations"

SignerKind = Literal["coldkey", "hotkey"]
"""Which key of a wallet signs."""

Danger = Literal["mild", "moderate", "severe"]
"""How much confirmation is due: none, a yes, or the wallet's name typed out."""

_O = TypeVar("_O", bound="Operation")

_declared: dict[str, Entry] = {}


@dataclass(frozen=True)
class Entry:
    """One declared operation, for programs that work by name; see the package."""

    name: str
    signer: SignerKind
    danger: Danger
    operation: type[Operation]

    @property
    def help(self) -> str:
        """The first line of the docstring."""
        return self.description.splitlines()[0]

    @property
    def description(self) -> str:
        """The whole docstring."""
        return inspect.getdoc(self.operation) or ""

    @functools.cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The fields, in order."""
        return parameters_of(self.operation)

    def json_schema(self) -> dict[str, Any]:
        """The fields as a JSON Schema object."""
        return object_schema(self.parameters)

    def build(self, values: Mapping[str, object]) -> Operation:
        """The operation from text or JSON values by field name.

        Raises :class:`MissingArgument`, :class:`InvalidArgument`.
        """
        return self.operation(**bind(self.parameters, values))


def operation(
    name: str, *, signer: SignerKind, danger: Danger = "moderate"
) -> Callable[[type[_O]], type[_O]]:
    """Declare an operation: ``name`` is ``group.verb``, as its command is spelled."""

    def declare(declared: type[_O]) -> type[_O]:
        if name in _declared:
            raise TypeError(f"an operation named {name!r} is declared already")
        if "__doc__" not in vars(declared) or not inspect.getdoc(declared):
            raise TypeError(f"the operation {name!r} needs a docstring: it is its help")
        declared.entry = _declared[name] = Entry(name, signer, danger, declared)
        return declared

    return declare


def all_operations() -> Mapping[str, Entry]:
    """Every operation, by name, sorted; imports the modules that declare them on first use."""
    import_modules(_PACKAGE)
    return dict(sorted(_declared.items()))


def operations_in(group: str) -> Mapping[str, Entry]:
    """The operations named ``group.verb``, sorted; imports only the modules that declare them."""
    start = f"{group}."
    import_declaring(_PACKAGE, "operation", lambda name: name.startswith(start))
    return {name: found for name, found in sorted(_declared.items()) if name.startswith(start)}


def get_operation(name: str) -> Entry:
    """The operation of that name; raises :class:`UnknownOperation` with the nearest names."""
    if name not in _declared:
        import_declaring(_PACKAGE, "operation", lambda declared: declared == name)
    if name not in _declared:
        raise UnknownOperation(name, tuple(all_operations()))
    return _declared[name]
