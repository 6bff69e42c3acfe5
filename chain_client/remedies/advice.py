"""What one remedy is: the words, and whether waiting alone may be enough.

Owns that type. Commands in the words stand between backticks; in them ``NETUID``, ``HOTKEY``,
``COLDKEY``, ``WALLET`` and ``ID`` stand for what was meant, which ``filled`` puts in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["Advice", "filled", "later", "values_of"]

_COMMAND: Final = re.compile(r"`taokit [^`]*`")
_PLACE: Final = re.compile(r"\b[A-Z]{2,}\b")


@dataclass(frozen=True, slots=True)
class Advice:
    """``remedy`` is what to do; ``retryable`` says that waiting alone may be enough."""

    remedy: str
    retryable: bool = False


def later(remedy: str) -> Advice:
    """Advice for what may pass by itself."""
    return Advice(remedy, retryable=True)


# What a remedy calls them, and the fields of operations and arguments of calls that say so.
_FIELDS: Final = {
    "NETUID": ("netuid", "origin_netuid"),
    "HOTKEY": ("hotkey", "origin_hotkey"),
    "ID": ("crowdloan_id",),
}


def values_of(what: Any) -> dict[str, str]:
    """What stands for the capitals of a remedy, from an operation or call and what it wraps."""
    known: dict[str, str] = {}
    while what is not None:
        one = getattr(what, "args", what)
        values = one if isinstance(one, Mapping) else getattr(one, "__dict__", {})
        for place, names in _FIELDS.items():
            value = next((values[name] for name in names if values.get(name) is not None), None)
            if isinstance(value, (int, str)):
                known[place] = str(value)
        if "real" in values:
            known["COLDKEY"] = str(values["real"])
        within = (getattr(what, name, None) for name in ("operation", "inner"))
        what = next((found for found in within if found is not None), None)
    return known


def filled(remedy: str, known: Mapping[str, str], *, further: str = "") -> str:
    """The remedy with ``known`` in place of the capitals in its commands.

    ``further`` is added to each command: the options that all of them need here.
    """

    def command(found: re.Match[str]) -> str:
        words = _PLACE.sub(lambda place: known.get(place[0], place[0]), found[0][1:-1])
        return f"`{words}{further}`"

    return _COMMAND.sub(command, remedy)
