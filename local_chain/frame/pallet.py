"""What a pallet is: a class that declares storage, events, errors, constants, calls and APIs.

Everything declared is collected when the class is made; `frame.runtime` binds
an instance to a state, `frame.metadata` describes it. There is no second list.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast

from taokit.chain_client.scale import Codec, Tuple, codec
from taokit.local_chain.frame.call import CallSpec, RuntimeCallCodec
from taokit.local_chain.frame.errors import Errors, Invalid
from taokit.local_chain.frame.event import Events, EventValue
from taokit.local_chain.frame.storage import StorageMap

if TYPE_CHECKING:
    from taokit.local_chain.frame.call import Call
    from taokit.local_chain.frame.extension import Validity
    from taokit.local_chain.frame.weight import Weight
    from taokit.local_chain.runtime import Runtime

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


class Constant(Generic[T]):
    """A constant of the metadata; `fast` is its value under the fast preset, where it differs."""

    type_arg: Any = None

    def __class_getitem__(cls, kind: Any) -> Any:
        if isinstance(kind, TypeVar):
            return cls
        return type(cls.__name__, (cls,), {"type_arg": kind, "__module__": cls.__module__})

    def __init__(self, name: str, value: T, *, fast: T | None = None, doc: str = "") -> None:
        self.name = name
        self.value = value
        self.fast = fast
        self.doc = doc

    def under(self, preset: str) -> T:
        """The value under a preset."""
        return self.fast if preset == "fast" and self.fast is not None else self.value

    def __set_name__(self, owner: type, attribute: str) -> None:
        self.attribute = attribute

    def __get__(self, pallet: Pallet | None, owner: type) -> T:
        if pallet is None:
            return cast(T, self)
        value = self.under(pallet.runtime.preset)
        pallet.__dict__[self.attribute] = value
        return value

    def encoded(self, preset: str) -> bytes:
        """SCALE bytes of the value under a preset."""
        return codec(self.type_arg).encode(self.under(preset))


class ApiMethod:
    """One declared runtime API method."""

    def __init__(self, function: Callable[..., Any], trait: str, name: str, version: int) -> None:
        self.function = function
        self.trait = trait
        self.name = name
        self.version = version
        self.doc = inspect.getdoc(function) or ""

    @cached_property
    def hints(self) -> dict[str, Any]:
        """The evaluated annotations."""
        return inspect.get_annotations(self.function, eval_str=True)

    @cached_property
    def inputs(self) -> list[tuple[str, Any]]:
        """Argument names and types."""
        return [(name.rstrip("_"), kind) for name, kind in self.hints.items() if name != "return"]

    @cached_property
    def input_codec(self) -> Codec[Any]:
        """The codec of the arguments in order, a tuple."""
        return codec(Tuple[tuple(kind for _, kind in self.inputs)])

    @cached_property
    def output(self) -> Any:
        """The type of the answer."""
        return self.hints["return"]


def runtime_api(trait: str, name: str = "", *, version: int = 1) -> Callable[[F], F]:
    """Declare a runtime API method; its name is the method's unless given."""

    def declare(function: F) -> F:
        method = ApiMethod(function, trait, name or function.__name__, version)
        function.api_method = method  # type: ignore[attr-defined]
        return function

    return declare


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


class Pallet:
    """Base of every pallet.

    Class keywords: `index`; `name` where the class's own differs; `crate`, the Rust crate whose
    name leads the paths of its types, where that is not `pallet_` and the name. `inherents` names
    calls that a block's author makes though they are not mandatory.
    """

    name: ClassVar[str] = ""
    index: ClassVar[int] = -1
    crate: ClassVar[str] = ""
    storage: ClassVar[dict[str, StorageMap[Any, Any]]] = {}
    calls: ClassVar[dict[int, CallSpec]] = {}
    constants: ClassVar[list[Constant[Any]]] = []
    apis: ClassVar[list[ApiMethod]] = []
    inherents: ClassVar[frozenset[str]] = frozenset()
    Event: ClassVar[type[Events]] = Events
    Error: ClassVar[type[Errors]] = Errors

    runtime: Runtime

    def __init_subclass__(
        cls, index: int | None = None, name: str = "", crate: str = "", **kwargs: Any
    ) -> None:
        super().__init_subclass__(**kwargs)
        members = cls._members()
        cls.storage = {a: m for a, m in members.items() if isinstance(m, StorageMap)}
        cls.constants = [m for m in members.values() if isinstance(m, Constant)]
        specs = [m.call_spec for m in members.values() if hasattr(m, "call_spec")]
        cls.calls = {spec.index: spec for spec in sorted(specs, key=lambda spec: spec.index)}
        if len(cls.calls) != len(specs):
            raise TypeError(f"{cls.__name__} declares two calls of one index")
        cls.apis = [m.api_method for m in members.values() if hasattr(m, "api_method")]
        if index is None:
            return
        cls.index = index
        cls.name = name or cls.__name__
        cls.crate = crate or f"pallet_{_snake(cls.name)}"
        cls.Error.claim(index, cls.name)
        cls.Event.claim(index, cls.name)
        RuntimeCallCodec.shared.pallets[index] = cls

    @classmethod
    def _members(cls) -> dict[str, Any]:
        """Every attribute by name; a declaration that would hide another's is refused."""
        members: dict[str, Any] = {}
        for base in reversed(cls.__mro__):
            for name, member in vars(base).items():
                hidden = members.get(name)
                if isinstance(hidden, (StorageMap, Constant)) and hidden is not member:
                    raise TypeError(f"{base.__name__}.{name} hides {hidden.name} of {cls.__name__}")
                members[name] = member
        return members

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        for attribute, item in self.storage.items():
            setattr(self, attribute, item.bind(self.name, runtime.overlay, runtime.preset))

    def deposit(self, event: EventValue) -> None:
        """Record an event in the block."""
        self.runtime.events.append(event)

    def validate_unsigned(self, call: Call) -> Validity:
        """What an unsigned call of this pallet provides; raises `Invalid` unless it is taken."""
        raise Invalid("NoUnsignedValidator")

    # -- hooks: what a block does by itself; override where there is something to do ------

    def build_genesis(self) -> None:
        """Write the genesis state of this pallet."""

    def on_initialize(self, block: int) -> Weight | None:
        """Run before the first extrinsic of a block; the weight that it uses, if it is counted."""
        return None

    def on_finalize(self, block: int) -> None:
        """Run after the last extrinsic of a block."""

    def next_due(self, block: int) -> int | None:
        """The first block from `block` on that this pallet needs whole, without any extrinsic.

        Those before it may be passed over: of a pallet with hooks `pass_over` then has to come to
        the same as they do. None where all may be. A pallet with hooks that does not say needs
        every block.
        """
        kind = type(self)
        hooks = (kind.on_initialize, kind.on_finalize)
        return None if hooks == (Pallet.on_initialize, Pallet.on_finalize) else block

    @property
    def passes(self) -> bool:
        """Whether there is something to do in a block that is passed over."""
        return type(self).pass_over is not Pallet.pass_over

    def pass_over(self, block: int) -> None:
        """What a block does here that has no extrinsics and is not sealed."""
