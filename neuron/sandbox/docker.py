"""The rungs ``docker`` and ``gvisor``: a container, by the docker command.

Owns the container's arguments. The image has to hold Python 3.10 or newer and be here already: this
never pulls. The warden is the container's process 1 with four capabilities; the guest has none and
another user. ``packages`` and ``read_only`` are mounted from the daemon's machine.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from taokit.neuron.sandbox.confined import Confined, Start, warden_source
from taokit.neuron.sandbox.contract import MIB, Limits, Probe

__all__ = ["DockerSandbox", "GvisorSandbox"]

_ASK_S = 5.0


class DockerSandbox(Confined):
    """A container of ``image`` whose interpreter is ``python``; see ``Confined`` for the others."""

    rung = "docker"
    runtime = ""

    def __init__(
        self,
        *,
        image: str = "python:3.11-slim",
        python: str = "/usr/local/bin/python3",
        packages: Sequence[str | Path] = (),
        read_only: Sequence[str | Path] = (),
    ) -> None:
        super().__init__(python=python, packages=packages, read_only=read_only)
        self.image = image

    def _missing(self) -> str:
        return "" if shutil.which("docker") else "docker is not installed"

    async def probe(self) -> Probe:
        """See ``Confined.probe``; also that the daemon, the runtime and the image are there."""
        if missing := self._missing():
            return Probe(self.rung, False, missing)
        said = await _ask("info", "--format", "{{json .Runtimes}}")
        if said is None:
            return Probe(self.rung, False, "the docker daemon does not answer")
        try:
            runtimes = json.loads(said) or {}
        except ValueError:
            runtimes = {}
        if self.runtime and self.runtime not in runtimes:
            return Probe(self.rung, False, f"docker has no runtime {self.runtime}")
        if await _ask("image", "inspect", "--format", "{{.Id}}", self.image) is None:
            return Probe(self.rung, False, f"the image {self.image} is not here: docker pull it")
        return await super().probe()

    def _program(self, limits: Limits) -> Start:
        name = f"taokit-{secrets.token_hex(8)}"
        argv = [shutil.which("docker") or "docker", "run", "--rm", "-i", "--name", name]
        argv += ["--pull", "never", "--network", "none", "--read-only", "--log-driver", "none"]
        argv += ["--security-opt", "no-new-privileges", "--cap-drop", "ALL", "--user", "0:0"]
        for capability in ("KILL", "SETGID", "SETPCAP", "SETUID"):
            argv += ["--cap-add", capability]
        argv += ["--memory", str(limits.memory + limits.disk + 64 * MIB)]
        argv += ["--memory-swap", str(limits.memory + limits.disk + 64 * MIB)]
        argv += ["--pids-limit", str(limits.pids + 24), "--ipc", "none", "--hostname", "sandbox"]
        argv += ["--tmpfs", f"/scratch:rw,exec,nosuid,nodev,size={limits.disk},mode=755"]
        if self.runtime:
            argv += ["--runtime", self.runtime]
        for path in (*self.packages, *self.read_only):
            argv += ["--mount", f"type=bind,source={path},target={path},readonly"]
        argv += ["--entrypoint", self.python, self.image]
        argv += ["-I", "-S", "-B", "-c", warden_source(jail=False)]
        return Start(argv, container=name)

    async def _clean(self, start: Start) -> None:
        await _ask("rm", "--force", start.container)


class GvisorSandbox(DockerSandbox):
    """A container whose system calls a second kernel, in user space, answers (``runsc``)."""

    rung = "gvisor"
    runtime = "runsc"


async def _ask(*words: str) -> str | None:
    """What the docker command answers; None when it fails or takes too long."""
    process = await asyncio.create_subprocess_exec(
        "docker",
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(), _ASK_S)
    except asyncio.TimeoutError:
        process.kill()
        await process.wait()
        return None
    return out.decode() if process.returncode == 0 else None
