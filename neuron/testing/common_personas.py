"""Personas that every subnet meets, whatever it measures: broken, absent, and forgers on the wire.

Owns these. Does not own those that need to know the task (a project's ``personas/``).
"""

from __future__ import annotations

import asyncio
import inspect
from collections import Counter
from collections.abc import Callable
from typing import Any

from taokit.neuron.auth.claims import Caller
from taokit.neuron.errors import HandlerRefused
from taokit.neuron.messages import Message, Reason
from taokit.neuron.testing.participants import Absent, Recorded, Served, Unsigned, WrongKey
from taokit.neuron.testing.personas import Persona
from taokit.neuron.wiring import taking_caller

__all__ = ["common_personas"]

FLAKY = 3
OVERSIZE = 2 * 1024 * 1024


class _Nonsense(Message):
    nonsense: str


def common_personas(honest: Callable[..., Any]) -> list[Persona]:
    """Eight of them. ``honest`` is the handler of a good miner, which some of them begin with."""
    zero = {
        "offline": (Absent, Reason.REFUSED),
        "stalled": (Stalled, Reason.TIMEOUT),
        "garbage": (lambda: Served(_garbage, response=_Nonsense), Reason.MALFORMED),
        "oversize": (lambda: Served(_oversize, response=_Nonsense), Reason.MALFORMED),
        "impersonator": (lambda: Served(honest, tamper=Unsigned), Reason.BAD_SIGNATURE),
        "wrong-key": (lambda: Served(honest, tamper=WrongKey), Reason.BAD_SIGNATURE),
        "recorder": (lambda: Served(honest, tamper=Recorded), Reason.BAD_SIGNATURE),
    }
    return [
        *(Persona(name, "zero", make, reason, makes=True) for name, (make, reason) in zero.items()),
        Persona("flaky", "any", lambda: Served(_Flaky(honest)), accused=True, makes=True),
    ]


class Stalled(Served):
    """Takes every task and says nothing, until it is stopped."""

    def __init__(self) -> None:
        super().__init__(self._wait)
        self._over = asyncio.Event()

    async def stop(self) -> None:
        """Decline what still waits, and serve no more."""
        self._over.set()
        await super().stop()

    async def _wait(self, task: Message) -> Any:
        await self._over.wait()
        raise HandlerRefused("too late")


def _garbage(task: Message) -> _Nonsense:
    return _Nonsense(nonsense="42")


def _oversize(task: Message) -> _Nonsense:
    return _Nonsense(nonsense="x" * OVERSIZE)


class _Flaky:
    """Declines three requests in ten of every validator."""

    def __init__(self, honest: Callable[..., Any]) -> None:
        self._honest = taking_caller(honest)
        self._asked: Counter[str] = Counter()

    async def answer(self, task: Message, caller: Caller) -> Any:
        """Answer well, or decline."""
        self._asked[caller.hotkey] += 1
        if self._asked[caller.hotkey] * FLAKY % 10 < FLAKY:
            raise HandlerRefused("not now")
        done = self._honest(task, caller)
        return await done if inspect.isawaitable(done) else done
