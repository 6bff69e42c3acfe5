"""Running local chains: a small record for each, so that ``status`` and ``stop`` find them.

Owns ``<state folder>/localnet/<port>.json`` and the check that the process it names is still that
process. Does not own the chain itself.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from taokit.cli.state import state_folder

__all__ = ["Record", "end", "endpoint", "forget", "keep", "records_folder", "running"]

_STOP_S = 10.0


@dataclass(frozen=True)
class Record:
    """One chain: its process, its ports and how it was started."""

    pid: int
    birth: str | None
    host: str
    ports: tuple[int, ...]
    block_time: str
    preset: str

    @property
    def endpoint(self) -> str:
        """Where clients connect; the first port."""
        return endpoint(self.host, self.ports[0])


def endpoint(host: str, port: int) -> str:
    """The URL of a chain that listens on ``host``; wildcard hosts are reached by loopback."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)
    return f"ws://{reachable}:{port}"


def keep(host: str, ports: tuple[int, ...], block_time: str, preset: str) -> Path:
    """Record this process; returns the file, to be given to :func:`forget`."""
    folder = records_folder()
    folder.mkdir(parents=True, exist_ok=True)
    record = Record(os.getpid(), _birth(os.getpid()), host, ports, block_time, preset)
    path = folder / f"{ports[0]}.json"
    temporary = path.with_suffix(f".{os.getpid()}")
    temporary.write_text(json.dumps(asdict(record)), encoding="utf-8")
    os.replace(temporary, path)
    return path


def forget(path: Path) -> None:
    """Remove a record."""
    path.unlink(missing_ok=True)


def running() -> list[Record]:
    """The chains whose processes are alive, by port. Reads only; leftovers are skipped."""
    found = []
    for path in sorted(records_folder().glob("*.json")):
        record = _read(path)
        if record is not None and _alive(record):
            found.append(record)
    return sorted(found, key=lambda record: record.ports)


def end(record: Record) -> bool:
    """Ask the process to end and wait for it; returns whether it did within ten seconds."""
    os.kill(record.pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_S
    while _alive(record):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def records_folder() -> Path:
    """Where records and logs of local chains are."""
    return state_folder(os.environ) / "localnet"


def _read(path: Path) -> Record | None:
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        return Record(**{**fields, "ports": tuple(fields["ports"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None  # being replaced just now, or not one of ours


def _alive(record: Record) -> bool:
    if sys.platform == "win32":
        return _alive_on_windows(record.pid)
    try:
        os.kill(record.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False  # alive, but somebody else's: the number was used again
    return _birth(record.pid) == record.birth


def _alive_on_windows(pid: int) -> bool:
    import subprocess

    listed = subprocess.run(
        ["tasklist", "/FI", f"PID eq {pid}", "/NH"], capture_output=True, text=True, check=False
    )
    return str(pid) in listed.stdout


def _birth(pid: int) -> str | None:
    """When a process started, where the system says so: numbers of processes are used again."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    state, *rest = stat.rpartition(")")[2].split()
    return None if state == "Z" else rest[18]
