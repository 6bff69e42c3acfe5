"""Declaring a pallet is enough: storage, calls, events, errors, APIs and metadata follow."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taokit.chain_client.metadata import Metadata
from taokit.chain_client.scale import AccountId, Vec, u16, u32, u64
from taokit.chain_client.storage_keys import Blake2_128Concat, Identity, Twox64Concat
from taokit.local_chain.chain_spec import localnet
from taokit.local_chain.frame.call import Call, RuntimeCallCodec, call
from taokit.local_chain.frame.errors import DispatchError, Errors, error
from taokit.local_chain.frame.event import Events, event
from taokit.local_chain.frame.metadata import metadata_of
from taokit.local_chain.frame.origin import Origin, ensure_signed
from taokit.local_chain.frame.pallet import Constant, Pallet, runtime_api
from taokit.local_chain.frame.storage import StorageMap, StorageValue
from taokit.local_chain.frame.weight import weight
from taokit.local_chain.runtime import Runtime


class Notes(Pallet, index=201):
    """A pallet that only this test knows."""

    limit = Constant[u16]("Limit", 3, fast=2)
    count = StorageValue[u32]("Count")
    best = StorageValue[u64]("Best", optional=True)
    notes = StorageMap[AccountId, Vec[u16]]("Notes", Blake2_128Concat)
    grid = StorageMap[tuple[u16, AccountId], u64]("Grid", Identity, Twox64Concat, default=7)

    class Event(Events):
        """What Notes reports."""

        Noted = event(0, who=AccountId, count=u32)

    class Error(Errors):
        """Why Notes refuses."""

        TooMany = error(4, "There are too many notes.")

    @call(5, weight=weight(1_000))
    def note(self, origin: Origin, value: u16) -> None:
        """Note a number."""
        who = ensure_signed(origin)
        self.notes.insert(who, [*self.notes.get(who), value])
        self.count.put(self.count.get() + 1)
        self.deposit(self.Event.Noted(who, self.count.get()))
        if len(self.notes.get(who)) > self.limit:
            raise self.Error.TooMany

    @runtime_api("NotesApi")
    def notes_of(self, who: AccountId) -> Vec[u16]:
        """The notes of an account."""
        return self.notes.get(who)


class NotesRuntime(Runtime):
    """The chain's runtime with one pallet more."""

    notes: Notes


ALICE = bytes([1] * 32)


@pytest.fixture
def runtime() -> NotesRuntime:
    made = NotesRuntime.new(localnet("fast"))
    assert isinstance(made, NotesRuntime)
    return made


def note(value: int) -> Call:
    return Call(Notes, Notes.calls[5], (value,))


def test_a_declared_call_is_decoded_and_dispatched_by_its_indices(runtime: NotesRuntime) -> None:
    found = RuntimeCallCodec.shared.decode(bytes([201, 5, 9, 0]))
    assert found == note(9)
    runtime.dispatch(found, Origin.signed(ALICE))
    assert runtime.notes.notes.get(ALICE) == [9]


def test_a_failed_call_leaves_neither_writes_nor_events(runtime: NotesRuntime) -> None:
    for value in (1, 2):
        runtime.dispatch(note(value), Origin.signed(ALICE))
    before = len(runtime.events)
    with pytest.raises(DispatchError) as caught:
        runtime.dispatch(note(3), Origin.signed(ALICE))
    assert caught.value.name == "TooMany"
    assert caught.value.encode() == bytes([3, 201, 4, 0, 0, 0])
    assert runtime.notes.notes.get(ALICE) == [1, 2]
    assert runtime.notes.count.get() == 2
    assert len(runtime.events) == before


def test_a_constant_follows_the_preset() -> None:
    assert NotesRuntime.new(localnet("mainnet")).pallets[201].limit == 3  # type: ignore[attr-defined]
    assert NotesRuntime.new(localnet("fast")).pallets[201].limit == 2  # type: ignore[attr-defined]


def test_the_metadata_lists_the_pallet_and_reads_what_it_stored(runtime: NotesRuntime) -> None:
    runtime.dispatch(note(5), Origin.signed(ALICE))
    runtime.overlay.commit_block()
    metadata = Metadata.decode(metadata_of(NotesRuntime, "fast").encode(15))
    item = metadata.pallets["Notes"].storage["Notes"]
    raw = runtime.overlay.history.get(item.key(ALICE))
    assert item.decode(raw) == [5]
    assert metadata.pallets["Notes"].storage["Grid"].decode(None) == 7
    assert metadata.pallets["Notes"].calls["note"].index == 5
    assert metadata.pallets["Notes"].errors["TooMany"].docs == [" There are too many notes."]
    assert "Notes" not in metadata_of(Runtime, "fast").pallets


def test_a_runtime_api_answers_on_encoded_arguments_and_writes_nothing(
    runtime: NotesRuntime,
) -> None:
    runtime.dispatch(note(5), Origin.signed(ALICE))
    assert runtime.call("NotesApi_notes_of", ALICE) == bytes([4, 5, 0])


def test_optional_and_default_items_read_as_declared(runtime: NotesRuntime) -> None:
    assert runtime.notes.best.get() is None
    assert not runtime.notes.best.exists()
    assert runtime.notes.count.get() == 0
    assert runtime.notes.grid.get((1, ALICE)) == 7
    assert not runtime.notes.grid.contains((1, ALICE))
    runtime.notes.grid.insert((1, ALICE), 7)
    assert runtime.notes.grid.contains((1, ALICE))


def test_raw_writes_are_seen_by_the_typed_item_and_back(runtime: NotesRuntime) -> None:
    item = metadata_of(NotesRuntime, "fast").pallets["Notes"].storage["Grid"]
    key = item.key(3, ALICE)
    runtime.overlay.raw_put(key, (99).to_bytes(8, "little"))
    assert runtime.notes.grid.get((3, ALICE)) == 99
    runtime.notes.grid.insert((3, ALICE), 5)
    assert runtime.overlay.get_raw(key) == (5).to_bytes(8, "little")


def test_raw_bytes_of_another_type_are_kept_and_read_as_absent(runtime: NotesRuntime) -> None:
    item = metadata_of(NotesRuntime, "fast").pallets["Notes"].storage["Grid"]
    key = item.key(3, ALICE)
    runtime.overlay.raw_put(key, b"\x01")
    runtime.overlay.commit_block()
    assert runtime.overlay.history.get(key) == b"\x01"
    assert runtime.notes.grid.get((3, ALICE)) == 7


Steps = st.lists(
    st.tuples(
        st.sampled_from(["insert", "remove", "fail", "seal"]),
        st.integers(0, 4),
        st.integers(0, 3),
        st.integers(0, 9),
    ),
    max_size=40,
)


@settings(deadline=None)
@given(Steps)
def test_a_map_behaves_as_a_dictionary_whatever_is_undone_and_sealed(
    steps: list[tuple[str, int, int, int]],
) -> None:
    runtime = NotesRuntime.new(localnet("fast"))
    grid = runtime.pallets[201].grid  # type: ignore[attr-defined]
    expected: dict[tuple[int, bytes], int] = {}
    for kind, number, who, value in steps:
        key = (number, bytes([who] * 32))
        if kind == "insert":
            grid.insert(key, value)
            expected[key] = value
        elif kind == "remove":
            grid.remove(key)
            expected.pop(key, None)
        elif kind == "fail":
            with pytest.raises(ZeroDivisionError), runtime.transaction():
                grid.insert(key, value)
                grid.clear((number,))
                raise ZeroDivisionError
        else:
            runtime.overlay.commit_block()
        assert dict(grid.items()) == expected
        assert dict(grid.items((number,))) == {k: v for k, v in expected.items() if k[0] == number}
    raw_order = [grid.raw_key(key) for key in grid.keys()]
    assert raw_order == sorted(raw_order)


def test_a_declaration_that_hides_another_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Wrong\.count hides Count"):

        class Wrong(Notes, index=202):
            count = Constant[u16]("Count", 1)


def test_two_calls_of_one_index_are_refused() -> None:
    with pytest.raises(TypeError, match="two calls of one index"):

        class Twice(Notes, index=203):
            @call(5)
            def other(self, origin: Origin) -> None:
                """The same index as `note`."""
