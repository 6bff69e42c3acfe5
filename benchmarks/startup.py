"""How long ``taokit`` takes to start, against a bare Typer program and against both btclis.

    python benchmarks/startup.py [--rounds 15]

Each row is one process started from nothing: the fastest and the median of its rounds, and the
least processor time, which a busy machine blurs less. Programs take turns, so that a busy machine
slows all of them. Ratios are of the fastest times of this run.
``wallet balance`` talks to a local chain that runs beside; ``localnet start`` is timed until it
says that it is ready, and ended. Bytecode is written, as in every ordinary installation.
The btclis are measured where their environments are: ``.peers/bittensor-cli-9.23.2`` and
``.peers/bittensor-11.3.0``; without those, only Typer is.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
BARE = """
import typer
app = typer.Typer()
@app.command()
def one(name: str = "x"):
    "Do one thing."
@app.command()
def two(name: str = "x"):
    "Do another."
app()
"""


READ = "taokit wallet balance //Bob"
START = "taokit localnet start, ready"


def programs(bare: Path, endpoint: str) -> dict[str, list[str]]:
    """What is measured: a label and a command line each."""
    taokit = str(BIN / "taokit")
    found = {
        "python": [sys.executable, "-c", "pass"],
        "bare Typer --help": [sys.executable, str(bare), "--help"],
        "taokit --version": [taokit, "--version"],
        "taokit --help": [taokit, "--help"],
        "taokit wallet list": [taokit, "wallet", "list"],
        "taokit stake add --help": [taokit, "stake", "add", "--help"],
        READ: [taokit, "wallet", "balance", "//Bob", "--network", endpoint],
        START: [taokit, "localnet", "start", "--port", "0"],
    }
    for label, folder in (("btcli 9", "bittensor-cli-9.23.2"), ("btcli 11", "bittensor-11.3.0")):
        btcli = ROOT / ".peers" / folder / "bin" / "btcli"
        if btcli.exists():
            found[f"{label} --help"] = [str(btcli), "--help"]
            found[f"{label} wallet list"] = [str(btcli), "wallet", "list"]
    return found


def measure(
    commands: dict[str, list[str]], rounds: int, environ: dict[str, str]
) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Seconds of each round of each program, after one round to warm the disk cache.

    And the least seconds that processors worked for it, until its end.
    """
    seconds: dict[str, list[float]] = {label: [] for label in commands}
    worked = {label: float("inf") for label in commands}
    for number in range(rounds + 1):
        for label, argv in commands.items():
            timed = until_ready if label == START else until_done
            before = ended_ones_worked()
            taken = timed(argv, environ)
            if number:
                seconds[label].append(taken)
                worked[label] = min(worked[label], ended_ones_worked() - before)
    return seconds, worked


def ended_ones_worked() -> float:
    """Seconds that processors worked for the processes started here that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def until_done(argv: list[str], environ: dict[str, str]) -> float:
    """Seconds until the program has ended."""
    began = time.perf_counter()
    done = subprocess.run(
        argv, stdin=subprocess.DEVNULL, capture_output=True, env=environ, check=False
    )
    taken = time.perf_counter() - began
    if done.returncode not in (0, 1, 2):
        raise SystemExit(f"{' '.join(argv)} ended with {done.returncode}: {done.stderr.decode()}")
    return taken


def until_ready(argv: list[str], environ: dict[str, str]) -> float:
    """Seconds until the program says that it is ready; then it is ended."""
    began = time.perf_counter()
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=environ) as process:
        assert process.stdout is not None
        ready = any(line.startswith("ready ") for line in process.stdout)
        taken = time.perf_counter() - began
        process.terminate()
    if not ready:
        raise SystemExit(f"{' '.join(argv)} ended with {process.returncode}")
    return taken


@contextmanager
def chain(environ: dict[str, str]) -> Iterator[str]:
    """A local chain in a process of its own; gives its endpoint."""
    argv = [str(BIN / "taokit"), "localnet", "start", "--port", "0", "--json"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=environ) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["endpoints"][0]
        finally:
            process.terminate()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as home:
        bare = Path(home) / "bare.py"
        bare.write_text(BARE)
        environ = {**os.environ, "HOME": home, "COLUMNS": "100"}
        environ.pop("PYTHONDONTWRITEBYTECODE", None)
        with chain(environ) as endpoint:
            seconds, worked = measure(programs(bare, endpoint), rounds, environ)
    fastest = {label: min(times) for label, times in seconds.items()}
    print(f"{'':<30}{'fastest':>10}{'median':>10}{'processor':>11}")
    for label, times in seconds.items():
        median = statistics.median(times)
        print(f"{label:<30}{min(times):>9.3f}s{median:>9.3f}s{worked[label]:>10.3f}s")
    print()
    helps = [fastest[label] for label in fastest if label.startswith("btcli") and "help" in label]
    ratio = fastest["taokit --help"] / fastest["bare Typer --help"]
    print(f"taokit --help / bare Typer --help   {ratio:.2f}   (aim: 1.3 or less)")
    print(f"taokit --version                    {fastest['taokit --version']:.3f} s (aim: 0.25 s)")
    print(f"a chain read, connect included      {fastest[READ]:.3f} s (aim: 0.35 s)")
    print(f"localnet start to ready             {fastest[START]:.3f} s (aim: 1 s)")
    if helps:
        ratio = fastest["taokit --help"] / min(helps)
        print(f"taokit --help / the faster btcli's  {ratio:.2f}   (aim: 0.25 or less)")
    lists = [fastest[label] for label in fastest if label.startswith("btcli") and "list" in label]
    if lists:
        ratio = fastest["taokit wallet list"] / min(lists)
        print(f"wallet list / the faster btcli's    {ratio:.2f}")


if __name__ == "__main__":
    main()
