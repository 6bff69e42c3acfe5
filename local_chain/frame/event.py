"""Events: how a pallet declares them, and the outer enum that a block records.

class Event(Events):
    Transfer = event(2, from_=AccountId, to=AccountId, amount=u64)    # named fields
    NetworkAdded = event(0, NetUid, u16)                              # unnamed fields

self.deposit(self.Event.Transfer(source, dest, value))
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from taokit.chain_client.errors import DecodeError
from taokit.chain_client.scale import Codec, Tuple, codec

if TYPE_CHECKING:
    from taokit.chain_client.metadata import RegistryBuilder, TypeDescription


class EventValue(NamedTuple):
    """One event: its declaration and its values in order."""

    spec: EventSpec
    values: tuple[Any, ...]

    def __getattr__(self, name: str) -> Any:
        for (field, _), value in zip(self.spec.fields, self.values):
            if field == name:
                return value
        raise AttributeError(name)

    def __repr__(self) -> str:
        return f"{self.spec.pallet_name}.{self.spec.name}{self.values!r}"


class EventSpec:
    """One declared event. Calling it makes an event of it."""

    name = ""
    pallet_index = -1
    pallet_name = ""

    def __init__(self, index: int, fields: list[tuple[str | None, Any]], doc: str) -> None:
        self.index = index
        self.fields = fields
        self.doc = doc

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @cached_property
    def codec(self) -> Codec[Any]:
        """Codec of the values in order, a tuple."""
        return codec(Tuple[tuple(kind for _, kind in self.fields)])

    def __call__(self, *values: Any, **named: Any) -> EventValue:
        if named:
            order = [field for field, _ in self.fields]
            rest = order[len(values) :]
            if sorted(named) != sorted(str(field) for field in rest):
                raise TypeError(f"{self.name} takes {order}, not {sorted(named)}")
            values += tuple(named[str(field)] for field in rest)
        if len(values) != len(self.fields):
            raise TypeError(f"{self.name} takes {len(self.fields)} values, not {len(values)}")
        return EventValue(self, values)


def event(index: int, /, *unnamed: Any, doc: str = "", **named: Any) -> EventSpec:
    """Declare an event under its index, with its unnamed or named field types."""
    fields: list[tuple[str | None, Any]] = [(None, kind) for kind in unnamed]
    fields += [(name.rstrip("_"), kind) for name, kind in named.items()]
    return EventSpec(index, fields, doc)


class Events:
    """Base of a pallet's `Event` class."""

    declared: ClassVar[dict[int, EventSpec]] = {}

    def __init_subclass__(cls) -> None:
        specs = [spec for spec in vars(cls).values() if isinstance(spec, EventSpec)]
        cls.declared = {spec.index: spec for spec in sorted(specs, key=lambda spec: spec.index)}
        if len(cls.declared) != len(specs):
            raise TypeError(f"{cls.__qualname__} declares two events of one index")

    @classmethod
    def claim(cls, pallet_index: int, pallet_name: str) -> None:
        """Give every event its pallet."""
        for spec in cls.declared.values():
            spec.pallet_index = pallet_index
            spec.pallet_name = pallet_name
        RuntimeEventCodec.shared.pallets[pallet_index] = cls


class RuntimeEventCodec(Codec[EventValue]):
    """The outer enum of events: pallet index, event index, values."""

    name = "RuntimeEvent"
    shared: ClassVar[RuntimeEventCodec]

    def __init__(self) -> None:
        self.pallets: dict[int, type[Events]] = {}

    def read(self, data: bytes, offset: int) -> tuple[EventValue, int]:
        if len(data) < offset + 2:
            raise _bad(offset, "input ends before the event's index")
        events = self.pallets.get(data[offset])
        spec = events.declared.get(data[offset + 1]) if events else None
        if spec is None:
            raise _bad(offset, f"no event {data[offset]}.{data[offset + 1]}")
        values, end = spec.codec.read(data, offset + 2)
        return EventValue(spec, values), end

    def write(self, value: EventValue, out: bytearray) -> None:
        spec = value.spec
        out.append(spec.pallet_index)
        out.append(spec.index)
        spec.codec.write(value.values, out)

    def default(self) -> EventValue:
        raise TypeError("an event has no default")

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        """The outer enum over the pallets of the runtime being described."""
        from taokit.local_chain.frame.metadata import describe_outer_event

        return describe_outer_event(builder)


def _bad(offset: int, what: str) -> DecodeError:
    return DecodeError(type="RuntimeEvent", offset=offset, what=what)


RuntimeEventCodec.shared = RuntimeEventCodec()
if TYPE_CHECKING:
    RuntimeEvent = EventValue
else:
    RuntimeEvent = RuntimeEventCodec.shared
