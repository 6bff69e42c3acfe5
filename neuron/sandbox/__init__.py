"""Running what others wrote: isolated, limited, and never without isolation.

Owns the rungs (``gvisor``, ``docker``, ``bwrap``, ``userns``), their choice and their self-test.
Does not own what a run is worth: a mechanism judges the ``SandboxResult``. Names are imported when
first used.

    sandbox = await best()                       # SandboxUnavailable where nothing isolates
    result = await sandbox.run(
        PythonEntry("entry.py"), files_in={"entry.py": code}, files_out=["answer.json"]
    )
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from taokit.neuron.sandbox.bwrap import BwrapSandbox
    from taokit.neuron.sandbox.choice import RUNGS, best, probe_all
    from taokit.neuron.sandbox.contract import (
        Limits,
        Probe,
        PythonEntry,
        Sandbox,
        SandboxResult,
    )
    from taokit.neuron.sandbox.docker import DockerSandbox, GvisorSandbox
    from taokit.neuron.sandbox.selftest import Check, Report, self_test
    from taokit.neuron.sandbox.userns import UsernsSandbox

__all__ = [
    "RUNGS",
    "BwrapSandbox",
    "Check",
    "DockerSandbox",
    "GvisorSandbox",
    "Limits",
    "Probe",
    "PythonEntry",
    "Report",
    "Sandbox",
    "SandboxResult",
    "UsernsSandbox",
    "best",
    "probe_all",
    "self_test",
]

_HOMES = {
    "BwrapSandbox": "bwrap",
    "RUNGS": "choice",
    "best": "choice",
    "probe_all": "choice",
    "Limits": "contract",
    "Probe": "contract",
    "PythonEntry": "contract",
    "Sandbox": "contract",
    "SandboxResult": "contract",
    "DockerSandbox": "docker",
    "GvisorSandbox": "docker",
    "Check": "selftest",
    "Report": "selftest",
    "self_test": "selftest",
    "UsernsSandbox": "userns",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
