"""Environments of other projects' releases, for tests that let them and taokit meet.

``python_peer("bittensor-wallet==4.1.0")`` returns the Python of a virtual environment that holds
exactly that; ``node_peer("@polkadot/api@16.5.6")`` the folder of packages that npm installed.
Environments are made once and kept in ``.peers/`` at the top of the checkout, or in the folder that
``TAOKIT_PEERS`` names; a lock file lets several test processes ask at once.

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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest

ROOT = Path(__file__).resolve().parents[2]
INSTALL_SECONDS = 600


def peers_folder() -> Path:
    """Where environments are kept."""
    named = os.environ.get("TAOKIT_PEERS")
    return Path(named).resolve() if named else ROOT / ".peers"


def python_peer(*requirements: str) -> Path:
    """Return the Python of an environment with these requirements, making it if need be."""
    return _python(_peer(requirements, _install_python))


def node_peer(*requirements: str) -> Path:
    """Return the ``node_modules`` that holds these npm packages, making it if need be."""
    return _peer(requirements, _install_node) / "node_modules"


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
    return _answer([str(python), "-c", frame + script, json.dumps(request)], environment)


def run_in_node(modules: Path, script: Path, request: Any) -> Any:
    """Run a CommonJS script that finds these packages; it gets ``request`` as its argument.

    It answers by printing one line of ``ANSWER`` and JSON.
    """
    node = shutil.which("node")
    assert node is not None, "npm was there, node is not"
    return _answer([node, str(script), json.dumps(request)], {"NODE_PATH": str(modules)})


def _answer(command: list[str], environment: dict[str, str] | None) -> Any:
    done = subprocess.run(
        command,
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


def _peer(requirements: tuple[str, ...], install: Callable[[Path, tuple[str, ...]], None]) -> Path:
    folder = peers_folder() / re.sub(r"[^A-Za-z0-9.]+", "-", "+".join(requirements)).strip("-")
    complete = folder / "complete.json"
    with locked(folder):
        if not complete.exists():
            shutil.rmtree(folder, ignore_errors=True)  # what an interrupted installation left
            install(folder, requirements)
            complete.write_text(json.dumps(requirements))
    return folder


def _python(folder: Path) -> Path:
    return folder / "bin" / "python"


def _install_python(folder: Path, requirements: tuple[str, ...]) -> None:
    venv.create(folder, with_pip=True)
    _run_installer([str(_python(folder)), "-m", "pip", "install", "-q", *requirements])


def _install_node(folder: Path, requirements: tuple[str, ...]) -> None:
    npm = shutil.which("npm")
    if npm is None:
        _unavailable("npm is not installed")
    folder.mkdir(parents=True)
    (folder / "package.json").write_text("{}")
    _run_installer(
        [
            npm,
            "install",
            "--prefix",
            str(folder),
            "--silent",
            "--no-audit",
            "--no-fund",
            "--save-exact",
            *requirements,
        ]
    )


def _run_installer(command: list[str]) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
    )
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1]
        _unavailable(f"{' '.join(command)}: {said}")


def _unavailable(reason: str) -> NoReturn:
    message = f"cannot make the environment of a peer: {reason}"
    if os.environ.get("TAOKIT_PEERS_REQUIRED") == "1":
        pytest.fail(message)
    pytest.skip(message)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of what is kept at ``folder``, among all test processes."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.with_name(folder.name + ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
