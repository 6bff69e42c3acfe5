"""The pool orders, holds back, replaces, refuses and forgets as a Subtensor node's does."""

from __future__ import annotations

from contextlib import suppress

import pytest
from fake_runtime import FakeRuntime, FakeState, Valid, account, extrinsic
from hypothesis import given
from hypothesis import strategies as st

from taokit.local_chain.errors import PoolError
from taokit.local_chain.node.chain import NodeChain
from taokit.local_chain.node.clock import ManualClock
from taokit.local_chain.node.header import blake2_256
from taokit.local_chain.node.pool import Pool
from taokit.local_chain.node.pool_order import PoolLimits


class Told:
    """Statuses by transaction, as short words."""

    def __init__(self) -> None:
        self.all: list[tuple[bytes, str]] = []

    def __call__(self, hash: bytes, status) -> None:
        self.all.append((hash, status.name))

    def of(self, hash: bytes) -> list[str]:
        return [name for told, name in self.all if told == hash]


@pytest.fixture
def told() -> Told:
    return Told()


def pool_of(told: Told, **limits: int) -> Pool:
    return Pool(told, lambda: 0, PoolLimits(**limits))


def add(pool: Pool, name: str, provides: str, requires: str = "", **more: int) -> bytes:
    validity = Valid(
        [tag.encode() for tag in provides.split()],
        [tag.encode() for tag in requires.split()],
        **more,
    )
    pool.add(name.encode(), name.encode(), validity, 0)
    return name.encode()


def order(pool: Pool) -> list[str]:
    return [transaction.hash.decode() for transaction in pool.ready()]


def test_best_is_by_priority_then_expiry_then_arrival(told):
    pool = pool_of(told)
    add(pool, "late", "a", priority=5)
    add(pool, "later", "b", priority=5)
    add(pool, "expiring", "c", priority=5, longevity=64)
    add(pool, "rich", "d", priority=6)
    assert order(pool) == ["rich", "expiring", "late", "later"]


def test_what_requires_another_comes_after_it_whatever_its_priority(told):
    pool = pool_of(told)
    add(pool, "first", "a0", priority=1)
    add(pool, "second", "a1", "a0", priority=100)
    add(pool, "other", "b0", priority=50)
    assert order(pool) == ["other", "first", "second"]


def test_future_becomes_ready_once_the_gap_is_filled(told):
    pool = pool_of(told)
    third = add(pool, "third", "a2", "a1")
    second = add(pool, "second", "a1", "a0")
    assert (order(pool), pool.future_count) == ([], 2)
    add(pool, "first", "a0")
    assert order(pool) == ["first", "second", "third"]
    assert told.of(third) == told.of(second) == ["future", "ready"]


def test_a_block_that_provides_a_tag_readies_what_waited_for_it(told):
    pool = pool_of(told)
    add(pool, "first", "a0")
    add(pool, "second", "a1", "a0")
    pool.prune([b"first"])
    assert order(pool) == ["second"]
    waiting = add(pool, "fourth", "a3", "a2")
    add(pool, "third", "a2", "a1")
    pool.prune([b"second", b"third"])
    assert order(pool) == ["fourth"]
    assert told.of(waiting) == ["future", "ready"]


def test_a_better_one_usurps_and_its_dependents_stay(told):
    pool = pool_of(told)
    old = add(pool, "old", "a0", priority=1)
    add(pool, "next", "a1", "a0")
    add(pool, "new", "a0", priority=2)
    assert told.of(old) == ["ready", "usurped"]
    assert order(pool) == ["new", "next"]


@pytest.mark.parametrize("priority", [4, 5])
def test_one_that_is_not_better_is_refused_with_both_priorities(told, priority):
    pool = pool_of(told)
    add(pool, "old", "a0", priority=5)
    with pytest.raises(PoolError) as refused:
        add(pool, "new", "a0", priority=priority)
    error = refused.value
    assert (error.rpc_code, error.message) == (1014, f"Priority is too low: (5 vs {priority})")
    assert error.rpc_data == (
        "The transaction has too low priority to replace another transaction already in the pool."
    )
    assert order(pool) == ["old"]


def test_of_two_waiting_with_one_nonce_the_better_wins_when_the_gap_closes(told):
    pool = pool_of(told)
    poor = add(pool, "poor", "a1", "a0", priority=1)
    rich = add(pool, "rich", "a1", "a0", priority=2)
    add(pool, "first", "a0")
    assert order(pool) == ["first", "rich"]
    assert told.of(poor)[-1] in ("invalid", "usurped")
    assert told.of(rich) == ["future", "ready"]


def test_invalid_takes_its_dependents_along_and_bans_them(told):
    pool = pool_of(told)
    first = add(pool, "first", "a0")
    second = add(pool, "second", "a1", "a0")
    other = add(pool, "other", "b0")
    assert pool.remove_invalid([first]) == [first, second]
    assert told.of(second) == ["ready", "invalid"]
    assert order(pool) == ["other"]
    for hash in (first, second):
        with pytest.raises(PoolError) as refused:
            pool.check_unknown(hash)
        assert refused.value.rpc_code == 1012
    with pytest.raises(PoolError) as refused:
        pool.check_unknown(other)
    assert refused.value.rpc_code == 1013


def test_bans_end(told):
    now = [0]
    pool = Pool(told, lambda: now[0], PoolLimits(ban_ms=1000))
    pool.ban([b"x"])
    now[0] = 999
    with pytest.raises(PoolError):
        pool.check_unknown(b"x")
    now[0] = 1000
    pool.check_unknown(b"x")


def test_the_worst_is_dropped_when_the_pool_is_full(told):
    pool = pool_of(told, ready_count=2)
    add(pool, "a", "a0", priority=3)
    cheap = add(pool, "b", "b0", priority=1)
    add(pool, "c", "c0", priority=2)
    assert told.of(cheap) == ["ready", "dropped"]
    assert order(pool) == ["a", "c"]
    with pytest.raises(PoolError) as refused:
        add(pool, "d", "d0", priority=1)
    assert (refused.value.rpc_code, refused.value.message) == (1016, "Immediately Dropped")
    assert order(pool) == ["a", "c"]


def test_the_pool_is_limited_in_bytes_too(told):
    pool = pool_of(told, ready_bytes=10)
    add(pool, "x" * 6, "a0", priority=1)
    add(pool, "y" * 6, "b0", priority=2)
    assert order(pool) == ["y" * 6]


def test_the_oldest_future_is_dropped_when_too_many_wait(told):
    pool = pool_of(told, future_count=1)
    old = add(pool, "old", "a5", "a4")
    add(pool, "new", "b5", "b4")
    assert told.of(old) == ["future", "dropped"]
    assert pool.future_count == 1


def test_without_tags_or_with_a_cycle_it_is_refused(told):
    pool = pool_of(told)
    with pytest.raises(PoolError) as refused:
        add(pool, "untagged", "")
    assert refused.value.rpc_code == 1019
    with pytest.raises(PoolError) as refused:
        add(pool, "circle", "a0", "a0")
    assert refused.value.rpc_code == 1015


def test_an_era_that_ends_ends_the_transaction(told):
    pool = pool_of(told)
    short = add(pool, "short", "a0", longevity=3)
    long = add(pool, "long", "b0", longevity=30)
    for head in (1, 2):
        pool.expire(head)
    assert told.of(short) == ["ready"]
    pool.expire(3)
    assert told.of(short) == ["ready", "invalid"]
    assert told.of(long) == ["ready"]


def test_bookkeeping_does_not_grow_with_what_passed_through(told):
    pool = pool_of(told)
    for number in range(5000):
        hash = add(pool, f"{number}", f"a{number}", longevity=10_000)
        pool.prune([hash])
    assert len(pool._expiry) < 2100
    assert not pool._provider
    assert not pool._dependents
    assert not pool._waiting
    assert pool._ready.bytes == 0


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(1, 4)), max_size=40))
def test_ready_is_always_a_gapless_run_of_each_senders_nonces(arrivals):
    pool = pool_of(Told())
    for number, (nonce, priority) in enumerate(arrivals):
        requires = f"a{nonce - 1}" if nonce else ""
        with suppress(PoolError):  # not better than the one it would replace
            add(pool, f"{number}", f"a{nonce}", requires, priority=priority)
    provided = [transaction.provides[0].decode() for transaction in pool.ready()]
    assert provided == [f"a{nonce}" for nonce in range(len(provided))]
    seen = {nonce for nonce, _ in arrivals}
    run = next(nonce for nonce in range(9) if nonce not in seen)
    assert len(provided) == run


# -- through the chain: what the runtime says of transactions --------------------------------


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def chain(clock) -> NodeChain:
    state = FakeState()
    return NodeChain(FakeRuntime(state), state, slot_duration_ms=250, clock=clock)


def refusal(chain: NodeChain, encoded: bytes) -> PoolError:
    with pytest.raises(PoolError) as refused:
        chain.submit(encoded)
    return refused.value


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("Call", "Transaction call is not expected"),
        ("Payment", "Inability to pay some fees (e.g. account balance too low)"),
        ("Future", "Transaction will be valid in the future"),
        ("Stale", "Transaction is outdated"),
        ("BadProof", "Transaction has a bad signature"),
        ("AncientBirthBlock", "Transaction has an ancient birth block"),
        ("ExhaustsResources", "Transaction would exhaust the block limits"),
        ("BadMandatory", "A call was labelled as mandatory, but resulted in an Error."),
        (
            "MandatoryValidation",
            "Transaction dispatch is mandatory; transactions must not be validated.",
        ),
        ("BadSigner", "Invalid signing address"),
    ],
)
def test_every_invalidity_has_the_nodes_words(chain, monkeypatch, kind, data):
    from fake_runtime import Invalid

    monkeypatch.setattr(FakeRuntime, "validate", lambda *_: Invalid(kind))
    error = refusal(chain, extrinsic("A", 0))
    assert (error.rpc_code, error.message, error.rpc_data) == (1010, "Invalid Transaction", data)


def test_custom_codes_are_told_by_number(chain):
    error = refusal(chain, extrinsic("A", 0, kind=8))
    assert (error.rpc_code, error.rpc_data) == (1010, "Custom error: 8")


def test_unknown_validity_is_1011(chain, monkeypatch):
    from fake_runtime import Invalid

    monkeypatch.setattr(FakeRuntime, "validate", lambda *_: Invalid("NoUnsignedValidator"))
    error = refusal(chain, extrinsic("A", 0))
    assert (error.rpc_code, error.message) == (1011, "Unknown Transaction Validity")


@pytest.mark.parametrize(
    "encoded",
    [b"", b"\x28", b"\x28short", extrinsic("A", 0) + b"!", b"\x03\xff\xff\xff\xff", b"\x02\x00"],
)
def test_bytes_without_a_true_length_prefix_are_1001(chain, encoded):
    error = refusal(chain, encoded)
    assert error.rpc_code == 1001
    assert error.message.startswith("Extrinsic has invalid format: ")


def test_what_the_runtime_cannot_decode_is_1002(chain):
    error = refusal(chain, b"\x0cabc")
    assert error.rpc_code == 1002
    assert error.message == "Verification Error: an extrinsic has 10 bytes"


def test_refused_once_it_is_banned_until_time_has_passed(chain, clock):
    bad = extrinsic("Z", 0)
    assert refusal(chain, bad).rpc_code == 1010
    assert refusal(chain, bad).rpc_code == 1012
    clock.advance(30 * 60 * 1000)
    assert refusal(chain, bad).rpc_code == 1010


def test_known_and_included_ones_are_not_taken_again(chain):
    encoded = extrinsic("A", 0)
    hash = chain.submit(encoded)
    assert hash == blake2_256(encoded)
    again = refusal(chain, encoded)
    assert (again.rpc_code, again.rpc_data) == (1013, "0x" + hash.hex())
    chain.seal()
    assert refusal(chain, encoded).rpc_code == 1012
    assert refusal(chain, extrinsic("A", 0, salt=9)).rpc_data == "Transaction is outdated"


def test_the_next_index_counts_the_pools_ready_ones_only(chain):
    assert chain.next_index(account("A")) == 0
    chain.submit(extrinsic("A", 0))
    chain.submit(extrinsic("A", 1))
    chain.submit(extrinsic("A", 3))
    assert chain.next_index(account("A")) == 2
    assert chain.next_index(account("B")) == 0
    chain.seal()
    assert chain.next_index(account("A")) == 2
    chain.submit(extrinsic("A", 2))
    assert chain.next_index(account("A")) == 4


def test_storage_set_from_outside_revalidates_the_pool(chain):
    poor = chain.watch(extrinsic("A", 0))
    early = chain.watch(extrinsic("B", 2))
    chain.dev.set_storage({b"bal:A": b"\x00"})
    chain.dev.set_storage({b"nonce:B": (2).to_bytes(8, "little")})
    assert [s.name for s in poor.history] == ["ready", "invalid"]
    assert [s.name for s in early.history] == ["future", "ready"]
    chain.seal()
    assert early.done
