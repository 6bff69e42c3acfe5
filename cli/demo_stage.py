"""Running the demo: a chain in a process of its own, then each command through the same entry.

Owns the stage (a temporary folder, the chain, the environment) and its clearing away. The commands
go through ``taokit.cli.main.run`` exactly as from a shell, in this process only to spare each
the start of a Python. Does not own the story (demo_script.py) nor how it is shown (demo_screen.py).
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import typer

from taokit.cli.context import Run
from taokit.cli.demo_screen import Kept, Screen
from taokit.cli.demo_script import CHAPTERS, MINERS, Step
from taokit.cli.errors import DemoFailed
from taokit.cli.exits import Exit
from taokit.cli.localnet_process import Launch, end, signals_held, spawn

__all__ = ["play"]

_LAUNCH = Launch((0,), "127.0.0.1", "instant", "fast")


def play(run: Run, *, keep: bool) -> None:
    """Run the demo from beginning to end."""
    began = time.monotonic()
    screen = Screen(run)
    screen.begin()
    folder: Path | None = None
    chain: subprocess.Popen[str] | None = None
    kept = False
    try:
        with signals_held():  # so that no folder is made and forgotten
            folder = Path(tempfile.mkdtemp(prefix="taokit-demo-"))
        with _stage(folder, keep=keep):
            chain, said = spawn(_LAUNCH, meanwhile=_import_what_is_needed)
            endpoint = json.loads(said)["endpoints"][0]
            os.environ["TAOKIT_NETWORK"] = endpoint
            _quietly("query status")  # the metadata is in the folder's cache from here on
            screen.started(endpoint, folder)
            played = _chapters(screen)
            earned = _earned()
        kept = keep
    finally:
        if not kept:
            if chain is not None:
                end(chain)
            if folder is not None:
                shutil.rmtree(folder, ignore_errors=True)
    seconds = time.monotonic() - began
    if run.out.form == "json":
        document = {"seconds": round(seconds, 1), "endpoint": endpoint, "commands": played}
        run.out.document({**document, "earned": earned, "folder": folder if kept else None})
        return
    screen.end(len(played), seconds, earned, Kept(endpoint, folder) if kept else None)


@contextmanager
def _stage(folder: Path, *, keep: bool) -> Iterator[None]:
    """The surroundings of the commands: all that they write is in the folder.

    Only a chain that is to be kept is recorded where ``taokit localnet stop`` looks for it.
    """
    before, place = dict(os.environ), Path.cwd()
    for name in list(os.environ):
        if name.startswith(("TAOKIT_", "BT_")):
            del os.environ[name]
    os.environ["TAOKIT_WALLET_PATH"] = str(folder / "wallets")
    os.environ["TAOKIT_CONFIG"] = str(folder / "config.toml")
    os.environ["TAOKIT_CACHE_DIR"] = str(folder / "cache")
    if not keep:
        os.environ["XDG_STATE_HOME"] = str(folder / "state")
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(place)
        os.environ.clear()
        os.environ.update(before)


def _chapters(screen: Screen) -> list[dict[str, Any]]:
    played = []
    for number, chapter in enumerate(CHAPTERS, 1):
        screen.chapter(number, chapter)
        for step in chapter.steps:
            screen.step(step)
            began = time.monotonic()
            _play(step, captured=screen.silent)
            seconds = round(time.monotonic() - began, 3)
            played.append({"command": f"taokit {step.line}", "status": 0, "seconds": seconds})
    return played


def _play(step: Step, *, captured: bool) -> None:
    """One command; ends the demo if it does not succeed."""
    said = ""
    if captured or step.repeat:
        status, _, said = _quietly(step.line)
    else:
        status = _run(step.line)
    if status in (Exit.INTERRUPTED, Exit.TERMINATED):
        raise typer.Exit(status)
    if status != 0:
        why = f": {said.strip()}" if said else ""
        raise DemoFailed(
            f"`taokit {step.line}` ended with status {status}{why}",
            hint="once more; if it fails again, report it with what `taokit doctor` says",
        )


def _run(line: str) -> int:
    from taokit.cli.main import run as run_command

    return run_command(shlex.split(line))


def _quietly(line: str) -> tuple[int, str, str]:
    """Status, JSON answer and error of a command that is not shown."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = _run(f"{line} --json")
    return status, out.getvalue(), err.getvalue()


def _earned() -> dict[str, Any]:
    """The incentive of each miner in the last epoch (parts of 65535), as the metagraph has it."""
    _, said, _ = _quietly("subnets metagraph 2")
    neurons = {neuron["uid"]: neuron["incentive"] for neuron in json.loads(said)["neurons"]}
    first = len(neurons) - len(MINERS)
    return {name: neurons[first + place] for place, name in enumerate(MINERS)}


def _import_what_is_needed() -> None:
    """While the chain starts: what its client would otherwise be waited for."""
    from taokit.chain_client import blocking, client, operations, reads

    operations.all_operations()
    reads.all_reads()
    _ = blocking.Client, client.ChainClient
