"""Which block a client's reads are made at, per task.

Owns the context variable behind ``ChainClient.at``. A pin belongs to the task that set it and to
the tasks it starts; others are not affected, and each client has its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar, Token
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from taokit.chain_client.blocks import BlockRef
from taokit.chain_client.runtime import Runtime

__all__ = ["Pin", "pin", "pinned", "unpin"]


@dataclass(frozen=True, eq=False, slots=True)
class Pin:
    """A block, and the runtime whose types its state has."""

    block: BlockRef
    runtime: Runtime


PinToken = Token[Mapping[int, Pin]]

_NONE: Final[Mapping[int, Pin]] = MappingProxyType({})
_pins: ContextVar[Mapping[int, Pin]] = ContextVar("taokit_pins", default=_NONE)


def pinned(client: object) -> Pin | None:
    """The innermost pin of ``client`` here, if any."""
    return _pins.get().get(id(client))


def pin(client: object, to: Pin) -> PinToken:
    """Pin ``client`` until :func:`unpin` is called with the token."""
    return _pins.set({**_pins.get(), id(client): to})


def unpin(token: PinToken) -> None:
    """Undo one :func:`pin`."""
    _pins.reset(token)
