"""What the chain would refuse of weights that are set, committed or revealed now.

Owns those checks, in the chain's order (guards, then ``pallets/subtensor/src/subnets/weights.rs``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from taokit.chain_client.errors import WouldFail
from taokit.chain_client.operations.refusals import not_registered, refusal, too_soon
from taokit.chain_client.timelocked import Epochs
from taokit.chain_client.weight_commits import Committed, storage_index

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = ["Way", "cannot_reveal", "cannot_set", "dropped_later", "reveal_wait"]

_MOST_OPEN = 10
"""Commits of a hotkey that may wait to be revealed."""


class Way(Enum):
    """How weights reach the chain."""

    PLAIN = "plain"
    HASH = "hash"
    TIMELOCK = "timelock"
    REVEAL = "reveal"


@dataclass(frozen=True)
class _Facts:
    """What the chain knows that decides over weights of one hotkey."""

    uid: int | None
    threshold: int
    by_commit: bool
    limit: int
    updates: Sequence[int]
    mechanisms: int
    neurons: int
    version: int
    permits: Sequence[bool]
    least: int
    owner_hotkey: Any
    now: int
    commits: Any


async def cannot_set(
    chain: ChainClient,
    hotkey: str,
    way: Way,
    netuid: int,
    mechanism: int,
    uids: Sequence[int],
    version_key: int | None,
) -> WouldFail | None:
    """Why weights (or a commit to them) would be refused."""
    from taokit.chain_client.addresses import ss58_of

    facts = await _facts(chain, hotkey, netuid, mechanism)
    owner = ss58_of(facts.owner_hotkey) == hotkey and facts.uid is not None
    if facts.threshold and not owner:
        stake = await _stake_weight(chain, netuid, facts.uid)
        if stake < facts.threshold:
            reason = f"{hotkey} has a stake weight of {stake} rao, and {facts.threshold} is needed"
            return refusal("NotEnoughStakeToSetWeights", reason)
    limited = way in (Way.HASH, Way.TIMELOCK) or (way is Way.PLAIN and not facts.by_commit)
    if limited and (found := _too_soon(facts, way, netuid, mechanism)):
        return found
    if found := _wrong_way(facts, way, netuid, mechanism):
        return found
    if facts.uid is None:
        return not_registered(hotkey, netuid)
    commits: Sequence[Any] = facts.commits or ()
    if way is Way.HASH and len(commits) >= _MOST_OPEN:
        expired = await reveal_wait(chain, netuid, commits[0][1]) is None
        if not expired:
            reason = f"{len(commits)} commits wait to be revealed"
            return refusal(
                "TooManyUnrevealedCommits", reason, hint="reveal them, or let them expire"
            )
    if way in (Way.HASH, Way.TIMELOCK):
        return None
    return _wrong_weights(facts, hotkey, netuid, uids, version_key, owner)


def _wrong_way(facts: _Facts, way: Way, netuid: int, mechanism: int) -> WouldFail | None:
    no_mechanism = None
    if mechanism >= facts.mechanisms:
        reason = _no_mechanism(facts, netuid, mechanism)
        no_mechanism = refusal("MechanismDoesNotExist", reason)
    if way is Way.PLAIN:
        if facts.by_commit:
            reason = f"subnet {netuid} takes weights by commit and reveal only"
            return refusal("CommitRevealEnabled", reason)
        if netuid == 0:
            return refusal("CanNotSetRootNetworkWeights", "subnet 0 has no weights")
        return no_mechanism
    if way is not Way.REVEAL and no_mechanism is not None:
        return no_mechanism
    if not facts.by_commit:
        return refusal("CommitRevealDisabled", f"subnet {netuid} takes weights openly only")
    return no_mechanism


def _too_soon(facts: _Facts, way: Way, netuid: int, mechanism: int) -> WouldFail | None:
    uid = facts.uid
    if uid is None:
        return None
    name = "SettingWeightsTooFast" if way is Way.PLAIN else "CommittingWeightsTooFast"
    if mechanism >= facts.mechanisms and way is not Way.TIMELOCK:
        # The guard finds no last time for it, and takes that for too soon.
        return refusal(name, _no_mechanism(facts, netuid, mechanism))
    if mechanism >= facts.mechanisms:
        return None
    # check_rate_limit in pallets/subtensor/src/subnets/weights.rs: 0 means never set
    last = facts.updates[uid] if uid < len(facts.updates) else 0
    since = facts.now + 1 - last
    if not last or since >= facts.limit:
        return None
    what = "weights were set, or the neuron registered,"
    return too_soon(name, what, since=since, limit=facts.limit)


def _no_mechanism(facts: _Facts, netuid: int, mechanism: int) -> str:
    return f"subnet {netuid} has no mechanism {mechanism}: it has {facts.mechanisms}"


def _wrong_weights(
    facts: _Facts,
    hotkey: str,
    netuid: int,
    uids: Sequence[int],
    version_key: int | None,
    owner: bool,
) -> WouldFail | None:
    assert facts.uid is not None
    if len(uids) > facts.neurons:
        reason = f"{len(uids)} weights for the {facts.neurons} neurons of subnet {netuid}"
        return refusal("UidsLengthExceedUidsInSubNet", reason)
    if version_key is not None and facts.version and version_key < facts.version:
        reason = f"subnet {netuid} wants a version key of {facts.version} or more"
        return refusal("IncorrectWeightVersionKey", reason)
    itself = tuple(uids) == (facts.uid,)
    permitted = owner or (facts.uid < len(facts.permits) and facts.permits[facts.uid])
    if not itself and not permitted:
        reason = f"{hotkey} has no validator permit: only weights for itself are taken"
        return refusal("NeuronNoValidatorPermit", reason)
    beyond = [uid for uid in uids if uid >= facts.neurons]
    if beyond:
        reason = f"subnet {netuid} has no neuron {beyond[0]}: it has {facts.neurons}"
        return refusal("UidVecContainInvalidOne", reason)
    least = min(facts.neurons, facts.least)
    if not itself and len(uids) < least:
        reason = f"subnet {netuid} wants weights for at least {least} neurons"
        return refusal("WeightVecLengthIsLow", reason)
    return None


async def dropped_later(
    chain: ChainClient,
    hotkey: str,
    way: Way,
    netuid: int,
    uids: Sequence[int],
    version_key: int | None,
) -> tuple[str, ...]:
    """Why weights would be dropped when they are revealed, although the commit is taken."""
    if way not in (Way.HASH, Way.TIMELOCK):
        return ()
    from taokit.chain_client.addresses import ss58_of

    facts = await _facts(chain, hotkey, netuid, 0)
    if facts.uid is None:
        return ()
    owner = ss58_of(facts.owner_hotkey) == hotkey
    found = _wrong_weights(facts, hotkey, netuid, uids, version_key, owner)
    return () if found is None else (f"as things are, they would not count: {found.message}",)


async def cannot_reveal(chain: ChainClient, hotkey: str, committed: Committed) -> WouldFail | None:
    """Why a reveal would be refused: no such commit, or not its epoch."""
    index = storage_index(committed.netuid, committed.mechanism)
    commits = await chain.query("SubtensorModule", "WeightCommits", index, hotkey)
    if commits is None:
        return refusal("NoWeightsCommitFound", f"{hotkey} has committed to no weights there")
    wanted = committed.hash_for(hotkey)
    epochs = [commit[1] for commit in commits if bytes(commit[0]) == wanted]
    if not epochs:
        reason = "none of the open commits is of these uids, weights, salt and version key"
        return refusal("NoWeightsCommitFound", reason)
    wait = await reveal_wait(chain, committed.netuid, epochs[0])
    if wait == 0:
        return None
    if wait is None:
        reason = "the one epoch in which it could be revealed has passed"
        again = "`taokit weights commit --netuid NETUID --uids UIDS --weights WEIGHTS -w WALLET`"
        return refusal("RevealTooEarly", reason, hint=f"commit anew: {again}")
    return refusal("RevealTooEarly", f"it can be revealed in {wait} blocks", wait=wait)


async def reveal_wait(chain: ChainClient, netuid: int, epoch: int) -> int | None:
    """Blocks until a commit of ``epoch`` can be revealed, 0 for now; None once that is past."""
    module = "SubtensorModule"
    async with chain.snapshot() as block:
        index, period, tempo, last, pending, since_step = await chain.query_many(
            [
                (module, "SubnetEpochIndex", netuid),
                (module, "RevealPeriodEpochs", netuid),
                (module, "Tempo", netuid),
                (module, "LastEpochBlock", netuid),
                (module, "PendingEpochAt", netuid),
                (module, "BlocksSinceLastStep", netuid),
            ]
        )
        most = chain.constant(module, "MaxTempo")
    epochs = Epochs(block.number, tempo, last, pending, since_step, most)
    now = index + (1 if epochs.due_next else 0)
    if now >= epoch + period:
        return 0 if now == epoch + period else None
    return epochs.reveal_block(epoch + period - now) - (block.number + 1)


async def _facts(chain: ChainClient, hotkey: str, netuid: int, mechanism: int) -> _Facts:
    module, index = "SubtensorModule", storage_index(netuid, mechanism)
    return _Facts(
        *await chain.query_many(
            [
                (module, "Uids", netuid, hotkey),
                (module, "StakeThreshold"),
                (module, "CommitRevealWeightsEnabled", netuid),
                (module, "WeightsSetRateLimit", netuid),
                (module, "LastUpdate", index),
                (module, "MechanismCountCurrent", netuid),
                (module, "SubnetworkN", netuid),
                (module, "WeightsVersionKey", netuid),
                (module, "ValidatorPermit", netuid),
                (module, "MinAllowedWeights", netuid),
                (module, "SubnetOwnerHotkey", netuid),
                ("System", "Number"),
                (module, "WeightCommits", index, hotkey),
            ]
        )
    )


async def _stake_weight(chain: ChainClient, netuid: int, uid: int | None) -> int:
    """The stake weight of a neuron in rao; 0 for none."""
    if uid is None:
        return 0
    found = await chain.runtime_call("SubnetInfoRuntimeApi", "get_metagraph", netuid)
    return int(found["total_stake"][uid]) if found and uid < len(found["total_stake"]) else 0
