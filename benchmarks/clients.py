"""Many clients at once: does everybody hear of every block in time?

    python benchmarks/clients.py [--clients 200] [--blocks 120] [--block-time 250ms]

The node runs as its own process, as `taokit localnet start` makes it. This process opens the
websockets; each client subscribes to new heads and to one storage key that changes with every
block (`Timestamp.Now`), and counts what it was told. A block that somebody did not hear of, or
heard of twice or out of order, ends the benchmark with status 1.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from itertools import pairwise

from chain import node, report
from websockets.asyncio.client import connect

from taokit.chain_client.storage_keys import storage_prefix

TIMESTAMP = "0x" + storage_prefix("Timestamp", "Now").hex()


class Listener:
    """One client: numbers of the heads that it heard of, and when."""

    def __init__(self) -> None:
        self.heads: list[tuple[int, float]] = []
        self.changes = 0

    async def listen(self, url: str, ready: asyncio.Event, go: asyncio.Event, blocks: int) -> None:
        """Subscribe, wait until everybody has, and count `blocks` blocks."""
        async with connect(url, max_size=None, compression=None) as socket:
            for id, (method, params) in enumerate(
                [("chain_subscribeNewHeads", []), ("state_subscribeStorage", [[TIMESTAMP]])]
            ):
                asked = {"jsonrpc": "2.0", "id": id, "method": method, "params": params}
                await socket.send(json.dumps(asked))
            ready.set()
            await go.wait()
            while len(self.heads) < blocks or self.changes < blocks:
                message = json.loads(await socket.recv())
                if message.get("method") == "chain_newHead":
                    number = int(message["params"]["result"]["number"], 16)
                    self.heads.append((number, time.perf_counter()))
                elif message.get("method") == "state_storage":
                    self.changes += 1


async def measure(url: str, clients: int, blocks: int) -> int:
    """Let them listen; returns how many blocks were missed."""
    listeners = [Listener() for _ in range(clients)]
    go = asyncio.Event()
    tasks = []
    for listener in listeners:
        ready = asyncio.Event()
        tasks.append(asyncio.create_task(listener.listen(url, ready, go, blocks)))
        await ready.wait()
    go.set()
    begun = time.perf_counter()
    await asyncio.gather(*tasks)
    spent = time.perf_counter() - begun
    missed = sum(
        after[0] - before[0] != 1
        for listener in listeners
        for before, after in pairwise(listener.heads)
    )
    first: dict[int, float] = {}
    for listener in listeners:
        for number, moment in listener.heads[1:]:
            first[number] = min(moment, first.get(number, moment))
    behind = sorted(moment - first[number] for one in listeners for number, moment in one.heads[1:])
    gaps = [after - before for before, after in pairwise(sorted(first.values()))]
    report(f"{clients} clients, {blocks} blocks: missed", str(missed), "0")
    report("time from block to block, median", f"{statistics.median(gaps) * 1e3:.0f} ms", "250 ms")
    report("longest", f"{max(gaps) * 1e3:.0f} ms", "500 ms")
    report("last client behind the first, median", f"{_spread(listeners) * 1e3:.1f} ms", "")
    report("99 % of notices within", f"{behind[int(len(behind) * 0.99)] * 1e3:.1f} ms", "250 ms")
    report("notices a second", f"{clients * blocks * 2 / spent:,.0f}", "")
    return missed


def _spread(listeners: list[Listener]) -> float:
    moments: dict[int, list[float]] = {}
    for listener in listeners:
        for number, moment in listener.heads[1:]:
            moments.setdefault(number, []).append(moment)
    return statistics.median(max(times) - min(times) for times in moments.values())


def main() -> int:
    """Start a node and measure."""
    parser = argparse.ArgumentParser(description="Many clients at once.")
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--blocks", type=int, default=120)
    parser.add_argument("--block-time", default="250ms")
    given = parser.parse_args()
    with node("--block-time", given.block_time) as (url, _):
        missed = asyncio.run(measure(url, given.clients, given.blocks))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
