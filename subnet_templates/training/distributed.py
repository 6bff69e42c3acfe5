"""Training inside one miner on several devices: ``torchrun`` with DDP or FSDP2.

Owns starting the processes and what goes in and out, as safetensors in a folder. Does not own what
a process does (``worker``). Between miners nothing changes: an update is an update.

Several machines of one miner share a folder, ``TORCHRUN_SHARED``, and ``TORCHRUN_ARGS`` says how
they meet: ``--nnodes=2 --rdzv-backend=c10d --rdzv-endpoint=host:29400``. The miner runs on one of
them; the others run ``joining``, which takes part in every job that the miner leaves there.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from taokit.neuron.errors import ConfigError
from taokit.subnet_templates.training.byte_transformer import ByteTransformer
from taokit.subnet_templates.training.tensors import dump, load

__all__ = ["NEWEST", "SHARED", "Distributed", "announce", "command"]

Floats = np.ndarray[Any, np.dtype[np.float32]]
Bytes = np.ndarray[Any, np.dtype[np.uint8]]
STRATEGIES = ("ddp", "fsdp2")
SHARED = "TORCHRUN_SHARED"
NEWEST = "newest"
WORKER = "taokit.subnet_templates.training.worker"


class Distributed(ByteTransformer):
    """The transformer, trained by ``processes`` processes, each on every n-th page of a step.

    ``step_s`` is how many seconds a step took, the last time, without starting the processes.
    """

    def __init__(self, strategy: str, processes: int, *, timeout: float = 3600.0) -> None:
        if strategy not in STRATEGIES or processes < 1:
            raise ConfigError(f"{strategy} of {processes}: take ddp or fsdp2, of at least 1")
        super().__init__()
        self.strategy, self.processes, self.timeout = strategy, processes, timeout
        self.step_s = 0.0

    @classmethod
    def named(cls, options: str) -> Distributed:
        """By ``ddp:4``. Raises ConfigError."""
        strategy, _, processes = options.partition(":")
        if not processes.isdigit():
            raise ConfigError(f"{options!r} does not say how many processes", hint="fsdp2:8")
        return cls(strategy, int(processes))

    def train(self, params: Floats, pages: Bytes, *, steps: int, rate: float) -> Floats:
        """See ``Backend``: the same pages, several at a step, so fewer steps."""
        shared = os.environ.get(SHARED)
        with tempfile.TemporaryDirectory(prefix="torchrun-", dir=shared) as name:
            folder = Path(name)
            (folder / "in.safetensors").write_bytes(dump({"params": params, "pages": pages}))
            job = {"strategy": self.strategy, "steps": steps, "rate": rate}
            (folder / "job.json").write_text(json.dumps(job))
            if shared:
                announce(Path(shared), folder.name)
            done = subprocess.run(
                command(folder, self.processes),
                capture_output=True,
                text=True,
                timeout=self.timeout,
                check=False,
            )
            written = folder / "out.safetensors"
            if done.returncode != 0 or not written.exists():
                raise ConfigError(f"torchrun failed: {done.stderr[-2000:]}")
            made = load(written.read_bytes())
            world = int(made["world"][0])
            self.step_s = float(made["seconds"][0]) / -(-steps // world)
            return made["params"]


def command(folder: Path, processes: int) -> list[str]:
    """What every machine runs for a job: ``processes`` of its own."""
    given = shlex.split(os.environ.get("TORCHRUN_ARGS", "")) or ["--standalone"]
    meet = [] if "--standalone" in given else [f"--rdzv-id={folder.name}"]
    started = [sys.executable, "-m", "torch.distributed.run", *given, *meet]
    return [*started, f"--nproc-per-node={processes}", "-m", WORKER, str(folder)]


def announce(shared: Path, name: str) -> None:
    """Tell the machines that share a folder which job is the newest."""
    partial = shared / f".{NEWEST}"
    partial.write_text(name)
    os.replace(partial, shared / NEWEST)
