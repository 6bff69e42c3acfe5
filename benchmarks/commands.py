"""How long commands take against a chain of full subnets, beside both btclis; and what they ask.

    python benchmarks/commands.py [--rounds 7] [--subnets 128] [--neurons 256]

Each round runs each command of each program once, as a process from nothing to its end, the
programs taking turns, so that a busy machine slows all of them; times are medians. All ask the same
chain, served by a process of its own. In one more round each answer takes 50 ms longer, as over a
wire, and is counted: **requests** are the messages of JSON-RPC that came (each of a batch),
**trips** how often something was asked while nothing was being answered, which is how often the
program waited for the wire; **far** is the time of that round. Without ``.peers`` (``make peers``)
only taokit is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from big_chain import Shape, account, big_chain

from taokit.local_chain.local_node import LocalNode
from taokit.local_chain.node_config import NodeConfig
from taokit.wallet import WalletStore, ss58

ROOT = Path(__file__).parent.parent
TAOKIT = "taokit"
WIRE = 0.05  # seconds
SLOWEST = 300.0  # seconds; a program that takes longer is left out from then on
WHOSE = ss58.encode(account("coldkey", 0))  # has stake in every subnet

Counts = Callable[[float], dict[str, int]]
COMMANDS = ("wallet list", "wallet balance", "stake list", "subnets list", "subnets metagraph")


def programs() -> dict[str, Path]:
    """The programs that are here, by label."""
    found = {TAOKIT: Path(sys.executable).parent / "taokit"}
    for label, folder in (("btcli 9", "bittensor-cli-9.23.2"), ("btcli 11", "bittensor-11.3.0")):
        path = ROOT / ".peers" / folder / "bin" / "btcli"
        if path.exists():
            found[label] = path
    return found


def words_of(label: str, command: str, url: str) -> list[str]:
    """What has to be typed for a command in a program's own way."""
    words = command.split()
    if command == "wallet list":
        return words
    network = ["--network", url]
    no_others = ["--fallback-endpoints", "none", "--archive-endpoints", "none"]
    if label == "btcli 11":
        asked = {
            "wallet balance": [WHOSE],
            "stake list": ["--coldkey", WHOSE],
            "subnets metagraph": ["1"],
        }
        return [*words, *asked.get(command, []), *network, *no_others]
    asked = {
        "wallet balance": ["--ss58", WHOSE],
        "stake list": ["--ss58", WHOSE],
        "subnets metagraph": ["--netuid", "1"],
    }
    quietly = (
        ["--no-prompt"] if label != TAOKIT and command.startswith(("stake", "subnets m")) else []
    )
    return [*words, *asked.get(command, []), *network, *quietly]


@dataclass
class Row:
    """What was measured of one command of one program."""

    seconds: list[float] = field(default_factory=list)
    requests: int = 0
    trips: int = 0
    far: float = 0.0
    failed: str | None = None


class Counting:
    """A handler of JSON-RPC that counts what passes, and answers ``delay`` seconds later."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.delay = 0.0
        self.requests = 0
        self.trips = 0
        self._open = 0

    def open(self, send: Callable[[str], None], **options: Any) -> Any:
        """A session that counts; see ``RpcHandler.open``."""

        def answered(message: str) -> None:
            if self.delay:
                asyncio.get_running_loop().call_later(self.delay, told, message)
            else:
                told(message)

        def told(message: str) -> None:
            self._open -= _answers_in(message)
            send(message)

        return CountingSession(self, self._inner.open(answered, **options))

    def came(self, message: str | bytes) -> None:
        """Count a message."""
        if self._open <= 0:
            self.trips += 1
            self._open = 0
        number = _requests_in(message)
        self.requests += number
        self._open += number

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class CountingSession:
    """A session of it."""

    def __init__(self, counting: Counting, inner: Any) -> None:
        self._counting = counting
        self._inner = inner

    def receive(self, message: str | bytes) -> Any:
        """See ``RpcSession.receive``."""
        self._counting.came(message)
        return self._inner.receive(message)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def _requests_in(message: str | bytes) -> int:
    parsed = json.loads(message)
    return len(parsed) if isinstance(parsed, list) else 1


def _answers_in(message: str) -> int:
    head = message[:80].lstrip()
    if head.startswith("["):
        return len(json.loads(message))
    return 0 if '"params"' in head else 1


async def serve(shape: Shape) -> None:
    """Serve a chain of that shape.

    A line on stdin, the delay of answers from then on, is answered with the counts since the last.
    """
    config = NodeConfig(preset=shape.preset, block_time="manual", ports=(0,))
    node = LocalNode(config, chain=big_chain(shape))
    counting = Counting(node.handler)
    node.handler = counting  # type: ignore[assignment]
    async with node:
        print(json.dumps({"url": f"ws://127.0.0.1:{node.ports[0]}"}), flush=True)
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            counting.delay = float(line)
            print(json.dumps({"requests": counting.requests, "trips": counting.trips}), flush=True)
            counting.requests = counting.trips = 0


@contextmanager
def chain(shape: Shape) -> Iterator[tuple[str, Counts]]:
    """The chain in a process of its own: its URL, and what gives the counts."""
    argv = [sys.executable, __file__, "--serve", str(shape.subnets), str(shape.neurons)]
    with subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        stdin, stdout = process.stdin, process.stdout

        def counts(delay: float) -> dict[str, int]:
            stdin.write(f"{delay}\n")
            stdin.flush()
            found: dict[str, int] = json.loads(stdout.readline())
            return found

        try:
            yield json.loads(stdout.readline())["url"], counts
        finally:
            process.terminate()


def make_wallets(home: Path, count: int = 20) -> None:
    """Some wallets with two hotkeys each, not encrypted: they are only listed."""
    from taokit.wallet import Keypair

    store = WalletStore(home / ".bittensor" / "wallets")
    for number in range(count):
        for hotkey in ("default", "second"):
            wallet = store.open(f"wallet{number}", hotkey)
            if hotkey == "default":
                wallet.save_coldkey(Keypair.from_uri(f"//cold{number}"), encrypt=False)
            wallet.save_hotkey(Keypair.from_uri(f"//hot{number}/{hotkey}"), encrypt=False)


def measure(
    rounds: int, url: str, counts: Counts, environ: dict[str, str]
) -> dict[tuple[str, str], Row]:
    """Every command of every program in turn: a round for caches, the rounds, one that counts."""
    rows = {(label, name): Row() for name in COMMANDS for label in programs()}
    for number in range(rounds + 2):
        far = number == rounds + 1
        for (label, name), row in rows.items():
            if row.failed:
                continue
            argv = [str(programs()[label]), *words_of(label, name, url)]
            counts(WIRE if far else 0.0)
            taken = run(argv, environ, row)
            asked = counts(0.0)
            if far:
                row.far, row.requests, row.trips = taken, asked["requests"], asked["trips"]
            elif number:
                row.seconds.append(taken)
    return rows


def run(argv: list[str], environ: dict[str, str], row: Row) -> float:
    """Run a program once; how long it took. What went wrong is noted in its row."""
    began = time.perf_counter()
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=environ,
            timeout=SLOWEST,
            check=False,
        )
    except subprocess.TimeoutExpired:
        row.failed = f"more than {SLOWEST:g} s"
        return SLOWEST
    taken = time.perf_counter() - began
    said = (done.stdout + done.stderr).strip()
    if done.returncode or not done.stdout.strip() or "Error" in said[-400:]:
        row.failed = f"status {done.returncode}: {said[-300:]}"
    return taken


def show(rows: dict[tuple[str, str], Row]) -> None:
    """A table for each command, and the ratio to the faster of the others."""
    print(f"{'':<20}{'':<10}{'median':>10}{'fastest':>10}{'requests':>10}{'trips':>7}{'far':>10}")
    for name in COMMANDS:
        others = []
        for label in programs():
            row = rows[label, name]
            if row.failed:
                print(f"{name:<20}{label:<10}  failed: {row.failed}")
                continue
            median = statistics.median(row.seconds)
            others += [] if label == TAOKIT else [median]
            print(
                f"{name:<20}{label:<10}{median:>9.3f}s{min(row.seconds):>9.3f}s"
                f"{row.requests:>10}{row.trips:>7}{row.far:>9.3f}s"
            )
        if others and not rows[TAOKIT, name].failed:
            ratio = statistics.median(rows[TAOKIT, name].seconds) / min(others)
            print(f"{name:<20}to the faster btcli {ratio:.2f} (aim: 0.5 or less)\n")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--subnets", type=int, default=128)
    parser.add_argument("--neurons", type=int, default=256)
    parser.add_argument("--serve", type=int, nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve(Shape(*given.serve, preset="fast")))
        return
    with tempfile.TemporaryDirectory() as home:
        make_wallets(Path(home))
        environ = {**os.environ, "HOME": home, "COLUMNS": "140"}
        for name in list(environ):
            if name.startswith(("TAOKIT_", "BT_", "XDG_", "PYTHONDONTWRITE")):
                del environ[name]
        with chain(Shape(given.subnets, given.neurons)) as (url, counts):
            show(measure(given.rounds, url, counts, environ))


if __name__ == "__main__":
    main()
