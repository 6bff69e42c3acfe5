"""Doing buyers' jobs: a miner trains, and the result is measured before it is taken.

Owns who is asked and what is taken of them. Does not own jobs (``jobs``).

A miner is drawn by what it has earned. A job waits until there is one (in a young run nobody's
work is proven yet), and its buyer sees that it does. An eighth of a job's pages stay with the
gateway; a result that does not lower the loss on these is not taken, and the next miner is asked,
three in all.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from taokit.neuron.errors import NoMiner
from taokit.neuron.gateway import Gateway, Route
from taokit.neuron.gateway.dispatch import Dispatcher
from taokit.neuron.gateway.errors import Declined
from taokit.neuron.messages import Reason
from taokit.neuron.metagraph import Neuron, Snapshot
from taokit.neuron.results import Failed, Ok
from taokit.subnet_templates.training.backends import Backend
from taokit.subnet_templates.training.jobs import SELLS, Job, Jobs
from taokit.subnet_templates.training.outer import State
from taokit.subnet_templates.training.tensors import dump
from taokit.subnet_templates.training.tuning import PATH, Tuned, TuneRequest, params_of
from taokit.wallet.errors import TaokitError

__all__ = ["JobWork"]

Floats = np.ndarray[Any, np.dtype[np.float32]]
Bytes = np.ndarray[Any, np.dtype[np.uint8]]
HELD = 8
"""One page in so many is kept back, to measure the result on."""
TRIES, PAUSE_S = 5, 6.0
"""A state that was made just now is not known to miners yet: they decline, and are asked again."""
LONGEST_PAUSE_S, PATIENCE_S = 60.0, 24 * 3600.0
"""A job that nobody could be asked to do for so long fails."""
NOBODY = "waits for a miner whose work is proven, and who can be asked"


class JobWork:
    """``newest`` tells the state that jobs begin with; it raises NotFound. ``deadline`` is for one
    job, all miners together, in seconds.
    """

    def __init__(
        self,
        gateway: Gateway,
        jobs: Jobs,
        backend: Backend,
        newest: Callable[[Snapshot], State],
        *,
        deadline: float = 3600.0,
    ) -> None:
        self._gateway, self._jobs = gateway, jobs
        self._backend, self._newest = backend, newest
        self._dispatcher = Dispatcher(gateway.router, gateway.metrics)
        self._route: Route[Any, Any, Any] = Route(
            SELLS, TuneRequest, PATH, Tuned, deadline=deadline, attempts=3, hedge=False
        )

    async def run(self) -> None:
        """Do what is ordered, one after the other, for ever."""
        for job in self._jobs.waiting():
            self._jobs.renew(job)
        while True:
            self._jobs.ordered.clear()
            waiting = self._jobs.waiting()
            for job in waiting:
                await self._do(job)
            if not waiting:
                await self._jobs.ordered.wait()

    async def _do(self, job: Job) -> None:
        try:
            job = await self._somebody(job)
            job, pages = self._jobs.begin(job)
            for _ in range(TRIES - 1):
                with suppress(Declined):
                    return await self._served(job, pages)
                await asyncio.sleep(PAUSE_S)
            await self._served(job, pages)
        except TaokitError as error:
            self._jobs.fail(job, str(error))
        except Exception as error:  # noqa: BLE001 - the buyer is told, and the next job is done
            self._jobs.fail(job, f"the gateway failed: {type(error).__name__}: {error}")

    async def _somebody(self, job: Job) -> Job:
        """Wait until somebody can be asked. Raises NoMiner when that takes too long."""
        router, clock = self._gateway.router, asyncio.get_running_loop().time
        ends, pause = clock() + PATIENCE_S, PAUSE_S
        while True:
            snapshot = await router.snapshot()
            if router.anyone_earns(snapshot) and router.choose(snapshot, SELLS) is not None:
                return job
            if clock() >= ends:
                raise NoMiner(f"for {PATIENCE_S:.0f} s there was no miner whose work is proven")
            job = self._jobs.wait(job, NOBODY)
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE_S, pause * 1.25)

    async def _served(self, job: Job, pages: Bytes) -> None:
        snapshot = await self._gateway.router.snapshot()
        state = await asyncio.to_thread(self._newest, snapshot)
        held, given = pages[::HELD], np.delete(pages, np.s_[::HELD], axis=0)
        before = await asyncio.to_thread(self._loss, state.params, held)
        asked = TuneRequest(
            base=state.digest,
            data=base64.b64encode(given.tobytes()).decode(),
            length=job.length,
            steps=job.steps,
            rate=job.rate,
        )
        found: dict[str, tuple[Floats, float]] = {}

        async def ask(miner: Neuron, left: float) -> Ok[Tuned] | Failed:
            answered = await self._gateway.client.call(miner, PATH, asked, Tuned, deadline=left)
            if isinstance(answered, Failed):
                return answered
            try:
                params = params_of(answered.value, self._backend.size)
            except ValueError as error:
                return Failed(miner.hotkey, Reason.MALFORMED, str(error))
            after = await asyncio.to_thread(self._loss, params, held)
            if not after < before:
                why = f"the loss on the pages kept back is {after:.4f}, and was {before:.4f}"
                return Failed(miner.hotkey, Reason.NO_GAIN, why)
            found[miner.hotkey] = params, after
            return answered

        served = await self._dispatcher.race(self._route, snapshot, ask)
        params, after = found[served.miner]
        self._jobs.finish(
            job,
            dump({"params": params}),
            served.outcome.receipt,
            snapshot.block,
            base=state.digest,
            before=before,
            after=after,
        )

    def _loss(self, params: Floats, pages: Bytes) -> float:
        return float(self._backend.losses(params, pages).mean())
