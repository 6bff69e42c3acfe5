"""Buckets of tokens: a burst, then a rate, for each hotkey on its own."""

from __future__ import annotations

import pytest

from taokit.neuron.errors import RateLimited
from taokit.neuron.serving.rates import TokenBuckets


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_and_then_the_rate() -> None:
    clock = Clock()
    buckets = TokenBuckets(2.0, 3, clock=clock)
    for _ in range(3):
        buckets.take("a")
    with pytest.raises(RateLimited) as caught:
        buckets.take("a")
    assert caught.value.retry_after == pytest.approx(0.5)
    buckets.take("b")
    clock.now = 0.5
    buckets.take("a")
    with pytest.raises(RateLimited):
        buckets.take("a")
    clock.now = 1000.0
    for _ in range(3):  # never more than the burst
        buckets.take("a")
    with pytest.raises(RateLimited):
        buckets.take("a")


def test_looking_takes_nothing() -> None:
    buckets = TokenBuckets(1.0, 1, clock=Clock())
    for _ in range(10):
        buckets.look("a")
    buckets.take("a")
    with pytest.raises(RateLimited):
        buckets.look("a")


def test_only_so_many_hotkeys_are_kept() -> None:
    buckets = TokenBuckets(1.0, 1, limit=10, clock=Clock())
    for i in range(100):
        buckets.take(str(i))
    assert len(buckets._levels) == 10
    with pytest.raises(RateLimited):
        buckets.take("99")
