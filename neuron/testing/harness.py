"""Running a subnet's mechanism among its personas, and reporting what each earned.

Owns one run: who is seated, when blocks are made, when validators take their turns. Does not own
the worlds, nor what is expected of a run (``expectations``).

    run_memory(project, epochs=6).check()

Requests go over HTTP and are signed as in earnest; blocks come when the run makes them, and time
passes only where somebody waits (``virtual_time``), unless the project needs real time. With
``restart``, the first validator is killed in the middle of a turn of that epoch and built anew from
its file, which must hold all that was there before. ``loss`` is the share of requests that get lost
on their way, for each validator others. At the end a buyer tries the project's ``shop``; with
``buying``, another one sends so many orders in every epoch before, and half of them are audited.
"""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from taokit.neuron.messages import Hotkey, Reason
from taokit.neuron.testing import virtual_time
from taokit.neuron.testing.bench import Bench
from taokit.neuron.testing.expectations import Report, Standing, cosine
from taokit.neuron.testing.participants import SALTS, Participant, Seat, participant
from taokit.neuron.testing.personas import Persona
from taokit.neuron.testing.project import Project
from taokit.neuron.testing.purchases import Purchases, order, purchase, visit
from taokit.neuron.testing.worlds import World, memory_world
from taokit.wallet.keypair import Keypair

__all__ = ["Run", "run_localnet", "run_memory"]

STAKE = 1_000.0


def run_memory(
    project: Project,
    *,
    epochs: int = 6,
    validators: int = 2,
    commit_reveal: bool = False,
    restart: int | None = None,
    loss: float = 0.0,
    seed: int = 0,
    buying: int = 0,
) -> Report:
    """Run a project on a chain in memory."""
    world = memory_world(tempo=project.tempo, commit_reveal=commit_reveal, seed=seed)
    running = _run(project, world, epochs, validators, restart, loss, seed, buying)
    return virtual_time.run(running, virtual=not project.real_time)


def run_localnet(
    project: Project,
    *,
    epochs: int = 4,
    validators: int = 2,
    commit_reveal: bool = False,
    restart: int | None = None,
    loss: float = 0.0,
    seed: int = 0,
    buying: int = 0,
) -> Report:
    """Run a project on a real local chain in this process; incentives are the runtime's."""
    from taokit.neuron.testing.localnet import localnet_world

    world = localnet_world(tempo=project.tempo, commit_reveal=commit_reveal)
    running = _run(project, world, epochs, validators, restart, loss, seed, buying)
    return virtual_time.run(running, virtual=not project.real_time)


async def _run(
    project: Project,
    entering: AbstractAsyncContextManager[World],
    epochs: int,
    validators: int,
    restart: int | None,
    loss: float,
    seed: int,
    buying: int,
) -> Report:
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="taokit-run-") as folder:
        async with (
            entering as world,
            Run.open(project, world, Path(folder), validators, seed, loss) as run,
        ):
            async with run.buying(buying) as buy:
                for epoch in range(epochs):
                    await buy()
                    await run.epoch(killing=epoch == restart)
            bought = await run.buy()
            return await run.report(epochs, time.perf_counter() - began, bought)


class Run:
    """A run under way: seated personas and validators, and the chain that they are on."""

    def __init__(
        self,
        project: Project,
        world: World,
        benches: Sequence[Bench],
        seated: Sequence[tuple[Persona, Hotkey, Participant]],
    ) -> None:
        self.project = project
        self.world = world
        self.benches = benches
        self._seated = seated
        self._incidents: list[str] = []

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        project: Project,
        world: World,
        folder: Path,
        validators: int,
        seed: int = 0,
        loss: float = 0.0,
    ) -> AsyncIterator[Run]:
        """Seat everybody. Validators have their permits when this is done."""
        async with AsyncExitStack() as stack:
            benches = []
            for number in range(validators):
                key = _key(seed, "validator", number)
                view = await world.seat(key, stake=STAKE * (validators - number + 1))
                place = folder / f"validator-{number}"
                bench = Bench(project, key, view, place, _pacing(project), loss)
                stack.push_async_callback(bench.close)
                benches.append(bench)
            seated = []
            common: dict[str, Any] = {SALTS: {bench.hotkey: bench.salts for bench in benches}}
            for persona in project.personas:
                for number in range(persona.copies):
                    key = _key(seed, persona.name, number)
                    view = await world.seat(key)
                    place = folder / f"{persona.name}-{number}"
                    place.mkdir()
                    one = participant(persona)
                    seat = Seat(key, view, project.mechanism(), world.host, place, number, common)
                    stack.push_async_callback(one.stop)
                    await one.start(seat)
                    seated.append((persona, key.ss58_address, one))
            await world.advance(await world.next_epoch() - await world.block())
            yield cls(project, world, benches, seated)

    async def epoch(self, *, killing: bool = False) -> None:
        """One epoch of the chain: its turns, evenly spaced, the last one just before it ends."""
        end, now = await self.world.next_epoch(), await self.world.block()
        turns = self.project.turns
        room = end - now - self.project.lead
        for turn in range(1, turns + 1):
            await self.world.advance(now + max(0, room) * turn // turns - await self.world.block())
            await self.turn(killing=killing and turn == turns)
        await self.world.advance(end - await self.world.block())

    async def turn(self, *, killing: bool = False) -> None:
        """Let every persona, then every validator, take its turn."""
        block = await self.world.block()
        for _, _, one in self._seated:
            await one.step(block)
        for number, bench in enumerate(self.benches):
            if killing and number == 0:
                self._incidents += await bench.killed_and_restarted()
            await bench.validator.step()

    @asynccontextmanager
    async def buying(self, orders: int) -> AsyncIterator[Callable[[], Awaitable[None]]]:
        """A buyer from the beginning; what is given sends so many orders."""
        shop, bench = self.project.shop, self.benches[0]

        async def nothing() -> None:
            return

        if shop is None or not orders:
            yield nothing
            return
        audits = getattr(bench.validator, "audit_queue", None)
        visiting = visit(shop, self.world.snapshot, bench.client, bench.store, audits=audits)
        async with visiting as buyer:
            yield lambda: order(shop, buyer, orders, early=True)
        self._incidents += [f"a buyer: {incident}" for incident in buyer.incidents]

    async def buy(self) -> Purchases | None:
        """Let a buyer try what the project sells, if it sells; not where requests get lost."""
        shop, bench = self.project.shop, self.benches[0]
        if shop is None or bench.loses:
            return None
        names = {hotkey: persona.name for persona, hotkey, _ in self._seated}
        return await purchase(shop, self.world.snapshot, bench.client, bench.store, names)

    async def report(self, epochs: int, seconds: float, bought: Purchases | None = None) -> Report:
        """What the run came to, as of the last epoch."""
        snap = await self.world.snapshot()
        incentive = {neuron.hotkey: neuron.incentive for neuron in snap.neurons}
        burned = incentive.pop(snap.owner_hotkey, 0.0)
        earned = sum(incentive.values())
        standings = []
        for persona in self.project.personas:
            hotkeys = tuple(h for p, h, _ in self._seated if p is persona)
            reasons: Counter[Reason] = Counter()
            for bench in self.benches:
                for hotkey in hotkeys:
                    reasons.update(bench.validator.book.reasons(hotkey))
            shares = tuple(incentive.get(h, 0.0) / earned if earned else 0.0 for h in hotkeys)
            standings.append(Standing(persona, hotkeys, shares, reasons))
        rows = [await bench.weights(snap) for bench in self.benches]
        return Report(
            world=self.world.name,
            epochs=epochs,
            standings=tuple(standings),
            burned=burned / (burned + earned) if burned + earned else 0.0,
            agreement=min((cosine(rows[0], row) for row in rows), default=1.0),
            seconds=seconds,
            calls=sum(bench.calls for bench in self.benches),
            incidents=tuple(self._incidents),
            lossy=any(bench.loses for bench in self.benches),
            bought=bought,
        )


def _key(seed: int, name: str, number: int) -> Keypair:
    secret = hashlib.sha256(f"{seed} {name} {number}".encode()).digest()
    return Keypair.from_seed(secret)


def _pacing(project: Project) -> dict[str, Any]:
    return {"margin": project.lead, "tick_blocks": 1, **dict(project.options)}
