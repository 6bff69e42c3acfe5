"""Which rung a machine offers: the strongest that works.

Owns the order. There is no last rung without isolation: where none works, nothing is run.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from taokit.neuron.errors import SandboxUnavailable
from taokit.neuron.sandbox.bwrap import BwrapSandbox
from taokit.neuron.sandbox.confined import Confined
from taokit.neuron.sandbox.contract import Probe, Sandbox
from taokit.neuron.sandbox.docker import DockerSandbox, GvisorSandbox
from taokit.neuron.sandbox.userns import UsernsSandbox

__all__ = ["RUNGS", "best", "probe_all"]

RUNGS: tuple[type[Confined], ...] = (GvisorSandbox, DockerSandbox, BwrapSandbox, UsernsSandbox)
"""Strongest first."""


async def probe_all(rungs: Sequence[type[Confined]] = RUNGS) -> list[Probe]:
    """What each rung says about this machine, strongest first."""
    return [await rung().probe() for rung in rungs]


async def best(
    *,
    rungs: Sequence[type[Confined]] = RUNGS,
    packages: Sequence[str | Path] = (),
    read_only: Sequence[str | Path] = (),
) -> Sandbox:
    """The strongest rung that works here, tried. SandboxUnavailable says why none does."""
    why = []
    for rung in rungs:
        sandbox = rung(packages=packages, read_only=read_only)
        found = await sandbox.probe()
        if found.available:
            return sandbox
        why.append(f"{found.rung}: {found.detail}")
    raise SandboxUnavailable(
        "nothing on this machine can isolate a program: " + "; ".join(why),
        hint="install bubblewrap or docker, or allow user namespaces",
    )
