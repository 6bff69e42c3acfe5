"""Whose stake counts for whom, and who gets the dividends, as pure functions.

Owns: inherited stake, the stake an epoch weighs, the split of validator emission among parents and
the division of pending dividends (Subtensor staking/stake_utils.rs, coinbase/run_coinbase.rs).
Does not own the epoch (`taokit.local_chain.yuma`) nor storage. Amounts are rao; "raw" numbers are
bits of the named fixed-point format; proportions are stored u64 parts of 2**64 - 1.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from taokit.local_chain.arithmetic.fixed import I64F64, U96F32
from taokit.local_chain.emission import u64_fraction

__all__ = [
    "Parent",
    "ParentSplit",
    "contribution",
    "dividend_distribution",
    "epoch_stake",
    "inherited_stake",
    "self_contribution",
    "split_among_parents",
]

K = TypeVar("K", bound=Hashable)


def inherited_stake(
    own: int, child_proportions: Iterable[int], parents: Iterable[tuple[int, int]]
) -> int:
    """Rao a hotkey counts with: its own, less what its children take, plus its parents' parts.

    `parents` are (proportion, parent's stake). For alpha and, with root stakes, for TAO
    (`get_inherited_for_hotkey_on_subnet`, `get_tao_inherited_for_hotkey_on_subnet`).
    """
    own_raw = U96F32.from_int(own)
    given = received = 0
    for proportion in child_proportions:
        part = U96F32.saturating_mul(own_raw, u64_fraction(proportion))
        given = U96F32.saturating_add(given, part)
    for proportion, stake in parents:
        part = U96F32.saturating_mul(U96F32.from_int(stake), u64_fraction(proportion))
        received = U96F32.saturating_add(received, part)
    return U96F32.to_u64(U96F32.saturating_add(U96F32.saturating_sub(own_raw, given), received))


def epoch_stake(alpha: int, tao: int, tao_weight: int) -> int:
    """Raw I64F64 stake weight alpha + tao * weight (`get_stake_weights_for_network`).

    `alpha` and `tao` are inherited stakes in rao, `tao_weight` raw U96F32.
    """
    weight = I64F64.convert(tao_weight, U96F32)
    weighted = I64F64.saturating_mul(I64F64.from_int(tao), weight)
    return I64F64.saturating_add(I64F64.from_int(alpha), weighted)


def contribution(alpha: int, root: int, proportion: int, tao_weight: int) -> int:
    """Raw U96F32 of a proportion (raw U96F32) of alpha stake and weighted root stake."""
    from_alpha = U96F32.saturating_mul(U96F32.from_int(alpha), proportion)
    from_root = U96F32.saturating_mul(U96F32.from_int(root), proportion)
    return U96F32.saturating_add(from_alpha, U96F32.saturating_mul(from_root, tao_weight))


def self_contribution(
    alpha: int, root: int, child_proportions: Iterable[int], tao_weight: int
) -> int:
    """Rao a hotkey backs itself with, after its children's parts (`get_self_contribution`)."""
    remaining = U96F32.one
    for proportion in child_proportions:
        remaining = U96F32.saturating_sub(remaining, u64_fraction(proportion))
    return U96F32.to_u64(contribution(alpha, root, remaining, tao_weight))


class Parent(NamedTuple):
    """One parent of a hotkey: its link's proportion, its stakes, whether the owners are one."""

    proportion: int
    alpha: int
    root: int
    same_owner: bool


class ParentSplit(NamedTuple):
    """Rao for each parent in order, for the hotkey itself, and to recycle (childkey burn)."""

    parents: list[int]
    own: int
    recycled: list[int]


def split_among_parents(
    emission: int,
    own_contribution: int,
    parents: Sequence[Parent],
    tao_weight: int,
    childkey_take: int,
    childkey_burn: int,
) -> ParentSplit:
    """Divide a hotkey's validator emission (rao) by contribution, take and burn.

    `own_contribution` is `self_contribution`; `childkey_take` (`u16_fraction` of the effective
    take) and `childkey_burn` (`u64_fraction`) are raw U96F32 and apply to parents of another owner.
    `recycled` has one entry per such parent, each floored. Source:
    `get_parent_child_dividends_distribution`.
    """
    total = U96F32.from_int(own_contribution)
    contributions = []
    for parent in parents:
        part = contribution(parent.alpha, parent.root, u64_fraction(parent.proportion), tao_weight)
        total = U96F32.saturating_add(total, part)
        contributions.append(part)
    whole = remaining = U96F32.from_int(emission)
    taken = 0
    shares, recycled = [], []
    for parent, part in zip(parents, contributions, strict=True):
        share = U96F32.saturating_mul(whole, U96F32.safe_div(part, total))
        remaining = U96F32.saturating_sub(remaining, share)
        if not parent.same_owner:
            burn = U96F32.saturating_mul(childkey_burn, share)
            take = U96F32.saturating_mul(childkey_take, share)
            share = U96F32.saturating_sub(U96F32.saturating_sub(share, burn), take)
            taken = U96F32.saturating_add(taken, take)
            recycled.append(U96F32.to_u64(burn))
        shares.append(U96F32.to_u64(share))
    own = U96F32.to_u64(U96F32.saturating_add(remaining, taken))
    return ParentSplit(shares, own, recycled)


def dividend_distribution(
    pending_alpha: int,
    pending_root_alpha: int,
    tao_weight: int,
    stakes: Mapping[K, tuple[int, int]],
    dividends: Mapping[K, int],
) -> tuple[dict[K, int], dict[K, int]]:
    """Raw U96F32 rao of alpha, and of root alpha, for each hotkey.

    `dividends` are raw U96F32 epoch dividends; `stakes` are (alpha, root) rao. Each hotkey's
    dividends are divided by its own alpha and weighted root stake, then both pendings (rao) are
    paid in proportion. Hotkeys without an entry in `stakes` get nothing. Order as in `dividends`,
    which the runtime keeps sorted by account (`calculate_dividend_distribution`).
    """
    alpha_parts: dict[K, int] = {}
    root_parts: dict[K, int] = {}
    alpha_total = root_total = 0
    for hotkey, dividend in dividends.items():
        if hotkey not in stakes:
            continue
        alpha, root = stakes[hotkey]
        weighted = U96F32.saturating_mul(U96F32.from_int(root), tao_weight)
        total = U96F32.saturating_add(U96F32.from_int(alpha), weighted)
        root_part = U96F32.saturating_mul(dividend, U96F32.safe_div(weighted, total))
        alpha_part = U96F32.saturating_sub(dividend, root_part)
        alpha_parts[hotkey], root_parts[hotkey] = alpha_part, root_part
        alpha_total = U96F32.saturating_add(alpha_total, alpha_part)
        root_total = U96F32.saturating_add(root_total, root_part)
    return (
        _in_proportion(pending_alpha, alpha_parts, alpha_total),
        _in_proportion(pending_root_alpha, root_parts, root_total),
    )


def _in_proportion(amount: int, parts: Mapping[K, int], total: int) -> dict[K, int]:
    whole = U96F32.from_int(amount)
    return {
        key: U96F32.saturating_mul(whole, U96F32.safe_div(part, total))
        for key, part in parts.items()
    }
