"""The rung ``userns``: Linux namespaces made by the warden itself; nothing has to be installed.

Owns what the guest's root holds. The walls are made in ``jail``.
"""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

from taokit.neuron.sandbox.confined import Confined, Start, warden_source
from taokit.neuron.sandbox.contract import Limits

__all__ = ["UsernsSandbox", "scratch_links", "system_links", "system_paths"]

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
_SETTINGS = ("/etc/ld.so.cache", "/etc/alternatives")


def system_links() -> list[tuple[str, str]]:
    """Where the machine's own root has links into /usr."""
    return [(path, os.readlink(path)) for path in _SYSTEM if os.path.islink(path)]


def scratch_links(paths: list[str]) -> list[tuple[str, str]]:
    """Where programs write by habit; not /tmp when the guest is given something below it."""
    links = [("/dev/shm", "../scratch/shm"), ("/dev/fd", "/proc/self/fd")]
    below = any(path.startswith("/tmp/") for path in paths)
    return links if below else [("/tmp", "scratch/tmp"), *links]


def system_paths(python: str, extra: tuple[str, ...]) -> list[str]:
    """What a guest needs to run programs: the system's, the interpreter's prefix, and the extra."""
    paths = [path for path in _SYSTEM if os.path.isdir(path) and not os.path.islink(path)]
    paths += [path for path in _SETTINGS if os.path.exists(path)]
    prefix = Path(sys.base_prefix)
    if Path(python).is_relative_to(prefix):
        extra = (str(prefix.resolve()), *extra)
    for path in extra:
        if not any(Path(path).is_relative_to(one) for one in paths):
            paths.append(path)
    return paths


class UsernsSandbox(Confined):
    """See ``Confined`` for the options."""

    rung = "userns"

    def _missing(self) -> str:
        if not sys.platform.startswith("linux"):
            return "namespaces are Linux's"
        if platform.machine() not in ("x86_64", "aarch64"):
            return f"not written for {platform.machine()}"
        return "" if os.path.isdir("/sys") else "there is no /sys"

    def _program(self, limits: Limits) -> Start:
        paths = system_paths(self.python, (*self.packages, *self.read_only))
        jail = {
            "root": "/sys",  # covered in its own mount namespace only; a guest gets none
            "links": [*system_links(), *scratch_links(paths)],
            "binds": [(path, path) for path in paths],
        }
        argv = [self.python, "-I", "-S", "-B", "-c", warden_source(jail=True)]
        return Start(argv, {"jail": jail})
