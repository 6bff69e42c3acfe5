"""Timelocked weights: committed as ciphertext to a future drand round, revealed by the chain.

Owns the queue of commits and the rules of revealing. It does not know the
cipher: who reveals says how a round's signature is found and how a ciphertext
is opened with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from taokit.chain_client.errors import DecodeError
from taokit.chain_client.scale import Bytes, Vec, codec, u16, u64
from taokit.chain_client.storage_keys import blake2_256
from taokit.local_chain.frame.errors import DispatchError
from taokit.local_chain.frame.origin import Origin, ensure_signed
from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.pallets.subtensor import epoch_schedule, mechanisms, uids, weights
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.constants import MAX_UNREVEALED_COMMITS

SignatureOf = Callable[[int], bytes | None]
"""The signature of a drand round, None while the chain has no pulse of it."""

Open = Callable[[bytes, bytes], bytes | None]
"""The plain text of a ciphertext by a round's signature, None if it does not open."""

TimelockedCommit = tuple[bytes, int, bytes, int]
"""Hotkey, block, ciphertext, and the round that opens it."""


class Payload(NamedTuple):
    """What a ciphertext holds."""

    targets: list[int]
    values: list[int]
    version_key: int


def commit(
    sub: SubtensorBase,
    origin: Origin,
    netuid: int,
    mechanism: int,
    ciphertext: bytes,
    reveal_round: int,
    version: int,
) -> None:
    """Commit to weights that the chain reveals by itself. At most 10 per hotkey and epoch."""
    error = sub.Error
    mechanisms.ensure_exists(sub, netuid, mechanism)
    index = mechanisms.storage_index(netuid, mechanism)
    hotkey = ensure_signed(origin)
    ensure(sub.commit_reveal_weights_enabled.get(netuid), error.CommitRevealDisabled)
    current = sub.commit_reveal_weights_version.get()
    ensure(version == current, error.IncorrectCommitRevealVersion)
    uid = uids.uid_of(sub, netuid, hotkey)
    block = sub.runtime.system.block_number()
    ensure(weights.limit_has_passed(sub, index, uid, block), error.CommittingWeightsTooFast)
    bucket = (index, epoch_schedule.current_epoch(sub, netuid))
    commits = sub.timelocked_weight_commits.get(bucket)
    own = sum(1 for committed in commits if committed[0] == hotkey)
    ensure(own < MAX_UNREVEALED_COMMITS, error.TooManyUnrevealedCommits)
    entry: TimelockedCommit = (hotkey, block, ciphertext, reveal_round)
    sub.timelocked_weight_commits.insert(bucket, [*commits, entry])
    hash_ = blake2_256(ciphertext)
    sub.deposit(sub.Event.TimelockedWeightsCommitted(hotkey, index, hash_, reveal_round))
    uids.set_last_update(sub, index, uid, block)


def reveal_due(
    sub: SubtensorBase, netuids: Sequence[int], signature_of: SignatureOf, opened: Open
) -> None:
    """Reveal on every subnet whose epoch is not put off to a later block. Runs each block."""
    if sub.timelocked_weight_commits.is_empty:
        return
    block = sub.runtime.system.block_number()
    deferred = epoch_schedule.deferred(sub, netuids, block)
    for netuid in netuids:
        if netuid not in deferred:
            reveal(sub, netuid, signature_of, opened)


def reveal(sub: SubtensorBase, netuid: int, signature_of: SignatureOf, opened: Open) -> None:
    """Set the weights whose epoch to be revealed has come, in the order they were committed.

    A commit whose round has no pulse yet waits within that epoch; one that
    does not open, or that the checks of weights refuse, is dropped.
    """
    epoch = epoch_schedule.current_epoch(sub, netuid)
    period = sub.reveal_period_epochs.get(netuid)
    due = max(epoch - period, 0)
    for mechanism, index in enumerate(mechanisms.storage_indices(sub, netuid)):
        for bucket in sub.timelocked_weight_commits.keys((index,)):
            if bucket[1] < due:
                sub.timelocked_weight_commits.remove(bucket)
        if epoch < period:
            return
        waiting = []
        for entry in sub.timelocked_weight_commits.take((index, due)):
            hotkey, _, ciphertext, reveal_round = entry
            signature = signature_of(reveal_round)
            if signature is None:
                waiting.append(entry)
                continue
            plain = opened(ciphertext, signature)
            payload = None if plain is None else read_payload(plain, hotkey)
            if payload is not None and _apply(sub, netuid, mechanism, hotkey, payload):
                sub.deposit(sub.Event.TimelockedWeightsRevealed(index, hotkey))
        if waiting:
            sub.timelocked_weight_commits.insert((index, due), waiting)


def read_payload(plain: bytes, hotkey: bytes) -> Payload | None:
    """Read a payload: with the committer's hotkey before the weights, or as it used to be without.

    None if it is neither, or names another hotkey. Bytes that follow are passed over.
    """
    older = codec(tuple[Vec[u16], Vec[u16], u64])
    newer = codec(tuple[Bytes, Vec[u16], Vec[u16], u64])
    try:
        named, targets, values, version_key = newer.read(plain, 0)[0]
        if len(named) >= len(hotkey):
            own = named[: len(hotkey)] == hotkey
            return Payload(targets, values, version_key) if own else None
    except DecodeError:
        # The older form may still read.
        pass
    try:
        return Payload(*older.read(plain, 0)[0])
    except DecodeError:
        return None


def _apply(
    sub: SubtensorBase, netuid: int, mechanism: int, hotkey: bytes, payload: Payload
) -> bool:
    try:
        weights.set_weights(sub, Origin.signed(hotkey), netuid, mechanism, *payload)
    except DispatchError:
        return False
    return True
