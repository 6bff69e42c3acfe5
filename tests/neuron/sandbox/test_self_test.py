"""The self-test passes behind walls, and notices where there are none."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from taokit.neuron.messages import Reason
from taokit.neuron.sandbox import Limits, Probe, PythonEntry, SandboxResult, probes, self_test
from taokit.neuron.sandbox.confined import Confined


async def test_the_rung_isolates_on_this_machine(sandbox: Confined) -> None:
    report = await self_test(sandbox)
    assert report.passed, str(report)
    assert len(report.checks) == 17


class Bare:
    """No sandbox at all: runs what is harmless as it is, and pretends for the rest."""

    rung = "bare"

    async def probe(self) -> Probe:
        return Probe("bare", True)

    async def run(
        self,
        command: Sequence[str] | PythonEntry,
        *,
        files_in: Mapping[str, bytes] | None = None,
        files_out: Sequence[str] = (),
        limits: Limits | None = None,
        env: Mapping[str, str] | None = None,
    ) -> SandboxResult:
        files = dict(files_in or {})
        if files["entry.py"] != probes.ESCAPE.encode():
            return SandboxResult(0, Reason.OK)
        # What this one would do to a machine without walls is left out.
        code = probes.ESCAPE.replace("os.kill(1, number)", "pass")
        code = code.replace('("1.1.1.1", 53)', '("127.0.0.1", 1)').replace("os.walk", "list")
        code = code.replace("call() == 0", "False").replace('"/proc/sysrq-trigger"', '"/no"')
        code = code.replace("os.open(path, os.O_WRONLY)", 'os.open("/no", os.O_RDONLY)')
        code = code.replace('in list("/")', "in ()")
        with tempfile.TemporaryDirectory() as folder:
            for name, data in {**files, "entry.py": code.encode()}.items():
                Path(folder, name).write_bytes(data)
            process = await asyncio.create_subprocess_exec(
                sys.executable, "entry.py", cwd=folder, stdout=asyncio.subprocess.PIPE
            )
            out, _ = await process.communicate()
        return SandboxResult(0, Reason.OK, stdout=out)


async def test_a_missing_wall_is_noticed() -> None:
    report = await self_test(Bare())
    failed = {check.name for check in report.checks if not check.passed}
    assert not report.passed
    assert failed >= {
        "no network",
        "attempts to reach a network are noticed",
        "no process of the host is seen",
        "no file of the host is read",
        "no new privileges",
        "system calls are filtered",
        "no variable of the host",
        "a fork bomb is contained",
        "a memory bomb is contained",
        "a loop without end is ended",
    }
    assert "DOES NOT ISOLATE" in str(report)
