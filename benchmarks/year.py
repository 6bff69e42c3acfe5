"""A year of a subnet's life: 2,628,000 blocks of 12 seconds, 7,300 epochs of 360 blocks.

    python benchmarks/year.py [--epochs N] [--tempo N] [--validators N] [--miners N]

Really run: every epoch in a block of its own, after it the validators' weights as signed extrinsics
in another, and the hooks of all blocks between, one by one; only that those are not sealed (`leap`,
docs/time.md). The subnet that every new chain has lives beside it. First some blocks are made one
by one, for comparison.
"""

from __future__ import annotations

import argparse
import resource
import time

from taokit.local_chain.local_node import open_chain
from taokit.local_chain.node.clock import ManualClock
from taokit.local_chain.node_config import NodeConfig
from taokit.local_chain.scenarios.model import scenario_of
from taokit.local_chain.scenarios.play import Play

COMPARED = 1_200


def subnet(tempo: int, validators: int, miners: int) -> Play:
    """A chain of slots of 12 seconds; validators judge after each epoch, and miners vary."""
    config = NodeConfig(ports=(), block_time="manual", preset="mainnet")
    groups = {
        "validators": [{"name": "validators", "count": validators}],
        "miners": [{"name": "miners", "count": miners, "drift": 0.5}],
    }
    described = {"title": "a year", "subnets": [{"name": "main", "tempo": tempo, **groups}]}
    return Play(open_chain(config, ManualClock()), scenario_of(described))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="A year of a subnet's life.")
    parser.add_argument("--epochs", type=int, default=7_300)
    parser.add_argument("--tempo", type=int, default=360)
    parser.add_argument("--validators", type=int, default=2)
    parser.add_argument("--miners", type=int, default=8)
    given = parser.parse_args()
    shape = given.tempo, given.validators, given.miners

    chain = subnet(*shape).chain
    begun = time.process_time()
    chain.seal(COMPARED)
    each = (time.process_time() - begun) / COMPARED
    print(f"a block made: {each * 1e3:.2f} ms of a processor ({COMPARED} of them)", flush=True)

    play = subnet(*shape)
    chain, first, sealed = play.chain, play.chain.head.number, 0

    def count(*_: object) -> None:
        nonlocal sealed
        sealed += 1

    chain.on_new_block.add(count)
    clock, worked = time.perf_counter(), time.process_time()
    report = play.play(given.epochs, leap=True)
    clock, worked = time.perf_counter() - clock, time.process_time() - worked
    blocks, neurons = chain.head.number - first, 1 + given.validators + given.miners
    assert play.epoch == given.epochs
    assert not report.refusals
    print(
        f"{blocks} blocks, {play.epoch} epochs with {neurons} neurons: "
        f"{clock / 60:.1f} min by the clock, {worked / 60:.1f} min of a processor\n"
        f"{worked / blocks * 1e3:.3f} ms a block; {sealed} blocks were sealed; "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MB"
    )


if __name__ == "__main__":
    main()
