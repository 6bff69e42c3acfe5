"""A small market for tests of the gateway: miners that double numbers, buyers, and a gateway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from taokit.neuron.client import MinerClient
from taokit.neuron.gateway import Gateway, Price, Route, Streaming, credits
from taokit.neuron.messages import Message
from taokit.neuron.metagraph import Endpoint, Neuron, Snapshot
from taokit.neuron.server import MinerServer
from taokit.neuron.store import Store
from taokit.wallet import Keypair

GATEWAY = Keypair.from_uri("//market//gateway")
PRICE = Price(per_request=100, per_thousand={"n": 2_000})


class Question(Message):
    """What is asked: ``n`` doubled, or the numbers below it doubled."""

    n: int
    stream: bool = False


class Answer(Message):
    """What is answered."""

    twice: int


Handler = Callable[[Question], Awaitable[Answer]]
Stream = Callable[[Question], AsyncIterator[Answer]]


async def doubling(question: Question) -> Answer:
    """An honest miner."""
    return Answer(twice=2 * question.n)


async def counting(question: Question) -> AsyncIterator[Answer]:
    """An honest miner that streams."""
    for i in range(question.n):
        yield Answer(twice=2 * i)


def whole(task: Question, pieces: Any) -> Answer:
    """What the pieces amount to."""
    if len(pieces) != task.n:
        raise ValueError("there are too few pieces")
    return Answer(twice=2 * len(pieces))


ROUTE = Route(
    "/v1/query",
    Question,
    "/double",
    Answer,
    price=PRICE,
    units=lambda task, answer: {"n": answer.twice / 2},
    most=lambda task: {"n": task.n},
    deadline=5.0,
    streaming=Streaming(Answer, lambda body: body.stream, whole, "/count"),
)


@dataclass
class Miner:
    """A miner, how often it was asked, and what it does."""

    key: Keypair
    answer: Handler = doubling
    stream: Stream = counting
    asked: int = 0
    rate: float = 10_000.0
    server: MinerServer | None = None

    @property
    def hotkey(self) -> str:
        """Who it is."""
        return self.key.ss58_address

    async def start(self, source: Any) -> Endpoint:
        """Serve."""
        server = self.server = MinerServer(
            self.key, source, netuid=2, rate=self.rate, burst=self.rate
        )

        @server.handler("/double", Question, Answer)
        async def double(question: Question, caller: object) -> Answer:
            self.asked += 1
            return await self.answer(question)

        @server.handler("/count", Question, Answer, stream=True)
        async def count(question: Question, caller: object) -> AsyncIterator[Answer]:
            self.asked += 1
            async for item in self.stream(question):
                yield item

        return await server.start()


@dataclass
class Market:
    """A gateway, its miners, and a buyer with credit."""

    gateway: Gateway
    store: Store
    miners: list[Miner]
    snapshot: Snapshot
    shares: dict[str, float]
    http: httpx.AsyncClient
    account: str
    secret: str
    audits: asyncio.Queue[Any] = field(default_factory=asyncio.Queue)

    async def buy(self, n: int = 10, *, key: str | None = None, **headers: str) -> httpx.Response:
        """Ask for one number; ``idempotency_key="..."`` becomes a header."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.post({"n": n}, key=key, **sent)

    async def post(
        self, body: Mapping[str, Any], *, key: str | None = None, **headers: str
    ) -> httpx.Response:
        """Send a body."""
        sent = {"authorization": f"Bearer {key or self.secret}", **headers}
        return await self.http.post("/v1/query", json=body, headers=sent)

    async def get(self, path: str, *, key: str | None = None) -> httpx.Response:
        """Read something."""
        return await self.http.get(path, headers={"authorization": f"Bearer {key or self.secret}"})

    @property
    def balance(self) -> int:
        """What the buyer has left."""
        self.gateway.ledger.check()
        return self.gateway.ledger.balance(self.account)


@asynccontextmanager
async def market(
    path: Path | str = ":memory:",
    *,
    miners: list[Miner] | None = None,
    shares: Mapping[str, float] | None = None,
    credit: int = credits(1),
    route: Route[Any, Any, Any] = ROUTE,
    **options: Any,
) -> AsyncIterator[Market]:
    """A market that runs. ``shares`` by hotkey; by default all are alike."""
    seated = miners if miners is not None else [Miner(Keypair.from_uri("//market//a"))]
    async with AsyncExitStack() as stack:
        own = Neuron(0, GATEWAY.ss58_address, "cold", stake=1000.0, validator_permit=True)
        snapshots: list[Snapshot] = [Snapshot(2, 7, "0x" + "22" * 32, own.hotkey, (own,))]
        neurons = [own]
        for uid, miner in enumerate(seated, start=1):
            endpoint = await miner.start(lambda: snapshots[0])
            assert miner.server is not None
            stack.push_async_callback(miner.server.stop)
            neurons.append(Neuron(uid, miner.hotkey, "cold", endpoint=endpoint))
        snapshots[0] = Snapshot(2, 7, "0x" + "22" * 32, own.hotkey, tuple(neurons))
        held = dict(shares) if shares is not None else {miner.hotkey: 1.0 for miner in seated}
        store = stack.enter_context(Store(path, durable=False))
        client = await stack.enter_async_context(
            MinerClient(GATEWAY, transport=httpx.AsyncHTTPTransport(verify=False))
        )
        audits: asyncio.Queue[Any] = options.pop("audits", None) or asyncio.Queue(1000)
        gateway = Gateway(
            lambda: snapshots[0],
            client,
            store,
            routes=[route],
            shares=lambda snap: held,
            audits=audits,
            **{"rate": 1000.0, "burst": 1000.0, **options},
        )
        await stack.enter_async_context(gateway)
        account = gateway.ledger.open_account("a buyer")
        if credit:
            gateway.ledger.grant(account, credit, f"start of {account}")
        secret, _ = gateway.keys.make(account)
        http = await stack.enter_async_context(
            httpx.AsyncClient(base_url=gateway.url, timeout=60.0, trust_env=False, verify=False)
        )
        yield Market(gateway, store, seated, snapshots[0], held, http, account, secret, audits)
