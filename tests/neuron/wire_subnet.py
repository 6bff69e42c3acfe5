"""A small subnet for tests of server and client: who is who, what is asked, and a running miner."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

from taokit.neuron.messages import Message
from taokit.neuron.metagraph import Neuron, Snapshot
from taokit.neuron.server import MinerServer
from taokit.wallet import Keypair, dev_key

VALIDATOR = dev_key("alice")
"""Has a permit and 1,000 alpha."""
MINER = dev_key("bob")
"""Serves."""
LESSER = dev_key("charlie")
"""Has a permit and 10 alpha."""
NOBODY = dev_key("dave")
"""Registered, without a permit, with 5 alpha."""
STRANGER = dev_key("eve")
"""Not registered."""

T = TypeVar("T")


class Question(Message):
    """What is asked."""

    n: int
    pad: str = ""


class Answer(Message):
    """What is answered."""

    twice: int


def neuron(uid: int, key: Keypair, stake: float, permit: bool) -> Neuron:
    """One row of the metagraph."""
    return Neuron(uid, key.ss58_address, "cold", stake=stake, validator_permit=permit)


SNAPSHOT = Snapshot(
    netuid=7,
    block=100,
    block_hash="0x" + "11" * 32,
    owner_hotkey=VALIDATOR.ss58_address,
    neurons=(
        neuron(0, VALIDATOR, 1000.0, True),
        neuron(1, MINER, 0.0, False),
        neuron(2, LESSER, 10.0, True),
        neuron(3, NOBODY, 5.0, False),
    ),
)


def miner(source: Any = SNAPSHOT, **options: Any) -> MinerServer:
    """A miner that doubles numbers at ``/double`` and counts at ``/count``. Not started."""
    server = MinerServer(options.pop("signer", MINER), source, netuid=7, **options)

    @server.handler("/double", Question, Answer)
    async def double(question: Question, caller: object) -> Answer:
        """Double a number."""
        return Answer(twice=2 * question.n)

    @server.handler("/count", Question, Answer, stream=True)
    async def count(question: Question, caller: object) -> AsyncIterator[Answer]:
        for i in range(question.n):
            yield Answer(twice=2 * i)

    return server


def run(test: Callable[[], Awaitable[T]]) -> T:
    """Run a coroutine function to its end, within bounds."""

    async def bounded() -> T:
        return await asyncio.wait_for(test(), 100)  # type: ignore[arg-type]

    return asyncio.run(bounded())
