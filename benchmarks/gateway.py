"""What a gateway sells in a second, with books that survive a loss of power.

    python benchmarks/gateway.py [--buyers 32] [--requests 2000]

One miner and the gateway are processes of their own; buyers are this one. "commit" is what one
commit takes on this disk: two of them belong to a request, and requests that come together share
them. "processor" is what the gateway's process works for a request, in ms; "held up" is how late 99
in 100 timers on its event loop are at most, while it sells.
Exit status 1 when a request is lost, billed twice, or takes a commit for itself where many buy.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx

from taokit.neuron.client import MinerClient
from taokit.neuron.gateway import Gateway, Price, Route, credits
from taokit.neuron.messages import Message
from taokit.neuron.metagraph import Neuron, Snapshot
from taokit.neuron.server import MinerServer
from taokit.neuron.store import Store
from taokit.wallet import dev_key

PRICE = 100
TICK_S = 0.001


class Number(Message):
    """A number, or its double."""

    n: int


ROUTE = Route("/v1/double", Number, "/double", Number, price=Price(per_request=PRICE))
ASKER, MINER = dev_key("alice"), dev_key("bob")


async def doubling(told: Connection) -> None:
    """A miner, until told to end."""
    asker = Neuron(0, ASKER.ss58_address, "cold", stake=1e6, validator_permit=True)
    seen = Snapshot(1, 1, "0x00", ASKER.ss58_address, (asker,))
    server = MinerServer(MINER, seen, netuid=1, rate=1e9, burst=1e9)

    @server.handler("/double", Number, Number)
    async def double(number: Number, caller: object) -> Number:
        return Number(n=2 * number.n)

    told.send(await server.start())
    await asyncio.to_thread(told.recv)
    await server.stop()


async def selling(told: Connection, path: str) -> None:
    """A gateway, until told to end; says how late its timers were, and how many commits it made."""
    place = await asyncio.to_thread(told.recv)
    asker = Neuron(0, ASKER.ss58_address, "cold", stake=1e6, validator_permit=True)
    miner = Neuron(1, MINER.ss58_address, "cold", endpoint=place)
    snap = Snapshot(1, 2, "0x01", ASKER.ss58_address, (asker, miner))
    late = [0.0]

    async def watch() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(TICK_S)
            late.append(time.perf_counter() - began - TICK_S)

    with Store(path) as store:
        async with MinerClient(ASKER) as client:
            gateway = Gateway(snap, client, store, routes=[ROUTE], rate=1e9, burst=1e9)
            account = gateway.ledger.open_account("buyer")
            gateway.ledger.grant(account, credits(100), "start")
            secret, _ = gateway.keys.make(account)
            watching, worked = asyncio.create_task(watch()), time.process_time()
            told.send((await gateway.start(), secret))
            await asyncio.to_thread(told.recv)
            watching.cancel()
            worked = time.process_time() - worked
            await gateway.stop()
            gateway.ledger.check()
            books: Any = getattr(gateway, "books", None)
            paid = credits(100) - gateway.ledger.balance(account)
    ranked = sorted(late)
    told.send((ranked[len(ranked) * 99 // 100], paid, books.commits if books else 0, worked))


def child(told: Connection, work: str, path: str) -> None:
    """One of the processes."""
    asyncio.run(doubling(told) if work == "miner" else selling(told, path))


async def buy(url: str, secret: str, buyers: int, requests: int) -> tuple[float, int]:
    """Seconds that all took, and how many were not served."""
    left, failed = iter(range(requests)), 0

    async def one(http: httpx.AsyncClient) -> None:
        nonlocal failed
        for number in left:
            said = await http.post("/v1/double", json={"n": number})
            failed += said.status_code != 200 or said.json() != {"n": 2 * number}

    limits = httpx.Limits(max_connections=buyers, max_keepalive_connections=buyers)
    headers = {"authorization": f"Bearer {secret}"}
    async with httpx.AsyncClient(
        base_url=url, headers=headers, limits=limits, timeout=60.0, trust_env=False
    ) as http:
        began = time.perf_counter()
        await asyncio.gather(*(one(http) for _ in range(buyers)))
        return time.perf_counter() - began, failed


def commit_s(path: Path) -> float:
    """Seconds of one commit."""
    with Store(path) as store:
        began = time.perf_counter()
        for number in range(50):
            store.execute("INSERT INTO kv VALUES ('bench', ?, '1')", (str(number),))
        return (time.perf_counter() - began) / 50


def measured(folder: Path, buyers: int, requests: int) -> bool:
    """One run, printed; whether all is as it should be."""
    spawn = get_context("spawn")
    (miner, its), (seller, of_seller) = spawn.Pipe(), spawn.Pipe()
    path = str(folder / f"{buyers}.db")
    processes = [
        spawn.Process(target=child, args=(its, "miner", ""), daemon=True),
        spawn.Process(target=child, args=(of_seller, "gateway", path), daemon=True),
    ]
    for process in processes:
        process.start()
    seller.send(miner.recv())
    seconds, failed = asyncio.run(buy(*seller.recv(), buyers, requests))
    seller.send("end")
    late, paid, commits, worked = seller.recv()
    miner.send("end")
    for process in processes:
        process.join(30)
    print(
        f"{buyers:6}{requests / seconds:12.0f}{seconds / requests * buyers * 1e3:12.1f}"
        f"{worked / requests * 1e3:12.1f}{commits / requests:12.2f}{late * 1e3:12.1f}"
    )
    shared = buyers < 8 or commits < requests
    return failed == 0 and paid == requests * PRICE and shared


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description="What a gateway sells in a second.")
    parser.add_argument("--buyers", type=int, default=32)
    parser.add_argument("--requests", type=int, default=2000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(f"commit: {commit_s(Path(folder) / 'commit.db') * 1e3:.1f} ms\n")
        names = ("ms each", "processor", "commits", "held up ms")
        print(f"{'buyers':>6}{'requests/s':>12}" + "".join(f"{name:>12}" for name in names))
        runs = [(1, chosen.requests // 10), (chosen.buyers, chosen.requests)]
        fine = [measured(Path(folder), *run) for run in runs]
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main())
