"""Work for other processes: quick, slow, deadly, and failing until it is tried again."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def square(number: int) -> int:
    return number * number


def pid_of(number: int) -> int:
    return os.getpid()


def raising(number: int) -> int:
    if number == 2:
        raise ValueError(f"no {number}")
    return number


def leaving(number: int) -> int:
    raise SystemExit(number)


def dying(number: int) -> int:
    """Ends its process, of one number."""
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def dying_once(mark: str, number: int) -> int:
    """Ends its process the first time."""
    try:
        Path(mark).touch(exist_ok=False)
    except FileExistsError:
        return number
    os.kill(os.getpid(), signal.SIGKILL)
    return -1


def hanging(number: int) -> int:
    """Never ends, of one number."""
    while number == 2:
        time.sleep(3600)
    return number


def node_of(folder: str, number: int) -> str:
    """The cluster's node that it ran on; waits until others have begun too."""
    import ray

    Path(folder, str(number)).touch()
    while len(list(Path(folder).iterdir())) < 2:
        time.sleep(0.05)
    return str(ray.get_runtime_context().get_node_id())


def once_alone(gate: str, number: int) -> int:
    """Waits until the gate is there."""
    Path(f"{gate}.{number}").touch()
    while not Path(gate).exists():
        time.sleep(0.05)
    return number
