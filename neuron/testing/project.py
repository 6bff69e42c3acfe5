"""What the harness has to know of a subnet: its mechanism, its miners, and how fast to go.

Owns these as values. Does not own a run (``harness``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taokit.neuron.mechanism import Mechanism
from taokit.neuron.testing.personas import Persona, load_personas, unique
from taokit.neuron.testing.purchases import Shop

if TYPE_CHECKING:
    from taokit.neuron.loops.arena import Fetch

__all__ = ["Project"]

AT_ONCE = 8
"""A validator, its miners and the clock all share one process in a run."""


@dataclass(frozen=True)
class Project:
    """A subnet to be tested.

    ``mechanism`` makes a fresh one: each validator has its own. ``turns`` is how many turns a
    validator takes in an epoch, ``lead`` how many blocks before its end the last one is. ``fetch``
    brings an arena's artifacts. ``options`` go to the validator's constructor.
    ``real_time`` is for mechanisms that wait for other processes; ``max_response`` is in bytes.
    ``at_once`` is how many requests a validator has under way: as many as a round has, if it
    matters that miners are asked at the same time. ``shop`` is what a buyer tries at the end.
    Where everybody is a process: ``one_process`` are groups of personas that have to share one,
    such as a thief and its victim; ``surroundings`` says, of a folder that all can reach, with
    which environment the processes are to run.
    """

    mechanism: Callable[[], Mechanism]
    personas: Sequence[Persona]
    tempo: int = 20
    turns: int = 1
    lead: int = 6
    fetch: Callable[[Path], Fetch] | None = None
    real_time: bool = False
    max_response: int = 1024 * 1024
    options: tuple[tuple[str, Any], ...] = ()
    one_process: tuple[tuple[str, ...], ...] = ()
    surroundings: Callable[[Path], Mapping[str, str]] | None = None
    at_once: int = AT_ONCE
    shop: Shop | None = None

    def __post_init__(self) -> None:
        unique(self.personas)

    @classmethod
    def of_folder(cls, mechanism: Callable[[], Mechanism], folder: Path, **more: Any) -> Project:
        """A project whose personas are those of a folder, and those given beside them."""
        given = more.pop("personas", ())
        return cls(mechanism, [*load_personas(folder), *given], **more)
