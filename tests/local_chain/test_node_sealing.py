"""Blocks are made when the mode says so: on transactions, at intervals, both, or on demand."""

from __future__ import annotations

import asyncio

import pytest
from fake_runtime import FakeRuntime, FakeState, extrinsic
from hypothesis import given
from hypothesis import strategies as st

from taokit.local_chain.errors import ClockError, InvalidNodeConfig
from taokit.local_chain.node.chain import NodeChain
from taokit.local_chain.node.clock import ManualClock, RealClock
from taokit.local_chain.node.sealing import Sealer, SealingMode
from taokit.local_chain.node_config import NodeConfig


@pytest.mark.parametrize(
    ("text", "instant", "interval_ms"),
    [
        ("250ms", False, 250),
        ("12s", False, 12_000),
        ("0.5s", False, 500),
        ("2m", False, 120_000),
        ("instant", True, None),
        ("manual", False, None),
        ("instant+12s", True, 12_000),
        (" Instant+250MS ", True, 250),
    ],
)
def test_block_times_that_can_be_read(text, instant, interval_ms):
    assert SealingMode.parse(text) == SealingMode(instant, interval_ms)


@pytest.mark.parametrize(
    "text",
    ["", "12", "-1s", "0s", "12h", "instant+", "instant+manual", "12s+instant", "1s+2s", "+"],
)
def test_other_block_times_are_refused_with_the_ones_that_work(text):
    with pytest.raises(InvalidNodeConfig) as refused:
        SealingMode.parse(text)
    assert refused.value.setting == "block_time"
    assert "instant+12s" in (refused.value.hint or "")


@given(st.booleans(), st.none() | st.integers(1, 10**7))
def test_a_mode_reads_back_from_its_text(instant, interval_ms):
    mode = SealingMode(instant, interval_ms)
    assert SealingMode.parse(str(mode)) == mode


def start(mode: str) -> tuple[NodeChain, ManualClock, Sealer]:
    state = FakeState()
    clock = ManualClock(1_700_000_000_000)
    chain = NodeChain(FakeRuntime(state), state, slot_duration_ms=250, clock=clock)
    sealer = Sealer(chain, SealingMode.parse(mode))
    sealer.start()
    return chain, clock, sealer


def test_an_interval_makes_a_block_each_time_it_passes():
    chain, clock, sealer = start("12s")
    clock.advance(11_999)
    assert chain.head.number == 0
    clock.advance(1)
    assert chain.head.number == 1
    clock.advance(36_000)
    assert chain.head.number == 4
    sealer.stop()
    clock.advance(36_000)
    assert chain.head.number == 4


def test_interval_timestamps_follow_the_clock():
    chain, clock, _ = start("12s")
    clock.advance(24_000)
    assert chain.storage(b"now") == clock.now_ms().to_bytes(8, "little")


def test_manual_makes_none_by_itself():
    chain, clock, _ = start("manual")
    chain.submit(extrinsic("A", 0))
    clock.advance(10**7)
    assert chain.head.number == 0


def test_a_mixed_mode_counts_the_interval_from_the_last_block():
    chain, clock, _ = start("instant+12s")
    clock.advance(11_000)
    chain.submit(extrinsic("A", 0))
    assert chain.head.number == 1
    clock.advance(11_999)
    assert chain.head.number == 1
    clock.advance(1)
    assert chain.head.number == 2
    clock.advance(24_000)
    assert chain.head.number == 4


def test_without_an_event_loop_instant_seals_at_once():
    chain, _, _ = start("instant")
    watch = chain.watch(extrinsic("A", 0))
    assert [status.name for status in watch.history] == ["ready", "inBlock", "finalized"]


def test_transactions_of_one_turn_share_a_block():
    async def run() -> None:
        chain, _, _ = start("instant")
        for nonce in range(5):
            chain.submit(extrinsic("A", nonce))
        assert chain.head.number == 0
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        block = chain.block()
        assert block is not None
        assert (chain.head.number, len(block.extrinsics)) == (1, 6)
        chain.submit(extrinsic("A", 5))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert chain.head.number == 2

    asyncio.run(run())


def test_instant_goes_on_until_what_fits_is_in_and_then_rests():
    async def run() -> None:
        chain, _, _ = start("instant")
        for nonce in range(7):
            chain.submit(extrinsic("A", nonce, kind=2))
        for _ in range(20):
            await asyncio.sleep(0)
        assert (chain.head.number, chain.pool.ready_count) == (3, 0)

    asyncio.run(run())


def test_what_never_fits_does_not_make_blocks_forever(monkeypatch):
    async def run() -> None:
        chain, _, _ = start("instant")
        monkeypatch.setattr(FakeRuntime, "initialize_block", too_full)
        chain.submit(extrinsic("A", 0, kind=2))
        for _ in range(20):
            await asyncio.sleep(0)
        assert (chain.head.number, chain.pool.ready_count) == (1, 1)

    def too_full(runtime, number, parent, logs) -> None:
        runtime.heavy = 3

    asyncio.run(run())


def test_a_fault_does_not_stop_instant_sealing(caplog):
    async def run() -> None:
        chain, _, _ = start("instant")
        chain.submit(extrinsic("A", 0, kind=1, priority=9))
        good = chain.watch(extrinsic("B", 0))
        for _ in range(5):
            await asyncio.sleep(0)
        assert good.done
        assert chain.head.number == 1

    asyncio.run(run())
    assert "ArithmeticError" in caplog.text


def test_a_fault_does_not_stop_an_interval(monkeypatch, caplog):
    chain, clock, _ = start("12s")
    with monkeypatch.context() as broken:
        broken.setattr(FakeRuntime, "finalize_block", lambda self: 1 / 0)
        clock.advance(24_000)
        assert chain.head.number == 0
    clock.advance(12_000)
    assert chain.head.number == 1


def test_real_time_travels_forward_only():
    clock = RealClock()
    before = clock.now_ms()
    clock.travel_to(before + 1_000_000)
    assert 0 <= clock.now_ms() - before - 1_000_000 < 60_000
    with pytest.raises(ClockError):
        clock.travel_to(before)


def test_real_timers_run_after_their_delay():
    async def run() -> None:
        clock = RealClock()
        rang = asyncio.Event()
        clock.call_later(1, rang.set)
        clock.call_later(0, rang.set).cancel()
        await asyncio.wait_for(rang.wait(), 60)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("preset", "slow"),
        ("limits", "none"),
        ("guards", "off"),
        ("ports", (70_000,)),
        ("ports", (-1,)),
        ("finality_lag", -1),
        ("block_time", "soon"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(setting, value):
    with pytest.raises(InvalidNodeConfig) as refused:
        NodeConfig(**{setting: value})
    assert refused.value.setting == setting


def test_without_a_block_time_the_slot_is_the_interval():
    assert NodeConfig().sealing(250) == SealingMode(interval_ms=250)
    assert NodeConfig(block_time="manual").sealing(250) == SealingMode()
