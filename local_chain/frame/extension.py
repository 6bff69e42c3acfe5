"""Transaction extensions: what is checked before a call runs, and settled after.

Each extension names what it adds to the extrinsic (`extra`), what it adds to
the signed payload only (`implicit`), and three moments: `validate` decides
without writing, `prepare` writes what must stay even if the call fails,
`settle` closes the account once the call has run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from taokit.chain_client.scale import Codec, NewType, Unit, codec
from taokit.local_chain.frame.weight import DispatchClass, Weight

if TYPE_CHECKING:
    from taokit.chain_client.metadata.registry_builder import RegistryBuilder, TypeDescription
    from taokit.local_chain.frame.extrinsic import Extrinsic
    from taokit.local_chain.runtime import Runtime

MAX_LONGEVITY = 2**64 - 1


@dataclass
class Validity:
    """`ValidTransaction`: where the pool may put an extrinsic. Longevity is in blocks."""

    priority: int = 0
    requires: list[bytes] = field(default_factory=list)
    provides: list[bytes] = field(default_factory=list)
    longevity: int = MAX_LONGEVITY
    propagate: bool = True


@dataclass
class Outcome:
    """What dispatching came to: the weight used, whether it pays, and the error if it failed."""

    weight: Weight
    pays: bool
    dispatch_class: DispatchClass
    error: Exception | None = None


class EmptyComposite(Codec[tuple[()]]):
    """A type with a path and no fields."""

    fixed_size = 0

    def __init__(self, name: str, path: str) -> None:
        self.name = name
        self.path = path

    def read(self, data: bytes, offset: int) -> tuple[tuple[()], int]:
        return (), offset

    def write(self, value: tuple[()], out: bytearray) -> None:
        """Nothing to write."""

    def default(self) -> tuple[()]:
        return ()

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        """A composite without fields."""
        return builder.composite(path=self.path, params={}, fields=[], docs=())


class Extension:
    """Base of every extension; the defaults carry nothing and check nothing."""

    identifier: ClassVar[str] = ""
    path: ClassVar[str] = ""
    extra: ClassVar[Any] = Unit
    implicit: ClassVar[Any] = Unit
    unsigned: ClassVar[bool] = False
    """Whether it also stands before unsigned extrinsics that are not inherents."""

    @cached_property
    def extra_codec(self) -> Codec[Any]:
        """Codec of what travels in the extrinsic; in the metadata, the extension's own type."""
        if self.extra is Unit:
            return EmptyComposite(self.identifier, self.path)
        if isinstance(self.extra, type):
            return codec(self.extra)
        return NewType(self.identifier, self.extra, path=self.path)

    @cached_property
    def implicit_codec(self) -> Codec[Any]:
        """Codec of what is signed but does not travel."""
        return codec(self.implicit)

    def implicit_value(self, runtime: Runtime, extrinsic: Extrinsic) -> Any:
        """The implicit data on this chain."""
        return ()

    def validate(self, runtime: Runtime, extrinsic: Extrinsic, validity: Validity) -> None:
        """Raise `Invalid` to refuse; may narrow `validity`. Writes nothing."""

    def prepare(self, runtime: Runtime, extrinsic: Extrinsic) -> Any:
        """Write what stays even if the call fails; the result is handed to `settle`."""

    def settle(
        self, runtime: Runtime, extrinsic: Extrinsic, prepared: Any, outcome: Outcome
    ) -> None:
        """Close the account after the call."""
