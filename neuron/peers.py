"""Whom to ask: a hotkey and where it serves.

Owns the address of a neuron for a client. A ``Neuron`` of the metagraph is one when it serves.
"""

from __future__ import annotations

from dataclasses import dataclass

from taokit.neuron.messages import Hotkey
from taokit.neuron.metagraph import Neuron

__all__ = ["Peer", "peer_of"]


@dataclass(frozen=True)
class Peer:
    """A hotkey and the base URL that it serves at."""

    hotkey: Hotkey
    url: str


def peer_of(target: Neuron | Peer) -> Peer:
    """Where a neuron serves; its URL is empty when it does not."""
    if isinstance(target, Peer):
        return target
    return Peer(target.hotkey, target.endpoint.url if target.endpoint is not None else "")
