"""Blocks run again, on a layer over the state before them that is thrown away.

Owns how that layer is made, and whether what was run again came to what the chain holds: for a
block of our own to what it has stored, for one of the chain that was forked to what the other node
says of each entry that it wrote. What was written into a block from outside, by development
methods, is written again: it is kept with the block, but of other nodes' blocks nobody tells it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from taokit.chain_client.storage_keys import storage_prefix
from taokit.local_chain.errors import LocalChainError, UnknownBlock
from taokit.local_chain.fork.remote_state import RemoteState, remote_of
from taokit.local_chain.insight.recording import Recorder, RecordingOverlay
from taokit.local_chain.node.header import Block, next_state_root, slot_of
from taokit.local_chain.state.overlay import Overlay
from taokit.local_chain.version import SPEC_NAME, SPEC_VERSION

if TYPE_CHECKING:
    from taokit.local_chain.frame.call import Call, PostDispatch
    from taokit.local_chain.frame.extrinsic import Extrinsic
    from taokit.local_chain.frame.origin import Origin
    from taokit.local_chain.node.chain import NodeChain
    from taokit.local_chain.runtime import Runtime

__all__ = [
    "EVENTS",
    "Prepare",
    "RawUnlike",
    "Replayed",
    "apply",
    "begin",
    "block_numbered",
    "committed",
    "enter",
    "judge",
    "layer_on",
    "limits_to_try",
    "made_by_others",
    "remote_below",
    "replay",
    "runtime_of",
    "runtime_over",
    "unlike_theirs",
]

Prepare = Callable[["Runtime"], None]
"""What is done with the throw-away runtime before the block begins."""

RawUnlike = tuple[bytes, "bytes | None", "bytes | None"]
"""A raw key, what the chain holds there, and what running again came to."""

PRE_RUNTIME = 6
"""The kind of digest item that is there before a block is executed."""

EVENTS = storage_prefix("System", "Events")


@dataclass(frozen=True)
class Replayed:
    """A block run again: the runtime after it, and whether it came to what the chain holds.

    ``unlike`` has each entry where it did not; ``notes`` say what may be the reason.
    """

    runtime: Runtime
    faithful: bool
    unlike: list[RawUnlike]
    notes: list[str]


def runtime_of(chain: NodeChain) -> Runtime:
    """The chain's own runtime, over its head."""
    return cast("Runtime", chain.runtime_at())


def block_numbered(chain: NodeChain, number: int) -> Block:
    """Block `number`. Raises `UnknownBlock`."""
    hash = chain.block_hash(number) if number >= 0 else None
    if hash is None:
        raise UnknownBlock(str(number))
    return chain.require_block(hash)


def remote_below(chain: NodeChain, number: int) -> RemoteState | None:
    """The other node's state, if block `number` is one of its blocks."""
    remote = remote_of(chain.whole[0])
    return remote if remote is not None and number <= remote.height else None


def runtime_over(
    chain: NodeChain, overlay: Overlay, recorder: Recorder | None = None, *, trusting: bool = False
) -> Runtime:
    """The chain's runtime over a state that is thrown away.

    One that is `trusting` takes every signature.
    """
    runtime = runtime_of(chain)
    made = cast("Any", _tracing(type(runtime)))(overlay, runtime.chain_spec)
    made.recorder, made.trusting = recorder, trusting
    return cast("Runtime", made)


def layer_on(
    chain: NodeChain, number: int, recorder: Recorder | None = None, *, trusting: bool = False
) -> Runtime:
    """A runtime over the state after block `number`, to be written on and thrown away."""
    history = chain.whole[0]
    overlay = Overlay(history, number) if recorder is None else RecordingOverlay(history, recorder)
    overlay.at = number
    return runtime_over(chain, overlay, recorder, trusting=trusting)


def begin(
    chain: NodeChain,
    number: int,
    recorder: Recorder | None = None,
    prepare: Prepare | None = None,
    *,
    limits_ignored: bool | None = None,
) -> Runtime:
    """A throw-away runtime inside block `number`, before its first extrinsic."""
    block = block_numbered(chain, number)
    if number == 0:
        raise LocalChainError("block 0 is not made by extrinsics", hint="ask about a later one")
    before = chain.before(number)
    runtime = layer_on(chain, before, recorder, trusting=True)
    outside = chain.outside(number)
    ignored = outside.limits_ignored if limits_ignored is None else limits_ignored
    runtime.switches.rate_limits_ignored = ignored
    for key, value in outside.writes.items():
        runtime.overlay.raw_put(key, value)
    if prepare is not None:
        prepare(runtime)
    enter(runtime, block, before)
    return runtime


def enter(runtime: Runtime, block: Block, before: int) -> None:
    """Begin a block that was made before, after those that lie between it and block `before`.

    Nothing but their own hooks happened in those.
    """
    runtime.drand.replaying = True
    runtime.overlay.open_block()
    header = block.header
    skipped = header.number - before - 1
    if skipped:
        slot_ms = runtime.aura.slot_duration_ms
        begin_ms = (slot_of(header) - skipped) * slot_ms
        numbers = range(header.number - skipped, header.number)
        runtime.pass_over(numbers, header.parent_hash, begin_ms, slot_ms)
        runtime.overlay.open_block()
    logs = [log for log in header.logs if log[0] == PRE_RUNTIME]
    runtime.initialize_block(header.number, header.parent_hash, logs)


def apply(runtime: Runtime, block: Block, extrinsics: Sequence[bytes], first: int = 0) -> list[str]:
    """Apply extrinsics of a block, from index `first` on; those that were refused, and why."""
    refused = []
    for index, extrinsic in enumerate(extrinsics, first):
        invalid = runtime.apply_extrinsic(extrinsic).invalid
        if invalid is not None:
            name = f"extrinsic {block.header.number}-{index}"
            refused.append(f"{name}, run again, was refused: {invalid.kind}")
    return refused


def replay(chain: NodeChain, number: int, prepare: Prepare | None = None) -> Replayed:
    """Run block `number` again, from its beginning to its end."""
    block = block_numbered(chain, number)
    for limits_ignored in limits_to_try(chain, number):
        runtime = begin(chain, number, None, prepare, limits_ignored=limits_ignored)
        notes = apply(runtime, block, block.extrinsics)
        runtime.finalize_block()
        found = judge(chain, runtime, number, notes)
        if found.faithful:
            break
    return found


def limits_to_try(chain: NodeChain, number: int) -> tuple[bool, ...]:
    """Whether rate limits were off in a block: of those kept long ago nobody knows."""
    ignored = chain.outside(number).limits_ignored
    return (ignored,) if remote_below(chain, number) else (ignored, not ignored)


def judge(chain: NodeChain, runtime: Runtime, number: int, notes: Sequence[str] = ()) -> Replayed:
    """Hold a block that was run again, over the state before it, to what the chain holds."""
    overlay, remote = runtime.overlay, remote_below(chain, number)
    if remote is None:
        rerun, held = overlay.take_changes(), overlay.history.changes(number)
        keys = {*rerun, *held}
        before = overlay.load
        unlike = [
            (key, held.get(key, before(key)), rerun.get(key, before(key)))
            for key in sorted(keys)
            if key not in held or key not in rerun or held[key] != rerun[key]
        ]
        return Replayed(runtime, not unlike, unlike, list(notes))
    notes = [*made_by_others(remote, number), *notes]
    remote.after(remote.blocks.before(number)).values([*overlay.unsealed(), EVENTS])
    rerun = overlay.take_changes()
    ours = remote.commits_to_changes()
    if ours and committed(chain, number, rerun):
        return Replayed(runtime, True, [], notes)
    rerun.setdefault(EVENTS, overlay.load(EVENTS))
    unlike = unlike_theirs(remote, number, rerun)
    if ours and not unlike:
        notes.append(f"something else was written into block {number} from outside")
    return Replayed(runtime, not unlike and not ours, unlike, notes)


def committed(chain: NodeChain, number: int, changes: Mapping[bytes, bytes | None]) -> bool:
    """Whether these are what the header of a block of one of our nodes commits to."""
    parent = block_numbered(chain, chain.before(number)).header
    header = block_numbered(chain, number).header
    return next_state_root(parent.state_root, changes) == header.state_root


def unlike_theirs(
    remote: RemoteState, number: int, rerun: Mapping[bytes, bytes | None]
) -> list[RawUnlike]:
    """Where the other node holds something else after a block than running it again came to."""
    theirs = remote.after(number).values(rerun)
    return [(key, theirs[key], rerun[key]) for key in sorted(rerun) if theirs[key] != rerun[key]]


def made_by_others(remote: RemoteState, first: int, last: int | None = None) -> list[str]:
    """Which of the other chain's blocks another runtime than ours has made."""
    notes = []
    for number in dict.fromkeys((first, first if last is None else last)):
        name, version = remote.runtime_at(remote.blocks.before(number))
        if (name, version) != (SPEC_NAME, SPEC_VERSION):
            ours = f"{SPEC_NAME} {SPEC_VERSION}"
            notes.append(f"block {number} was made by {name} {version}, and run again by {ours}")
    return notes


class _Tracing:
    """What a runtime does besides when it is run to be looked at."""

    recorder: Recorder | None = None
    trusting: bool = False

    def check_signature(self, extrinsic: Extrinsic) -> None:
        if not self.trusting:
            super().check_signature(extrinsic)  # type: ignore[misc]

    def dispatch(self, call: Call, origin: Origin, *, unfiltered: bool = False) -> PostDispatch:
        run = super().dispatch  # type: ignore[misc]
        recorder = self.recorder
        if recorder is None or not recorder.recording:
            return cast("PostDispatch", run(call, origin, unfiltered=unfiltered))
        with recorder.inside(call, origin, self) as frame:
            frame.post = run(call, origin, unfiltered=unfiltered)
        return cast("PostDispatch", frame.post)


@cache
def _tracing(kind: type[Runtime]) -> type[Any]:
    return type(f"Tracing{kind.__name__}", (_Tracing, kind), {})
