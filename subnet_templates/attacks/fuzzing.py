"""A random attack on a project: mutants among its miners, and a barrage on a miner's server.

Owns the run and what is wrong with what came of it: a mutant that earns more than the honest miner
whose work it changes, a mechanism that raises, a server that fails. Does not own either's changes.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from taokit.neuron.mechanism import Context, Mechanism, ServiceMechanism
from taokit.neuron.messages import Reason, Verdict
from taokit.neuron.peers import Peer
from taokit.neuron.randomness import Seeded
from taokit.neuron.testing import Project, run_memory
from taokit.neuron.testing.participants import Seat, participant
from taokit.neuron.testing.personas import Persona
from taokit.neuron.testing.worlds import memory_world
from taokit.neuron.wiring import wire_of
from taokit.subnet_templates.attacks.mutants import Mutant, mutant
from taokit.subnet_templates.attacks.requests import Barrage, barrage
from taokit.subnet_templates.errors import NotAProject
from taokit.wallet.keypair import Keypair

__all__ = ["Fuzzed", "MutantResult", "fuzz", "honest_one"]

OVER_PARENT = 1.05
"""What a mutant may earn of its parent's share: two honest miners do not earn the same either."""


@dataclass(frozen=True)
class MutantResult:
    """A mutant after the run: its share of what was paid, and why its answers counted or not."""

    mutant: Mutant
    share: float
    reasons: Counter[Reason]


@dataclass(frozen=True)
class Fuzzed:
    """A random attack, over. ``share`` is what the honest parent earned."""

    seed: int
    parent: str
    share: float
    mutants: tuple[MutantResult, ...]
    crashes: tuple[str, ...]
    requests: Barrage

    def problems(self) -> list[str]:
        """Everything that should not have happened."""
        paid = [
            f"{one.mutant.name} earned {one.share:.2%}, more than {self.parent} ({self.share:.2%})"
            for one in self.mutants
            if one.share > OVER_PARENT * self.share
        ]
        dead = [] if self.share else [f"{self.parent} is honest and earned nothing among mutants"]
        return [*self.crashes, *dead, *paid, *self.requests.problems]


def honest_one(project: Project) -> Persona:
    """A single one of the best honest miners. Raises NotAProject."""
    good = next((one for one in project.personas if one.expect == "good"), None)
    if good is None:
        raise NotAProject("no persona is declared good, so there is nothing to compare with")
    return replace(good, copies=1)


def fuzz(
    project: Project,
    *,
    seed: int,
    mutants: int = 12,
    epochs: int = 4,
    requests: int = 100,
    only: int | None = None,
) -> Fuzzed:
    """Attack a project. The same seed is the same attack; ``only`` is one mutant of it."""
    parent = honest_one(project)
    numbers = range(mutants) if only is None else [only]
    made = [mutant(parent, number, seed) for number in numbers]
    crashes: list[str] = []
    attacked = replace(
        project,
        mechanism=lambda: _watched(project.mechanism(), crashes),
        personas=[parent, *(persona for _, persona in made)],
    )
    shares: dict[str, tuple[float, Counter[Reason]]] = {}
    try:
        with _unlogged():
            report = run_memory(attacked, epochs=epochs, validators=1, seed=seed)
        shares = {s.persona.name: (s.share, s.reasons) for s in report.standings}
    except Exception as error:  # noqa: BLE001 - whatever a miner's answer makes a validator raise
        crashes.append(f"the validator ended: {type(error).__name__}: {error}")
    nothing: tuple[float, Counter[Reason]] = (0.0, Counter())
    with _unlogged():
        stormed = asyncio.run(_barrage(project, parent, requests, seed)) if requests else Barrage()
    return Fuzzed(
        seed=seed,
        parent=parent.name,
        share=shares.get(parent.name, nothing)[0],
        mutants=tuple(MutantResult(m, *shares.get(m.name, nothing)) for m, _ in made),
        crashes=tuple(dict.fromkeys(crashes)),
        requests=stormed,
    )


@contextmanager
def _unlogged() -> Iterator[None]:
    """Without the web server's log: it tells of each mutant that hung up or sent nonsense."""
    log = logging.getLogger("uvicorn.error")
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before


def _watched(mechanism: Mechanism, crashes: list[str]) -> Mechanism:
    """The same, but for what its ``verify`` raises: that is noted, and earns nothing."""
    original: Callable[..., Verdict] = mechanism.verify  # type: ignore[attr-defined]

    def verify(*args: Any) -> Verdict:
        try:
            return original(*args)
        except Exception as error:  # noqa: BLE001 - the finding
            hotkey = next(h for h in (getattr(a, "hotkey", None) for a in args) if h)
            crashes.append(f"verify raised {type(error).__name__}: {str(error)[:300]}")
            return Verdict(
                hotkey=hotkey, task="0" * 64, quality=0.0, ok=False, reason=Reason.MALFORMED
            )

    mechanism.verify = verify  # type: ignore[attr-defined]
    return mechanism


async def _barrage(project: Project, parent: Persona, requests: int, seed: int) -> Barrage:
    """Against one honest miner, in real time: nothing here waits for a deadline."""
    mechanism = project.mechanism()
    path, request, answer = wire_of(mechanism)
    async with memory_world(tempo=project.tempo, commit_reveal=False, seed=seed) as world:
        asking, serving = (Keypair.from_seed(bytes([n]) * 32) for n in (1, 2))
        await world.seat(asking, stake=1_000.0)
        view = await world.seat(serving)
        await world.advance(2 * project.tempo)
        with tempfile.TemporaryDirectory(prefix="taokit-attack-") as folder:
            one = participant(parent)
            await one.start(Seat(serving, view, mechanism, world.host, Path(folder)))
            try:
                neuron = (await world.snapshot()).by_hotkey[serving.ss58_address]
                assert neuron.endpoint is not None
                peer = Peer(neuron.hotkey, neuron.endpoint.url)
                task = _task(mechanism, request, seed)
                return await barrage(peer, path, task, answer, asking, requests=requests, seed=seed)
            finally:
                await one.stop()


def _task(mechanism: Mechanism, request: Any, seed: int) -> Any:
    if isinstance(mechanism, ServiceMechanism):
        context: Context | None = None
        return mechanism.tasks(Seeded(seed.to_bytes(8, "big")), context)[0]  # type: ignore[arg-type]
    return request(window=0)
