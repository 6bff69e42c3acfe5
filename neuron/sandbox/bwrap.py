"""The rung ``bwrap``: bubblewrap builds the walls, and our warden is its process 1.

Owns bubblewrap's arguments. As root the guest gets a user nobody else has; without, user 1000 of a
user namespace.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from taokit.neuron.sandbox.confined import Confined, Start, warden_source
from taokit.neuron.sandbox.contract import Limits
from taokit.neuron.sandbox.userns import scratch_links, system_links, system_paths

__all__ = ["BwrapSandbox"]

_DEVICES = ("null", "zero", "full", "random", "urandom")
_WARDENS = ("KILL", "SETGID", "SETPCAP", "SETUID", "SYS_PTRACE", "DAC_OVERRIDE", "FOWNER")


class BwrapSandbox(Confined):
    """See ``Confined`` for the options."""

    rung = "bwrap"

    def _missing(self) -> str:
        if not sys.platform.startswith("linux"):
            return "bubblewrap is for Linux"
        return "" if shutil.which("bwrap") else "bwrap is not installed"

    def _program(self, limits: Limits) -> Start:
        argv = [shutil.which("bwrap") or "bwrap", "--die-with-parent", "--as-pid-1", "--clearenv"]
        argv += [f"--unshare-{kind}" for kind in ("ipc", "pid", "net", "uts", "cgroup")]
        argv += ["--hostname", "sandbox"]
        if os.geteuid() != 0:
            argv += ["--unshare-user", "--uid", "1000", "--gid", "1000"]
        argv += ["--cap-drop", "ALL"]
        for name in _WARDENS:
            argv += ["--cap-add", f"CAP_{name}"]
        paths = system_paths(self.python, (*self.packages, *self.read_only))
        # Bubblewrap makes folders that only their owner may enter, and the guest is not that.
        parents = {parent for path in paths for parent in Path(path).parents if parent.name}
        for parent in sorted(parents):
            if not any(parent.is_relative_to(path) for path in paths):
                argv += ["--perms", "0755", "--dir", str(parent)]
        for path in paths:
            argv += ["--ro-bind", path, path]
        argv += ["--proc", "/proc", "--perms", "0755", "--dir", "/dev"]
        for link, target in (*system_links(), *scratch_links(paths)):
            argv += ["--symlink", target, link]
        for name in _DEVICES:
            argv += ["--dev-bind", f"/dev/{name}", f"/dev/{name}"]
        argv += ["--perms", "0755", "--size", str(limits.disk), "--tmpfs", "/scratch"]
        argv += ["--remount-ro", "/"]
        return Start([*argv, "--", self.python, "-I", "-S", "-B", "-c", warden_source(jail=False)])
