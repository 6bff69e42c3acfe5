"""The bundled chain: a Subtensor runtime, a node around it, and the RPC that clients speak.

Clients meet it at bytes only, over a websocket, HTTP or the in-process transport. Names are
imported when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from taokit.local_chain.embedded import LocalChain
    from taokit.local_chain.local_node import LocalNode, Served, open_chain, run_node, serve
    from taokit.local_chain.node.chain import NodeChain
    from taokit.local_chain.node.clock import ManualClock, RealClock
    from taokit.local_chain.node_config import NodeConfig
    from taokit.local_chain.rpc.session import RpcHandler

__all__ = [
    "LocalChain",
    "LocalNode",
    "ManualClock",
    "NodeChain",
    "NodeConfig",
    "RealClock",
    "RpcHandler",
    "Served",
    "open_chain",
    "run_node",
    "serve",
]

_MODULES = {
    "embedded": ("LocalChain",),
    "local_node": ("LocalNode", "Served", "open_chain", "run_node", "serve"),
    "node.chain": ("NodeChain",),
    "node.clock": ("ManualClock", "RealClock"),
    "node_config": ("NodeConfig",),
    "rpc.session": ("RpcHandler",),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
