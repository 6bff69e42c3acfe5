"""The local chain as its users feel it: start, connect, latency, throughput, empty blocks.

    python benchmarks/chain.py [--transfers 2000]

The node runs as its own process, as `taokit localnet start` makes it; this process is the client.
Times are of this machine and this run; `docs/benchmarks.md` says what was aimed at.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from taokit.chain_client.client import ChainClient
from taokit.chain_client.extrinsics.submitter import Terms
from taokit.chain_client.money import Tao
from taokit.chain_client.operations.transfers import Transfer
from taokit.local_chain.local_node import open_chain
from taokit.local_chain.node_config import NodeConfig
from taokit.wallet.keypair import Keypair

TAOKIT = Path(sys.executable).parent / "taokit"
BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"


@contextmanager
def node(*options: str) -> Iterator[tuple[str, float]]:
    """A node process: its address, and seconds from its start to `ready`."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [TAOKIT, "localnet", "start", "--port", "0", *options], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if line.startswith("ready "):
                yield line.split()[1], time.perf_counter() - begun
                return
        raise SystemExit("the node ended before it was ready")
    finally:
        process.terminate()
        process.wait()


def report(label: str, value: str, aim: str) -> None:
    print(f"{label:<44} {value:>16}   aim {aim}", flush=True)


def start_up(rounds: int) -> None:
    seconds = []
    for _ in range(rounds):
        with node() as (_, ready):
            seconds.append(ready)
    best, middle = min(seconds), statistics.median(seconds)
    report("process start to ready", f"{best:.2f} s ({middle:.2f})", "1 s")


CONNECT = """
import asyncio, sys, time
from taokit.chain_client.client import ChainClient
if "imported" in sys.argv:
    import websockets.asyncio.client
    import taokit.chain_client.metadata.document, taokit.chain_client.storage
async def main():
    begun = time.perf_counter()
    client = await ChainClient.connect(sys.argv[1])
    await client.query("System", "Number")
    print(time.perf_counter() - begun)
    await client.close()
asyncio.run(main())
"""


def connect(url: str, rounds: int) -> None:
    """The first connection of a process, and one read, with the metadata on disk."""
    for label, extra, aim in (
        ("connect and read, metadata cached", ["imported"], "60 ms"),
        ("the same, importing websockets included", [], "-"),
    ):
        seconds = []
        for _ in range(rounds + 1):
            command = [sys.executable, "-c", CONNECT, url, *extra]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            seconds.append(float(done.stdout))
        report(label, f"{statistics.median(seconds[1:]) * 1e3:.1f} ms", aim)


async def latency(url: str, rounds: int) -> None:
    alice = Keypair.from_uri("//Alice")
    async with await ChainClient.connect(url) as chain:
        seconds = []
        for _ in range(rounds):
            begun = time.perf_counter()
            await chain.submit(Transfer(to=BOB, amount=Tao(1_000)), alice)
            seconds.append(time.perf_counter() - begun)
    report(
        "submit to included (instant), median",
        f"{statistics.median(seconds) * 1e3:.1f} ms",
        "15 ms",
    )


async def throughput(url: str, count: int) -> None:
    alice = Keypair.from_uri("//Alice")
    async with await ChainClient.connect(url) as chain:
        transfer = Transfer(to=BOB, amount=Tao(1_000))
        first = (await chain.query("System", "Account", alice.ss58_address))["nonce"]
        last = first + count
        terms = [Terms(nonce=nonce, period=None) for nonce in range(first, last)]
        signed = [await chain.sign(transfer, alice, each) for each in terms]
        begun = time.perf_counter()
        await asyncio.gather(
            *(
                chain.transport.send("author_submitExtrinsic", ["0x" + one.raw.hex()])
                for one in signed
            )
        )
        while (await chain.query("System", "Account", alice.ss58_address))["nonce"] < last:
            await asyncio.sleep(0.002)
        seconds = time.perf_counter() - begun
    report("signed transfers through the websocket", f"{count / seconds:.0f}/s", "400/s")


def empty_blocks(count: int) -> None:
    chain = open_chain(
        NodeConfig(block_time="manual")
    )  # as served: beacon and shield keys included
    chain.seal(50)
    begun = time.perf_counter()
    chain.seal(count)
    report("empty blocks", f"{count / (time.perf_counter() - begun):.0f}/s", "1,000/s")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--transfers", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as cache:
        os.environ["TAOKIT_CACHE_DIR"] = cache
        start_up(given.rounds)
        with node("--block-time", "instant") as (url, _):
            connect(url, 5)
            asyncio.run(latency(url, 100))
            asyncio.run(throughput(url, given.transfers))
        empty_blocks(2_000)


if __name__ == "__main__":
    main()
