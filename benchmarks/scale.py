"""The chain at the size of the main network: blocks, epochs, reads, and how cost grows.

    python benchmarks/scale.py [--long]

Times are CPU time of this process (`time.process_time`) where nothing is said, so that a busy
machine blurs them less; reads by clients are wall time, the median of their rounds. Without
`--long` the chain of 128 full subnets, the epoch of 4,096 neurons and the 100,000 blocks are left
out. Rows of other clients appear where their environments are (`scale_reads`).
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from big_chain import Shape, big_chain
from scale_reads import READERS, reads

from taokit.local_chain.local_node import open_chain
from taokit.local_chain.node.chain import NodeChain
from taokit.local_chain.node.clock import ManualClock
from taokit.local_chain.node_config import NodeConfig
from taokit.local_chain.pallets.subtensor import distribution, epoch
from taokit.local_chain.runtime import Runtime

EPOCH_EMISSION = 360 * 10**9


def report(label: str, value: str, aim: str = "") -> None:
    print(f"{label:<56} {value:>22}{'   aim ' + aim if aim else ''}", flush=True)


def cpu_ms(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return (time.process_time() - begun) * 1e3


def resident_mib() -> float:
    """Memory of this process, MiB (0 where the system does not tell)."""
    try:
        with open("/proc/self/statm") as told:
            return int(told.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except OSError:
        return 0.0


def seal_each(chain: NodeChain, count: int) -> list[float]:
    return [cpu_ms(chain.seal) for _ in range(count)]


def blocks(label: str, shape: Shape, tempos: int, aim: str) -> None:
    """Blocks a second over whole tempos, the epochs of every subnet in them."""
    chain = big_chain(shape)
    chain.seal(2)
    times = seal_each(chain, tempos * shape.tempo)
    slow = f"median {statistics.median(times):.1f} ms, slowest {max(times):.0f} ms"
    report(f"blocks, {label}", f"{1e3 / statistics.mean(times):.1f}/s", aim)
    report("", f"{slow}, {resident_mib():.0f} MiB")


def epochs(neurons: int, rounds: int, aim: str) -> None:
    """`run_epoch` whole, storage read, written and sealed; and with the payment it is part of."""
    shape = Shape(1, neurons, min(64, neurons // 4), int(neurons * 0.8), tempo=30_000)
    chain = big_chain(shape)
    chain.seal(2)
    runtime = chain.runtime_at()
    assert isinstance(runtime, Runtime)
    sub = runtime.subtensor

    def run() -> None:
        runtime.system.number.update(lambda number: number + 1)
        epoch.run_epoch(sub, 1, EPOCH_EMISSION)
        runtime.overlay.commit_block()

    def run_and_pay() -> None:
        runtime.system.number.update(lambda number: number + 1)
        parts = (EPOCH_EMISSION // 2, EPOCH_EMISSION // 4, EPOCH_EMISSION // 4, 10**9)
        distribution.distribute_emission(sub, 1, *parts)
        runtime.overlay.commit_block()

    for label, work, told in (("", run, aim), (" and payment", run_and_pay, "")):
        work()
        times = [cpu_ms(work) for _ in range(rounds)]
        spread = f"{min(times):.1f} ms ({statistics.median(times):.1f})"
        report(f"epoch of {neurons:,} neurons{label}, best (median)", spread, told)


def growth() -> None:
    """Cost of a block without an epoch, by subnets; the number of neurons has no part in it."""
    for subnets in (1, 8, 32, 128):
        chain = big_chain(Shape(subnets, 16, 4, 12, tempo=30_000, preset="fast"))
        chain.seal(2 * subnets + 10)
        report(f"block of {subnets} subnets, no epoch", f"{min(seal_each(chain, 40)):.2f} ms")
    for neurons in (64, 256):
        chain = big_chain(Shape(1, neurons, neurons // 4, neurons // 2, 30_000, "fast"))
        chain.seal(12)
        report(f"block of 1 subnet of {neurons} neurons", f"{min(seal_each(chain, 40)):.2f} ms")


def long_chain(total: int) -> None:
    """A young chain's pace and that of an old one, and what its history takes."""
    chain = open_chain(NodeConfig(block_time="manual"), ManualClock())
    chain.seal(500)
    step = total // 10
    for _ in range(10):
        gc.collect()
        seconds = cpu_ms(lambda: chain.seal(step)) / 1e3
        number, memory = chain.head.number, resident_mib()
        report(f"blocks to {number:,}", f"{step / seconds:.0f}/s, {memory:.0f} MiB")
    early = chain.block_hash(step)
    key = chain.storage_keys(b"", early)[0]
    report(
        "state of an early block, one key", f"{cpu_ms(lambda: chain.storage(key, early)):.3f} ms"
    )


def clients(subnets: int) -> None:
    """Two reads by every client that is there."""
    print(f"\nreads from a chain of {subnets} subnets of 256 neurons, wall time", flush=True)
    aims = {"get_metagraph": "30 ms", "get_all_dynamic_info": "60 ms"}
    for reader, read, seconds in reads(subnets):
        aim = aims[read] if reader == READERS[0] else ""
        report(f"{read}, {reader}", f"{seconds * 1e3:.1f} ms", aim)


SHORT: dict[str, Callable[[], None]] = {
    "epoch-256": lambda: epochs(256, 20, "20 ms"),
    "epoch-1024": lambda: epochs(1024, 5, "250 ms"),
    "blocks-1": lambda: blocks("one subnet of 256 neurons", Shape(1, preset="fast"), 2, "500/s"),
    "growth": growth,
    "reads-8": lambda: clients(8),
}
LONG: dict[str, Callable[[], None]] = {
    "epoch-4096": lambda: epochs(4096, 2, "4 s"),
    "blocks-1-slow": lambda: blocks("the same, slots of 12 s", Shape(1), 1, ""),
    "blocks-128": lambda: blocks("128 subnets of 256 neurons", Shape(128), 2, "20/s"),
    "old": lambda: long_chain(100_000),
    "reads-128": lambda: clients(128),
}


def main() -> None:
    """Measure each part in a process of its own, so that none counts another's memory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--long", action="store_true", help="the big chain and the old one too")
    parser.add_argument("--only", choices=[*SHORT, *LONG], help="one part, in this process")
    given = parser.parse_args()
    if given.only:
        (SHORT | LONG)[given.only]()
        return
    for part in [*SHORT, *(LONG if given.long else ())]:
        subprocess.run([sys.executable, __file__, "--only", part], check=True)


if __name__ == "__main__":
    main()
