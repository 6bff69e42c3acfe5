"""Calls: how a pallet's method becomes dispatchable, and the value that carries one.

    @call(index=3, weight=weight(46_407_000, 3_593, reads=1, writes=1))
    def transfer_keep_alive(self, origin: Origin, dest: MultiAddress, value: Compact[u64]) -> None:

The argument types are read from the annotations; from them come decoding, the
metadata and the weight. `RuntimeCall` is the type of a call inside another
call: the outer enum over every declared pallet.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from taokit.chain_client.errors import DecodeError
from taokit.chain_client.scale import Codec, Tuple, codec
from taokit.local_chain.frame.weight import DispatchClass, Weight

if TYPE_CHECKING:
    from taokit.chain_client.metadata import RegistryBuilder, TypeDescription
    from taokit.local_chain.frame.pallet import Pallet

F = TypeVar("F", bound=Callable[..., Any])

CallWeight = Weight | Callable[..., Weight]
MAX_NESTING = 8


@dataclass(frozen=True)
class PostDispatch:
    """What a call may tell after it ran: the weight it really used, and that it is free."""

    actual_weight: Weight | None = None
    pays: bool = True

    def used(self, declared: Weight) -> Weight:
        """The weight to charge: what was used, but never more than was declared."""
        return declared if self.actual_weight is None else self.actual_weight.least(declared)


class CallSpec:
    """One declared call."""

    def __init__(
        self, function: Callable[..., Any], index: int, weight: Any, pays: Any, klass: Any
    ) -> None:
        self.function = function
        self.name = function.__name__
        self.index = index
        self.weight = weight
        self.pays = pays
        self.dispatch_class = klass
        self.doc = inspect.getdoc(function) or ""

    @cached_property
    def fields(self) -> list[tuple[str, Any]]:
        """Argument names and types, the origin left out."""
        hints = inspect.get_annotations(self.function, eval_str=True)
        names = [name for name in hints if name not in ("origin", "return")]
        return [(name.rstrip("_") if name != "_" else name, hints[name]) for name in names]

    @cached_property
    def codec(self) -> Codec[Any]:
        """The codec of the arguments in order, a tuple."""
        return codec(Tuple[tuple(kind for _, kind in self.fields)])


def call(
    index: int,
    *,
    weight: CallWeight = Weight(),
    pays: bool | Callable[..., bool] = True,
    dispatch_class: DispatchClass | Callable[..., DispatchClass] = DispatchClass.Normal,
) -> Callable[[F], F]:
    """Declare a call with its index; the rest may be functions of the call's arguments."""

    def declare(function: F) -> F:
        function.call_spec = CallSpec(function, index, weight, pays, dispatch_class)  # type: ignore[attr-defined]
        return function

    return declare


class Call:
    """A decoded call: its pallet, its declaration, and its arguments in order."""

    __slots__ = ("args", "pallet", "spec")

    def __init__(self, pallet: type[Pallet], spec: CallSpec, args: tuple[Any, ...]) -> None:
        self.pallet = pallet
        self.spec = spec
        self.args = args

    @property
    def key(self) -> tuple[str, str]:
        """Pallet and call name."""
        return self.pallet.name, self.spec.name

    def __getitem__(self, name: str) -> Any:
        for (field, _), value in zip(self.spec.fields, self.args):
            if field == name:
                return value
        raise KeyError(name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Call) and self.key == other.key and self.args == other.args

    def __hash__(self) -> int:
        return hash((self.key, RuntimeCallCodec.shared.encode(self)))

    def __repr__(self) -> str:
        given = ", ".join(f"{n}={v!r}" for (n, _), v in zip(self.spec.fields, self.args))
        return f"{self.pallet.name}.{self.spec.name}({given})"

    def _told(self, what: Any) -> Any:
        return what(*self.args) if callable(what) and not isinstance(what, Weight) else what

    @property
    def weight(self) -> Weight:
        """The weight of a dispatch: declared for these arguments, and what the runtime adds."""
        declared: Weight = self._told(self.spec.weight)
        return declared.plus(RuntimeCallCodec.shared.added_weight(self))

    @property
    def pays(self) -> bool:
        """Whether the call pays a fee, as declared."""
        return bool(self._told(self.spec.pays))

    @property
    def dispatch_class(self) -> DispatchClass:
        """Normal, Operational or Mandatory."""
        klass: DispatchClass = self._told(self.spec.dispatch_class)
        return klass


class RuntimeCallCodec(Codec[Call]):
    """The outer enum of calls: pallet index, call index, arguments."""

    name = "RuntimeCall"
    shared: ClassVar[RuntimeCallCodec]

    def __init__(self) -> None:
        self.pallets: dict[int, type[Pallet]] = {}
        self.added_weight: Callable[[Call], Weight] = lambda call: Weight()
        self._depth = 0

    def read(self, data: bytes, offset: int) -> tuple[Call, int]:
        if self._depth > MAX_NESTING:
            raise _bad(offset, f"calls nested deeper than {MAX_NESTING}")
        if len(data) < offset + 2:
            raise _bad(offset, "input ends before the call's index")
        pallet = self.pallets.get(data[offset])
        spec = pallet.calls.get(data[offset + 1]) if pallet else None
        if pallet is None or spec is None:
            raise _bad(offset, f"no call {data[offset]}.{data[offset + 1]}")
        self._depth += 1
        try:
            args, end = spec.codec.read(data, offset + 2)
        finally:
            self._depth -= 1
        return Call(pallet, spec, args), end

    def write(self, value: Call, out: bytearray) -> None:
        out.append(value.pallet.index)
        out.append(value.spec.index)
        value.spec.codec.write(value.args, out)

    def default(self) -> Call:
        raise TypeError("a call has no default")

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        """The outer enum over the pallets of the runtime being described."""
        from taokit.local_chain.frame.metadata import describe_outer_call

        return describe_outer_call(builder)


def _bad(offset: int, what: str) -> DecodeError:
    return DecodeError(type="RuntimeCall", offset=offset, what=what)


RuntimeCallCodec.shared = RuntimeCallCodec()
if TYPE_CHECKING:
    RuntimeCall = Call
else:
    RuntimeCall = RuntimeCallCodec.shared
