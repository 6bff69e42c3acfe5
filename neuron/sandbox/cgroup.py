"""A control group around a run: the kernel's own hold on memory and processes.

Owns making, reading and removing it, in version 1 or 2, where this process may. Where it may not,
a run is held by rlimits and the warden's watch alone, which looks every 20 ms.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
from pathlib import Path

from taokit.neuron.sandbox.contract import MIB, Limits

__all__ = ["Cgroup"]

_ROOT = Path("/sys/fs/cgroup")
_OWN = 64 * MIB  # what the warden and the rung's own program take
_ENTER = 'for g in $TAOKIT_GROUPS; do echo 0 > "$g/cgroup.procs" || exit 125; done; exec "$@"'


class Cgroup:
    """One group, or with version 1 one in each hierarchy."""

    def __init__(self, folders: tuple[Path, ...], unified: bool) -> None:
        self._folders = folders
        self._unified = unified

    @classmethod
    def usable(cls) -> bool:
        """Whether groups can be made here."""
        group = cls.make(Limits())
        if group is None:
            return False
        group._rmdir()
        return True

    @classmethod
    def make(cls, limits: Limits) -> Cgroup | None:
        """A group with these limits; None where that is not allowed."""
        name = f"taokit-{os.getpid()}-{secrets.token_hex(8)}"
        memory, pids = str(limits.memory + limits.disk + _OWN), str(limits.pids + 24)
        if (_ROOT / "cgroup.controllers").exists():
            for parent in _unified_parents():
                _sweep(parent)
                group = cls((parent / name,), True)
                if group._set_up([{"memory.max": memory, "pids.max": pids}]):
                    group._try(parent / name / "memory.swap.max", "0")
                    group._try(parent / name / "memory.oom.group", "0")
                    return group
            return None
        for kind in ("memory", "pids"):
            _sweep(_ROOT / kind)
        group = cls((_ROOT / "memory" / name, _ROOT / "pids" / name), False)
        values = [{"memory.limit_in_bytes": memory}, {"pids.max": pids}]
        return group if group._set_up(values) else None

    def entering(self, argv: list[str]) -> list[str]:
        """The command that enters the group and then becomes ``argv``."""
        folders = " ".join(map(str, self._folders))
        script = f'TAOKIT_GROUPS="{folders}"; {_ENTER}'
        return ["/bin/sh", "-c", script, "sh", *argv]

    def killed(self) -> bool:
        """Whether the kernel ended one of its processes for want of memory."""
        name = "memory.events" if self._unified else "memory.oom_control"
        with contextlib.suppress(OSError):
            for line in (self._folders[0] / name).read_text().splitlines():
                key, _, value = line.partition(" ")
                if key == "oom_kill":
                    return int(value) > 0
        return False

    async def remove(self) -> None:
        """End what is left in it, and remove it."""
        for _ in range(100):
            for folder in self._folders:
                with contextlib.suppress(OSError):
                    for pid in (folder / "cgroup.procs").read_text().split():
                        with contextlib.suppress(ProcessLookupError):
                            os.kill(int(pid), signal.SIGKILL)
            if self._rmdir():
                return
            await asyncio.sleep(0.01)

    def _set_up(self, values: list[dict[str, str]]) -> bool:
        try:
            for folder, files in zip(self._folders, values):
                folder.mkdir()
                for name, value in files.items():
                    (folder / name).write_text(value)
        except OSError:
            self._rmdir()
            return False
        return True

    def _rmdir(self) -> bool:
        gone = True
        for folder in self._folders:
            try:
                folder.rmdir()
            except FileNotFoundError:
                continue
            except OSError:
                gone = False
        return gone

    @staticmethod
    def _try(path: Path, value: str) -> None:
        with contextlib.suppress(OSError):
            path.write_text(value)


def _sweep(parent: Path) -> None:
    """Remove the empty groups of validators that were killed."""
    with contextlib.suppress(OSError):
        for folder in parent.glob("taokit-*-*"):
            owner = folder.name.split("-")[1]
            if owner.isdigit() and not Path(f"/proc/{owner}").exists():
                with contextlib.suppress(OSError):
                    folder.rmdir()


def _unified_parents() -> list[Path]:
    """Where a group could be: beside this process's own group, or at the top."""
    own = ""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            if line.startswith("0::"):
                own = line[3:].strip("/")
    below = _ROOT / own
    return [below, below.parent, _ROOT] if own else [_ROOT]
