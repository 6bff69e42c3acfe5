"""Scenarios: subnets, their people and what happens to them, written in a file.

Owns what such a file may say (`model`), reading it (`files`), bringing it about on a chain
(`setting_up`, `play`) and telling what came of it (`report`). Knows the node and the runtime, not
the client: what users would do here are signed extrinsics as anybody's.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from taokit.local_chain.scenarios.files import load_scenario, shipped_names, shipped_text
    from taokit.local_chain.scenarios.model import Scenario
    from taokit.local_chain.scenarios.play import Play
    from taokit.local_chain.scenarios.report import Report

__all__ = ["Play", "Report", "Scenario", "load_scenario", "shipped_names", "shipped_text"]

_HOME = {
    "Play": "play",
    "Report": "report",
    "Scenario": "model",
    "load_scenario": "files",
    "shipped_names": "files",
    "shipped_text": "files",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
