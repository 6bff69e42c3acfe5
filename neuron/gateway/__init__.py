"""The demand side of a subnet: buyers pay, miners serve, and what they said is audited.

Owns keys, credit, prices, routing, receipts and deposits, and the HTTP paths under ``/v1``. Does
not own any subnet's own path: a ``Route`` says how a buyer's request becomes a task for a miner and
its answer a reply. Names are imported when first used.

    gateway = Gateway(chain, client, store, routes=[Route("/v1/query", Task, "/sort", Answer)])
    account = gateway.ledger.open_account("a buyer")
    gateway.ledger.grant(account, credits(5), "invoice 1")
    secret, key = gateway.keys.make(account)
    await gateway.start("127.0.0.1", 8080)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from taokit.neuron.gateway.addresses import DepositAddresses
    from taokit.neuron.gateway.app import Gateway
    from taokit.neuron.gateway.charges import Charge, Charges
    from taokit.neuron.gateway.deposits import Deposit, DepositWatcher
    from taokit.neuron.gateway.keys import Key, Keys
    from taokit.neuron.gateway.ledger import Ledger
    from taokit.neuron.gateway.prices import Price, credits
    from taokit.neuron.gateway.route import Route, Streaming

__all__ = [
    "Charge",
    "Charges",
    "Deposit",
    "DepositAddresses",
    "DepositWatcher",
    "Gateway",
    "Key",
    "Keys",
    "Ledger",
    "Price",
    "Route",
    "Streaming",
    "credits",
]

_HOMES = {
    "Charge": "charges",
    "Charges": "charges",
    "Deposit": "deposits",
    "DepositAddresses": "addresses",
    "DepositWatcher": "deposits",
    "Gateway": "app",
    "Key": "keys",
    "Keys": "keys",
    "Ledger": "ledger",
    "Price": "prices",
    "Route": "route",
    "Streaming": "route",
    "credits": "prices",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
