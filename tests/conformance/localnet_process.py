"""A local chain in a process of its own, started with the command that a user types.

Owns the process from start to end, for tests that drive it with other projects' clients. Nothing
of the chain runs in the test's process.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

READY_SECONDS = 60
END_SECONDS = 15
TAOKIT = Path(sys.executable).with_name("taokit")


@contextmanager
def localnet(home: Path, *options: str) -> Iterator[str]:
    """Run ``taokit localnet start --port 0`` until the block ends; the address it serves.

    What it records goes to ``home``. The port is its own: clients' default ports stay free.
    """
    process = subprocess.Popen(
        [str(TAOKIT), "localnet", "start", "--port", "0", *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment_at(home),
    )
    assert process.stdout is not None
    lines: queue.Queue[str | None] = queue.Queue()
    reader = threading.Thread(target=_read, args=(process.stdout, lines), daemon=True)
    reader.start()
    try:
        yield _ready_url(lines)
        assert process.poll() is None, f"the chain ended with {process.returncode}:\n{_rest(lines)}"
    finally:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(END_SECONDS)
            raise
        finally:
            reader.join(END_SECONDS)
            process.stdout.close()


def environment_at(home: Path) -> dict[str, str]:
    """This process's environment for a program whose user lives in ``home``: no other settings."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("XDG_", "TAOKIT_", "BT_", "BITTENSOR", "WALLET_"))
    }
    home.mkdir(parents=True, exist_ok=True)
    return {**kept, "HOME": str(home), "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"}


def _read(stream: IO[str], lines: queue.Queue[str | None]) -> None:
    for line in stream:
        lines.put(line)
    lines.put(None)


def _ready_url(lines: queue.Queue[str | None]) -> str:
    said = []
    while (line := lines.get(timeout=READY_SECONDS)) is not None:
        said.append(line)
        if line.startswith("ready ws://"):
            return line.removeprefix("ready ").strip()
    raise AssertionError(f"the chain did not start:\n{''.join(said)}")


def _rest(lines: queue.Queue[str | None]) -> str:
    said = []
    while not lines.empty():
        said.append(lines.get() or "")
    return "".join(said)
