"""Tasks that crash are started again; a process that cannot be kept alive ends badly."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from taokit.neuron.loops.supervise import GaveUp, Supervisor
from taokit.neuron.observe.logs import silent


class Clock:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


def supervisor(clock: Clock, **options: object) -> Supervisor:
    return Supervisor(log=silent(), clock=clock, sleep=clock.sleep, **options)


async def test_a_task_that_crashes_is_started_again_and_the_others_do_not_notice() -> None:
    clock, starts, restarted = Clock(), [], []
    done = asyncio.Event()

    async def shaky() -> None:
        starts.append(1)
        if len(starts) < 4:
            raise RuntimeError("again")
        done.set()

    async def steady() -> None:
        await done.wait()

    watched = supervisor(clock, crashes=5, on_restart=restarted.append)
    watched.add("shaky", shaky)
    watched.add("steady", steady)
    await watched.run()
    assert len(starts) == 4
    assert restarted == ["shaky"] * 3
    assert clock.slept == [1.0, 2.0, 4.0]


async def test_too_many_crashes_end_everything_and_close_what_was_opened() -> None:
    closed: list[str] = []
    cancelled = asyncio.Event()

    async def broken() -> None:
        raise ValueError("no use")

    async def waiting() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async def close(name: str) -> None:
        closed.append(name)
        if name == "second":
            raise OSError("cannot")

    watched = supervisor(Clock(), crashes=3)
    watched.add("broken", broken)
    watched.add("waiting", waiting)
    for name in ("first", "second", "third"):
        watched.at_end(lambda name=name: close(name))
    with pytest.raises(GaveUp, match=r"broken crashed 3 times: ValueError: no use"):
        await watched.run()
    assert cancelled.is_set()
    assert closed == ["third", "second", "first"]


async def test_crashes_that_are_far_apart_are_forgotten() -> None:
    clock, starts = Clock(), []

    async def rarely() -> None:
        starts.append(1)
        clock.now += 400
        if len(starts) < 8:
            raise RuntimeError("rare")

    watched = supervisor(clock, crashes=3, within=600)
    watched.add("rarely", rarely)
    await watched.run()
    assert len(starts) == 8
    assert max(clock.slept) <= 2.0


async def test_what_is_under_way_is_finished_first_but_not_waited_for_for_ever() -> None:
    done: list[str] = []
    begun, end = asyncio.Event(), asyncio.Event()

    async def turn() -> None:
        begun.set()
        await end.wait()
        done.append("turn")
        await asyncio.Event().wait()

    async def finish() -> None:
        end.set()
        while not done:
            await asyncio.sleep(0)

    async def close() -> None:
        done.append("closed")

    watched = supervisor(Clock(), drain=0.01)
    watched.add("turn", turn)
    watched.at_stop(finish)
    watched.at_stop(asyncio.Event().wait)
    watched.at_end(close)
    running = asyncio.create_task(watched.run())
    await begun.wait()
    watched.stop()
    await asyncio.wait_for(running, 60)
    assert done == ["turn", "closed"]


PROGRAM = """
import asyncio, sys
from taokit.neuron.loops.supervise import Supervisor
from taokit.neuron.observe.logs import silent

async def forever():
    print("up", flush=True)
    if sys.argv[1] == "crash":
        raise RuntimeError
    await asyncio.Event().wait()

async def close():
    print("closed", flush=True)

supervisor = Supervisor(log=silent(), crashes=2, pause=0)
supervisor.add("forever", forever)
supervisor.at_end(close)
raise SystemExit(supervisor.main())
"""


@pytest.mark.parametrize(("how", "status", "ups"), [("wait", 0, 1), ("crash", 1, 2)])
def test_a_process_drains_on_sigterm_and_ends_badly_when_it_gives_up(
    how: str, status: int, ups: int
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, how], stdout=subprocess.PIPE, text=True, env=os.environ
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    if how == "wait":
        process.send_signal(signal.SIGTERM)
    rest = process.stdout.read()
    process.stdout.close()
    assert (first + rest).split() == ["up"] * ups + ["closed"]
    assert process.wait(timeout=90) == status
