"""The history keeps every block's state; the overlay undoes and seals exactly what was written."""

from __future__ import annotations

import pytest
from chain_under_test import Chain
from hypothesis import given, settings
from hypothesis import strategies as st

from taokit.local_chain.state.history import History
from taokit.local_chain.state.overlay import Overlay

KEYS = st.sampled_from([b"a", b"aa", b"ab", b"b", b"ba", b"c"])
BLOCK = st.dictionaries(KEYS, st.none() | st.binary(max_size=3), max_size=4)


def model(blocks: list[dict[bytes, bytes | None]]) -> dict[bytes, bytes]:
    state: dict[bytes, bytes] = {}
    for block in blocks:
        for key, value in block.items():
            if value is None:
                state.pop(key, None)
            else:
                state[key] = value
    return state


@settings(deadline=None)
@given(st.lists(BLOCK, max_size=8))
def test_every_block_reads_as_it_was_sealed(blocks: list[dict[bytes, bytes | None]]) -> None:
    history = History()
    for block in blocks:
        history.commit(block)
    for number in range(len(blocks)):
        expected = model(blocks[: number + 1])
        assert {k: history.get(k, number) for k in expected} == expected
        assert list(history.keys(b"", number)) == sorted(expected)
        assert list(history.keys(b"a", number)) == sorted(k for k in expected if k[:1] == b"a")


@settings(deadline=None)
@given(st.lists(BLOCK, min_size=1, max_size=8), st.data())
def test_reverting_leaves_what_the_kept_blocks_wrote(
    blocks: list[dict[bytes, bytes | None]], data: st.DataObject
) -> None:
    history = History()
    for block in blocks:
        history.commit(block)
    kept = data.draw(st.integers(-1, len(blocks) - 1))
    history.revert_to(kept)
    expected = model(blocks[: kept + 1])
    assert history.height == kept
    assert {k: history.get(k) for k in expected} == expected
    assert list(history.keys()) == sorted(expected)
    history.commit({b"z": b"1"})
    assert history.get(b"z", kept + 1) == b"1"


@settings(deadline=None)
@given(st.lists(BLOCK, max_size=8))
def test_what_a_block_changed_is_found_after_it_is_forgotten(
    blocks: list[dict[bytes, bytes | None]],
) -> None:
    history = History()
    changed = [history.commit(block) for block in blocks]
    history._recent.clear()
    for number, block in enumerate(blocks):
        before = model(blocks[:number])
        differing = {key: value for key, value in block.items() if before.get(key) != value}
        assert changed[number] == history.changes(number) == differing


@settings(deadline=None)
@given(st.lists(BLOCK, min_size=1, max_size=8), st.data())
def test_reverting_does_not_need_the_changes_of_late_blocks(
    blocks: list[dict[bytes, bytes | None]], data: st.DataObject
) -> None:
    history = History()
    for block in blocks:
        history.commit(block)
    history._recent.clear()
    kept = data.draw(st.integers(-1, len(blocks) - 1))
    history.revert_to(kept)
    for number in range(kept + 1):
        expected = model(blocks[: number + 1])
        assert {k: history.get(k, number) for k in expected} == expected
        assert list(history.keys(b"", number)) == sorted(expected)
    assert list(history.keys()) == sorted(model(blocks[: kept + 1]))


VALUES = st.none() | st.binary(max_size=3) | st.sampled_from([b"x" * 128, b"y" * 300, b"z" * 300])


@settings(deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=20))
def test_values_of_any_length_are_kept(values: list[bytes | None]) -> None:
    history = History()
    for value in values:
        history.commit({b"k": value})
    assert [history.get(b"k", number) for number in range(len(values))] == values


RINGS = st.lists(
    st.tuples(st.integers(0, 80), st.binary(max_size=33)) | st.none(), min_size=1, max_size=80
)


@settings(deadline=None)
@given(RINGS, st.data())
def test_long_values_that_change_a_little_are_kept_whole(
    edits: list[tuple[int, bytes] | None], data: st.DataObject
) -> None:
    history, value, values = History(), bytes(2_600), []
    for number, edit in enumerate(edits):
        if edit is None:
            values.append(None)
        else:
            place, put = edit
            value = value[: 32 * place] + put + value[32 * place + 32 :] + bytes(number % 2)
            values.append(value)
        history.commit({b"k": values[-1]})
    assert [history.get(b"k", number) for number in range(len(values))] == values
    kept = data.draw(st.integers(0, len(values) - 1))
    history.revert_to(kept)
    history.commit({b"k": b"new" * 200})
    assert [history.get(b"k", number) for number in range(kept + 1)] == values[: kept + 1]


def test_reverting_above_the_head_is_refused() -> None:
    with pytest.raises(ValueError, match="the head is -1"):
        History().revert_to(3)


def test_pages_of_keys_go_on_after_the_last_one_exclusively() -> None:
    history = History()
    history.commit({bytes([n]): b"x" for n in range(10)})
    overlay = Overlay(history)
    first = overlay.raw_keys(b"", None, 4, 0)
    second = overlay.raw_keys(b"", first[-1], 4, 0)
    assert first + second == [bytes([n]) for n in range(8)]


def test_a_rolled_back_transaction_leaves_no_trace() -> None:
    overlay = Overlay(History())
    overlay.raw_put(b"k", b"1")
    with pytest.raises(KeyError), overlay.transaction():
        overlay.raw_put(b"k", b"2")
        overlay.raw_put(b"other", b"3")
        raise KeyError
    assert overlay.get_raw(b"k") == b"1"
    assert overlay.commit_block() == {b"k": b"1"}


def test_nested_transactions_keep_the_inner_ones_that_ended_well() -> None:
    overlay = Overlay(History())
    with overlay.transaction():
        overlay.raw_put(b"outer", b"1")
        with pytest.raises(KeyError), overlay.transaction():
            overlay.raw_put(b"inner", b"2")
            raise KeyError
    assert overlay.commit_block() == {b"outer": b"1"}


def test_sealing_reports_only_what_really_changed() -> None:
    overlay = Overlay(History())
    overlay.raw_put(b"same", b"1")
    overlay.commit_block()
    overlay.raw_put(b"same", b"1")
    overlay.raw_put(b"new", b"2")
    assert overlay.commit_block() == {b"new": b"2"}


def test_a_discarded_block_is_gone() -> None:
    overlay = Overlay(History())
    overlay.raw_put(b"k", b"1")
    overlay.discard_block()
    assert overlay.commit_block() == {}


def test_a_discarded_block_leaves_typed_items_as_they_were_sealed(chain: Chain) -> None:
    sub = chain.runtime.subtensor
    kept, keys = sub.tempo.get(1), sub.networks_added.keys()
    chain.begin_block()
    sub.tempo.insert(1, kept + 1)
    sub.networks_added.insert(7, True)
    sub.networks_added.remove(0)
    chain.runtime.overlay.discard_block()
    assert sub.tempo.get(1) == kept
    assert sub.networks_added.keys() == keys
    assert chain.runtime.overlay.commit_block() == {}


def test_what_a_block_does_by_itself_can_be_undone_from_its_first_mark_on(chain: Chain) -> None:
    sub = chain.runtime.subtensor
    chain.begin_block()
    sub.tempo.insert(1, 77)
    with pytest.raises(KeyError), chain.runtime.transaction():
        sub.tempo.insert(1, 78)
        sub.tempo.remove(1)
        raise KeyError
    assert sub.tempo.get(1) == 77
