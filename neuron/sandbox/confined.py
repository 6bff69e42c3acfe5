"""Running a guest behind a warden: what every rung shares.

Owns the run from the host's side: starting the rung's program, sending what goes in, measuring wall
time, ending everything, and telling the reasons apart. Does not own how a rung isolates: a subclass
says which program starts the warden (``_program``).

The host holds no file of the guest: what goes in is bytes on a pipe, and so is what comes back.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from taokit.neuron.errors import SandboxError
from taokit.neuron.messages import Reason
from taokit.neuron.sandbox import frames, syscall_filter
from taokit.neuron.sandbox.cgroup import Cgroup
from taokit.neuron.sandbox.contract import Limits, Probe, PythonEntry, SandboxResult, check_name

__all__ = ["HOME", "Confined", "Start", "warden_source"]

HOME = "/scratch/work"
"""Where the guest finds its files, and works."""

_GRACE_S = 5.0
_KEPT = frozenset({"dev", "proc", "scratch", "sys"})
_START_S = 30.0
_FIRST_UID = 2_000_000_000
_ENV = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": HOME,
    "TMPDIR": "/scratch/tmp",
    "LANG": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


@dataclass
class Start:
    """How to start one warden: its program, what else its spec holds, and what to do afterwards."""

    argv: list[str]
    spec: dict[str, Any] = field(default_factory=dict)
    container: str = ""


class Confined:
    """Base of the rungs. ``packages`` are folders of Python modules that the guest may import;
    ``read_only`` are host paths the guest sees at the same path, and cannot write to (a socket
    among them can be talked to). ``python`` is the interpreter that ``PythonEntry`` runs with.
    """

    rung = ""

    def __init__(
        self,
        *,
        python: str | None = None,
        packages: Sequence[str | Path] = (),
        read_only: Sequence[str | Path] = (),
    ) -> None:
        self.python = python or str(Path(sys.executable).resolve())
        self.packages = tuple(str(Path(path).resolve()) for path in packages)
        self.read_only = tuple(str(Path(path).resolve()) for path in read_only)
        for path in (*self.packages, *self.read_only):
            if path == "/" or path.split("/")[1] in _KEPT:
                raise SandboxError(f"a guest is not given {path}")

    def _program(self, limits: Limits) -> Start:
        raise NotImplementedError

    async def _clean(self, start: Start) -> None:
        """Remove what a run left on the host."""

    def _missing(self) -> str:
        """Why this rung cannot even be tried here; empty when it can."""
        return ""

    async def probe(self) -> Probe:
        """Try it: a real run of a program that does nothing. Never raises."""
        missing = self._missing()
        if missing:
            return Probe(self.rung, False, missing)
        try:
            result = await self.run([self.python, "-I", "-S", "-c", "pass"])
        except (SandboxError, OSError) as error:
            return Probe(self.rung, False, str(error))
        if not result.ok:
            said = result.stderr.decode(errors="replace").strip()
            return Probe(self.rung, False, said or f"{result.reason}: {result.detail}")
        walls = "system calls filtered" if syscall_filter.program() else "no system call filter"
        held = "memory and processes held by a cgroup" if Cgroup.usable() else "no cgroup: watched"
        return Probe(self.rung, True, f"{walls}; {held}")

    async def run(
        self,
        command: Sequence[str] | PythonEntry,
        *,
        files_in: Mapping[str, bytes] | None = None,
        files_out: Sequence[str] = (),
        limits: Limits | None = None,
        env: Mapping[str, str] | None = None,
    ) -> SandboxResult:
        """See ``Sandbox.run``."""
        limits, files_in = limits or Limits(), dict(files_in or {})
        for name in (*files_in, *(one.rstrip("/") for one in files_out)):
            check_name(name)
        if sum(map(len, files_in.values())) > limits.disk:
            raise SandboxError("the files are larger than the guest's disk")
        if missing := self._missing():
            raise SandboxError(f"{self.rung}: {missing}")
        start = self._program(limits)
        spec = {
            **start.spec,
            "command": self._command(command),
            "env": {**_ENV, "PYTHONPATH": ":".join(self.packages), **(env or {})},
            "home": HOME,
            "tmp": "/scratch/tmp",
            "shm": "/scratch/shm",
            "uid": _FIRST_UID + secrets.randbelow(100_000_000),
            "filter": syscall_filter.program().hex(),
            "limits": vars(limits),
            "files_in": list(files_in),
            "files_out": list(files_out),
        }
        group = Cgroup.make(limits)
        try:
            return await self._attempt(start, spec, list(files_in.values()), limits, group)
        finally:
            await self._clean(start)
            if group is not None:
                await group.remove()

    def _command(self, command: Sequence[str] | PythonEntry) -> list[str]:
        if isinstance(command, PythonEntry):
            check_name(command.file)
            return [self.python, "-s", "-B", command.file, *command.args]
        words = [str(word) for word in command]
        if not words or not words[0].startswith("/"):
            raise SandboxError("a command begins with the absolute path of a program")
        return words

    async def _attempt(
        self,
        start: Start,
        spec: dict[str, Any],
        blobs: list[bytes],
        limits: Limits,
        group: Cgroup | None,
    ) -> SandboxResult:
        argv = start.argv if group is None else group.entering(start.argv)
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._host_env(),
            cwd="/",
            start_new_session=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        complaints = asyncio.ensure_future(_first(process.stderr, 8192))
        sending = asyncio.ensure_future(_feed(process.stdin, frames.pack(spec, blobs)))
        room = limits.output + limits.disk
        try:
            frame, wall = await _follow(process, limits, room)
            broke = frame is not None and frame.kind == "broken"
        finally:
            sending.cancel()
            _end(process)
            ending = asyncio.ensure_future(process.wait())
            await asyncio.wait([ending], timeout=_GRACE_S)
            if not ending.done():
                _kill_group(process)
                await ending
            await asyncio.wait([complaints], timeout=1.0)
        text = "" if not complaints.done() else complaints.result().decode(errors="replace").strip()
        if broke and frame is not None:
            raise SandboxError(f"{self.rung}: {frame.head.get('why')}")
        starved = group is not None and group.killed()
        if frame is None:
            # The warden said no last word: the host ended it, or the kernel did.
            if wall >= limits.wall_s:
                return SandboxResult(None, Reason.SANDBOX_TIME, "wall", wall_s=wall)
            if starved:
                return SandboxResult(None, Reason.SANDBOX_MEM, "memory", wall_s=wall)
            raise SandboxError(f"{self.rung}: could not be started: {text[-500:]}")
        return _outcome(frame, wall, starved)

    def _host_env(self) -> dict[str, str]:
        return {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}


async def _first(stream: asyncio.StreamReader, size: int) -> bytes:
    """The first bytes of a stream that is read to its end, so that nobody waits to write to it."""
    kept = b""
    while part := await stream.read(1 << 16):
        kept = (kept + part)[:size]
    return kept


async def _feed(stream: asyncio.StreamWriter, data: bytes) -> None:
    with contextlib.suppress(ConnectionError):
        stream.write(data)
        await stream.drain()
        stream.close()


def _end(process: asyncio.subprocess.Process) -> None:
    """End the warden, by the one that started it, which ends when all inside have ended.

    Were both ended at once, the guest could outlive them for a moment.
    """
    try:
        path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        wardens = [int(word) for word in path.read_text().split()]
    except (OSError, ValueError):
        wardens = []
    for pid in wardens:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    if not wardens:
        _kill_group(process)


def _kill_group(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


async def _follow(
    process: asyncio.subprocess.Process, limits: Limits, room: int
) -> tuple[frames.Frame | None, float]:
    """The warden's last word, and the seconds between the guest's start and its end.

    A timer ends a warden that is late; ``wait_for`` would do, but loses some cancellations.
    """
    assert process.stdout is not None
    began = stopped = 0.0
    loop = asyncio.get_running_loop()
    timer = loop.call_later(_START_S, _end, process)
    try:
        while True:
            frame = await frames.read(process.stdout, room)
            timer.cancel()
            now = time.monotonic()
            if frame.kind == "started":
                began = now
                timer = loop.call_later(limits.wall_s + _GRACE_S, _end, process)
            elif frame.kind == "stopped":
                stopped = now
                timer = loop.call_later(_START_S, _end, process)
            else:
                return frame, stopped - began
    except asyncio.IncompleteReadError:
        return None, (time.monotonic() - began if began else 0.0)
    finally:
        timer.cancel()


def _outcome(frame: frames.Frame, wall: float, starved: bool) -> SandboxResult:
    """Name what happened; of several things, the one that says most about the guest."""
    head = frame.head
    stdout, stderr, *contents = frame.blobs
    status, limit = head["exit"], str(head["limit"])
    if head["network"]:
        reason, detail = Reason.SANDBOX_NET, "tried to reach a network"
    elif limit in ("cpu", "wall"):
        reason, detail = Reason.SANDBOX_TIME, limit
    elif limit:
        reason, detail = Reason.SANDBOX_MEM, limit
    elif starved:
        reason, detail = Reason.SANDBOX_MEM, "memory"
    elif status == -signal.SIGXCPU:
        reason, detail = Reason.SANDBOX_TIME, "cpu"
    elif status == -signal.SIGXFSZ or (status and head["full"]):
        reason, detail = Reason.SANDBOX_MEM, "disk"
    elif status and b"MemoryError" in stderr[-400:]:
        reason, detail = Reason.SANDBOX_MEM, "memory"
    elif status:
        reason, detail = Reason.TEST_FAIL, f"exit {status}"
    elif head["wrong"]:
        reason, detail = Reason.MALFORMED, f"not a plain file: {head['wrong']}"
    elif head["missing"]:
        reason, detail = Reason.MISSING, f"not there: {head['missing']}"
    else:
        reason, detail = Reason.OK, ""
    return SandboxResult(
        exit=None if limit else status,
        reason=reason,
        detail=detail,
        stdout=stdout,
        stderr=stderr,
        files=dict(zip(head["names"], contents)),
        cpu_s=float(head["cpu_s"]),
        wall_s=wall,
        memory=int(head["memory"]),
        network_attempts=int(head["network"]),
    )


def warden_source(*, jail: bool) -> str:
    """The program of a warden: our own files, joined, since inside there is no package of ours."""
    folder = Path(__file__).parent
    names = ("jail.py", "warden.py") if jail else ("warden.py",)
    parts = [(folder / name).read_text() for name in names]
    future = "from __future__ import annotations\n"
    body = "\n".join(part.replace(future, "") for part in parts)
    return f"{future}{body}\nmain({'enter_jail' if jail else ''})\n"
