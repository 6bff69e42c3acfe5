"""The executive: pallets over one state, and the life of a block and of an extrinsic.

A runtime is declared by naming its pallets in index order:

    class Runtime(RuntimeBase):
        system: System
        balances: Balances

It belongs to one `Overlay`. `initialize_block`, `apply_extrinsic` and
`finalize_block` write a block; `validate` and `call` leave no trace.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

from taokit.chain_client.errors import DecodeError
from taokit.chain_client.scale import codec
from taokit.local_chain.errors import UnknownRuntimeApi
from taokit.local_chain.frame.call import Call, PostDispatch
from taokit.local_chain.frame.errors import DispatchError, Invalid
from taokit.local_chain.frame.event import EventValue
from taokit.local_chain.frame.extension import Extension, Outcome, Validity
from taokit.local_chain.frame.extrinsic import Extrinsic, decode_extrinsic
from taokit.local_chain.frame.origin import NONE, Origin
from taokit.local_chain.frame.pallet import ApiMethod, Pallet
from taokit.local_chain.frame.weight import DispatchClass, Weight
from taokit.local_chain.state.overlay import Overlay

_NO_WEIGHT = Weight()


@dataclass(frozen=True)
class ApplyResult:
    """How an extrinsic ended: refused (`invalid`), or included, with the dispatch error if any."""

    invalid: Invalid | None = None
    error: DispatchError | None = None

    @property
    def included(self) -> bool:
        """True if the block keeps the extrinsic."""
        return self.invalid is None


class RuntimeBase(ABC):
    """Pallets bound to one state, and the executive over them."""

    extensions: ClassVar[tuple[Extension, ...]] = ()

    def __init__(self, overlay: Overlay, preset: str = "fast") -> None:
        self.overlay = overlay
        self.preset = preset
        self.head_hash: bytes | None = None
        self.head_root: bytes | None = None
        self.events: list[EventValue] = []
        self.pallets: dict[int, Pallet] = {}
        for attribute, pallet_class in self.pallet_classes().items():
            pallet = pallet_class(self)  # type: ignore[arg-type]
            setattr(self, attribute, pallet)
            self.pallets[pallet_class.index] = pallet
        self._in_order = list(self.pallets.values())
        self._unsigned = [extension for extension in self.extensions if extension.unsigned]

    @classmethod
    @cache
    def pallet_classes(cls) -> dict[str, type[Pallet]]:
        """The declared pallets by attribute, in index order."""
        hints: dict[str, Any] = {}
        for base in reversed(cls.__mro__):
            hints.update(inspect.get_annotations(base, eval_str=True))
        found = {a: k for a, k in hints.items() if isinstance(k, type) and issubclass(k, Pallet)}
        return dict(sorted(found.items(), key=lambda pair: pair[1].index))

    @classmethod
    @cache
    def api_methods(cls) -> dict[str, tuple[str, ApiMethod]]:
        """Runtime API methods by wire name (`Trait_method`), with their pallet's attribute.

        The attribute is empty for a method of the runtime itself.
        """
        own = [m.api_method for m in map(cls._member, dir(cls)) if hasattr(m, "api_method")]
        declared = [("", method) for method in own]
        for attribute, pallet in cls.pallet_classes().items():
            declared += [(attribute, method) for method in pallet.apis]
        return {f"{m.trait}_{m.name}": (attribute, m) for attribute, m in declared}

    @classmethod
    def _member(cls, name: str) -> Any:
        return inspect.getattr_static(cls, name)

    @abstractmethod
    def metadata(self, version: int) -> bytes | None:
        """Metadata bytes that begin with `meta`; None for a version not offered."""

    @abstractmethod
    def validate(self, extrinsic: bytes, head_hash: bytes | None = None) -> Validity | Invalid:
        """Check an extrinsic for the block after the head; changes nothing."""

    # -- what pallets use ----------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A storage layer: keeps writes and events, or neither if it raises."""
        events = len(self.events)
        with self.overlay.transaction():
            try:
                yield
            except BaseException:
                del self.events[events:]
                raise

    def dispatch(self, call: Call, origin: Origin, *, unfiltered: bool = False) -> PostDispatch:
        """Run a call in its own storage layer. Raises the `DispatchError` that undid it.

        Filters and guards stand before every origin but root, unless the call is `unfiltered`.
        """
        if origin.kind != "Root" and not unfiltered:
            self.filter_call(call, origin)
            self.guard(call, origin)
        pallet = self.pallets[call.pallet.index]
        with self.transaction():
            result = getattr(pallet, call.spec.function.__name__)(origin, *call.args)
        return result if isinstance(result, PostDispatch) else PostDispatch(pays=call.pays)

    @abstractmethod
    def filter_call(self, call: Call, origin: Origin) -> None:
        """Raise if calls of this kind are switched off, or the origin does not allow them."""

    @abstractmethod
    def guard(self, call: Call, origin: Origin) -> None:
        """Raise if `call` may not be dispatched from `origin` now, nested or not."""

    # -- blocks --------------------------------------------------------------------------

    def genesis(self) -> None:
        """Write the genesis state of every pallet."""
        for pallet in self._in_order:
            pallet.build_genesis()

    def on_initialize(self, number: int) -> Weight:
        """Run every pallet's `on_initialize`, in index order; the weight that they tell."""
        total = Weight()
        for pallet in self._in_order:
            total = total.plus(pallet.on_initialize(number) or _NO_WEIGHT)
        return total

    def on_finalize(self, number: int) -> None:
        """Run every pallet's `on_finalize`, in index order."""
        for pallet in self._in_order:
            pallet.on_finalize(number)

    def next_due(self, number: int) -> int | None:
        """The first block from `number` on that some pallet needs whole; None for none."""
        due = (pallet.next_due(number) for pallet in self._in_order)
        return min((block for block in due if block is not None), default=None)

    # -- extrinsics ----------------------------------------------------------------------

    def decode(self, encoded: bytes) -> Extrinsic:
        """Read an extrinsic; its call must be of a pallet of this runtime."""
        extrinsic = decode_extrinsic(encoded, self.extensions)
        if extrinsic.call.pallet.index not in self.pallets:
            raise DecodeError(
                type="RuntimeCall", offset=0, what=f"no pallet {extrinsic.call.pallet.name} here"
            )
        return extrinsic

    def implicit(self, extrinsic: Extrinsic) -> bytes:
        """What the signature covers beside call and extras."""
        return b"".join(
            extension.implicit_codec.encode(extension.implicit_value(self, extrinsic))  # type: ignore[arg-type]
            for extension in self.extensions
        )

    @abstractmethod
    def check_signature(self, extrinsic: Extrinsic) -> None:
        """Raise `Invalid("BadProof")` unless the signer signed exactly this."""

    def check(self, extrinsic: Extrinsic) -> Validity:
        """Validate an extrinsic against the state as it stands; writes nothing.

        An unsigned one is for its pallet to judge.
        """
        if extrinsic.signer is None:
            call = extrinsic.call
            validity = self.pallets[call.pallet.index].validate_unsigned(call)
            for extension in self._unsigned:
                extension.validate(self, extrinsic, validity)  # type: ignore[arg-type]
            return validity
        self.check_signature(extrinsic)
        validity = Validity()
        for extension in self.extensions:
            extension.validate(self, extrinsic, validity)  # type: ignore[arg-type]
        return validity

    def apply(self, extrinsic: Extrinsic) -> ApplyResult:
        """Check, charge, dispatch and settle one extrinsic of the block being built."""
        call = extrinsic.call
        signed = extrinsic.signer is not None
        origin = NONE if extrinsic.signer is None else Origin.signed(extrinsic.signer)
        extensions = self.extensions if signed else self._unsigned
        mark, events = self.overlay.mark(), len(self.events)
        try:
            if signed or not self.is_inherent(extrinsic):
                self.check(extrinsic)
            prepared = [e.prepare(self, extrinsic) for e in extensions]  # type: ignore[arg-type]
        except Invalid as invalid:
            self.overlay.rollback(mark)
            del self.events[events:]
            return ApplyResult(invalid)
        error = None
        try:
            post = self.dispatch(call, origin)
        except DispatchError as failed:
            if call.dispatch_class is DispatchClass.Mandatory:
                return ApplyResult(Invalid("BadMandatory"))
            error = failed
            post = PostDispatch(failed.used, call.pays)
        used = post.used(call.weight)
        outcome = Outcome(used, post.pays and call.pays, call.dispatch_class, error)
        for extension, kept in zip(extensions, prepared):
            extension.settle(self, extrinsic, kept, outcome)  # type: ignore[arg-type]
        self.note_applied(extrinsic, outcome)
        return ApplyResult(None, error)

    def is_inherent(self, extrinsic: Extrinsic) -> bool:
        """True for what a block's author puts first in it: its time, the key it announces."""
        call = extrinsic.call
        declared = call.spec.name in call.pallet.inherents
        mandatory = call.dispatch_class is DispatchClass.Mandatory
        return extrinsic.signer is None and (declared or mandatory)

    @abstractmethod
    def note_applied(self, extrinsic: Extrinsic, outcome: Outcome) -> None:
        """Record success or failure once an extrinsic is done."""

    # -- runtime APIs --------------------------------------------------------------------

    def call(self, method: str, data: bytes) -> bytes:
        """Run a runtime API method on encoded arguments; whatever it writes is undone."""
        found = self.api_methods().get(method)
        if found is None:
            raise UnknownRuntimeApi(method)
        attribute, declared = found
        args = declared.input_codec.decode(data)
        mark, events = self.overlay.mark(), list(self.events)
        try:
            holder = getattr(self, attribute) if attribute else self
            answer = getattr(holder, declared.function.__name__)(*args)
            return codec(declared.output).encode(answer)
        finally:
            self.overlay.rollback(mark)
            self.events = events


def ensure(condition: bool, otherwise: type[DispatchError] | DispatchError) -> None:
    """Raise the error unless the condition holds."""
    if not condition:
        raise otherwise


__all__ = ["ApplyResult", "RuntimeBase", "ensure"]
