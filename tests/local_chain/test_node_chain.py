"""The chain facade: blocks, time, finality, statuses, history, and faults of the runtime."""

from __future__ import annotations

import pytest
from fake_runtime import FakePowers, FakeRuntime, FakeState, Invalid, account, extrinsic

from taokit.local_chain.errors import (
    BlockFailed,
    ClockError,
    LocalChainError,
    UnknownBlock,
    UnknownRuntimeApi,
)
from taokit.local_chain.node.block_builder import MAX_EXTRINSICS
from taokit.local_chain.node.chain import NodeChain
from taokit.local_chain.node.clock import ManualClock

START_MS = 1_700_000_000_000
SLOT_MS = 250


def new_chain(**options) -> NodeChain:
    state = FakeState()
    options.setdefault("clock", ManualClock(START_MS))
    return NodeChain(FakeRuntime(state), state, slot_duration_ms=SLOT_MS, **options)


@pytest.fixture
def chain() -> NodeChain:
    return new_chain()


def now(chain: NodeChain, at: bytes | None = None) -> int:
    return int.from_bytes(chain.storage(b"now", at) or b"", "little")


def names(watch) -> list[str]:
    return [status.name for status in watch.history]


def slot_of(chain: NodeChain, number: int) -> int:
    header = chain.header(chain.block_hash(number))
    assert header is not None
    (log,) = header.logs
    assert log[:6] == b"\x06aura\x20"
    return int.from_bytes(log[6:], "little")


# -- blocks and time -------------------------------------------------------------------------


def test_genesis_is_block_zero_and_can_be_read(chain):
    assert chain.head.number == chain.finalized.number == 0
    assert chain.head.hash == chain.genesis_hash == chain.block_hash(0)
    assert chain.storage(b":code") == b"fake runtime"
    header = chain.header(chain.genesis_hash)
    assert header is not None
    assert (header.parent_hash, tuple(header.logs)) == (bytes(32), ())


def test_a_block_carries_the_clocks_slot(chain):
    chain.clock.advance(10_010)
    chain.seal()
    assert now(chain) == START_MS + 10_000
    assert slot_of(chain, 1) == (START_MS + 10_000) // SLOT_MS


def test_blocks_faster_than_the_slot_run_ahead_one_slot_each(chain):
    chain.seal(5)
    times = [now(chain, chain.block_hash(number)) for number in range(1, 6)]
    assert times == [START_MS + SLOT_MS * i for i in range(5)]
    chain.clock.advance(SLOT_MS)  # still behind the chain: it does not go back
    chain.seal()
    assert now(chain) == START_MS + 5 * SLOT_MS
    chain.clock.advance(60_000)
    chain.seal()
    assert now(chain) == START_MS + 60_000 + SLOT_MS


def test_state_of_every_block_stays_readable(chain):
    chain.submit(extrinsic("A", 0, amount=100))
    chain.seal()
    first = chain.head.hash
    chain.submit(extrinsic("A", 1, amount=200))
    chain.seal()
    balances = [
        int.from_bytes(chain.storage(b"bal:A", at) or b"", "little")
        for at in (chain.genesis_hash, first, None)
    ]
    assert balances == [1000, 890, 680]
    nonce = chain.call("AccountNonceApi_account_nonce", account("A"), first)
    assert int.from_bytes(nonce, "little") == 1


def test_keys_come_in_order_and_in_pages(chain):
    keys = [b"bal:A", b"bal:B", b"bal:C"]
    assert chain.storage_keys(b"bal:") == keys
    assert chain.storage_keys_paged(b"bal:", 2) == keys[:2]
    assert chain.storage_keys_paged(b"bal:", 2, b"bal:") == keys[:2]
    assert chain.storage_keys_paged(b"bal:", 2, b"bal:B") == keys[2:]


def test_unknown_blocks_and_apis_are_named(chain):
    with pytest.raises(UnknownBlock) as unknown:
        chain.storage(b"x", b"\x01" * 32)
    assert unknown.value.block == "0x" + "01" * 32
    assert chain.block(b"\x01" * 32) is None
    assert chain.header(b"\x01" * 32) is None
    assert chain.block_hash(7) is None
    with pytest.raises(UnknownRuntimeApi) as missing:
        chain.call("No_such")
    assert missing.value.method == "No_such"


def test_bodies_hold_the_inherents_then_the_transactions_in_order(chain):
    second, first = extrinsic("A", 1, priority=9), extrinsic("A", 0)
    chain.submit(second)
    chain.submit(first)
    chain.seal()
    block = chain.block()
    assert block is not None
    assert list(block.extrinsics[1:]) == [first, second]
    assert block.extrinsics[0][1:3] == b"\x00\x05"


# -- statuses and finality -------------------------------------------------------------------


def test_a_transaction_is_ready_then_in_a_block_then_final(chain):
    told = []
    watch = chain.watch(extrinsic("A", 0), told.append)
    assert names(watch) == ["ready"]
    ref = chain.seal()[0]
    assert names(watch) == ["ready", "inBlock", "finalized"]
    assert {status.block for status in watch.history[1:]} == {ref.hash}
    assert told == watch.history
    assert watch.done


def test_finality_lags_as_told_and_skips_nothing():
    chain = new_chain(finality_lag=2)
    final = []
    chain.on_finalized.add(lambda block: final.append(block.header.number))
    watch = chain.watch(extrinsic("A", 0))
    chain.seal(2)
    assert (chain.finalized.number, names(watch)) == (0, ["ready", "inBlock"])
    chain.seal(3)
    assert chain.finalized.number == 3
    assert final == [1, 2, 3]
    assert names(watch) == ["ready", "inBlock", "finalized"]


def test_watching_a_refused_transaction_leaves_nothing_behind(chain):
    with pytest.raises(LocalChainError):
        chain.watch(extrinsic("Z", 0))
    assert not chain._watchers._watches


def test_a_cancelled_watch_hears_no_more(chain):
    watch = chain.watch(extrinsic("A", 0))
    watch.cancel()
    chain.seal()
    assert names(watch) == ["ready"]


def test_usurped_names_the_one_that_came_instead(chain):
    old = chain.watch(extrinsic("A", 0, priority=1))
    new = chain.watch(extrinsic("A", 0, priority=2))
    assert names(old) == ["ready", "usurped"]
    assert old.history[-1].by == new.hash


def test_an_expired_era_is_told_as_invalid(chain):
    chain.submit(extrinsic("B", 0))
    watch = chain.watch(extrinsic("A", 1, kind=3))
    chain.seal(2)
    assert names(watch) == ["future", "invalid"]


def test_one_that_became_unpayable_is_told_when_the_block_is_made(chain):
    watch = chain.watch(extrinsic("A", 1))
    chain.submit(extrinsic("A", 0, amount=990))
    chain.seal()
    assert names(watch) == ["future", "ready", "invalid"]
    block = chain.block()
    assert block is not None
    assert len(block.extrinsics) == 2


def test_listeners_hear_of_blocks_and_changes_and_cannot_stop_the_chain(chain, caplog):
    heard = []

    def broken(*_):
        raise RuntimeError("a broken listener")

    chain.on_new_block.add(broken)
    stop = chain.on_new_block.add(lambda block, changes: heard.append((block, changes)))
    chain.seal()
    ((block, changes),) = heard
    assert block.header.hash == chain.head.hash
    assert changes[b"number"] == (1).to_bytes(8, "little")
    assert "a broken listener" in caplog.text
    stop()
    chain.seal()
    assert len(heard) == 1


def test_statuses_raised_while_one_is_delivered_come_after_it(chain):
    order = []

    def told(status):
        order.append(("A", status.name))
        if status.name == "ready":
            chain.watch(extrinsic("A", 0, priority=2), lambda s: order.append(("B", s.name)))

    chain.watch(extrinsic("A", 0, priority=1), told)
    assert order == [("A", "ready"), ("A", "usurped"), ("B", "ready")]
    assert chain.pool.ready_count == 1


# -- what does not go in ---------------------------------------------------------------------


def test_what_does_not_fit_waits_for_the_next_block(chain):
    for nonce in range(5):
        chain.submit(extrinsic("A", nonce, kind=2))
    chain.seal()
    assert chain.pool.ready_count == 2
    chain.seal()
    assert chain.pool.ready_count == 0


def test_a_block_takes_a_bounded_number(chain):
    state = FakeState()

    class Rich(FakeRuntime):
        def validate(self, encoded, head_hash=b""):
            verdict = super().validate(encoded, head_hash)
            if not isinstance(verdict, Invalid):
                verdict.provides, verdict.requires = [encoded], []
            return verdict

        def apply_extrinsic(self, encoded):
            return super().apply_extrinsic(self.inherents(0)[0])

    chain = NodeChain(Rich(state), state, slot_duration_ms=250, clock=ManualClock())
    for number in range(MAX_EXTRINSICS + 7):
        chain.submit(extrinsic("A", 0, salt=number))
    chain.seal()
    assert chain.pool.ready_count == 7


def test_a_fault_of_the_runtime_loses_the_extrinsic_and_not_the_chain(chain):
    bad = chain.watch(extrinsic("A", 0, kind=1, priority=9))
    good = chain.watch(extrinsic("B", 0))
    before = chain.head
    with pytest.raises(BlockFailed) as failed:
        chain.seal()
    assert failed.value.extrinsic == bad.hash
    assert isinstance(failed.value.__cause__, ArithmeticError)
    assert chain.head == before
    assert names(bad) == ["ready", "invalid"]
    chain.seal()
    assert chain.head.number == 1
    assert chain.storage(b"nonce:A") is None
    assert good.done


def test_an_inherent_that_is_refused_fails_the_block(chain, monkeypatch):
    monkeypatch.setattr(FakeRuntime, "inherents", lambda self, now: [extrinsic("Z", 0)])
    with pytest.raises(BlockFailed, match="inherent"):
        chain.seal()
    assert chain.head.number == 0
    assert chain.storage(b"number") is None


# -- development -----------------------------------------------------------------------------


def test_set_storage_makes_a_block_and_leaves_history_alone(chain):
    before = chain.head
    ref = chain.dev.set_storage({b"bal:A": (5).to_bytes(8, "little"), b"bal:B": None})
    assert ref.number == before.number + 1
    assert chain.storage(b"bal:A") == (5).to_bytes(8, "little")
    assert chain.storage(b"bal:B") is None
    assert chain.storage(b"bal:B", before.hash) is not None


def test_fund_uses_the_runtimes_mint_and_says_when_there_is_none(chain):
    with pytest.raises(LocalChainError, match="lends nothing"):
        chain.dev.fund(account("A"), 1)
    state = FakeState()
    runtime = FakeRuntime(state)
    funded = NodeChain(
        runtime,
        state,
        slot_duration_ms=250,
        powers=FakePowers(runtime),
    )
    assert funded.dev.fund(account("Z"), 77).number == 1
    assert funded.storage(b"bal:Z") == (77).to_bytes(8, "little")


def test_time_travel_sets_the_next_blocks_timestamp_and_never_goes_back(chain):
    year = 365 * 24 * 3600 * 1000
    assert chain.dev.travel_to(START_MS + year) == START_MS + year
    chain.seal()
    assert now(chain) == START_MS + year
    with pytest.raises(ClockError):
        chain.dev.travel_to(START_MS + year)
    assert chain.dev.travel_to(START_MS + year + 1000) == START_MS + year + 1000
