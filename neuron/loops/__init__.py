"""The whole control flow of a neuron: what happens when, for each shape of mechanism.

Owns the order of things and their pacing by the chain. Does not own any subnet's task: what is
asked and how it is judged is the mechanism's (``taokit.neuron.mechanism``).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from taokit.neuron.loops.arena import ArenaValidator
    from taokit.neuron.loops.miner import Miner
    from taokit.neuron.loops.rounds import RoundsValidator
    from taokit.neuron.loops.service import Audit, ServiceValidator
    from taokit.neuron.loops.supervise import GaveUp, Supervisor

__all__ = [
    "ArenaValidator",
    "Audit",
    "GaveUp",
    "Miner",
    "RoundsValidator",
    "ServiceValidator",
    "Supervisor",
]

_HOMES = {
    "ArenaValidator": "arena",
    "Audit": "service",
    "GaveUp": "supervise",
    "Miner": "miner",
    "RoundsValidator": "rounds",
    "ServiceValidator": "service",
    "Supervisor": "supervise",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
