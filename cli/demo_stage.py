"""Running the demo: a chain in a process of its own, then each command through the same entry.

Owns the stage (a temporary folder, the chain, the environment) and its clearing away. The commands
go through ``taokit.cli.main.run`` exactly as from a shell, in this process only to spare each
the start of a Python. Does not own the story: demo_script.py.
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

from taokit.cli.context import Run
from taokit.cli.demo_script import CHAPTERS
from taokit.cli.errors import DemoFailed
from taokit.cli.exits import Exit
from taokit.cli.localnet_process import Launch, spawn
from taokit.cli.terminal import styled

__all__ = ["play"]


def play(run: Run, *, keep: bool) -> None:
    """Run the demo from beginning to end."""
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="taokit-demo-"))
    chain: subprocess.Popen[str] | None = None
    done = False
    try:
        chain, said = spawn(Launch((0,), "127.0.0.1", "instant", "fast"))
        endpoint = json.loads(said)["endpoints"][0]
        with _stage(folder, endpoint):
            played = _chapters(run, endpoint)
        done = True
    finally:
        if chain is not None and not (keep and done):
            _end(chain)
        if not (keep and done):
            shutil.rmtree(folder, ignore_errors=True)
    seconds = time.monotonic() - began
    if run.out.form == "json":
        run.out.document({"seconds": round(seconds, 1), "endpoint": endpoint, "commands": played})
        return
    write = run.terminal.out.write
    write(f"\n{len(played)} commands in {seconds:.1f} s. ")
    if keep:
        write(
            "The chain is still running; look around with\n"
            f"  export TAOKIT_NETWORK={endpoint} TAOKIT_WALLET_PATH={folder / 'wallets'}\n"
            "and when you have seen enough:\n"
            f"  taokit localnet stop --port {endpoint.rsplit(':', 1)[1]} && rm -r {folder}\n"
        )
    else:
        write("The chain is stopped and its wallets are gone.\n")


@contextmanager
def _stage(folder: Path, endpoint: str) -> Iterator[None]:
    """The surroundings of the commands: that chain, wallets in the folder, none of the user's."""
    before, place = dict(os.environ), Path.cwd()
    for name in list(os.environ):
        if name.startswith(("TAOKIT_", "BT_")):
            del os.environ[name]
    os.environ["TAOKIT_NETWORK"] = endpoint
    os.environ["TAOKIT_WALLET_PATH"] = str(folder / "wallets")
    os.environ["TAOKIT_CONFIG"] = str(folder / "config.toml")
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(place)
        os.environ.clear()
        os.environ.update(before)


def _chapters(run: Run, endpoint: str) -> list[dict[str, Any]]:
    quiet = run.out.form == "json"
    color = run.terminal.colored(run.terminal.out)
    out = run.terminal.out
    played = []
    if not quiet:
        out.write(f"{styled('$', 'dim', color)} export TAOKIT_NETWORK={endpoint}\n")
    for number, chapter in enumerate(CHAPTERS, 1):
        if not quiet:
            out.write(f"\n{styled(f'{number}. {chapter.title}', 'bold cyan', color)}\n")
        for line in chapter.commands:
            if not quiet:
                out.write(
                    f"\n{styled('$', 'dim', color)} {styled(f'taokit {line}', 'bold', color)}\n"
                )
                out.flush()
            began = time.monotonic()
            status, said = _one(line, captured=quiet)
            played.append(
                {
                    "command": f"taokit {line}",
                    "status": status,
                    "seconds": round(time.monotonic() - began, 3),
                }
            )
            if status == Exit.INTERRUPTED:
                raise KeyboardInterrupt
            if status != 0:
                raise DemoFailed(
                    f"`taokit {line}` ended with status {status}{said}",
                    hint="taokit doctor",
                )
    return played


def _one(line: str, *, captured: bool) -> tuple[int, str]:
    from taokit.cli.main import run as run_command

    argv = shlex.split(line)
    if not captured:
        return run_command(argv), ""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = run_command([*argv, "--json"])
    return status, f": {err.getvalue().strip()}" if status else ""


def _end(chain: subprocess.Popen[str]) -> None:
    chain.terminate()
    try:
        chain.wait(timeout=10)
    except subprocess.TimeoutExpired:
        chain.kill()
        chain.wait()
