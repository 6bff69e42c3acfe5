"""One process of several that train a miner's update together. Started by ``distributed``."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import distributed
from torch.distributed.device_mesh import init_device_mesh
from torch.nn.parallel import DistributedDataParallel

from taokit.subnet_templates.training.byte_transformer import (
    BETAS,
    Transformer,
    load_vector,
    next_byte_losses,
)
from taokit.subnet_templates.training.tensors import dump, load

__all__ = ["main"]


def main(folder: Path) -> None:
    """Train on this process's pages; the first process writes the result."""
    cuda = torch.cuda.is_available()
    device = torch.device("cuda", int(os.environ["LOCAL_RANK"])) if cuda else torch.device("cpu")
    if cuda:
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if cuda else "gloo")
    try:
        job = json.loads((folder / "job.json").read_text())
        given = load((folder / "in.safetensors").read_bytes())
        trained, seconds = _trained(job, given["params"], given["pages"], device)
        if distributed.get_rank() == 0:
            world = np.array([distributed.get_world_size()], np.int64)
            told = {"params": trained, "seconds": np.array([seconds]), "world": world}
            (folder / "out.safetensors").write_bytes(dump(told))
    finally:
        distributed.destroy_process_group()


def _trained(
    job: dict[str, Any], params: Any, pages: Any, device: torch.device
) -> tuple[Any, float]:
    """The parameters after training, and how long the steps took."""
    rank, world = distributed.get_rank(), distributed.get_world_size()
    module = Transformer().to(device)
    load_vector(module, params)
    wrapped = _wrapped(module, job["strategy"], device, world)
    optimizer = torch.optim.AdamW(
        wrapped.parameters(), lr=job["rate"], betas=BETAS, weight_decay=0.0
    )
    data = torch.from_numpy(pages).to(device)
    distributed.barrier()
    began = time.perf_counter()
    # One step is one page for each process: the same pages as one process alone, in fewer steps.
    for step in range(-(-int(job["steps"]) // world)):
        at = (step * world + rank) % len(pages)
        optimizer.zero_grad(set_to_none=True)
        next_byte_losses(wrapped, data[at : at + 1]).mean().backward()
        optimizer.step()
    if device.type == "cuda":
        torch.cuda.synchronize()
    seconds = time.perf_counter() - began
    return np.concatenate([_whole(p) for p in wrapped.parameters()]), seconds


def _wrapped(module: Transformer, strategy: str, device: torch.device, world: int) -> Any:
    if strategy == "ddp":
        return DistributedDataParallel(module)
    from torch.distributed.fsdp import fully_shard

    mesh = init_device_mesh(device.type, (world,))
    for block in module.blocks:
        fully_shard(block, mesh=mesh)
    return fully_shard(module, mesh=mesh)


def _whole(parameter: Any) -> Any:
    # A shard's parameter is put together again; all processes have to ask.
    whole = parameter.full_tensor() if hasattr(parameter, "full_tensor") else parameter
    return whole.detach().float().cpu().reshape(-1).numpy()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
