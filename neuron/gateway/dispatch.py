"""Getting one request served: ask a miner, another one if it fails or is slow, until one answers.

Owns attempts, hedges, and what each says about the miner that was asked. Does not own the choice of
miners (``routing``), nor who pays: a request is charged once, however many miners were asked.

A miner that declines under its signature is blamed only if another one then serves the same
request; otherwise a buyer could shut every miner out with a request that nobody can serve. One that
is busy is blamed by nobody: it may be the gateway that asks too much of it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from taokit.neuron.errors import NoMiner
from taokit.neuron.gateway.errors import Declined
from taokit.neuron.gateway.metrics import GatewayMetrics
from taokit.neuron.gateway.route import Route
from taokit.neuron.gateway.routing import Router
from taokit.neuron.messages import Hotkey, Reason
from taokit.neuron.metagraph import Neuron, Snapshot
from taokit.neuron.results import Failed

__all__ = ["Dispatcher", "Served", "is_grave"]

HEDGES_PER_REQUEST = 0.1
MOST_HEDGES_SAVED = 10.0
_GRACE_S = 0.25
_BUSY = (429, 503)
_GRAVE = frozenset({Reason.BAD_SIGNATURE, Reason.MALFORMED})


class Began(Protocol):
    """What an attempt that succeeded returns: at least how long it took."""

    @property
    def ttft_s(self) -> float | None:
        """To the first byte."""

    @property
    def latency_s(self) -> float:
        """To the last byte, or to where it was read."""


Outcome = TypeVar("Outcome", bound=Began)


@dataclass(frozen=True)
class Served(Generic[Outcome]):
    """Who answered, what, and who was asked in vain and is to blame for it."""

    miner: Hotkey
    outcome: Outcome
    blamed: tuple[Failed, ...]


def declined(failure: Failed) -> bool:
    """Whether a miner said no to this request, under its signature."""
    status = failure.status or 0
    return failure.receipt is not None and 400 <= status < 500 and status not in _BUSY


def is_grave(failure: Failed) -> bool:
    """Whether one such failure is enough: an unsigned answer, or one of another shape.

    It is the miner's own, whatever it was asked.
    """
    return failure.reason in _GRAVE


def _now() -> float:
    return asyncio.get_running_loop().time()


class Dispatcher:
    """Serves requests through a router."""

    def __init__(self, router: Router, metrics: GatewayMetrics) -> None:
        self._router = router
        self._metrics = metrics
        self._hedges = MOST_HEDGES_SAVED

    async def race(
        self,
        route: Route[Any, Any, Any],
        snap: Snapshot,
        ask: Callable[[Neuron, float], Awaitable[Outcome | Failed]],
        *,
        discard: Callable[[Outcome], Awaitable[None]] | None = None,
    ) -> Served[Outcome]:
        """Ask miners until one answers. ``ask`` gets the miner and the seconds that are left.

        With ``discard``, an answer is only begun when it is first: whoever takes it tells the
        breakers how it ended, and ``discard`` is told of one that came too late to be taken.
        Raises NoMiner, Declined.
        """
        return await _Race(self, route, snap, ask, discard).run()

    def may_hedge(self) -> bool:
        """Take a hedge out of the budget: one for every ten requests."""
        if self._hedges < 1.0:
            return False
        self._hedges -= 1.0
        return True

    def saved(self) -> None:
        """A request more."""
        self._hedges = min(MOST_HEDGES_SAVED, self._hedges + HEDGES_PER_REQUEST)


class _Race(Generic[Outcome]):
    def __init__(
        self,
        dispatcher: Dispatcher,
        route: Route[Any, Any, Any],
        snap: Snapshot,
        ask: Callable[[Neuron, float], Awaitable[Outcome | Failed]],
        discard: Callable[[Outcome], Awaitable[None]] | None,
    ) -> None:
        self._dispatcher = dispatcher
        self._router = dispatcher._router
        self._metrics = dispatcher._metrics
        self._route = route
        self._snap = snap
        self._ask = ask
        self._discard = discard
        # The first piece of a stream and a whole answer are not to be compared.
        self._timed_as = route.path if discard is None else f"{route.path}#stream"
        self._latencies = self._router.latencies(self._timed_as)
        self._asked: list[Hotkey] = []
        self._running: dict[asyncio.Task[Outcome | Failed], tuple[Hotkey, float]] = {}
        self._failures: list[Failed] = []
        self._hedged = False
        self._ends = _now() + route.deadline

    async def run(self) -> Served[Outcome]:
        self._dispatcher.saved()
        try:
            while True:
                if not self._running and not self._next():
                    raise self._nobody()
                done, _ = await asyncio.wait(
                    self._running, timeout=self._pause(), return_when=asyncio.FIRST_COMPLETED
                )
                if not done:
                    if _now() >= self._ends + _GRACE_S:
                        self._timed_out()
                        raise self._nobody()
                    self._hedge()
                    continue
                served = None
                for task in done:
                    served = self._taken(task, served)
                if served is not None:
                    return served
        finally:
            await self._leave()

    def _next(self) -> bool:
        """Start an attempt; False when there is nobody left, no attempt, or no time."""
        left = self._ends - _now()
        if len(self._asked) >= self._route.attempts or left <= 0:
            return False
        miner = self._router.choose(self._snap, self._timed_as, self._asked)
        if miner is None:
            return False
        self._asked.append(miner.hotkey)
        self._router.breakers.asked(miner.hotkey)
        self._latencies.began(miner.hotkey)
        task = asyncio.ensure_future(self._ask(miner, left))
        self._running[task] = (miner.hotkey, _now())
        return True

    def _pause(self) -> float:
        """How long to wait before another miner is asked as well, or before giving up."""
        left = max(0.0, self._ends + _GRACE_S - _now())
        if not self._route.hedge or self._hedged or len(self._running) > 1:
            return left
        usual = self._latencies.nearly_all()
        after = self._route.deadline / 3 if usual is None else usual
        ((_, began),) = self._running.values()
        return min(left, max(0.0, began + after - _now()))

    def _timed_out(self) -> None:
        """They were not heard of, not even that they were too slow: all places were taken."""
        for hotkey, _ in self._running.values():
            self._failures.append(Failed(hotkey, Reason.TIMEOUT, "no place to ask it"))

    def _hedge(self) -> None:
        if self._hedged:
            return
        self._hedged = True
        if self._dispatcher.may_hedge() and self._next():
            self._metrics.hedges.labels(self._route.path).inc()

    def _taken(
        self, task: asyncio.Task[Outcome | Failed], served: Served[Outcome] | None
    ) -> Served[Outcome] | None:
        hotkey, _ = self._running[task]
        if served is not None:
            return served  # a second one in the same instant; left to ``_leave``
        del self._running[task]
        self._latencies.ended(hotkey)
        try:
            outcome = task.result()
        except BaseException:
            self._router.breakers.abandoned(hotkey)
            raise
        if isinstance(outcome, Failed):
            self._failed(outcome)
            return None
        self._metrics.attempt(self._route.path, Reason.OK)
        if self._discard is None:
            self._router.breakers.succeeded(hotkey)
        seconds = outcome.ttft_s if outcome.ttft_s is not None else outcome.latency_s
        self._latencies.answered(hotkey, seconds)
        for failure in self._failures:
            if declined(failure):
                self._router.breakers.failed(failure.hotkey)
        blamed = tuple(one for one in self._failures if one.status not in _BUSY)
        return Served(hotkey, outcome, blamed)

    def _failed(self, failure: Failed) -> None:
        self._failures.append(failure)
        self._metrics.attempt(self._route.path, failure.reason)
        if failure.status in _BUSY:
            self._router.breakers.busy(failure.hotkey)
        elif declined(failure):
            self._router.breakers.abandoned(failure.hotkey)
        else:
            self._router.breakers.failed(failure.hotkey, grave=is_grave(failure))

    def _nobody(self) -> Exception:
        if self._failures and all(declined(failure) for failure in self._failures):
            return Declined(
                f"every miner that was asked declined: {self._failures[0].detail}",
                hint="change the request; nothing was charged",
            )
        if not self._failures:
            return NoMiner(
                "no miner can serve this now", hint="try again in a while; nothing was charged"
            )
        counts = Counter(failure.reason.value for failure in self._failures)
        said = ", ".join(f"{count} {reason}" for reason, count in sorted(counts.items()))
        return NoMiner(
            f"no miner served this (asked {len(self._failures)}: {said})",
            hint="try again; nothing was charged",
        )

    async def _leave(self) -> None:
        """Hang up on whoever is still being asked."""
        now = _now()
        for task in self._running:
            task.cancel()
        for task, (hotkey, began) in self._running.items():
            await asyncio.wait({task})
            self._latencies.ended(hotkey)
            self._latencies.outlasted(hotkey, now - began)
            self._router.breakers.abandoned(hotkey)
            if not task.cancelled() and task.exception() is None:
                outcome = task.result()
                if self._discard is not None and not isinstance(outcome, Failed):
                    await self._discard(outcome)
