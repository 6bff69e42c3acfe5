"""A test of the isolation itself: programs that try to get out, on this machine, now.

Owns what has to hold. A validator runs it before it judges anybody's code: what a rung is said to
do is in its documentation, and what it does here is in the report.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from taokit.neuron.errors import SandboxError
from taokit.neuron.messages import Reason
from taokit.neuron.sandbox import probes
from taokit.neuron.sandbox.choice import best
from taokit.neuron.sandbox.contract import MIB, Limits, PythonEntry, Sandbox, SandboxResult

__all__ = ["Check", "Report", "self_test"]

_KNOWN_VARIABLES = {
    "HOME", "LANG", "LC_CTYPE", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PATH", "PYTHONPATH",
    "PYTHONDONTWRITEBYTECODE", "PYTHONHASHSEED", "TMPDIR",
}  # fmt: skip
_ENTRY = PythonEntry("entry.py")
_TUNNELS = {"gre0", "gretap0", "erspan0", "ip_vti0", "ip6_vti0", "sit0", "tunl0", "ip6tnl0"}


@dataclass(frozen=True)
class Check:
    """One thing that has to hold, and what was seen where it does not."""

    name: str
    passed: bool
    detail: str = ""


@dataclass(frozen=True)
class Report:
    """What a self-test found of a rung."""

    rung: str
    checks: tuple[Check, ...]
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether everything held."""
        return all(check.passed for check in self.checks)

    def __str__(self) -> str:
        lines = [f"sandbox {self.rung}: {'isolates' if self.passed else 'DOES NOT ISOLATE'}"]
        for check in self.checks:
            mark = "ok  " if check.passed else "FAIL"
            lines.append(f"  {mark} {check.name}{': ' * bool(check.detail)}{check.detail}")
        return "\n".join(lines)


async def self_test(sandbox: Sandbox | None = None) -> Report:
    """Try to get out of a sandbox (the best one here). Takes a few seconds.

    Raises SandboxUnavailable where there is none, SandboxError when it cannot run at all.
    """
    sandbox = sandbox or await best()
    began = time.monotonic()
    checks = [*await _escape(sandbox), *await _bombs(sandbox), await _orphan(sandbox)]
    return Report(sandbox.rung, tuple(checks), time.monotonic() - began)


async def _escape(sandbox: Sandbox) -> list[Check]:
    async with _listener() as (port, visits), _secret_file() as secret:
        home = Path.home()
        keys = [home / ".ssh/id_rsa", home / ".ssh/authorized_keys", home / ".bashrc"]
        asked = {
            "port": port,
            "files": [str(secret), *map(str, keys), "/etc/shadow", "/root/.bashrc"],
        }
        result = await sandbox.run(
            _ENTRY,
            files_in={"entry.py": probes.ESCAPE.encode(), "asked.json": json.dumps(asked).encode()},
        )
    try:
        said: Mapping[str, Any] = json.loads(result.stdout)
    except ValueError as error:
        text = result.stderr.decode(errors="replace")[-500:]
        raise SandboxError(f"the self-test did not run: {result.reason} {text}") from error
    extra = sorted(set(said["environment"]) - _KNOWN_VARIABLES)
    devices = sorted(set(said["devices"]) - {"lo"} - _TUNNELS)
    tried = result.reason is Reason.SANDBOX_NET
    powers = [one for one in said["capabilities"] if int(one, 16)]
    return [
        _none("no network", [*said["connected"], *visits]),
        _none("no network devices", devices),
        Check("attempts to reach a network are noticed", tried, "" if tried else result.reason),
        _none("no process of the host is seen", [pid for pid in said["processes"] if pid > 64]),
        _none("no file of the host is read", said["read"]),
        _none("nothing is written outside the scratch folder", said["wrote"]),
        _none("no new powers", [*said["made"], *powers]),
        Check("not root", said["uid"] > 0 and said["gid"] > 0, f"uid {said['uid']}"),
        Check("no group of the host", not set(said["groups"]) - {said["gid"], 65534}),
        Check("no new privileges", said["no_new_privileges"] == "1"),
        Check("system calls are filtered", said["filtered"] == "2"),
        _none("no variable of the host", extra),
        _none("no open file of the host", [one for one in said["open"] if one > 2]),
    ]


async def _bombs(sandbox: Sandbox) -> list[Check]:
    small = Limits(cpu_s=5, wall_s=8, memory=96 * MIB, pids=24, disk=8 * MIB)
    quick = Limits(cpu_s=0.3, wall_s=8)
    checks = []
    for name, code, limits, wanted in (
        ("a fork bomb is contained", probes.FORKS, small, (Reason.SANDBOX_MEM, "processes")),
        ("a memory bomb is contained", probes.SWELL, small, (Reason.SANDBOX_MEM, "memory")),
        ("a loop without end is ended", probes.SPIN, quick, (Reason.SANDBOX_TIME, "cpu")),
    ):
        result = await _python(sandbox, code, limits)
        seen = (result.reason, result.detail)
        checks.append(Check(name, seen == wanted, f"{result.reason} {result.detail}"))
    return checks


async def _orphan(sandbox: Sandbox) -> Check:
    mark = f"taokit-orphan-{secrets.token_hex(8)}"
    result = await sandbox.run(
        PythonEntry("entry.py", (mark,)), files_in={"entry.py": probes.ORPHAN.encode()}
    )
    left = [] if not os.path.isdir("/proc") else _processes_named(mark)
    name = "nothing outlives the run"
    if not result.ok:
        return Check(name, False, f"{result.reason} {result.detail}")
    return _none(name, left)


async def _python(sandbox: Sandbox, code: str, limits: Limits) -> SandboxResult:
    return await sandbox.run(_ENTRY, files_in={"entry.py": code.encode()}, limits=limits)


def _none(name: str, found: list[Any]) -> Check:
    return Check(name, not found, ", ".join(map(str, found)))


def _processes_named(mark: str) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                text = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if mark.encode() in text:
                found.append(int(folder.name))
    return found


@asynccontextmanager
async def _listener() -> AsyncIterator[tuple[int, list[str]]]:
    """A port of the host that nobody may reach, and who did."""
    visits: list[str] = []

    def visited(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visits.append("a visit at the host's loopback")
        writer.close()

    server = await asyncio.start_server(visited, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], visits
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def _secret_file() -> AsyncIterator[Path]:
    """A file that anybody on the host could read."""
    with tempfile.TemporaryDirectory(prefix="taokit-secret-") as folder:
        path = Path(folder) / "key"
        path.write_text("a host's secret")
        Path(folder).chmod(0o755)
        path.chmod(0o644)
        yield path
