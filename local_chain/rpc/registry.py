"""How an RPC method or subscription is declared, and the table of all of them.

    @method("state_getStorage", "state_getStorageAt")
    def get_storage(node: Node, key: HexBytes, at: BlockHash | None = None) -> Json: ...

The first argument is the node, the others are the parameters, read as annotated; one with a
default may be left out. `connection: Connection` among them is no parameter: it is the table of
what the client has open. Owns the declaration and the reading of parameters. Does not own framing
(`rpc.session`).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from taokit.local_chain.rpc.connection import Connection
from taokit.local_chain.rpc.errors import invalid_params
from taokit.local_chain.rpc.faults import Faults
from taokit.local_chain.rpc.params import Decoder, decoder_for

if TYPE_CHECKING:
    from taokit.local_chain.node.chain import NodeChain

__all__ = [
    "Emit",
    "Json",
    "Method",
    "Node",
    "NodeInfo",
    "Subscription",
    "Table",
    "method",
    "subscription",
]

Json = Any
F = TypeVar("F", bound=Callable[..., Any])
_MARK = "_rpc_declaration"


@dataclass(frozen=True)
class NodeInfo:
    """What the node says of itself in `system_*`."""

    name: str = "Subtensor Node"
    version: str = ""
    """Empty: that of the installed taokit."""
    chain: str = "Bittensor"
    chain_type: str = "Local"
    properties: Mapping[str, Json] = field(
        default_factory=lambda: {"ss58Format": 42, "tokenDecimals": 9, "tokenSymbol": "TAO"}
    )


@dataclass(frozen=True)
class Node:
    """What methods work with: the chain, what to say of the node, and every method's name.

    ``faults`` are the requests that are answered badly on purpose.
    """

    chain: NodeChain
    info: NodeInfo
    method_names: tuple[str, ...] = ()
    faults: Faults = field(default_factory=Faults)


class Emit(Protocol):
    """Where a subscription puts its notifications. ``id`` is the subscription's."""

    id: str

    def __call__(self, result: Json) -> None:
        """Send one notification."""

    def finish(self) -> None:
        """Say that nothing follows."""

    def stop(self) -> None:
        """Say nothing more, not even what is held back, and cancel what is behind it."""

    def once_read(self, block: str, then: Callable[[], None]) -> None:
        """Call `then` once the client has stopped asking about the block of this hash."""


@dataclass(frozen=True)
class _Declaration:
    names: tuple[str, ...]
    unsubscribe: tuple[str, ...] = ()
    notification: str = ""
    cheat: str = ""


def method(*names: str, cheat: str = "") -> Callable[[F], F]:
    """Declare a function as the RPC method of these names.

    ``cheat`` is the name of `cheat_names.CHEATS` by which a node can forbid it.
    """
    return _declare(_Declaration(names, cheat=cheat))


def subscription(*names: str, unsubscribe: tuple[str, ...], notification: str) -> Callable[[F], F]:
    """Declare a function `(node, emit, *parameters) -> cancel` as a subscription."""
    return _declare(_Declaration(names, unsubscribe, notification))


def _declare(declaration: _Declaration) -> Callable[[F], F]:
    def mark(function: F) -> F:
        setattr(function, _MARK, declaration)
        return function

    return mark


class _Parameters:
    """The parameters of a declared function."""

    def __init__(self, function: Callable[..., Any], skip: int) -> None:
        signature = inspect.signature(function, eval_str=True)
        self._names: list[str] = []
        self._decoders: list[Decoder] = []
        self._defaults: list[Any] = []
        self._connected = False
        for parameter in list(signature.parameters.values())[skip:]:
            if parameter.annotation is Connection:
                self._connected = True
                continue
            self._names.append(parameter.name)
            self._decoders.append(decoder_for(parameter.annotation))
            self._defaults.append(parameter.default)

    def extras(self, connection: Connection) -> dict[str, Any]:
        """What the function wants besides its parameters, by name."""
        return {"connection": connection} if self._connected else {}

    def read(self, params: Json) -> list[Any]:
        """Arguments from the `params` member of a request: an array, an object or nothing."""
        if isinstance(params, dict):
            unknown = set(params) - set(self._names)
            if unknown:
                raise invalid_params(f"unknown parameter {sorted(unknown)[0]}")
            given = [params.get(name, _ABSENT) for name in self._names]
        elif params is None:
            given = []
        elif isinstance(params, list):
            given = params
        else:
            raise invalid_params("params must be an array or an object")
        arguments = []
        for index, decoder in enumerate(self._decoders):
            value = given[index] if index < len(given) else _ABSENT
            default = self._defaults[index]
            if value is _ABSENT:
                if default is inspect.Parameter.empty:
                    raise invalid_params(f"missing parameter {self._names[index]}")
                arguments.append(default)
            else:
                arguments.append(decoder(value))
        return arguments


_ABSENT = object()


class Method:
    """A declared method."""

    def __init__(self, function: Callable[..., Any], cheat: str = "") -> None:
        self.function = function
        self.cheat = cheat
        self.is_async = inspect.iscoroutinefunction(function)
        self.parameters = _Parameters(function, skip=1)


class Subscription:
    """A declared subscription; ``notification`` is the method name of what it sends."""

    def __init__(self, function: Callable[..., Any], notification: str) -> None:
        self.function = function
        self.notification = notification
        self.parameters = _Parameters(function, skip=2)


class Table:
    """Every method and subscription of some modules, by each of its names."""

    def __init__(self, modules: Iterable[ModuleType]) -> None:
        self.methods: dict[str, Method] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.unsubscribes: set[str] = set()
        self.refused: dict[str, str] = {}
        """Methods that are there but forbidden, and why."""
        for module in modules:
            for function in vars(module).values():
                declaration = getattr(function, _MARK, None)
                if isinstance(declaration, _Declaration):
                    self._add(function, declaration)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that a client may call, sorted."""
        return tuple(sorted({*self.methods, *self.subscriptions, *self.unsubscribes}))

    def forbid(self, names: Iterable[str], why: str) -> None:
        """Refuse these methods from now on."""
        for name in names:
            if self.methods.pop(name, None) is not None:
                self.refused[name] = why

    def _add(self, function: Callable[..., Any], declaration: _Declaration) -> None:
        if not declaration.notification:
            made_method = Method(function, declaration.cheat)
            self.methods.update(dict.fromkeys(declaration.names, made_method))
            return
        made = Subscription(function, declaration.notification)
        self.subscriptions.update(dict.fromkeys(declaration.names, made))
        self.unsubscribes.update(declaration.unsubscribe)
