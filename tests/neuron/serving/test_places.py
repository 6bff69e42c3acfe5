"""Places to work in: bounded, by priority, and never lost, however waiting ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from taokit.neuron.errors import Overloaded
from taokit.neuron.serving.places import Places


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 60))  # type: ignore[arg-type]


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_more_priority_goes_first_and_among_equals_who_came_first() -> None:
    async def test() -> None:
        places, order, free = Places(1, 10), [], asyncio.Event()

        async def work(name: str, priority: float) -> None:
            async with places.place(priority):
                order.append(name)
                await free.wait()

        tasks = []
        for name, priority in (("first", 0), ("low", 1), ("a", 5), ("b", 5), ("high", 9)):
            tasks.append(asyncio.create_task(work(name, priority)))
            await settle()
        assert (places.taken, places.waiting) == (1, 4)
        free.set()
        await asyncio.gather(*tasks)
        assert order == ["first", "high", "a", "b", "low"]
        assert (places.taken, places.waiting) == (0, 0)

    run(test)


def test_when_nobody_more_can_wait_the_least_is_turned_away() -> None:
    async def test() -> None:
        places, free = Places(1, 1), asyncio.Event()

        async def work(priority: float) -> None:
            async with places.place(priority):
                await free.wait()

        first = asyncio.create_task(work(0))
        await settle()
        waiter = asyncio.create_task(work(5))
        await settle()
        with pytest.raises(Overloaded):
            await work(5)  # no more than who waits already
        better = asyncio.create_task(work(6))
        with pytest.raises(Overloaded):
            await waiter
        free.set()
        await asyncio.gather(first, better)

    run(test)


@pytest.mark.parametrize("leave_first", [False, True])
def test_whoever_stops_waiting_takes_no_place_along(leave_first: bool) -> None:
    async def test() -> None:
        places = Places(1, 5)
        async with places.place(0):
            gone = asyncio.create_task(places.place(1).__aenter__())
            await settle()
            if not leave_first:
                gone.cancel()
                await settle()
        if leave_first:  # the place has come, and the waiter is cancelled before it could run
            gone.cancel()
            await settle()
        assert gone.cancelled()
        assert (places.taken, places.waiting) == (0, 0)
        async with places.place(0):
            assert places.taken == 1

    run(test)


def test_a_place_is_free_again_after_an_error() -> None:
    async def test() -> None:
        places = Places(1, 0)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                async with places.place(0):
                    raise ZeroDivisionError
        assert places.taken == 0

    run(test)
