"""A buyer at a subnet's gateway, after a run: is it served, billed once, and by whom?

Owns the purchases and what has to hold for them. Does not own the gateway.

Every request is sent twice under one idempotency key: the second one has to bring the same reply
and cost nothing. What the miners' receipts and the account say is held against each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from taokit.neuron.client import MinerClient
    from taokit.neuron.gateway import Route
    from taokit.neuron.messages import Hotkey
    from taokit.neuron.serving.snapshots import Source
    from taokit.neuron.store import Store

__all__ = ["Purchases", "Shop", "purchase"]

PURCHASES = 24
CREDIT = 10**12


@dataclass(frozen=True)
class Shop:
    """What a project sells: its gateway's ``routes``, and the body of a buyer's n-th ``order``.

    Orders go to the first route unless ``path`` names another one.
    """

    routes: Sequence[Route[Any, Any, Any]]
    order: Callable[[int], Mapping[str, Any]]
    path: str = ""
    purchases: int = PURCHASES


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


async def purchase(
    shop: Shop, source: Source, client: MinerClient, store: Store, names: Mapping[Hotkey, str]
) -> Purchases:
    """Buy through a gateway over a validator's store. ``names`` are the personas of hotkeys."""
    import httpx

    from taokit.neuron.gateway import Gateway

    path = shop.path or shop.routes[0].path
    served: Counter[str] = Counter()
    incidents: list[str] = []
    billed = 0
    options: Mapping[str, Any] = {"audit_rate": 0.0, "rate": 1e6, "burst": 1e6}
    async with Gateway(source, client, store, routes=shop.routes, **options) as gateway:
        account = gateway.ledger.open_account("a buyer")
        gateway.ledger.grant(account, CREDIT, f"start of {account}")
        secret, _ = gateway.keys.make(account)
        headers = {"authorization": f"Bearer {secret}"}
        async with httpx.AsyncClient(base_url=gateway.url, headers=headers, timeout=None) as buyer:
            for number in range(shop.purchases):
                once = {"idempotency-key": f"order {number}"}
                body = dict(shop.order(number))
                said = await buyer.post(path, json=body, headers=once)
                if said.status_code != 200:
                    incidents.append(f"order {number} was refused: {said.text[:200]}")
                    continue
                hotkey = said.headers["x-taokit-miner"]
                served[names.get(hotkey, hotkey)] += 1
                billed += int(said.headers["x-taokit-cost"])
                again = await buyer.post(path, json=body, headers=once)
                if (again.content, again.headers.get("x-taokit-replayed")) != (
                    said.content,
                    "true",
                ):
                    incidents.append(f"order {number} was served twice")
            receipts = await buyer.get("/v1/usage")
        paid = CREDIT - gateway.ledger.balance(account)
        gateway.ledger.check()
    counted = sum(route["requests"] for route in receipts.json()["routes"].values())
    if paid != billed or counted != sum(served.values()):
        incidents.append(f"{paid} were taken for {counted} requests, replies say {billed}")
    return Purchases(shop.purchases, served, paid, tuple(incidents))
