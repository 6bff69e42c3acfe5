"""The metagraph as neurons use it: an immutable picture of a subnet at a block, keyed by hotkey.

Owns the values and what changed between two of them. Does not own where they come from
(``live_chain``, ``memory_chain``). A uid is a place that changes hands; a hotkey is a neuron. What
a program remembers about a neuron belongs to its hotkey, so that a newcomer inherits nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from taokit.neuron.messages import Hotkey

__all__ = ["Changes", "Endpoint", "Neuron", "Snapshot"]


@dataclass(frozen=True)
class Endpoint:
    """Where a neuron serves: an IP address and a port, as its axon on chain says."""

    ip: str
    port: int
    protocol: int = 4

    @property
    def url(self) -> str:
        """Base URL, without a slash at its end."""
        host = f"[{self.ip}]" if ":" in self.ip else self.ip
        return f"http://{host}:{self.port}"


@dataclass(frozen=True)
class Neuron:
    """One neuron of a subnet. ``stake`` is the weight in consensus, in alpha; shares are 0..1.

    ``emission`` is in alpha per epoch; ``last_update`` and ``registered_at`` are block numbers.
    """

    uid: int
    hotkey: Hotkey
    coldkey: str
    stake: float = 0.0
    validator_permit: bool = False
    active: bool = True
    incentive: float = 0.0
    dividends: float = 0.0
    consensus: float = 0.0
    trust: float = 0.0
    emission: float = 0.0
    last_update: int = 0
    registered_at: int = 0
    endpoint: Endpoint | None = None


@dataclass(frozen=True)
class Changes:
    """Hotkeys that came, went, or serve from elsewhere."""

    joined: frozenset[Hotkey]
    left: frozenset[Hotkey]
    moved: frozenset[Hotkey]

    def __bool__(self) -> bool:
        return bool(self.joined or self.left or self.moved)


@dataclass(frozen=True)
class Snapshot:
    """A subnet at one block. ``neurons`` are in the order of their uids."""

    netuid: int
    block: int
    block_hash: str
    owner_hotkey: Hotkey
    neurons: tuple[Neuron, ...] = field(default=())

    @cached_property
    def by_hotkey(self) -> Mapping[Hotkey, Neuron]:
        """Every neuron by its hotkey."""
        return {neuron.hotkey: neuron for neuron in self.neurons}

    @property
    def hotkeys(self) -> tuple[Hotkey, ...]:
        """Every hotkey, in the order of uids."""
        return tuple(neuron.hotkey for neuron in self.neurons)

    def get(self, hotkey: Hotkey) -> Neuron | None:
        """The neuron of a hotkey; None when it is not registered here."""
        return self.by_hotkey.get(hotkey)

    def validators(self) -> tuple[Neuron, ...]:
        """Neurons that may set weights."""
        return tuple(neuron for neuron in self.neurons if neuron.validator_permit)

    def miners(self, *, besides: Hotkey | None = None) -> tuple[Neuron, ...]:
        """Neurons that serve, but for ``besides`` (whoever asks)."""
        return tuple(n for n in self.neurons if n.endpoint is not None and n.hotkey != besides)

    def since(self, older: Snapshot) -> Changes:
        """What differs from an older picture. A uid that changed hands is one left, one joined."""
        now, then = self.by_hotkey, older.by_hotkey
        return Changes(
            joined=frozenset(now.keys() - then.keys()),
            left=frozenset(then.keys() - now.keys()),
            moved=frozenset(
                hotkey
                for hotkey in now.keys() & then.keys()
                if now[hotkey].endpoint != then[hotkey].endpoint
            ),
        )
