"""What a sandbox promises: limits, the outcome of a run, and the protocol of every rung.

Owns these values. Does not own how a rung isolates (``userns``, ``bwrap``, ``docker``).

What the guest does wrong is a ``SandboxResult`` with a reason; an exception means that the run
could not be isolated or started, and that nothing of it counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Protocol, runtime_checkable

from taokit.neuron.errors import SandboxError
from taokit.neuron.messages import Reason

__all__ = [
    "MIB",
    "Limits",
    "Probe",
    "PythonEntry",
    "Sandbox",
    "SandboxResult",
    "check_name",
]

MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What a guest may use, all of its processes together.

    ``cpu_s`` and ``wall_s`` in seconds; ``memory``, ``disk`` (everything it writes) and ``output``
    (stdout and stderr together) in bytes; ``pids`` counts threads too.
    """

    cpu_s: float = 10.0
    wall_s: float = 20.0
    memory: int = 512 * MIB
    pids: int = 64
    disk: int = 64 * MIB
    output: int = 1 * MIB

    def __post_init__(self) -> None:
        if self.cpu_s <= 0 or self.wall_s <= 0:
            raise SandboxError("cpu_s and wall_s have to be above zero")
        if min(self.memory, self.disk) < MIB or self.pids < 1 or self.output < 0:
            raise SandboxError("memory and disk need a MiB at least, pids one")


@dataclass(frozen=True)
class PythonEntry:
    """Run a Python file of ``files_in`` with the sandbox's interpreter.

    Modules beside it can be imported, and those of the sandbox's ``packages``.
    """

    file: str = "entry.py"
    args: tuple[str, ...] = ()


@dataclass(frozen=True)
class SandboxResult:
    """What came of a run.

    ``exit`` is the status, minus the signal's number, or None when the sandbox ended the guest.
    ``reason``: OK; SANDBOX_NET (it tried to reach a network, whatever else it did); SANDBOX_MEM
    (``detail`` says of what too much: ``memory``, ``processes``, ``disk`` or ``output``);
    SANDBOX_TIME (``cpu`` or ``wall``); TEST_FAIL (it failed by itself); MALFORMED (an output is
    not a plain file); MISSING (an output is not there). ``wall_s`` is measured outside; ``cpu_s``
    and ``memory`` (the highest seen) are of all its processes.
    """

    exit: int | None
    reason: Reason
    detail: str = ""
    stdout: bytes = b""
    stderr: bytes = b""
    files: Mapping[str, bytes] = field(default_factory=dict)
    cpu_s: float = 0.0
    wall_s: float = 0.0
    memory: int = 0
    network_attempts: int = 0

    @property
    def ok(self) -> bool:
        """It ended by itself, with status 0, within its limits, and left what it should."""
        return self.reason is Reason.OK


@dataclass(frozen=True)
class Probe:
    """Whether a rung works on this machine; ``detail`` says why not, or how well."""

    rung: str
    available: bool
    detail: str = ""


@runtime_checkable
class Sandbox(Protocol):
    """A place to run what others wrote. Only bytes cross, in both directions."""

    @property
    def rung(self) -> str:
        """The rung's name."""

    async def probe(self) -> Probe:
        """Try it: a real run of a program that does nothing. Never raises."""

    async def run(
        self,
        command: Sequence[str] | PythonEntry,
        *,
        files_in: Mapping[str, bytes] | None = None,
        files_out: Sequence[str] = (),
        limits: Limits | None = None,
        env: Mapping[str, str] | None = None,
    ) -> SandboxResult:
        """Run ``command`` in a folder of its own that holds ``files_in``; bring back ``files_out``.

        A name of ``files_out`` that ends in ``/`` brings every plain file below it. Raises
        SandboxError for names that leave the folder, and when nothing could be run.
        """


def check_name(name: str) -> str:
    """A file's name inside the guest's folder; SandboxError for one that could leave it."""
    path = PurePosixPath(name)
    plain = str(path)
    if (
        not name
        or len(name.encode("utf-8", "surrogateescape")) > 255
        or "\0" in name
        or "\\" in name
        or path.is_absolute()
        or ".." in path.parts
        or plain == "."
        or name.rstrip("/") != plain
    ):
        raise SandboxError(f"not a name inside the sandbox's folder: {name!r}")
    return name
