"""A further machine of a miner that trains on several: it joins every job, until told to end.

    TORCHRUN_ARGS="..." python -m taokit.subnet_templates.training.joining /shared 8

Owns waiting for jobs. Does not own what is done in one (``worker``). The folder is one that the
miner's machine writes to as TORCHRUN_SHARED, and this one reads; 8 is how many processes run here.
A third number ends it after so many jobs.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from taokit.subnet_templates.training.distributed import NEWEST, command

__all__ = ["main"]

LOOK_S = 0.2


def main(argv: Sequence[str]) -> int:
    """Join. What fails here fails for the miner too, who reports it; the next job is joined."""
    shared, processes = Path(argv[0]), int(argv[1])
    most = int(argv[2]) if len(argv) > 2 else 0
    joined, last = 0, ""
    while not most or joined < most:
        name = _newest(shared)
        if name == last or not (shared / name).is_dir():  # one that is over has no folder
            time.sleep(LOOK_S)
            continue
        last = name
        done = subprocess.run(command(shared / name, processes), check=False)
        sys.stderr.write(f"{name}: {'joined' if done.returncode == 0 else 'failed'}\n")
        joined += 1
    return 0


def _newest(shared: Path) -> str:
    try:
        return (shared / NEWEST).read_text()
    except FileNotFoundError:
        return ""


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
