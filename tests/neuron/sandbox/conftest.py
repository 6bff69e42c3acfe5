"""The rungs that this machine offers; a test of one that it does not is skipped, saying why."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from guests import SMALL, RunCode

from taokit.neuron.sandbox import RUNGS, Limits, Probe, PythonEntry, SandboxResult
from taokit.neuron.sandbox.confined import Confined


@pytest.fixture(scope="session")
def probed() -> dict[str, Probe]:
    """What every rung says about this machine."""

    async def ask() -> dict[str, Probe]:
        return {rung.rung: await rung().probe() for rung in RUNGS}

    return asyncio.run(ask())


@pytest.fixture(params=RUNGS, ids=lambda rung: rung.rung)
def sandbox(request: pytest.FixtureRequest, probed: dict[str, Probe]) -> Confined:
    """Each rung in turn."""
    found = probed[request.param.rung]
    if not found.available:
        pytest.skip(f"{found.rung}: {found.detail}")
    rung: Confined = request.param()
    return rung


@pytest.fixture
def run_code(sandbox: Confined) -> RunCode:
    """Run a piece of Python in each rung, with small limits."""
    return running(sandbox)


@pytest.fixture
def run_once(probed: dict[str, Probe]) -> RunCode:
    """Run a piece of Python in one rung: for what the warden does, which is the same in all.

    The last one that works: no others' program takes part in it.
    """
    for rung in reversed(RUNGS):
        if probed[rung.rung].available:
            return running(rung())
    pytest.skip("; ".join(f"{one.rung}: {one.detail}" for one in probed.values()))


def running(sandbox: Confined) -> RunCode:
    """``run_code`` of a sandbox."""

    async def run_code(
        code: str,
        *args: str,
        files_in: Mapping[str, bytes] | None = None,
        files_out: tuple[str, ...] = (),
        limits: Limits = SMALL,
        env: Mapping[str, str] | None = None,
    ) -> SandboxResult:
        return await sandbox.run(
            PythonEntry("entry.py", args),
            files_in={"entry.py": code.encode(), **(files_in or {})},
            files_out=files_out,
            limits=limits,
            env=env,
        )

    return run_code
