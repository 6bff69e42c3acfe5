"""What one extrinsic did: its calls, what they read and wrote, events, weight and fee.

Owns running it again while somebody looks, and trying one that was never sent. Does not own the
recording (`insight.recording`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from taokit.chain_client.errors import DecodeError
from taokit.chain_client.scale import Era, codec
from taokit.local_chain.errors import ExecutionFailed, LocalChainError, UnknownExtrinsic
from taokit.local_chain.extensions import EXTENSIONS, CheckMortality, CheckNonce
from taokit.local_chain.fork.remote_state import remote_of
from taokit.local_chain.frame.extrinsic import MultiAddress, MultiSignature, with_length
from taokit.local_chain.insight.recording import Frame, Recorder
from taokit.local_chain.insight.replay import (
    apply,
    begin,
    block_numbered,
    judge,
    layer_on,
    limits_to_try,
    runtime_of,
)
from taokit.local_chain.insight.typed import Change, Event, Read, Reader, Unlike, hexed, reader_of
from taokit.local_chain.node.header import blake2_256, slot_digest
from taokit.local_chain.switches import MOCK_SIGNATURE
from taokit.wallet.ss58 import encode as address_of

if TYPE_CHECKING:
    from taokit.local_chain.frame.errors import Invalid
    from taokit.local_chain.node.chain import NodeChain
    from taokit.local_chain.runtime import Runtime

__all__ = ["Trace", "TracedCall", "Trial", "dry_run", "find_extrinsic", "trace"]

SIGNED_V4 = 0x84
PERIOD = 64
"""Blocks that an extrinsic may wait, unless its maker says otherwise."""


@dataclass(frozen=True)
class TracedCall:
    """One call that was dispatched. ``origin`` is an address, ``Root`` or ``None``.

    Reads and writes are the call's own, without those of ``inner``. What a failed call wrote was
    taken back. ``used`` is the weight that the call said it used, None for all of ``weight``.
    """

    pallet: str
    name: str
    args: Any
    origin: str
    error: dict[str, Any] | None
    weight: int
    used: int | None
    reads: list[Read]
    writes: list[Change]
    events: list[Event]
    inner: list[TracedCall]


@dataclass(frozen=True)
class Trial:
    """One extrinsic as it ran. ``changes`` is what was another value after it than before.

    ``invalid`` says why it was refused, and then nothing else happened. ``reads`` and ``writes``
    are what surrounds the call: nonce, fee, counters. Weights are reference time in picoseconds,
    amounts rao.
    """

    block: int
    index: int | None
    hash: str
    signer: str | None
    call: TracedCall | None
    invalid: dict[str, Any] | None
    error: dict[str, Any] | None
    fee: int
    fee_in_alpha: dict[str, int] | None
    tip: int
    weight: int
    reads: list[Read]
    writes: list[Change]
    changes: list[Change]
    events: list[Event]
    raw_changes: list[tuple[str, str | None]]
    """The same as keys and new values in hex text."""
    succeeded: bool
    """Whether it was included, and its call did not fail; one inside may have."""


@dataclass(frozen=True)
class Trace(Trial):
    """One extrinsic of a block, as it ran again.

    ``faithful`` says that the block, run again, came to what the chain holds; ``unlike`` has the
    entries where it did not, and ``notes`` what may be the reason.
    """

    faithful: bool
    unlike: list[Unlike]
    notes: list[str]


def find_extrinsic(
    chain: NodeChain, hash: bytes, newest: int = 10_000, newest_remote: int = 100
) -> tuple[int, int]:
    """Block and index of an extrinsic, looked for in the `newest` blocks.

    Of the blocks of a forked chain in `newest_remote`. Raises `UnknownExtrinsic`.
    """
    head = chain.head.number
    remote = remote_of(chain.whole[0])
    low = 0 if remote is None else max(0, min(head, remote.height) - newest_remote)
    if remote is not None:
        remote.blocks.fetch(range(low + 1, min(head, remote.height) + 1))
    number = head
    for _ in range(newest):
        for index, extrinsic in enumerate(block_numbered(chain, number).extrinsics):
            if blake2_256(extrinsic) == hash:
                return number, index
        number = chain.before(number)
        if number <= low:
            break
    told = "0x" + hash.hex()
    if remote is not None:
        told += f" above block {low}; name one of an earlier block BLOCK-INDEX"
    raise UnknownExtrinsic(told)


def trace(chain: NodeChain, number: int, index: int) -> Trace:
    """Run block `number` again until its extrinsic `index` is done, and tell what that one did.

    Raises `UnknownExtrinsic`.
    """
    block = block_numbered(chain, number) if number <= chain.head.number else None
    if block is None or not 0 <= index < len(block.extrinsics):
        raise UnknownExtrinsic(f"{number}-{index}")
    body = block.extrinsics
    for limits_ignored in limits_to_try(chain, number):
        recorder = Recorder()
        runtime = begin(chain, number, recorder, limits_ignored=limits_ignored)
        notes = apply(runtime, block, body[:index])
        told = _run(chain, runtime, recorder, body[index], number, index)
        notes += apply(runtime, block, body[index + 1 :], index + 1)
        runtime.finalize_block()
        found = judge(chain, runtime, number, notes)
        if found.faithful:
            break
    unlike = [reader_of(chain).unlike(*one) for one in found.unlike]
    of_trial = {one.name: getattr(told, one.name) for one in fields(told)}
    return Trace(**of_trial, faithful=found.faithful, unlike=unlike, notes=found.notes)


def dry_run(
    chain: NodeChain,
    extrinsic: bytes | None = None,
    *,
    call: bytes = b"",
    account: bytes = b"",
    at: int | None = None,
) -> Trial:
    """What an extrinsic would do in the block after block `at` (None: the head).

    Instead of one there may be a `call` and the `account` that would sign it: then no signature is
    asked for. Raises `UnknownBlock`, and `ExecutionFailed` for bytes that are no extrinsic or call.
    """
    header = block_numbered(chain, chain.head.number if at is None else at).header
    recorder = Recorder()
    runtime = layer_on(chain, header.number, recorder, trusting=extrinsic is None)
    runtime.switches.rate_limits_ignored = runtime_of(chain).switches.rate_limits_ignored
    moment = chain.next_timestamp_ms()
    if header.number != chain.head.number:
        moment = runtime.timestamp.now.get() + chain.slot_duration_ms
    slot = moment // chain.slot_duration_ms
    runtime.initialize_block(header.number + 1, header.hash, (slot_digest(slot),))
    for inherent in runtime.inherents(moment):
        if not runtime.apply_extrinsic(inherent).included:
            raise LocalChainError(f"no block can follow block {header.number}")
    if extrinsic is None:
        extrinsic = unsigned(runtime, account, call)
    try:
        runtime.decode(extrinsic)
    except DecodeError as wrong:
        raise ExecutionFailed(f"that is no extrinsic of this chain: {wrong.message}") from wrong
    return _run(chain, runtime, recorder, extrinsic, header.number + 1, None)


def unsigned(runtime: Runtime, account: bytes, call: bytes) -> bytes:
    """An extrinsic of the account with its next nonce, as clients make them; nobody signs it."""
    body = bytearray([SIGNED_V4])
    codec(MultiAddress).write(MultiAddress.Id(account), body)
    codec(MultiSignature).write(MultiSignature.Sr25519(MOCK_SIGNATURE), body)
    told = {
        CheckNonce.identifier: runtime.system.account.get(account).nonce,
        # As long as a client's: an era without an end is a byte, and a rao, less.
        CheckMortality.identifier: Era.mortal(PERIOD, current=runtime.system.block_number() - 1),
    }
    for extension in EXTENSIONS:
        extra = extension.extra_codec
        extra.write(told.get(extension.identifier, extra.default()), body)
    return with_length(bytes(body) + call)


def _run(
    chain: NodeChain,
    runtime: Runtime,
    recorder: Recorder,
    extrinsic: bytes,
    number: int,
    index: int | None,
) -> Trial:
    reader = reader_of(chain)
    signer = runtime.decode(extrinsic).signer
    with recorder.watching(runtime) as frame:
        result = runtime.apply_extrinsic(extrinsic)
    events = [reader.event(event) for event in frame.events]
    changed = _changed(recorder, runtime)
    fee, in_alpha, tip, weight = _charged(events)
    return Trial(
        block=number,
        index=index,
        hash="0x" + blake2_256(extrinsic).hex(),
        signer=None if signer is None else address_of(signer),
        call=_call(reader, frame.inner[0]) if frame.inner else None,
        invalid=None if result.invalid is None else _refusal(result.invalid),
        error=None if result.error is None else reader.error(result.error),
        fee=fee,
        fee_in_alpha=in_alpha,
        tip=tip,
        weight=weight,
        reads=_reads(reader, frame),
        writes=_writes(reader, frame),
        changes=[reader.change(*one) for one in changed],
        events=events,
        raw_changes=[("0x" + key.hex(), hexed(now)) for key, _, now in changed],
        succeeded=result.invalid is None and result.error is None,
    )


def _call(reader: Reader, frame: Frame) -> TracedCall:
    assert frame.call is not None
    assert frame.origin is not None
    pallet, name, args = reader.call(frame.call)
    used = frame.post.actual_weight if frame.post is not None else None
    origin = frame.origin
    return TracedCall(
        pallet=pallet,
        name=name,
        args=args,
        origin=origin.kind if origin.who is None else address_of(origin.who),
        error=None if frame.error is None else reader.error(frame.error),
        weight=frame.call.weight.ref_time,
        used=None if used is None else used.ref_time,
        reads=_reads(reader, frame),
        writes=_writes(reader, frame),
        events=[reader.event(event) for event in frame.events],
        inner=[_call(reader, inner) for inner in frame.inner],
    )


def _reads(reader: Reader, frame: Frame) -> list[Read]:
    read = [reader.read(key, value) for key, value in frame.reads.items()]
    return [*read, *map(reader.listing, sorted(frame.listed))]


def _writes(reader: Reader, frame: Frame) -> list[Change]:
    return [reader.change(key, *held) for key, held in frame.writes.items()]


def _changed(
    recorder: Recorder, runtime: Runtime
) -> list[tuple[bytes, bytes | None, bytes | None]]:
    """Every raw key that holds something else after the extrinsic, and what it held and holds."""
    keys = sorted(recorder.first.items())
    held = [(key, was, runtime.overlay.get_raw(key)) for key, was in keys]
    return [(key, was, now) for key, was, now in held if was != now]


def _charged(events: list[Event]) -> tuple[int, dict[str, int] | None, int, int]:
    """Fee, fee in alpha, tip, and the weight that was used."""
    fee = tip = weight = 0
    in_alpha = None
    for event in events:
        named = (event.pallet, event.name)
        if named == ("TransactionPayment", "TransactionFeePaid"):
            fee, tip = event.fields["actual_fee"], event.fields["tip"]
        elif named == ("SubtensorModule", "TransactionFeePaidWithAlpha"):
            in_alpha = {"rao": event.fields["alpha_fee"], "netuid": event.fields["netuid"]}
        elif event.pallet == "System" and event.name in ("ExtrinsicSuccess", "ExtrinsicFailed"):
            weight = event.fields["dispatch_info"]["weight"]["ref_time"]
    return fee, in_alpha, tip, weight


def _refusal(invalid: Invalid) -> dict[str, Any]:
    return {"kind": invalid.kind, "custom": invalid.custom}
