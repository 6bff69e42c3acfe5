"""Going back: snapshots, restarts, a test's own subnet, and reading through a fork.

    python benchmarks/going_back.py [--long]

Without `--long` the chain of 100,000 blocks is left out: the long ones are of 1,000 blocks then.
Snapshots are taken on a chain that lives in memory; reverting one takes back one block. The
restart is of a data directory, up to the chain that answers for its head. Of the rounds the least
and the median by the clock, and the least that processors worked, which a busy machine hardly
lengthens.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from taokit.chain_client.storage_keys import storage_prefix
from taokit.local_chain import LocalChain
from taokit.local_chain.fork.forking import ForkPoint
from taokit.local_chain.local_node import LocalNode, open_chain
from taokit.local_chain.node.clock import ManualClock
from taokit.local_chain.node_config import NodeConfig
from taokit.local_chain.scenarios.files import load_scenario
from taokit.local_chain.scenarios.play import Play

MANUAL = {"ports": (), "block_time": "manual"}
TESTS = 200

Took = tuple[float, float]
"""Seconds by the clock, and of processors."""

TEST_FILE = f"""
import json, pytest, time

began = []

@pytest.fixture(autouse=True)
def each():
    began.append((time.perf_counter(), time.process_time()))

@pytest.mark.subnet(validators=2, miners=6)
@pytest.mark.parametrize("number", range({TESTS}))
def test_one(local_chain, subnet, number):
    local_chain.fund(subnet.owner.coldkey.ss58_address, 1)

@pytest.fixture(scope="session", autouse=True)
def told():
    yield
    rounds = [[y - x for x, y in zip(a, b)] for a, b in zip(began, began[1:])]
    print("TOLD", json.dumps(rounds), "END")
"""


def report(label: str, value: str, aim: str = "") -> None:
    print(f"{label:<56} {value:>38}{'   aim ' + aim if aim else ''}", flush=True)


def shown(rounds: list[Took]) -> str:
    """The least and the median by the clock, and what processors worked at least."""
    clock, worked = zip(*rounds)
    middle = statistics.median(clock)
    unit, times = ("s", 1.0) if middle >= 1 else ("ms", 1e3) if middle >= 1e-3 else ("us", 1e6)
    least = f"{min(clock) * times:.2f} {unit}"
    return f"{least} ({middle * times:.2f}), worked {min(worked) * times:.2f}"


def took(work: Callable[[], object]) -> Took:
    clock, worked = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - worked


def snapshots(lengths: list[int]) -> None:
    """Taking one and going back to it, on a chain of so many blocks."""
    chain = open_chain(NodeConfig(**MANUAL), ManualClock())
    for length in lengths:
        chain.seal(length - chain.head.number)
        taken, reverted = [], []
        for _ in range(50):
            taken.append(took(lambda: chain.snapshots.take("here")))
            chain.seal()
            reverted.append(took(lambda: chain.snapshots.revert("here", keep=False)))
        report(f"snapshot at {length:,} blocks", shown(taken), "flat")
        report(f"revert at {length:,} blocks", shown(reverted), "flat")


def restart(length: int) -> None:
    """From a data directory to a chain that goes on."""
    with tempfile.TemporaryDirectory() as folder:
        config = NodeConfig(**MANUAL, data_dir=Path(folder))
        node = LocalNode(config, clock=ManualClock())
        node.chain.seal(length)
        asyncio.run(node.stop())
        rounds = []
        for _ in range(5):
            opened: list[LocalNode] = []
            rounds.append(took(lambda: opened.append(answering(config))))  # noqa: B023
            assert opened[0].chain.head.number == length
            asyncio.run(opened[0].stop())
        report(f"restart from disk at {length:,} blocks", shown(rounds), "2 s")
        report("  its next block", shown([next_block(config)]))


def answering(config: NodeConfig) -> LocalNode:
    """The node once it has answered something."""
    node = LocalNode(config, clock=ManualClock())
    node.chain.call("SubnetInfoRuntimeApi_get_subnets_info")
    return node


def next_block(config: NodeConfig) -> Took:
    node = LocalNode(config, clock=ManualClock())
    seconds = took(node.chain.seal)
    asyncio.run(node.stop())
    return seconds


def tests() -> None:
    """A test with the fixture `subnet`, which changes something."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_many.py").write_text(TEST_FILE)
        command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", folder]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    first, *rest = json.loads(said.split("TOLD", 1)[1].split("END")[0])
    report("first test with `subnet`", shown([first]))
    report("each one after it", shown(rest), "10 ms")


def forks(neurons: int) -> None:
    """Reading all of a subnet through a fork, and directly."""
    call = "SubnetInfoRuntimeApi_get_metagraph"
    with LocalChain() as other, tempfile.TemporaryDirectory() as folder:
        netuid = other.subnet(validators=2, miners=neurons, commit_reveal=False).netuid
        asked = netuid.to_bytes(2, "little")
        chain = other.node.chain
        point = ForkPoint(other.serve(), chain.head.number)
        accounts = storage_prefix("System", "Account")

        def opened() -> LocalNode:
            cache = Path(folder)
            return LocalNode(
                NodeConfig(**MANUAL, fork=point, fork_cache=cache), clock=ManualClock()
            )

        def read(one: LocalNode) -> Callable[[], object]:
            return lambda: (
                one.chain.call(call, asked),
                [one.chain.storage(key) for key in one.chain.storage_keys(accounts)],
            )

        direct = [other.do(lambda: took(read(other.node))) for _ in range(7)]
        report(f"metagraph of {neurons + 3} and all balances, directly", shown(direct))
        for label in ("a fork of it, nothing kept yet", "a new fork, kept on disk"):
            report(f"  to open {label}", shown([took(lambda: nodes.append(opened()))]))
            report("  first read through it", shown([took(read(nodes[-1]))]))
            report("  read again", shown([took(read(nodes[-1])) for _ in range(7)]))
            asyncio.run(nodes[-1].stop())


nodes: list[LocalNode] = []


def many_subnets() -> None:
    """The scenario of 128 subnets: how soon it is there, and its blocks."""
    chain = open_chain(NodeConfig(**MANUAL), ManualClock())
    made: list[Play] = []
    seconds = took(lambda: made.append(Play(chain, load_scenario("subnets-128"))))
    report("the scenario of 128 subnets: set up", shown([seconds]))
    report("  its blocks", shown([took(chain.seal) for _ in range(50)]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true", help="100,000 blocks, too")
    given = parser.parse_args()
    snapshots([10, 1_000, *([100_000] if given.long else [])])
    restart(100_000 if given.long else 1_000)
    tests()
    forks(60)
    many_subnets()
    return 0


if __name__ == "__main__":
    sys.exit(main())
