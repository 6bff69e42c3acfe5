"""Transports: how JSON-RPC messages reach a node.

Owns the four-method protocol (send, subscribe, unsubscribe, close) and its implementations: a
websocket, a wrapper that reconnects, and one for a node in the same process. Does not own what
the messages mean (``client``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from taokit.chain_client.transport.base import Subscription, Transport
    from taokit.chain_client.transport.inprocess import InProcessTransport
    from taokit.chain_client.transport.reconnecting import Backoff, ReconnectingTransport
    from taokit.chain_client.transport.websocket import WebSocketTransport

__all__ = [
    "Backoff",
    "InProcessTransport",
    "ReconnectingTransport",
    "Subscription",
    "Transport",
    "WebSocketTransport",
]

_HOME = {
    "Backoff": "reconnecting",
    "InProcessTransport": "inprocess",
    "ReconnectingTransport": "reconnecting",
    "Subscription": "base",
    "Transport": "base",
    "WebSocketTransport": "websocket",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        import importlib

        return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
