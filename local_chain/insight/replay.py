"""Blocks run again, on a layer over the state before them that is thrown away.

Owns how that layer is made, and whether what was run again came to what the chain has stored. What
was written into a block from outside, by development methods, is written again: it is kept with the
block.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from taokit.local_chain.errors import LocalChainError, UnknownBlock
from taokit.local_chain.fork.remote_state import remote_of
from taokit.local_chain.insight.recording import Recorder, RecordingOverlay
from taokit.local_chain.node.header import Block
from taokit.local_chain.state.history import History
from taokit.local_chain.state.overlay import Overlay

if TYPE_CHECKING:
    from taokit.local_chain.frame.call import Call, PostDispatch
    from taokit.local_chain.frame.extrinsic import Extrinsic
    from taokit.local_chain.frame.origin import Origin
    from taokit.local_chain.node.chain import NodeChain
    from taokit.local_chain.runtime import Runtime

__all__ = ["Prepare", "Replayed", "begin", "block_numbered", "layer_on", "replay", "runtime_of"]

Prepare = Callable[["Runtime"], None]
"""What is done with the throw-away runtime before the block begins."""

PRE_RUNTIME = 6
"""The kind of digest item that is there before a block is executed."""


class Replayed(NamedTuple):
    """A block run again: the runtime after it, and whether it changed what the chain has stored.

    ``faithful`` is None where that cannot be told: the block is another node's.
    """

    runtime: Runtime
    faithful: bool | None


def runtime_of(chain: NodeChain) -> Runtime:
    """The chain's own runtime, over its head."""
    return cast("Runtime", chain.runtime_at())


def block_numbered(chain: NodeChain, number: int) -> Block:
    """Block `number`. Raises `UnknownBlock`."""
    hash = chain.block_hash(number) if number >= 0 else None
    if hash is None:
        raise UnknownBlock(str(number))
    return chain.require_block(hash)


def layer_on(
    chain: NodeChain, number: int, recorder: Recorder | None = None, *, trusting: bool = False
) -> Runtime:
    """A runtime over the state after block `number`, to be written on and thrown away.

    One that is `trusting` takes every signature.
    """
    runtime, history = runtime_of(chain), chain.whole[0]
    overlay = Overlay(history, number) if recorder is None else RecordingOverlay(history, recorder)
    overlay.at = number
    made = cast("Any", _tracing(type(runtime)))(overlay, runtime.chain_spec)
    made.recorder, made.trusting = recorder, trusting
    return cast("Runtime", made)


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
    runtime = layer_on(chain, number - 1, recorder, trusting=True)
    runtime.drand.replaying = True
    outside = chain.outside(number)
    ignored = outside.limits_ignored if limits_ignored is None else limits_ignored
    runtime.switches.rate_limits_ignored = ignored
    for key, value in outside.writes.items():
        runtime.overlay.raw_put(key, value)
    runtime.overlay.open_block()
    if prepare is not None:
        prepare(runtime)
    header = block.header
    logs = [log for log in header.logs if log[0] == PRE_RUNTIME]
    runtime.initialize_block(number, header.parent_hash, logs)
    return runtime


def replay(chain: NodeChain, number: int, prepare: Prepare | None = None) -> Replayed:
    """Run block `number` again, from its beginning to its end."""
    history = chain.whole[0]
    ours = _is_ours(history, number)
    ignored = chain.outside(number).limits_ignored
    for limits_ignored in (ignored, not ignored):  # of blocks kept long ago nobody knows
        runtime = begin(chain, number, None, prepare, limits_ignored=limits_ignored)
        for extrinsic in block_numbered(chain, number).extrinsics:
            runtime.apply_extrinsic(extrinsic)
        runtime.finalize_block()
        if not ours:
            return Replayed(runtime, None)
        if _same(runtime.overlay, number):
            return Replayed(runtime, True)
    return Replayed(runtime, False)


def _is_ours(history: History, number: int) -> bool:
    """Whether this chain has made the block, so that what it changed is known."""
    remote = remote_of(history)
    return remote is None or number > remote.height


def _same(overlay: Overlay, number: int) -> bool:
    return overlay.take_changes() == dict(overlay.history.changes(number))


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
