"""Events of a block as values, and the failures they report.

Owns the reading of ``System.Events`` and the list of events in which a pallet reports that a call
inside another one failed. Does not own fetching them (``receipt``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from taokit.chain_client.dispatch_errors import dispatch_failure
from taokit.chain_client.errors import DispatchFailed

if TYPE_CHECKING:
    from taokit.chain_client.metadata import Metadata

__all__ = ["Event", "events_from", "failures_among"]


@dataclass(frozen=True)
class Event:
    """One event: ``pallet.name`` and its fields, by name or, where they have none, in a tuple.

    ``extrinsic`` is the position of the extrinsic that caused it; ``None`` for a hook's.
    """

    pallet: str
    name: str
    fields: Mapping[str, Any] | tuple[Any, ...]
    extrinsic: int | None = None

    def __getitem__(self, key: str | int) -> Any:
        """A field, by name or position."""
        if isinstance(self.fields, tuple) and isinstance(key, int):
            return self.fields[key]
        if isinstance(self.fields, Mapping) and isinstance(key, str):
            return self.fields[key]
        raise KeyError(key)

    def is_(self, pallet: str, name: str) -> bool:
        """Whether it is this pallet's event of this name."""
        return (self.pallet, self.name) == (pallet, name)

    def __str__(self) -> str:
        return f"{self.pallet}.{self.name}"


_RESULTS: Final[Mapping[tuple[str, str], str]] = {
    ("Sudo", "Sudid"): "sudo_result",
    ("Sudo", "SudoAsDone"): "sudo_result",
    ("Proxy", "ProxyExecuted"): "result",
    ("Multisig", "MultisigExecuted"): "result",
    ("Utility", "DispatchedAs"): "result",
}
"""Events that carry the Result of a call inside the call, and the field it is in."""

_ERRORS: Final[Mapping[tuple[str, str], str | int]] = {
    ("System", "ExtrinsicFailed"): "dispatch_error",
    ("Utility", "BatchInterrupted"): "error",
    ("Utility", "ItemFailed"): "error",
    ("SubtensorModule", "BatchWeightItemFailed"): 1,
}
"""Events that carry the error itself."""


def events_from(metadata: Metadata, records: list[Any]) -> tuple[Event, ...]:
    """The decoded value of ``System.Events`` as events, in order."""
    return tuple(_event(metadata, record) for record in records)


def failures_among(
    metadata: Metadata, events: tuple[Event, ...], extrinsic_hash: str
) -> Iterator[DispatchFailed]:
    """What failed according to the events of one extrinsic: itself first, then inner calls."""
    for event in sorted(events, key=lambda event: not event.is_("System", "ExtrinsicFailed")):
        error = _error(event)
        if error is None:
            continue
        within = None if event.is_("System", "ExtrinsicFailed") else str(event)
        if event.is_("Utility", "BatchInterrupted"):
            within = f"{event} at {event['index']}"
        yield dispatch_failure(metadata, error, within=within, extrinsic_hash=extrinsic_hash)


def _error(event: Event) -> Any:
    where = (event.pallet, event.name)
    if where in _ERRORS:
        return event[_ERRORS[where]]
    if where in _RESULTS:
        result = event[_RESULTS[where]]
        return result["Err"] if isinstance(result, dict) and "Err" in result else None
    return None


def _event(metadata: Metadata, record: Any) -> Event:
    phase, value = record["phase"], record["event"]
    ((pallet, inner),) = value.items()
    name, content = next(iter(inner.items())) if isinstance(inner, dict) else (inner, ())
    extrinsic = phase.get("ApplyExtrinsic") if isinstance(phase, dict) else None
    declared = metadata.pallets[pallet].events[name].fields
    if not declared:
        return Event(pallet, name, (), extrinsic)
    if declared[0].name is None and len(declared) == 1:
        content = (content,)
    return Event(pallet, name, content, extrinsic)
