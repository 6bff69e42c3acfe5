"""Commit-reveal of weights by salted hash.

A validator commits a hash in one epoch and reveals the weights behind it
exactly `RevealPeriodEpochs` epochs later; then they count. A commit that is
not revealed in that epoch expires.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from taokit.chain_client.scale import AccountId, Vec, codec, u16, u64
from taokit.chain_client.storage_keys import blake2_256
from taokit.local_chain.frame.errors import DispatchError
from taokit.local_chain.frame.origin import Origin, ensure_signed
from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.pallets.subtensor import epoch_schedule, mechanisms, uids, weights
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.constants import (
    MAX_REVEAL_PERIOD,
    MAX_UNREVEALED_COMMITS,
    MIN_REVEAL_PERIOD,
)

Commit = tuple[bytes, int, int, int]
"""Hash, epoch, block, and a number that is no longer used."""


class Reveal(NamedTuple):
    """What was committed: weights, the salt, and the version key."""

    targets: list[int]
    values: list[int]
    salt: list[int]
    version_key: int


def commit_hash(hotkey: bytes, index: int, reveal: Reveal) -> bytes:
    """The hash that commits to weights under a mechanism's index."""
    shape = codec(tuple[AccountId, u16, Vec[u16], Vec[u16], Vec[u16], u64])
    return blake2_256(shape.encode((hotkey, index, *reveal)))


def is_revealable(sub: SubtensorBase, netuid: int, epoch: int) -> bool:
    """True if a commit of `epoch` may be revealed now: in its one epoch."""
    return _now(sub, netuid) == epoch + sub.reveal_period_epochs.get(netuid)


def is_expired(sub: SubtensorBase, netuid: int, epoch: int) -> bool:
    """True if the epoch in which a commit of `epoch` could be revealed has passed."""
    return _now(sub, netuid) > epoch + sub.reveal_period_epochs.get(netuid)


def set_reveal_period(sub: SubtensorBase, netuid: int, epochs: int) -> None:
    """Change how many epochs lie between commit and reveal: 1 to 100."""
    ensure(epochs <= MAX_REVEAL_PERIOD, sub.Error.RevealPeriodTooLarge)
    ensure(epochs >= MIN_REVEAL_PERIOD, sub.Error.RevealPeriodTooSmall)
    sub.reveal_period_epochs.insert(netuid, epochs)
    sub.deposit(sub.Event.CommitRevealPeriodsSet(netuid, epochs))


def commit_weights(
    sub: SubtensorBase, origin: Origin, netuid: int, mechanism: int, hash_: bytes
) -> None:
    """Commit to weights. At most 10 commits may be open at a time."""
    error = sub.Error
    mechanisms.ensure_exists(sub, netuid, mechanism)
    index = mechanisms.storage_index(netuid, mechanism)
    hotkey = ensure_signed(origin)
    ensure(sub.commit_reveal_weights_enabled.get(netuid), error.CommitRevealDisabled)
    uid = uids.uid_of(sub, netuid, hotkey)
    block = sub.runtime.system.block_number()
    ensure(weights.limit_has_passed(sub, index, uid, block), error.CommittingWeightsTooFast)
    commits, _ = _without_expired(sub, netuid, sub.weight_commits.get((index, hotkey)) or [])
    ensure(len(commits) < MAX_UNREVEALED_COMMITS, error.TooManyUnrevealedCommits)
    commit: Commit = (hash_, _now(sub, netuid), block, 0)
    sub.weight_commits.insert((index, hotkey), [*commits, commit])
    sub.deposit(sub.Event.WeightsCommitted(hotkey, index, hash_))
    uids.set_last_update(sub, index, uid, block)


def batch_commit_weights(
    sub: SubtensorBase, origin: Origin, netuids: Sequence[int], hashes: Sequence[bytes]
) -> None:
    """Commit on several subnets; an item that fails is told in an event and the rest go on."""
    hotkey = ensure_signed(origin)
    ensure(len(netuids) == len(hashes), sub.Error.InputLengthsUnequal)
    failed: list[tuple[int, DispatchError]] = []
    for netuid, hash_ in zip(netuids, hashes):
        try:
            commit_weights(sub, origin, netuid, 0, hash_)
        except DispatchError as reason:
            failed.append((netuid, reason))
    weights.report_batch(sub, netuids, hotkey, failed)


def reveal_weights(
    sub: SubtensorBase, origin: Origin, netuid: int, mechanism: int, reveal: Reveal
) -> None:
    """Reveal committed weights and set them. Commits made before the revealed one are dropped."""
    error = sub.Error
    index = mechanisms.storage_index(netuid, mechanism)
    hotkey = ensure_signed(origin)
    ensure(sub.commit_reveal_weights_enabled.get(netuid), error.CommitRevealDisabled)
    stored = sub.weight_commits.get((index, hotkey))
    if stored is None:
        raise error.NoWeightsCommitFound
    commits, expired = _without_expired(sub, netuid, stored)
    provided = commit_hash(hotkey, index, reveal)
    if not commits and provided not in expired:
        raise error.NoWeightsCommitFound
    position = _find(sub, commits, expired, provided)
    ensure(is_revealable(sub, netuid, commits[position][1]), error.RevealTooEarly)
    _store(sub, index, hotkey, commits[position + 1 :])
    weights.set_weights(
        sub, origin, netuid, mechanism, reveal.targets, reveal.values, reveal.version_key
    )
    sub.deposit(sub.Event.WeightsRevealed(hotkey, index, provided))


def batch_reveal_weights(
    sub: SubtensorBase,
    origin: Origin,
    netuid: int,
    targets: Sequence[list[int]],
    values: Sequence[list[int]],
    salts: Sequence[list[int]],
    version_keys: Sequence[int],
) -> None:
    """Reveal several commits of one subnet, all or none; other open commits stay."""
    error = sub.Error
    ensure(
        len(targets) == len(values) == len(salts) == len(version_keys), error.InputLengthsUnequal
    )
    index = mechanisms.storage_index(netuid, 0)
    hotkey = ensure_signed(origin)
    ensure(sub.commit_reveal_weights_enabled.get(netuid), error.CommitRevealDisabled)
    stored = sub.weight_commits.get((index, hotkey))
    if stored is None:
        raise error.NoWeightsCommitFound
    commits, expired = _without_expired(sub, netuid, stored)
    reveals = [Reveal(*parts) for parts in zip(targets, values, salts, version_keys)]
    provided = [commit_hash(hotkey, index, reveal) for reveal in reveals]
    for hash_ in provided:
        epoch = commits[_find(sub, commits, expired, hash_)][1]
        ensure(is_revealable(sub, netuid, epoch), error.RevealTooEarly)
    for reveal, hash_ in zip(reveals, provided):
        del commits[_find(sub, commits, expired, hash_)]
        weights.set_weights(
            sub, origin, netuid, 0, reveal.targets, reveal.values, reveal.version_key
        )
    _store(sub, index, hotkey, commits)
    sub.deposit(sub.Event.WeightsBatchRevealed(hotkey, netuid, provided))


def _now(sub: SubtensorBase, netuid: int) -> int:
    return epoch_schedule.current_epoch(sub, netuid)


def _without_expired(
    sub: SubtensorBase, netuid: int, stored: Sequence[Commit]
) -> tuple[list[Commit], list[bytes]]:
    """The queue without what has expired at its front, and the hashes of that."""
    commits = list(stored)
    expired = []
    while commits and is_expired(sub, netuid, commits[0][1]):
        expired.append(commits.pop(0)[0])
    return commits, expired


def _find(
    sub: SubtensorBase, commits: Sequence[Commit], expired: Sequence[bytes], hash_: bytes
) -> int:
    for position, commit in enumerate(commits):
        if commit[0] == hash_:
            return position
    if hash_ in expired:
        raise sub.Error.ExpiredWeightCommit
    raise sub.Error.InvalidRevealCommitHashNotMatch


def _store(sub: SubtensorBase, index: int, hotkey: bytes, commits: list[Commit]) -> None:
    if commits:
        sub.weight_commits.insert((index, hotkey), commits)
    else:
        sub.weight_commits.remove((index, hotkey))
