"""Training inside one miner on several devices: ``torchrun`` with DDP or FSDP2.

Owns starting the processes and what goes in and out, as safetensors in a folder. Does not own what
a process does (``worker``). Between miners nothing changes: an update is an update.

``TORCHRUN_ARGS`` in the environment is passed on, for several machines that share the folder
(``TMPDIR``): ``--nnodes=2 --rdzv-backend=c10d --rdzv-endpoint=host:29400``.
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

__all__ = ["Distributed"]

Floats = np.ndarray[Any, np.dtype[np.float32]]
Bytes = np.ndarray[Any, np.dtype[np.uint8]]
STRATEGIES = ("ddp", "fsdp2")
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
        with tempfile.TemporaryDirectory(prefix="torchrun-") as name:
            folder = Path(name)
            (folder / "in.safetensors").write_bytes(dump({"params": params, "pages": pages}))
            job = {"strategy": self.strategy, "steps": steps, "rate": rate}
            (folder / "job.json").write_text(json.dumps(job))
            command = [sys.executable, "-m", "torch.distributed.run", *self._arguments()]
            done = subprocess.run(
                [*command, "-m", WORKER, name],
                capture_output=True,
                text=True,
                timeout=self.timeout,
                check=False,
            )
            if done.returncode != 0:
                raise ConfigError(f"torchrun failed: {done.stderr[-2000:]}")
            made = load((folder / "out.safetensors").read_bytes())
            self.step_s = float(made["seconds"][0]) / -(-steps // self.processes)
            return made["params"]

    def _arguments(self) -> list[str]:
        given = shlex.split(os.environ.get("TORCHRUN_ARGS", ""))
        return [*(given or ["--standalone"]), f"--nproc-per-node={self.processes}"]
