"""Environments of other projects' releases, for tests that let them and taokit meet.

``python_peer("bittensor-wallet==4.1.0")`` returns the Python of a virtual environment that holds
exactly that. Environments are made once and kept in ``.peers/`` at the top of the checkout, or in
the folder that ``TAOKIT_PEERS`` names; a lock file lets several test processes ask at once.

When an environment cannot be made (no network), the test that asked is skipped with the reason;
with ``TAOKIT_PEERS_REQUIRED=1`` it fails instead, so that a pipeline cannot skip unnoticed.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
INSTALL_SECONDS = 600


def peers_folder() -> Path:
    """Where environments are kept."""
    named = os.environ.get("TAOKIT_PEERS")
    return Path(named).resolve() if named else ROOT / ".peers"


def python_peer(*requirements: str) -> Path:
    """Return the Python of an environment with these requirements, making it if need be."""
    name = re.sub(r"[^A-Za-z0-9.]+", "-", "+".join(requirements))
    folder = peers_folder() / name
    complete = folder / "complete.json"
    with _locked(folder):
        if not complete.exists():
            shutil.rmtree(folder, ignore_errors=True)  # what an interrupted installation left
            _install(folder, requirements)
            complete.write_text(json.dumps(requirements))
    return _python(folder)


def run_in_peer(
    python: Path, script: str, request: Any, environment: dict[str, str] | None = None
) -> Any:
    """Run a script there and return what it answers.

    The script finds ``request`` (JSON) as a variable and calls ``answer(value)`` once. What the
    peer prints besides does not matter.
    """
    frame = (
        "import json, sys\n"
        "request = json.loads(sys.argv[1])\n"
        "def answer(value):\n"
        "    sys.stdout.flush()\n"
        "    print('\\nANSWER ' + json.dumps(value), flush=True)\n"
    )
    done = subprocess.run(
        [str(python), "-c", frame + script, json.dumps(request)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
        env={**os.environ, **(environment or {})},
    )
    answers = [line[7:] for line in done.stdout.splitlines() if line.startswith("ANSWER ")]
    if done.returncode != 0 or len(answers) != 1:
        raise AssertionError(f"the peer failed ({done.returncode}):\n{done.stdout}\n{done.stderr}")
    return json.loads(answers[0])


def _python(folder: Path) -> Path:
    return folder / "bin" / "python"


def _install(folder: Path, requirements: tuple[str, ...]) -> None:
    venv.create(folder, with_pip=True)
    command = [str(_python(folder)), "-m", "pip", "install", "-q", *requirements]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
    )
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["pip failed"])[-1]
        message = f"cannot install {', '.join(requirements)}: {reason}"
        if os.environ.get("TAOKIT_PEERS_REQUIRED") == "1":
            pytest.fail(message)
        pytest.skip(message)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.with_name(folder.name + ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
