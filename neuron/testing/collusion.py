"""Miners that work together, or with a validator: what one participant alone cannot try.

Owns these behaviours. Does not own who plays them, nor what must come of it (a project's
``personas/``), because only a mechanism knows what its work is. They find one another through
``Seat.common``, which all seats of a run share; where each is a process, only the hotkeys of one
persona do, and who depends on others then has nobody to copy from or to be told by.
"""

from __future__ import annotations

import asyncio
import heapq
import inspect
import itertools
from collections.abc import Awaitable, Callable
from typing import Any

from taokit.neuron.auth.claims import Caller
from taokit.neuron.errors import HandlerRefused
from taokit.neuron.mechanism import Context, ServiceMechanism
from taokit.neuron.messages import Hotkey, Message
from taokit.neuron.observe.logs import silent
from taokit.neuron.randomness import EpochSalt, Seeded, seed
from taokit.neuron.store import Store
from taokit.neuron.testing.participants import HEARD, SALTS, Seat
from taokit.neuron.wiring import taking_caller

__all__ = ["Copycat", "Insider", "Machine", "OneMachine"]

_MOMENT_S = 0.001


class Machine:
    """Does ``rate`` units of work a second, whoever asks.

    Alone with one request it is as fast as that. Of several, it takes those of the lowest
    ``number`` first, and of these the shortest; or, if it works on all ``together``, finishes all
    that wait at the same time.
    """

    def __init__(self, rate: float, *, together: bool = False) -> None:
        self._rate = rate
        self._together = together
        self._waiting: list[tuple[int, float, int, asyncio.Future[None]]] = []
        self._count = itertools.count()
        self._running: asyncio.Task[None] | None = None

    async def work(self, units: float, number: int = 0) -> None:
        """Return when so many units are done."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (number, units, next(self._count), done))
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        await done

    async def _run(self) -> None:
        await asyncio.sleep(_MOMENT_S)  # what comes at the same time is known before it begins
        while self._waiting:
            taken = self._waiting if self._together else [heapq.heappop(self._waiting)]
            if self._together:
                self._waiting = []
            await asyncio.sleep(sum(units for _, units, _, _ in taken) / self._rate)
            for _, _, _, done in taken:
                if not done.done():
                    done.set_result(None)


class OneMachine:
    """A hotkey of an operator who has one machine for all of his.

    ``honest`` makes the answers, ``units`` tells the work of one. All who give the same ``name``
    share a machine of that ``rate``; ``together`` is as of :class:`Machine`.
    """

    def __init__(
        self,
        name: str,
        honest: Callable[..., Any],
        units: Callable[[Any], float],
        rate: float,
        *,
        together: bool = False,
    ) -> None:
        self._name = f"machine of {name}"
        self._honest = taking_caller(honest)
        self._units = units
        self._machine = Machine(rate, together=together)
        self._number = 0

    def seated(self, seat: Seat) -> None:
        """Find the machine that is shared."""
        self._machine = seat.common.setdefault(self._name, self._machine)
        self._number = seat.number

    async def answer(self, task: Message, caller: Caller) -> Any:
        """An honest answer, as soon as the machine has made it."""
        said = await _awaited(self._honest(task, caller))
        await self._machine.work(self._units(said), self._number)
        return said


class Copycat:
    """Overhears what miners answer to a validator, and gives it what the best paid one said last.

    ``renamed`` makes another's answer look like one to the task at hand; by default it is sent as
    it was.
    """

    def __init__(self, renamed: Callable[[Any, Any], Any] = lambda task, answer: answer) -> None:
        self._renamed = renamed
        self._known: dict[Hotkey, dict[Hotkey, Any]] = {}
        self._ranked: dict[Hotkey, float] = {}

    def seated(self, seat: Seat) -> None:
        """Begin to listen."""
        self._seat = seat

    async def step(self, block: int) -> None:
        """Remember what was said until now, and who earns how much."""
        heard = self._seat.common.get(HEARD, {})
        self._known = {caller: dict(answers) for caller, answers in heard.items()}
        snapshot = await self._seat.chain.snapshot()
        self._ranked = {neuron.hotkey: neuron.incentive for neuron in snapshot.neurons}

    async def answer(self, task: Message, caller: Caller) -> Any:
        """What somebody else said to the same validator."""
        said = self._known.get(caller.hotkey, {})
        others = [hotkey for hotkey in said if hotkey != self._seat.signer.ss58_address]
        if not others:
            raise HandlerRefused("nobody said anything yet")
        best = max(others, key=lambda hotkey: (self._ranked.get(hotkey, 0.0), hotkey))
        return self._renamed(task, said[best])


class Insider:
    """A validator's own miner: knows code, salts and state of every validator, all blocks so far.

    With that it works out the tasks that are to come, is ``honest`` with those, and does
    ``otherwise`` with whatever it did not foresee. It knows blocks up to ``behind`` before the one
    that a round is drawn from; with 0 it would know that one as well. ``foreseen`` and
    ``surprised`` count tasks.
    """

    def __init__(
        self,
        honest: Callable[..., Any],
        otherwise: Callable[..., Any],
        *,
        behind: int = 1,
    ) -> None:
        self._honest = taking_caller(honest)
        self._otherwise = taking_caller(otherwise)
        self._behind = behind
        self._expected: set[str] = set()
        self.foreseen = self.surprised = 0

    def seated(self, seat: Seat) -> None:
        """Learn who it belongs to."""
        self._seat = seat

    async def step(self, block: int) -> None:
        """Prepare for the tasks that the next round would have, as far as anybody can tell."""
        seat = self._seat
        salts: dict[Hotkey, EpochSalt] = seat.common.get(SALTS, {})
        mechanism, known = seat.mechanism, await seat.chain.block_hash(block - self._behind)
        if not isinstance(mechanism, ServiceMechanism) or known is None or not salts:
            return
        snapshot, rules = await seat.chain.snapshot(), await seat.chain.rules()
        own = b"" if mechanism.shared_tasks else seat.signer.ss58_address.encode()
        self._expected = set()
        with Store(":memory:") as store:
            for validator, salt in salts.items():
                ctx = Context(
                    snapshot.netuid,
                    validator,
                    block,
                    known,
                    rules.epoch,
                    snapshot,
                    store,
                    silent(),
                )
                parts = (salt.salt(rules.epoch), own)
                drawing = Seeded(seed("tasks", known, snapshot.netuid, *parts))
                tasks = mechanism.tasks(drawing, ctx)
                self._expected |= {task.model_dump_json() for task in tasks}

    async def answer(self, task: Message, caller: Caller) -> Any:
        """Good work on a task that it was prepared for, or the cheap way."""
        if task.model_dump_json() in self._expected:
            self.foreseen += 1
            return await _awaited(self._honest(task, caller))
        self.surprised += 1
        return await _awaited(self._otherwise(task, caller))


async def _awaited(said: Any | Awaitable[Any]) -> Any:
    return await said if inspect.isawaitable(said) else said
