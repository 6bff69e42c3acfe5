"""What a hotkey's stake counts: with its parents' and children's parts, and in TAO.

Owns reads only. The arithmetic is `taokit.local_chain.dividends`; links are `children`'s.
Source: the runtime's staking/stake_utils.rs and staking/helpers.rs.
"""

from __future__ import annotations

from taokit.local_chain import dividends, emission
from taokit.local_chain.arithmetic.fixed import U64F64
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.constants import ROOT


def tao_weight(sub: SubtensorBase) -> int:
    """Raw U96F32 weight of root stake against alpha (`get_tao_weight`)."""
    return emission.u64_fraction(sub.tao_weight.get())


def inherited_alpha(sub: SubtensorBase, hotkey: bytes, netuid: int) -> int:
    """Alpha (rao) a hotkey counts with (`get_inherited_for_hotkey_on_subnet`)."""
    if netuid == ROOT:
        return sub.total_hotkey_alpha.get((hotkey, netuid))
    return _inherited(sub, hotkey, netuid, netuid)


def inherited_tao(sub: SubtensorBase, hotkey: bytes, netuid: int) -> int:
    """Root stake (rao) a hotkey counts with on a subnet, by that subnet's links.

    Source: `get_tao_inherited_for_hotkey_on_subnet`.
    """
    return _inherited(sub, hotkey, netuid, ROOT)


def _inherited(sub: SubtensorBase, hotkey: bytes, netuid: int, of: int) -> int:
    stake = sub.total_hotkey_alpha.get
    children = sub.child_keys.get((hotkey, netuid))
    parents = sub.parent_keys.get((hotkey, netuid))
    own = stake((hotkey, of))
    if not children and not parents:
        return own
    return dividends.inherited_stake(
        own,
        [proportion for proportion, _ in children],
        [(proportion, stake((parent, of))) for proportion, parent in parents],
    )


def total_stake_weight(sub: SubtensorBase, hotkey: bytes, netuid: int) -> int:
    """Raw I64F64 stake weight: inherited alpha and weighted inherited root stake.

    Source: the first of `get_stake_weights_for_hotkey_on_subnet`.
    """
    return dividends.epoch_stake(
        inherited_alpha(sub, hotkey, netuid), inherited_tao(sub, hotkey, netuid), tao_weight(sub)
    )


def total_stake_of_hotkey(sub: SubtensorBase, hotkey: bytes) -> int:
    """A hotkey's stake on all subnets in TAO (rao) at present prices.

    Source: `get_total_stake_for_hotkey`.
    """
    price = sub.runtime.swap.price
    total = 0
    for netuid in sub.networks_added.keys():
        alpha = sub.total_hotkey_alpha.get((hotkey, netuid))
        if alpha:
            total += U64F64.saturating_mul(U64F64.from_int(alpha), price(netuid))
    return U64F64.to_u64(U64F64.wrap(total))
