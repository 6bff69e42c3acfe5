"""What to do about the chain's refusals: a remedy for each error of each pallet.

Owns finding the one that fits. The names are the chain's; the advice is ours, from what the
runtime's source raises each error for, and lies in short modules by area, read at the first
refusal. Does not own raising (``pool_rejection``, ``dispatch_errors``, ``operations.refusals``).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any, Final

from taokit.chain_client.remedies.advice import Advice, filled, values_of
from taokit.chain_client.remedies.pool import CUSTOM_CODES, INVALID_REASONS

__all__ = [
    "CUSTOM_CODES",
    "INVALID_REASONS",
    "Advice",
    "advice_for",
    "all_advice",
    "filled",
    "further_meanings",
    "values_of",
]

_AREAS: Final = (
    "subtensor_stake",
    "subtensor_neurons",
    "subtensor_keys",
    "subtensor_subnets",
    "accounts",
    "trading",
    "settings",
    "chain",
    "contracts",
)
_OF_NO_PALLET: Final = ("", "SubtensorModule")


@cache
def all_advice() -> Mapping[tuple[str, str], Advice]:
    """The advice about every error, by pallet (``""`` for none) and name."""
    found: dict[tuple[str, str], Advice] = {}
    for area in _AREAS:
        for pallet, table in _area(area).REMEDIES.items():
            for name, said in table.items():
                found[pallet, name] = Advice(said) if isinstance(said, str) else said
    return found


def further_meanings() -> Mapping[tuple[str, str], str]:
    """What errors mean that no pallet of the local chain declares, by pallet and name."""
    return {
        (pallet, name): meaning
        for area in ("chain", "contracts")
        for pallet, table in _area(area).MEANINGS.items()
        for name, meaning in table.items()
    }


def _area(name: str) -> Any:
    return import_module(f"taokit.chain_client.remedies.{name}")


def advice_for(name: str, pallet: str | None = None) -> Advice | None:
    """What to do about ``pallet``'s error of that name; ``None`` where nothing is known.

    Without a pallet it is one of the runtime's own (``BadOrigin``, ``Token.Frozen``), or what the
    pool says, which has the names of SubtensorModule.
    """
    known = all_advice()
    for home in (pallet,) if pallet else _OF_NO_PALLET:
        if (home, name) in known:
            return known[home, name]
    return None
