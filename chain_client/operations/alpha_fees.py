"""Fees in alpha: what calls that take stake out cost a coldkey without the TAO to pay with.

Owns whether the stake that a call takes from can pay its fee: the chain sells what the fee is
worth of it, and gives nothing back. Source: ``pallets/transaction-fee`` of Subtensor.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from taokit.chain_client.money import RAO_PER_TAO, Alpha

if TYPE_CHECKING:
    from taokit.chain_client.calls import Call
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.money import Tao

__all__ = ["fee_in_alpha"]

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


async def fee_in_alpha(chain: ChainClient, call: Call, coldkey: str, fee: Tao) -> Alpha | None:
    """What of the stake that ``call`` takes from pays ``fee``; None where it cannot.

    The stake of one hotkey in one subnet pays, never that of several.
    """
    place = await _place(chain, call, coldkey)
    if place is None:
        return None
    from taokit.chain_client.reads.stake import stake_at
    from taokit.chain_client.reads.subnets import price_of

    hotkey, netuid = place
    staked, price = await asyncio.gather(
        stake_at(chain, coldkey, hotkey, netuid), price_of(chain, netuid)
    )
    if price.rao <= 0:
        return None
    needed = Alpha(-(-fee.rao * RAO_PER_TAO // price.rao), netuid)
    return needed if staked.rao and staked >= needed else None


async def _place(chain: ChainClient, call: Call, coldkey: str) -> tuple[str, int] | None:
    if call.pallet != "SubtensorModule":
        return None
    if call.name in _TAKES_FROM:
        hotkey, netuid = _TAKES_FROM[call.name]
        return call.args[hotkey], call.args[netuid]
    if call.name not in _TAKES_FROM_ALL:
        return None
    from taokit.chain_client.addresses import ss58_of
    from taokit.chain_client.reads.stake import stake

    wanted = ss58_of(call.args["hotkey"])
    places = [
        (position.hotkey, position.netuid)
        for position in await stake(chain, coldkey)
        if position.hotkey == wanted and position.stake.rao
    ]
    return places[0] if len(places) == 1 else None
