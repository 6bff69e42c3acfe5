"""A chain with something in its blocks, served so that one of this process can fork it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from taokit.chain_client.calls import Call
from taokit.local_chain import LocalChain, LocalNode, ManualClock, NodeConfig
from taokit.local_chain.fork.forking import ForkPoint

TAO = 10**9


def pay(chain: LocalChain, tao: int) -> str:
    """Sends money; the hash of the extrinsic."""
    dest = {"Id": chain.accounts.bob.ss58_address}
    call = Call("Balances", "transfer_keep_alive", {"dest": dest, "value": tao * TAO})
    receipt = chain.client().submit(call, chain.accounts.alice)
    receipt.raise_for_failure()
    return receipt.extrinsic_hash


class World:
    """A chain with an epoch, transfers, and a block into which a development method wrote."""

    def __init__(self, chain: LocalChain) -> None:
        self.chain = chain
        subnet = chain.subnet(validators=1, miners=2, commit_reveal=False)
        self.netuid = subnet.netuid
        for validator in subnet.validators:
            subnet.set_weights(validator, {2: 1.0, 3: 0.5})
        self.epoch = subnet.run_epoch() or chain.height
        self.before = chain.height
        self.hash = pay(chain, 3)
        pay(chain, 4)
        chain.mine(2)
        self.paid = chain.height
        chain.fund(chain.accounts.charlie.ss58_address, 7)
        self.bent = chain.height
        pay(chain, 5)
        self.point = chain.height


@contextmanager
def served(dump: Path) -> Iterator[str]:
    loop, ready, ended = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    ports: list[int] = []

    async def serving() -> None:
        config = NodeConfig(ports=(0,), block_time="manual", state=dump)
        async with LocalNode(config, clock=ManualClock()) as node:
            ports.extend(node.ports)
            ready.set()
            await ended.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serving(),))
    thread.start()
    assert ready.wait(60)
    try:
        yield f"ws://127.0.0.1:{ports[0]}"
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()


@contextmanager
def forked(url: str, point: int, **config: Any) -> Iterator[LocalChain]:
    told = NodeConfig(ports=(), block_time="instant", fork=ForkPoint(url, point), **config)
    with LocalChain(told) as chain:
        yield chain
