"""Proving a subnet's mechanism: miners of all kinds, honest and not, and what each must earn.

Owns personas, the worlds they live in (a chain in memory, a real local chain) and the expectations.
Does not own a test framework: everything raises AssertionError with a table that tells why.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from taokit.neuron.testing.expectations import Report, Standing
    from taokit.neuron.testing.harness import run_localnet, run_memory
    from taokit.neuron.testing.personas import Persona, load_personas, persona
    from taokit.neuron.testing.project import Project

__all__ = [
    "Persona",
    "Project",
    "Report",
    "Standing",
    "load_personas",
    "persona",
    "run_localnet",
    "run_memory",
]

_HOMES = {
    "Persona": "personas",
    "Project": "project",
    "Report": "expectations",
    "Standing": "expectations",
    "load_personas": "personas",
    "persona": "personas",
    "run_localnet": "harness",
    "run_memory": "harness",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
