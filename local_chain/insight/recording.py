"""What a runtime reads, writes and dispatches, while somebody looks.

Owns the recording, on an overlay of its own: a runtime that nobody looks at reads and writes as
ever. Does not own what the bytes mean (`insight.typed`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from taokit.local_chain.frame.errors import DispatchError
from taokit.local_chain.frame.storage import StorageMap
from taokit.local_chain.state.history import History
from taokit.local_chain.state.overlay import Cell, Overlay

if TYPE_CHECKING:
    from taokit.local_chain.frame.call import Call, PostDispatch
    from taokit.local_chain.frame.event import EventValue
    from taokit.local_chain.frame.origin import Origin

__all__ = ["Frame", "Recorder", "RecordingOverlay"]

Raw = bytes | None


class _Running(Protocol):
    events: list[EventValue]


@dataclass
class Frame:
    """One call while it ran; the outermost has no call, and is the extrinsic as a whole.

    ``reads`` are the values as they were first seen, ``writes`` what a key held before the call
    and after it. Both are without those of the calls inside.
    """

    call: Call | None
    origin: Origin | None
    inner: list[Frame] = field(default_factory=list)
    reads: dict[bytes, Raw] = field(default_factory=dict)
    listed: set[bytes] = field(default_factory=set)
    """Raw prefixes of which all keys were asked for."""
    writes: dict[bytes, tuple[Raw, Raw]] = field(default_factory=dict)
    events: list[EventValue] = field(default_factory=list)
    """With those of the calls inside; none if it failed."""
    error: DispatchError | None = None
    post: PostDispatch | None = None


class Recorder:
    """Notes what happens between the beginning and the end of `watching`."""

    def __init__(self) -> None:
        self._open: list[Frame] = []
        self.first: dict[bytes, Raw] = {}
        """What each key held before it was first written."""
        self._paused = False

    @property
    def recording(self) -> bool:
        """Whether somebody looks now."""
        return bool(self._open)

    @contextmanager
    def watching(self, runtime: _Running) -> Iterator[Frame]:
        """Record an extrinsic as a whole."""
        with self.inside(None, None, runtime) as frame:
            yield frame

    @contextmanager
    def inside(self, call: Call | None, origin: Origin | None, runtime: Any) -> Iterator[Frame]:
        """Record one call, in the one that it is in."""
        frame = Frame(call, origin)
        if self._open:
            self._open[-1].inner.append(frame)
        self._open.append(frame)
        begun = len(runtime.events)
        try:
            yield frame
            frame.events = runtime.events[begun:]
        except DispatchError as failed:
            frame.error = failed
            raise
        finally:
            self._open.pop()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Note nothing inside: it is not the runtime that reads."""
        before, self._paused = self._paused, True
        try:
            yield
        finally:
            self._paused = before

    def wrote(self, key: bytes, before: Raw, after: Raw) -> None:
        """Note a write."""
        self.first.setdefault(key, before)
        writes = self._open[-1].writes
        known = writes.get(key)
        writes[key] = (before if known is None else known[0], after)

    @property
    def frame(self) -> Frame | None:
        """Where to note something; None where nothing is noted."""
        return self._open[-1] if self._open and not self._paused else None


class RecordingOverlay(Overlay):
    """An overlay that tells a recorder what passes through it."""

    def __init__(self, history: History, recorder: Recorder) -> None:
        super().__init__(history)
        self.recorder = recorder

    def attach(self, cell: Cell) -> None:
        super().attach(cell)
        if isinstance(cell, StorageMap):
            _watch(cell, self.recorder)

    def raw_put(self, key: bytes, value: bytes | None) -> None:
        frame = self.recorder.frame
        if frame is None:
            super().raw_put(key, value)
            return
        with self.recorder.paused():
            before = self.get_raw(key)
            super().raw_put(key, value)
        self.recorder.wrote(key, before, value)

    def get_raw(self, key: bytes) -> bytes | None:
        with self.recorder.paused():
            value = super().get_raw(key)
        frame = self.recorder.frame
        if frame is not None and key not in frame.writes:
            frame.reads.setdefault(key, value)
        return value

    def rollback(self, mark: int) -> None:
        with self.recorder.paused():
            super().rollback(mark)


def _watch(item: StorageMap[Any, Any], recorder: Recorder) -> None:
    """Put a note-taker before every way to read or write one item of one runtime."""
    get, contains, insert, erase = item.get, item.contains, item.insert, item._erase
    keys, batch = item.keys, item.batch
    encode, raw_key = item._codec.encode, item.raw_key

    def held(key: Any) -> Raw:
        with recorder.paused():
            return encode(item._values[key]) if contains(key) else None

    def note_read(key: Any) -> None:
        frame = recorder.frame
        if frame is not None:
            raw = raw_key(key)
            if raw not in frame.reads and raw not in frame.writes:
                frame.reads[raw] = held(key)

    def recorded_get(key: Any = ()) -> Any:
        note_read(key)
        return get(key)

    def recorded_contains(key: Any) -> bool:
        note_read(key)
        return contains(key)

    def recorded_insert(key: Any, value: Any) -> None:
        frame = recorder.frame
        before = held(key) if frame is not None else None
        insert(key, value)
        if frame is not None:
            recorder.wrote(raw_key(key), before, encode(value))

    def recorded_erase(key: Any) -> None:
        frame = recorder.frame
        before = held(key) if frame is not None else None
        erase(key)
        if frame is not None:
            recorder.wrote(raw_key(key), before, None)

    def recorded_keys(first: tuple[Any, ...] = ()) -> list[Any]:
        frame = recorder.frame
        if frame is not None:
            frame.listed.add(item._hashed(first))
        with recorder.paused():
            return keys(first)

    def recorded_batch(after: bytes | None, size: int) -> list[Any]:
        frame = recorder.frame
        if frame is not None:
            frame.listed.add(item.prefix)
        with recorder.paused():
            return batch(after, size)

    watched: dict[str, Any] = {
        "get": recorded_get,
        "contains": recorded_contains,
        "insert": recorded_insert,
        "_erase": recorded_erase,
        "keys": recorded_keys,
        "batch": recorded_batch,
    }
    for name, function in watched.items():
        setattr(item, name, function)
