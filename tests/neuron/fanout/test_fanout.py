"""Evaluations wherever they run: the same results in the same order, and a worker's end is nobody's
failure."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import slow_work

from taokit.neuron.errors import ConfigError
from taokit.neuron.fanout import Done, Fanout, Lost, Processes, Threads, fanout

PLACES: dict[str, Callable[..., Fanout]] = {
    "threads": lambda **options: Threads(2),
    "processes": lambda **options: Processes(2, **options),
}


@asynccontextmanager
async def opened(place: Fanout) -> AsyncIterator[Fanout]:
    try:
        yield place
    finally:
        await place.close()


@pytest.mark.parametrize("name", PLACES)
async def test_results_come_in_the_order_of_the_work(name: str) -> None:
    async with opened(PLACES[name]()) as place:
        found = await place.map(slow_work.square, [(n,) for n in range(20)])
        assert found == [Done(n * n) for n in range(20)]
        assert await place.map(slow_work.square, []) == []


@pytest.mark.parametrize("name", PLACES)
async def test_work_that_raises_is_lost_and_the_rest_is_done(name: str) -> None:
    async with opened(PLACES[name](retries=1)) as place:
        found = await place.map(slow_work.raising, [(n,) for n in range(4)])
        assert found == [Done(0), Done(1), Lost("ValueError: no 2"), Done(3)]


async def test_a_process_that_dies_loses_its_own_work_alone() -> None:
    async with opened(Processes(2, retries=1)) as place:
        found = await place.map(slow_work.dying, [(n,) for n in range(5)])
        assert found == [Done(0), Done(1), Lost("its process ended"), Done(3), Done(4)]
        assert await place.map(slow_work.leaving, [(7,)]) == [Lost("SystemExit: 7")]


async def test_work_whose_process_died_is_done_elsewhere(tmp_path: Path) -> None:
    async with opened(Processes(2)) as place:
        found = await place.map(slow_work.dying_once, [(str(tmp_path / "m"), n) for n in range(3)])
        assert found == [Done(0), Done(1), Done(2)]


async def test_a_process_that_hangs_is_ended() -> None:
    async with opened(Processes(1, retries=0, patience_s=0.2)) as place:
        assert await place.map(slow_work.hanging, [(2,)]) == [Lost("it took longer than 0.2 s")]


async def test_what_is_no_longer_wanted_is_ended() -> None:
    async with opened(Processes(1)) as place:
        (first,) = await place.map(slow_work.pid_of, [(0,)])
        waiting = asyncio.ensure_future(place.map(slow_work.hanging, [(2,)]))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        (then,) = await place.map(slow_work.pid_of, [(0,)])
        assert isinstance(first, Done)
        assert isinstance(then, Done)
        assert os.getpid() not in (first.value, then.value)


async def test_what_cannot_be_pickled_is_lost() -> None:
    async with opened(Processes(1, retries=0)) as place:
        (found,) = await place.map(lambda number: number, [(1,)])
        assert isinstance(found, Lost)


PARENT = """
import asyncio, sys
sys.path[:0] = {path!r}
import slow_work
from taokit.neuron.fanout import Processes
async def main():
    (found,) = await Processes(1).map(slow_work.pid_of, [(0,)])
    print(found.value, flush=True)
    sys.stdin.read()
if __name__ == "__main__":
    asyncio.run(main())
"""


def test_processes_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT.format(path=[str(Path(__file__).parent)]))
    parent = subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    assert parent.stdin is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.stdin.close()
    # The child holds the other end of this pipe too: it ends when both are gone.
    assert parent.stdout.read() == b""
    parent.wait()
    parent.stdout.close()
    assert pid != parent.pid


async def test_each_place_has_a_name_and_ray_says_what_it_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("threads", "processes", "ray"):
        assert fanout(name).name == name
    with pytest.raises(ConfigError, match="no place to evaluate named 'cloud'"):
        fanout("cloud")
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ConfigError) as error:
        await fanout("ray").width()
    assert error.value.hint == 'pip install "taokit[ray]"'


def test_a_validator_without_ray_does_not_import_it() -> None:
    said = "import sys, taokit.neuron.programs, taokit.neuron.fanout.ray_cluster; "
    said += "print('ray' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
