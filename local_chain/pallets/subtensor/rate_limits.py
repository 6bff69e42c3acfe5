"""How often something may be done: limits in blocks, and the block at which it was done last.

Three comparisons live side by side in the runtime and differ at the edge:
what is limited here passes once `limit` blocks have gone by; the two key
limits (`exceeds_*`) pass one block later. A last block of 0 means never done.
"""

from __future__ import annotations

from enum import IntEnum

from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.constants import ROOT
from taokit.local_chain.pallets.subtensor.types import Hyperparameter, RateLimitKey

U64_MAX = 2**64 - 1
SET_CHILDREN_LIMIT, LOCALNET_SET_CHILDREN_LIMIT = 150, 15
SET_OWNER_HOTKEY_LIMIT = 50_400


class TransactionType(IntEnum):
    """What is limited by itself. The number is part of a storage key."""

    SetChildren = 0
    SetChildkeyTake = 1
    Unknown = 2
    RegisterNetwork = 3
    SetWeightsVersionKey = 4
    SetSNOwnerHotkey = 5
    OwnerHyperparamUpdate = 6
    MechanismCountUpdate = 7
    MechanismEmission = 8
    MaxUidsTrimming = 9
    AddStakeBurn = 10
    TempoUpdate = 11


Limited = TransactionType | Hyperparameter


def ignored(sub: SubtensorBase) -> bool:
    """Whether whoever develops against this chain has switched its limits off."""
    return sub.runtime.switches.rate_limits_ignored


def limit_on_subnet(sub: SubtensorBase, kind: Limited, netuid: int) -> int:
    """Blocks that must lie between two of `kind` on a subnet."""
    tempo = sub.tempo.get(netuid)
    fast = sub.runtime.preset == "fast"
    if isinstance(kind, Hyperparameter):
        return tempo * sub.owner_hyperparam_rate_limit.get()
    if kind is TransactionType.SetChildren:
        localnet = sub.runtime.chain_spec.limits == "localnet"
        return LOCALNET_SET_CHILDREN_LIMIT if localnet else SET_CHILDREN_LIMIT
    if kind is TransactionType.SetChildkeyTake:
        return sub.tx_childkey_take_rate_limit.get()
    if kind is TransactionType.RegisterNetwork:
        return sub.network_rate_limit.get()
    if kind is TransactionType.SetWeightsVersionKey:
        return min(tempo * sub.weights_version_key_rate_limit.get(), U64_MAX)
    if kind is TransactionType.SetSNOwnerHotkey:
        return SET_OWNER_HOTKEY_LIMIT
    if kind in (TransactionType.MechanismCountUpdate, TransactionType.MechanismEmission):
        return 1 if fast else 7_200
    if kind is TransactionType.MaxUidsTrimming:
        return 1 if fast else 216_000
    if kind is TransactionType.AddStakeBurn:
        return tempo
    if kind is TransactionType.TempoUpdate:
        return sub.min_tempo
    return 0


def last_block_on_subnet(sub: SubtensorBase, kind: Limited, key: bytes, netuid: int) -> int:
    """The block at which `kind` was done last, by `key` or, where a subnet is limited, anyone."""
    if kind is TransactionType.RegisterNetwork:
        return last_network_registration(sub)
    if kind is TransactionType.SetSNOwnerHotkey:
        return sub.last_rate_limited_block.get(RateLimitKey.SetSNOwnerHotkey(netuid))
    if isinstance(kind, Hyperparameter):
        return sub.last_rate_limited_block.get(RateLimitKey.OwnerHyperparamUpdate(netuid, kind))
    return sub.transaction_key_last_block.get((key, netuid, int(kind)))


def record_on_subnet(
    sub: SubtensorBase, kind: Limited, key: bytes, netuid: int, block: int
) -> None:
    """Remember that `kind` was done at `block`."""
    if kind is TransactionType.RegisterNetwork:
        note_network_registration(sub, block)
    elif kind is TransactionType.SetSNOwnerHotkey:
        sub.last_rate_limited_block.insert(RateLimitKey.SetSNOwnerHotkey(netuid), block)
    elif isinstance(kind, Hyperparameter):
        key_of = RateLimitKey.OwnerHyperparamUpdate(netuid, kind)
        sub.last_rate_limited_block.insert(key_of, block)
    else:
        sub.transaction_key_last_block.insert((key, netuid, int(kind)), block)


def passes_on_subnet(sub: SubtensorBase, kind: Limited, key: bytes, netuid: int) -> bool:
    """True if `kind` may be done now."""
    last = last_block_on_subnet(sub, kind, key, netuid)
    if last == 0 or ignored(sub):
        return True
    now = sub.runtime.system.block_number()
    return max(now - last, 0) >= limit_on_subnet(sub, kind, netuid)


def passes(sub: SubtensorBase, kind: Limited, key: bytes) -> bool:
    """True if `kind`, which no subnet limits, may be done now."""
    return passes_on_subnet(sub, kind, key, ROOT)


def last_network_registration(sub: SubtensorBase) -> int:
    """The block at which the newest subnet was registered; 0 if none was."""
    return sub.last_rate_limited_block.get(RateLimitKey.NetworkLastRegistered())


def note_network_registration(sub: SubtensorBase, block: int) -> None:
    """Remember the block of a subnet's registration."""
    sub.last_rate_limited_block.insert(RateLimitKey.NetworkLastRegistered(), block)


def _exceeds(limit: int, previous: int, now: int) -> bool:
    return limit != 0 and previous != 0 and max(now - previous, 0) <= limit


def exceeds_tx_rate_limit(sub: SubtensorBase, previous: int, now: int) -> bool:
    """True if a key transaction at `previous` forbids one at `now`."""
    return not ignored(sub) and _exceeds(sub.tx_rate_limit.get(), previous, now)


def exceeds_delegate_take_rate_limit(sub: SubtensorBase, previous: int, now: int) -> bool:
    """True if a change of take at `previous` forbids an increase at `now`."""
    return not ignored(sub) and _exceeds(sub.tx_delegate_take_rate_limit.get(), previous, now)


def last_delegate_take_block(sub: SubtensorBase, hotkey: bytes) -> int:
    """The block at which a hotkey's take was changed last."""
    return sub.last_rate_limited_block.get(RateLimitKey.LastTxBlockDelegateTake(hotkey))


def note_delegate_take(sub: SubtensorBase, hotkey: bytes, block: int) -> None:
    """Remember that a hotkey's take was changed."""
    sub.last_rate_limited_block.insert(RateLimitKey.LastTxBlockDelegateTake(hotkey), block)
