"""The registry of reads: the ``@read`` decorator and look-up by name.

Owns what is known about a declared read. Does not own the reads (the other modules of this
package) nor how a result is shown.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from taokit.chain_client.discovery import import_declaring, import_modules
from taokit.chain_client.errors import UnknownRead
from taokit.chain_client.parameters import Parameter, bind, parameters_of

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = ["Read", "all_reads", "get_read", "read"]

_P = ParamSpec("_P")
_R = TypeVar("_R")

_PACKAGE = "taokit.chain_client.reads"
_declared: dict[str, Read] = {}


@dataclass(frozen=True)
class Read:
    """One declared read. ``call`` is for programs that work by name; see the package."""

    name: str
    group: str
    function: Callable[..., Awaitable[Any]]

    @property
    def help(self) -> str:
        """The first line of the docstring."""
        return self.description.splitlines()[0]

    @property
    def description(self) -> str:
        """The whole docstring."""
        return inspect.getdoc(self.function) or ""

    @functools.cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The arguments after the client, in order."""
        return parameters_of(self.function, skip=frozenset({"chain"}))

    def json_schema(self) -> dict[str, Any]:
        """The arguments as a JSON Schema object."""
        return object_schema(self.parameters)

    async def call(self, chain: ChainClient, values: Mapping[str, object]) -> Any:
        """Parse ``values`` (text or JSON, by parameter name) and read.

        Raises :class:`MissingArgument`, :class:`InvalidArgument`, or what the read itself raises.
        """
        return await self.function(chain, **bind(self.parameters, values))


def read(
    name: str, *, group: str
) -> Callable[
    [Callable[Concatenate[ChainClient, _P], Awaitable[_R]]],
    Callable[Concatenate[ChainClient, _P], Awaitable[_R]],
]:
    """Declare a read: ``name`` is its command, ``group`` the heading it is listed under."""

    def declare(
        function: Callable[Concatenate[ChainClient, _P], Awaitable[_R]],
    ) -> Callable[Concatenate[ChainClient, _P], Awaitable[_R]]:
        if name in _declared:
            raise TypeError(f"a read named {name!r} is declared already")
        if not inspect.getdoc(function):
            raise TypeError(f"the read {name!r} needs a docstring: it is its help")
        _declared[name] = Read(name, group, function)
        return function

    return declare


def all_reads() -> Mapping[str, Read]:
    """Every read, by name, sorted; imports the modules that declare them on first use."""
    import_modules(_PACKAGE)
    return dict(sorted(_declared.items()))


def get_read(name: str) -> Read:
    """The read of that name; raises :class:`UnknownRead` with the nearest names."""
    if name not in _declared:
        import_declaring(_PACKAGE, "read", lambda declared: declared == name)
    if name not in _declared:
        raise UnknownRead(name, tuple(all_reads()))
    return _declared[name]


def object_schema(parameters: tuple[Parameter, ...]) -> dict[str, Any]:
    """A JSON Schema object whose properties are ``parameters``."""
    return {
        "type": "object",
        "properties": {parameter.name: parameter.json_schema() for parameter in parameters},
        "required": [parameter.name for parameter in parameters if parameter.required],
        "additionalProperties": False,
    }
