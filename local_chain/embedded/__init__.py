"""The local chain inside a program: one object, no socket, no process to start and stop.

Owns what a test or a notebook works with: the chain, its clients, subnets ready to use, and the
fixtures of the pytest plugin. Stands on both sides: it is the only part of the local chain that
uses the client.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from taokit.local_chain.embedded.accounts import Accounts
    from taokit.local_chain.embedded.local_chain import LocalChain
    from taokit.local_chain.embedded.subnet import Neuron, Subnet

__all__ = ["Accounts", "LocalChain", "Neuron", "Subnet"]

_HOME = {
    "Accounts": "accounts",
    "LocalChain": "local_chain",
    "Neuron": "subnet",
    "Subnet": "subnet",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
