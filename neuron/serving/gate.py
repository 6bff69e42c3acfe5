"""Who may ask: judged by the metagraph when a request's headers arrive, before its body is read.

Owns the rules. The hotkey is only claimed at that point; the signature follows with the body.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from taokit.neuron.errors import NotPermitted
from taokit.neuron.messages import Hotkey
from taokit.neuron.metagraph import Neuron, Snapshot

__all__ = ["Anyone", "Gate", "PermitOrStake", "Registered"]


class Gate(Protocol):
    """Decides who may ask, and who goes first when there is not room for all."""

    def admit(self, hotkey: Hotkey, snapshot: Snapshot) -> float:
        """The sender's priority (more is sooner). Raises NotPermitted."""


@dataclass(frozen=True)
class PermitOrStake:
    """Lets in validators with a permit, and whoever has this much stake. Priority is stake.

    With the stake left out, a permit is the only way.
    """

    min_stake: float = math.inf

    def admit(self, hotkey: Hotkey, snapshot: Snapshot) -> float:
        """The sender's stake. Raises NotPermitted."""
        neuron = _registered(hotkey, snapshot)
        if not neuron.validator_permit and neuron.stake < self.min_stake:
            raise NotPermitted(
                f"{hotkey} has no validator permit in subnet {snapshot.netuid}",
                hint=None if math.isinf(self.min_stake) else f"or a stake of {self.min_stake:g}",
            )
        return neuron.stake


@dataclass(frozen=True)
class Registered:
    """Lets in every hotkey of the subnet. Priority is stake."""

    def admit(self, hotkey: Hotkey, snapshot: Snapshot) -> float:
        """The sender's stake. Raises NotPermitted."""
        return _registered(hotkey, snapshot).stake


@dataclass(frozen=True)
class Anyone:
    """Lets in whoever signs, registered or not. For a public service, and for trying things."""

    def admit(self, hotkey: Hotkey, snapshot: Snapshot) -> float:
        """The sender's stake, 0 for a stranger."""
        neuron = snapshot.get(hotkey)
        return neuron.stake if neuron is not None else 0.0


def _registered(hotkey: Hotkey, snapshot: Snapshot) -> Neuron:
    neuron = snapshot.get(hotkey)
    if neuron is None:
        raise NotPermitted(f"{hotkey} is not registered in subnet {snapshot.netuid}")
    return neuron
