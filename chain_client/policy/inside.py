"""Looking into a call: itself or, in a wrapper, every call inside it, as plain values.

Owns which calls carry others, by the types in the metadata, and which sign for a call that cannot
be seen. Does not own what the calls found mean (``roles``, ``spending``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from taokit.chain_client.runtime import Runtime

__all__ = ["OPAQUE", "Seen", "seen_in"]

OPAQUE: Final = frozenset(
    {
        ("Multisig", "approve_as_multi"),
        ("Proxy", "announce"),
        ("MevShield", "submit_encrypted"),
        ("MevShield", "store_encrypted"),
        ("Preimage", "note_preimage"),
    }
)
"""Calls that bring about another one of which they show a hash or a cipher only."""

_DEEPEST: Final = 16


@dataclass(frozen=True)
class Seen:
    """One call that would be made. ``args`` are plain; ``within`` the wrappers around it."""

    pallet: str
    name: str
    args: Mapping[str, Any]
    types: Mapping[str, str]
    """The type of each argument as the runtime's source spells it."""
    within: tuple[str, ...] = ()

    @property
    def where(self) -> tuple[str, str]:
        """Pallet and name."""
        return self.pallet, self.name

    @property
    def shown(self) -> str:
        """``Pallet.name``, and what it is inside of."""
        around = f" (inside {' in '.join(reversed(self.within))})" if self.within else ""
        return f"{self.pallet}.{self.name}{around}"

    @property
    def opaque(self) -> bool:
        """Whether it brings about something that cannot be seen."""
        return self.where in OPAQUE or len(self.within) > _DEEPEST


def seen_in(runtime: Runtime, call: bytes) -> list[Seen]:
    """The calls that SCALE bytes of a call make, wrappers left out.

    A wrapper with nothing inside (an empty batch) makes none. Raises :class:`DecodeError`.
    """
    return list(_seen(runtime, runtime.call_codec.decode(call), ()))


def _seen(runtime: Runtime, value: Any, within: tuple[str, ...]) -> Iterator[Seen]:
    ((pallet, inner),) = value.items()
    name, args = next(iter(inner.items())) if isinstance(inner, dict) else (inner, {})
    fields = runtime.metadata.pallets[pallet].calls[name].fields
    if len(fields) == 1 and not (isinstance(args, dict) and fields[0].name in args):
        args = {fields[0].name: args}
    types = {str(field.name): str(field.type_name) for field in fields}
    carried = [key for key, kind in types.items() if "RuntimeCall" in kind]
    found = Seen(pallet, name, args, types, within)
    if not carried or found.opaque:
        yield found
        return
    inside = [call for key in carried for call in _calls(args[key])]
    if not inside and not any("Vec" in types[key] for key in carried):
        yield found  # an optional call that is not there: it does something of its own
    for call in inside:
        yield from _seen(runtime, call, (*within, f"{pallet}.{name}"))
    if (pallet, name) in _ALSO_THEMSELVES and inside:
        yield found


_ALSO_THEMSELVES: Final = frozenset({("Crowdloan", "create")})
"""Wrappers that do something of their own besides."""


def _calls(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]
