"""Evaluations on Ray itself, where it is installed (the extra ``ray``): a cluster made here."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import slow_work

from taokit.neuron.errors import ConfigError
from taokit.neuron.fanout import Done, Lost, RayCluster

ray = pytest.importorskip("ray", reason="the extra ray is not installed")


BEFORE: list[object] = []
"""What handled SIGTERM before a cluster was made."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[tuple[asyncio.AbstractEventLoop, RayCluster]]:
    """One cluster for all tests here: it takes seconds to start."""
    BEFORE.append(signal.getsignal(signal.SIGTERM))
    loop = asyncio.new_event_loop()
    made = RayCluster(workers=2, retries=1)
    yield loop, made
    loop.run_until_complete(made.close())
    loop.close()


Cluster = tuple[asyncio.AbstractEventLoop, RayCluster]


# Before the fixture is used for the first time: a process is in one cluster at a time.


def test_a_cluster_that_is_not_there_is_named() -> None:
    async def join() -> None:
        await RayCluster("127.0.0.1:1").width()

    with pytest.raises(ConfigError, match=r"no Ray cluster at 127\.0\.0\.1:1"):
        asyncio.run(join())


async def test_work_of_a_node_that_goes_away_is_done_by_another(tmp_path: Path) -> None:
    """Two nodes of a cluster, as two machines would be: both work, then one of them ends."""
    utils = pytest.importorskip("ray.cluster_utils")
    nodes = utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    other = nodes.add_node(num_cpus=1)
    path = str(Path(slow_work.__file__).parent)
    place = RayCluster(nodes.address, runtime_env={"env_vars": {"PYTHONPATH": path}})
    try:
        assert await place.width() == 2
        found = await place.map(slow_work.node_of, [(str(tmp_path), n) for n in range(2)])
        assert len({one.value for one in found if isinstance(one, Done)}) == 2
        working = asyncio.ensure_future(
            place.map(slow_work.once_alone, [(str(tmp_path / "left"), n) for n in range(2)])
        )
        while len(list(tmp_path.iterdir())) < 4:
            await asyncio.sleep(0.05)
        nodes.remove_node(other, allow_graceful=False)
        (tmp_path / "left").touch()
        assert await working == [Done(0), Done(1)]
    finally:
        await place.close()
        nodes.shutdown()


def test_results_come_in_the_order_of_the_work(cluster: Cluster) -> None:
    loop, place = cluster
    assert loop.run_until_complete(place.width()) == 2
    found = loop.run_until_complete(place.map(slow_work.square, [(n,) for n in range(20)]))
    assert found == [Done(n * n) for n in range(20)]


def test_work_runs_elsewhere_and_signals_stay_ours(cluster: Cluster) -> None:
    loop, place = cluster
    (found,) = loop.run_until_complete(place.map(slow_work.pid_of, [(0,)]))
    assert isinstance(found, Done)
    assert found.value != os.getpid()
    assert signal.getsignal(signal.SIGTERM) == BEFORE[0]


def test_a_worker_that_dies_loses_its_own_work_alone(cluster: Cluster, tmp_path: Path) -> None:
    loop, place = cluster
    found = loop.run_until_complete(place.map(slow_work.dying, [(n,) for n in range(4)]))
    assert [one for one in found if isinstance(one, Done)] == [Done(0), Done(1), Done(3)]
    assert isinstance(found[2], Lost)
    again = [(str(tmp_path / "mark"), n) for n in range(3)]
    assert loop.run_until_complete(place.map(slow_work.dying_once, again)) == [
        Done(0),
        Done(1),
        Done(2),
    ]


def test_work_that_raises_is_lost_in_its_own_words(cluster: Cluster) -> None:
    loop, place = cluster
    found = loop.run_until_complete(place.map(slow_work.raising, [(2,), (3,)]))
    assert found == [Lost("ValueError: no 2"), Done(3)]


def test_work_that_hangs_is_ended_and_its_place_is_free_again(cluster: Cluster) -> None:
    loop, place = cluster
    place.retries, before = 0, place.retries
    place._patience_s, patience = 0.5, place._patience_s
    found = loop.run_until_complete(place.map(slow_work.hanging, [(2,), (2,)]))
    place.retries, place._patience_s = before, patience
    assert found == [Lost("it took longer than 0.5 s")] * 2
    assert loop.run_until_complete(place.map(slow_work.square, [(3,), (4,)])) == [Done(9), Done(16)]
