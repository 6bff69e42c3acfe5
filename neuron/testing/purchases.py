"""A buyer at a subnet's gateway, after a run: is it served, billed once, and by whom?

Owns the purchases and what has to hold for them. Does not own the gateway.

Every request is sent twice under one idempotency key: the second one has to bring the same reply
and cost nothing. What the miners' receipts and the account say is held against each other. What is
not answered at once (a job) is bought by an *errand* of the project's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

    from taokit.neuron.client import MinerClient
    from taokit.neuron.gateway import Gateway, Route
    from taokit.neuron.messages import Hotkey
    from taokit.neuron.serving.snapshots import Source
    from taokit.neuron.store import Store

__all__ = ["Errand", "Purchases", "Shop", "Visit", "order", "purchase", "visit"]

PURCHASES = 24
CREDIT = 10**12

Errand = Callable[["Visit"], Awaitable[None]]
"""Buys, and tells the visit what came of it."""


@dataclass(frozen=True)
class Shop:
    """What a project sells: its gateway's ``routes``, and the body of a buyer's n-th ``order``.

    Orders go to the first route unless ``path`` names another one. ``extend`` adds to the gateway
    what is no route, and an ``errand`` takes the place of the orders.
    """

    routes: Sequence[Route[Any, Any, Any]] = ()
    order: Callable[[int], Mapping[str, Any]] | None = None
    path: str = ""
    purchases: int = PURCHASES
    extend: Callable[[Gateway], None] | None = None
    errand: Errand | None = None


@dataclass
class Visit:
    """A buyer's, with a key and credit. ``served`` and ``billed`` are what replies say, ``paid`` in
    the end what his account does.
    """

    buyer: httpx.AsyncClient
    sent: int = 0
    served: Counter[Hotkey] = field(default_factory=Counter)
    billed: int = 0
    paid: int = 0
    incidents: list[str] = field(default_factory=list)

    def took(self, miner: Hotkey, cost: int) -> None:
        """An answer of a miner's, for micro-credits."""
        self.served[miner] += 1
        self.billed += cost

    def wrong(self, what: str) -> None:
        """Something that was not served or not billed as it should be."""
        self.incidents.append(what)


@dataclass(frozen=True)
class Purchases:
    """What a buyer got: requests sent, answers by persona, micro-credits paid and credited.

    ``incidents`` are requests that were not served or not billed as they should be.
    """

    sent: int
    served: Counter[str] = field(default_factory=Counter)
    paid: int = 0
    incidents: tuple[str, ...] = ()

    def problems(self, cheaters: Collection[str]) -> list[str]:
        """Every purchase that went wrong, and every cheater that was sold from."""
        found = [f"a buyer: {incident}" for incident in self.incidents]
        sold = {name: n for name, n in sorted(self.served.items()) if name in cheaters}
        return [*found, *(f"{name}: is sold to buyers ({n} answers)" for name, n in sold.items())]

    def told(self) -> str:
        """The purchases as a line of text."""
        by = ", ".join(f"{name} {n}" for name, n in self.served.most_common())
        return f"bought {sum(self.served.values())} of {self.sent} answers for {self.paid}: {by}"


@asynccontextmanager
async def visit(
    shop: Shop, source: Source, client: MinerClient, store: Store, *, audits: Any = None
) -> AsyncIterator[Visit]:
    """A buyer at a gateway over a validator's store, whose bill is checked when he leaves.

    With ``audits``, half of what is sold goes there.
    """
    import httpx

    from taokit.neuron.gateway import Gateway

    options: Mapping[str, Any] = {"audit_rate": 0.5, "rate": 1e6, "burst": 1e6}
    gateway = Gateway(source, client, store, routes=shop.routes, audits=audits, **options)
    if shop.extend is not None:
        shop.extend(gateway)
    async with gateway:
        account = gateway.ledger.open_account("a buyer")
        gateway.ledger.grant(account, CREDIT, f"start of {account}")
        secret, _ = gateway.keys.make(account)
        headers = {"authorization": f"Bearer {secret}"}
        async with httpx.AsyncClient(base_url=gateway.url, headers=headers, timeout=None) as buyer:
            here = Visit(buyer)
            yield here
            receipts = await buyer.get("/v1/usage")
        here.paid = CREDIT - gateway.ledger.balance(account)
        gateway.ledger.check()
    counted = sum(route["requests"] for route in receipts.json()["routes"].values())
    if here.paid != here.billed or counted != sum(here.served.values()):
        here.wrong(f"{here.paid} were taken for {counted} requests, replies say {here.billed}")


async def purchase(
    shop: Shop, source: Source, client: MinerClient, store: Store, names: Mapping[Hotkey, str]
) -> Purchases:
    """Buy what a shop has. ``names`` are the personas of hotkeys."""
    async with visit(shop, source, client, store) as here:
        if shop.errand is not None:
            await shop.errand(here)
        else:
            await order(shop, here, shop.purchases)
    served: Counter[str] = Counter()
    for hotkey, answers in here.served.items():
        served[names.get(hotkey, hotkey)] += answers
    return Purchases(here.sent, served, here.paid, tuple(here.incidents))


async def order(shop: Shop, here: Visit, count: int, *, early: bool = False) -> None:
    """Send so many orders, each twice: the second time, nothing is done nor billed.

    ``early`` is before all miners are known: that nobody can serve it is no incident then.
    """
    if shop.order is None:
        return
    path = shop.path or shop.routes[0].path
    for _ in range(count):
        number, here.sent = here.sent, here.sent + 1
        once = {"idempotency-key": f"order {number}"}
        body = dict(shop.order(number))
        said = await here.buyer.post(path, json=body, headers=once)
        if early and said.status_code == 503:
            continue
        if said.status_code != 200:
            here.wrong(f"order {number} was refused: {said.text[:200]}")
            continue
        here.took(said.headers["x-taokit-miner"], int(said.headers["x-taokit-cost"]))
        again = await here.buyer.post(path, json=body, headers=once)
        if (again.content, again.headers.get("x-taokit-replayed")) != (said.content, "true"):
            here.wrong(f"order {number} was served twice")
