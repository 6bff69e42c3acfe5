"""Going back to a snapshot leaves what was then; dropping one leaves what is now."""

from __future__ import annotations

import pytest
from chain_under_test import account
from hypothesis import given, settings
from hypothesis import strategies as st

from taokit.local_chain import ManualClock, NodeChain, NodeConfig, open_chain
from taokit.local_chain.errors import SnapshotError, UnknownBlock
from taokit.local_chain.node import snapshots
from taokit.local_chain.state.history import History

KEYS = st.sampled_from([b"a", b"aa", b"ab", b"b", b"ba", b"c"])
BLOCK = st.dictionaries(KEYS, st.none() | st.binary(max_size=3), max_size=4)
BOB = account("//Bob")


def flat(blocks: list[dict[bytes, bytes | None]]) -> History:
    history = History()
    for block in blocks:
        history.commit(block)
    return history


def readings(history: History, height: int) -> list[object]:
    return [
        (
            {key: history.get(key, at) for key in (b"a", b"aa", b"ab", b"b", b"ba", b"c")},
            list(history.keys(b"", at)),
            list(history.keys(b"a", at, b"aa")),
        )
        for at in [*range(height + 1), None]
    ]


@settings(deadline=None)
@given(st.lists(st.lists(BLOCK, max_size=4), min_size=1, max_size=5))
def test_layers_read_as_one_history(layers: list[list[dict[bytes, bytes | None]]]) -> None:
    history = History()
    for blocks in layers:
        history = History(history)
        for block in blocks:
            history.commit(block)
    whole = flat([block for blocks in layers for block in blocks])
    assert history.height == whole.height
    assert readings(history, whole.height) == readings(whole, whole.height)


@settings(deadline=None)
@given(st.lists(BLOCK, max_size=6), st.lists(BLOCK, max_size=6), st.lists(BLOCK, max_size=3))
def test_a_layer_that_is_absorbed_reads_as_before(
    below: list[dict[bytes, bytes | None]],
    above: list[dict[bytes, bytes | None]],
    after: list[dict[bytes, bytes | None]],
) -> None:
    history = flat(below)
    layer = History(history)
    for block in above:
        layer.commit(block)
    history.absorb(layer)
    for block in after:
        history.commit(block)
    whole = flat([*below, *above, *after])
    assert readings(history, whole.height) == readings(whole, whole.height)


@pytest.fixture
def chain() -> NodeChain:
    return open_chain(NodeConfig(block_time="manual"), ManualClock())


def everything(chain: NodeChain) -> dict[bytes, bytes | None]:
    return {key: chain.storage(key) for key in chain.storage_keys(b"")}


def free(chain: NodeChain, who: bytes) -> int:
    return int(chain._runtime.balances.free(who))


def test_reverting_gives_back_state_blocks_time_and_what_comes_after(chain: NodeChain) -> None:
    chain.seal(3)
    kept = chain.snapshots.take("start")
    state, head, next_ms = everything(chain), chain.head, chain.next_timestamp_ms()
    first = chain.dev.fund(BOB, 5)
    chain.dev.travel_to(chain.next_timestamp_ms() + 3_600_000)
    chain.seal(100)
    assert chain.snapshots.revert("start") == head == kept.block
    assert everything(chain) == state
    assert chain.next_timestamp_ms() == next_ms
    assert chain.block_hash(head.number + 1) is None
    assert chain.block(first.hash) is None
    assert chain.finalized == head
    assert chain.dev.fund(BOB, 5) == first


def test_a_reverted_chain_goes_on_as_one_that_never_went_further() -> None:
    chains = [open_chain(NodeConfig(block_time="manual"), ManualClock()) for _ in range(2)]
    for chain in chains:
        chain.seal(2)
    chains[0].snapshots.take()
    chains[0].dev.fund(BOB, 10**9)
    chains[0].seal(80)
    chains[0].snapshots.revert()
    for chain in chains:
        chain.seal(70)
    assert chains[0].head == chains[1].head
    assert everything(chains[0]) == everything(chains[1])


def test_snapshots_nest_and_going_back_drops_later_ones(chain: NodeChain) -> None:
    money = free(chain, BOB)
    for name in ("one", "two", "three"):
        chain.snapshots.take(name)
        chain.dev.fund(BOB, 1)
    assert [taken.name for taken in chain.snapshots] == ["one", "two", "three"]
    chain.snapshots.revert("two")
    assert free(chain, BOB) == money + 1
    assert [taken.name for taken in chain.snapshots] == ["one", "two"]
    chain.dev.fund(BOB, 7)
    chain.snapshots.revert("two", keep=False)
    assert free(chain, BOB) == money + 1
    chain.snapshots.revert()
    assert free(chain, BOB) == money


@pytest.mark.parametrize("name", ["one", "two", "three"])
def test_dropping_a_snapshot_leaves_the_chain_and_the_others(chain: NodeChain, name: str) -> None:
    money, heads = free(chain, BOB), {}
    for taken in ("one", "two", "three"):
        heads[taken] = (chain.snapshots.take(taken).block, free(chain, BOB))
        for _ in range(70):
            chain.seal()
        chain.dev.fund(BOB, 1)
    state, blocks = everything(chain), [chain.block_hash(n) for n in range(chain.head.number + 1)]
    early = chain.storage_keys(b"", blocks[80])
    chain.snapshots.drop(name)
    assert everything(chain) == state
    assert [chain.block_hash(n) for n in range(chain.head.number + 1)] == blocks
    assert chain.storage_keys(b"", blocks[80]) == early
    assert free(chain, BOB) == money + 3
    chain.seal(3)
    for left in ("three", "two", "one"):
        if left != name:
            assert (chain.snapshots.revert(left), free(chain, BOB)) == heads[left]


def test_an_anchor_undoes_what_is_done_inside_and_costs_nothing_after(chain: NodeChain) -> None:
    state, history = everything(chain), chain._state.history
    for _ in range(3):
        with chain.snapshots.anchor():
            chain.dev.fund(BOB, 1)
        assert everything(chain) == state
    assert len(chain.snapshots) == 0
    assert chain._state.history is history


def test_listeners_hear_where_the_chain_went_back_to_and_what_changed(chain: NodeChain) -> None:
    heard = []
    chain.on_reverted.add(lambda head, keys: heard.append((head.header.number, set(keys))))
    chain.snapshots.take()
    chain.dev.fund(BOB, 1)
    chain.snapshots.revert()
    ((number, keys),) = heard
    assert number == 0
    assert chain._runtime.system.account.raw_key(BOB) in keys


def test_unknown_and_repeated_names_and_too_many_are_refused(
    chain: NodeChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SnapshotError, match="no snapshot"):
        chain.snapshots.revert()
    chain.snapshots.take("a")
    with pytest.raises(SnapshotError, match="already"):
        chain.snapshots.take("a")
    with pytest.raises(SnapshotError, match="'b'"):
        chain.snapshots.drop("b")
    monkeypatch.setattr(snapshots, "MAX_SNAPSHOTS", 1)
    with pytest.raises(SnapshotError, match="1 snapshots"):
        chain.snapshots.take()


@pytest.mark.parametrize("number", [0, 1, 5, 6, 80, 99, 150, 151])
def test_the_head_can_be_set_to_any_block_and_deeper_snapshots_stay(
    chain: NodeChain, number: int
) -> None:
    names = {}
    for height in (5, 80, 99):
        chain.seal(height - chain.head.number)
        names[height] = chain.snapshots.take(f"at {height}").name
    chain.seal(151 - chain.head.number)
    known = [chain.block_hash(n) for n in range(152)]
    state = {n: chain.storage_keys(b"", known[n]) for n in (number, number // 2)}
    chain.set_head(number)
    assert chain.head.number == number
    assert [chain.block_hash(n) for n in range(152)] == known[: number + 1] + [None] * (
        151 - number
    )
    assert chain.storage_keys(b"", known[number // 2]) == state[number // 2]
    assert {taken.name for taken in chain.snapshots} <= {
        name for height, name in names.items() if height <= number
    }
    assert len(chain.snapshots) >= sum(height < number for height in names)
    chain.seal(70)
    assert chain.block_hash(number) == known[number]
    if number >= 81:
        chain.snapshots.revert("at 80")
        assert chain.head.hash == known[80]
    with pytest.raises(UnknownBlock):
        chain.set_head(10_000)


def test_a_chain_set_back_goes_on_as_one_that_never_went_further(chain: NodeChain) -> None:
    chain.seal(100)
    known = [chain.block_hash(n) for n in range(101)]
    chain.set_head(30)
    chain.seal(70)
    assert [chain.block_hash(n) for n in range(101)] == known
