"""Fees in alpha: what calls that take stake out cost whoever has no TAO to pay with.

Owns which stake pays and how it is sold; when a fee is due is `extensions`. Source: Subtensor
`pallets/transaction-fee`.
"""

from __future__ import annotations

from typing import NamedTuple

from taokit.local_chain.frame.call import Call
from taokit.local_chain.pallets.subtensor import shares, staking
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.constants import ROOT

# The arguments that name the stake which a call takes from.
_TAKES_FROM = {
    "remove_stake": ("hotkey", "netuid"),
    "remove_stake_limit": ("hotkey", "netuid"),
    "remove_stake_full_limit": ("hotkey", "netuid"),
    "move_stake": ("origin_hotkey", "origin_netuid"),
    "transfer_stake": ("hotkey", "origin_netuid"),
    "swap_stake": ("hotkey", "origin_netuid"),
    "swap_stake_limit": ("hotkey", "origin_netuid"),
    "recycle_alpha": ("hotkey", "netuid"),
    "burn_alpha": ("hotkey", "netuid"),
}
_TAKES_FROM_ALL = ("unstake_all", "unstake_all_alpha")


class AlphaFee(NamedTuple):
    """A fee that was paid: the alpha sold, the TAO that the author got for it, and the subnet."""

    alpha: int
    tao: int
    netuid: int


def positions(sub: SubtensorBase, coldkey: bytes, call: Call) -> list[tuple[bytes, int]]:
    """The hotkeys and subnets of the stake that a call takes from; none for other calls."""
    if call.pallet.name != sub.name:
        return []
    if call.spec.name in _TAKES_FROM:
        hotkey, netuid = _TAKES_FROM[call.spec.name]
        return [(call[hotkey], call[netuid])]
    if call.spec.name in _TAKES_FROM_ALL:
        return [
            (call["hotkey"], netuid)
            for netuid in sub.networks_added.keys()
            if sub.subtoken_enabled.get(netuid)
            and shares.stake_of_pair(sub, call["hotkey"], coldkey, netuid)
        ]
    return []


def can_pay(sub: SubtensorBase, coldkey: bytes, call: Call, fee: int) -> bool:
    """Whether the stake that a call takes from is worth its fee (rao); never of several subnets."""
    found = positions(sub, coldkey, call)
    if len(found) != 1:
        return False
    ((hotkey, netuid),) = found
    staked = shares.stake_of_pair(sub, hotkey, coldkey, netuid)
    return staked >= sub.runtime.swap.alpha_for_tao(netuid, fee)


def pay(sub: SubtensorBase, coldkey: bytes, call: Call, fee: int) -> AlphaFee | None:
    """Sell stake worth the fee, or what there is, for the author; None for a call without stake.

    Raises what selling raises, with nothing written. Nothing is ever given back.
    """
    found = positions(sub, coldkey, call)
    if not found:
        return None
    author = sub.runtime.aura.author()
    if len(found) != 1 or author is None:
        return AlphaFee(0, 0, ROOT)
    ((hotkey, netuid),) = found
    staked = shares.stake_of_pair(sub, hotkey, coldkey, netuid)
    alpha = min(sub.runtime.swap.alpha_for_tao(netuid, fee) or staked, staked)
    with sub.runtime.transaction():
        tao = staking.unstake_from_subnet(
            sub, hotkey, coldkey, author, netuid, alpha, 0, drop_fees=True
        )
    return AlphaFee(alpha, tao, netuid)
