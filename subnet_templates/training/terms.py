"""What all who take part in a run have to agree on. Owns the values; a project chooses them."""

from __future__ import annotations

from dataclasses import dataclass, field

from taokit.neuron.messages import Hotkey
from taokit.neuron.metagraph import Snapshot
from taokit.neuron.randomness import Seeded, seed
from taokit.subnet_templates.training.corpus import shard
from taokit.subnet_templates.training.outer import Outer

__all__ = ["Terms", "leads"]

PROBES = 8


@dataclass(frozen=True)
class Terms:
    """A run called ``run``. ``window`` is in blocks, ``grace`` how many after its end updates are
    fetched, ``draw`` how many after that comes the block that says how they are measured. A miner
    is given ``pages`` of the ``of`` that there are. ``chunk`` and ``keep`` are the codec's. At most
    ``members`` updates, the best rated, make up an aggregate.
    """

    run: str = "run-1"
    window: int = 50
    grace: int = 2
    draw: int = 5
    pages: int = 16
    of: int = 1 << 30
    chunk: int = 4096
    keep: int = 64
    members: int = 16
    outer: Outer = field(default_factory=Outer)

    def window_at(self, block: int) -> int:
        """The window that a block is in."""
        return block // self.window

    def deadline(self, window: int) -> int:
        """The first block that an update must not be made at."""
        return (window + 1) * self.window

    def turn(self, window: int, rank: int) -> int:
        """The first block at which the validator of that rank by stake may post a window."""
        return self.deadline(window) + rank * (self.window * 7 // 10)

    def lot(self, opened: str, netuid: int) -> Seeded:
        """The draw of a window, by the hash of its first block: as validators' loops make it."""
        return Seeded(seed("assign", opened, netuid))

    def assigned(self, lot: Seeded, hotkey: Hotkey) -> tuple[int, ...]:
        """The pages of a hotkey."""
        return shard(lot, hotkey, self.pages, self.of)

    def probed(self, lot: Seeded, hotkey: Hotkey, size: int) -> list[int]:
        """The places in the state of which a hotkey shows the parameters."""
        places = lot.child("probe", hotkey)
        return [places.randrange(size) for _ in range(PROBES)]


def leads(snapshot: Snapshot) -> list[Hotkey]:
    """Who may post aggregates: validators, the one with the most stake first."""
    ranked = sorted(snapshot.validators(), key=lambda one: (-one.stake, one.hotkey))
    return [one.hotkey for one in ranked]
