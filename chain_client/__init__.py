"""The chain client: codec, transports, reads, extrinsics, money.

Owns talking to a Subtensor chain, real or local. Prints nothing, asks nothing, and touches no key
on disk: what is signed is signed by a ``Signer`` from ``taokit.wallet``.

    from taokit.chain_client import Tao, connect
    async with connect("finney") as client: ...

Names are imported when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from taokit.chain_client.blocking import Client
    from taokit.chain_client.blocks import BlockRef, Header
    from taokit.chain_client.calls import Call
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.connecting import connect
    from taokit.chain_client.errors import ChainError, ClientError
    from taokit.chain_client.extrinsics.receipt import Receipt
    from taokit.chain_client.extrinsics.submission import Submission
    from taokit.chain_client.extrinsics.submitter import Terms
    from taokit.chain_client.jsonable import to_json
    from taokit.chain_client.money import Alpha, Tao
    from taokit.chain_client.networks import NETWORKS, Network, find_network
    from taokit.chain_client.prices import Price
    from taokit.chain_client.storage import StorageKey
    from taokit.chain_client.transport import (
        InProcessTransport,
        ReconnectingTransport,
        WebSocketTransport,
    )

__all__ = [
    "NETWORKS",
    "Alpha",
    "BlockRef",
    "Call",
    "ChainClient",
    "ChainError",
    "Client",
    "ClientError",
    "Header",
    "InProcessTransport",
    "Network",
    "Price",
    "Receipt",
    "ReconnectingTransport",
    "StorageKey",
    "Submission",
    "Tao",
    "Terms",
    "WebSocketTransport",
    "connect",
    "find_network",
    "to_json",
]

_HOMES = {
    "NETWORKS": "networks",
    "Alpha": "money",
    "BlockRef": "blocks",
    "Call": "calls",
    "ChainClient": "client",
    "ChainError": "errors",
    "Client": "blocking",
    "ClientError": "errors",
    "Header": "blocks",
    "InProcessTransport": "transport",
    "Network": "networks",
    "Price": "prices",
    "Receipt": "extrinsics.receipt",
    "ReconnectingTransport": "transport",
    "StorageKey": "storage",
    "Submission": "extrinsics.submission",
    "Tao": "money",
    "Terms": "extrinsics.submitter",
    "WebSocketTransport": "transport",
    "connect": "connecting",
    "find_network": "networks",
    "to_json": "jsonable",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
