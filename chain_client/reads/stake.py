"""Reads about stake: what a coldkey has where, and what it would fetch."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any

from taokit.chain_client.addresses import ss58_of
from taokit.chain_client.money import Alpha, Tao
from taokit.chain_client.parameters import Arg, Coldkey, Hotkey, NetUid
from taokit.chain_client.prices import Price, slippage
from taokit.chain_client.reads.registry import read
from taokit.chain_client.reads.subnets import all_prices, existing_price_of

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = ["Quote", "StakePosition", "price", "quote_stake", "quote_unstake", "stake", "stake_at"]


@dataclass(frozen=True, slots=True)
class StakePosition:
    """The stake of one coldkey on one hotkey in one subnet."""

    coldkey: str
    hotkey: str
    netuid: int
    stake: Alpha
    price: Price
    value: Tao
    """``stake`` at the present price, before fee and slippage."""
    emission: Alpha
    """Dividends of the hotkey in the last epoch."""
    registered: bool
    """Whether the hotkey is registered in the subnet."""


@dataclass(frozen=True, slots=True)
class Quote:
    """What a swap would give now. ``slippage`` is the part lost to the movement of the price."""

    pays: Tao | Alpha
    receives: Tao | Alpha
    fee: Tao | Alpha
    price: Price
    slippage: Fraction


@read("stake", group="stake")
async def stake(
    chain: ChainClient, coldkey: Annotated[Coldkey, Arg("Whose stake.")]
) -> tuple[StakePosition, ...]:
    """Everything a coldkey has staked: per hotkey and subnet, with its value."""
    async with chain.snapshot():
        found, prices = await asyncio.gather(
            chain.runtime_call("StakeInfoRuntimeApi", "get_stake_info_for_coldkey", coldkey),
            all_prices(chain),
        )
    return tuple(_position(info, prices.get(info["netuid"])) for info in found)


@read("stake-at", group="stake")
async def stake_at(
    chain: ChainClient,
    coldkey: Annotated[Coldkey, Arg("Whose stake.")],
    hotkey: Annotated[Hotkey, Arg("The hotkey it is staked on.")],
    netuid: Annotated[NetUid, Arg("The subnet it is staked in.")],
) -> Alpha:
    """The stake of a coldkey on one hotkey in one subnet."""
    info = await chain.runtime_call(
        "StakeInfoRuntimeApi", "get_stake_info_for_hotkey_coldkey_netuid", hotkey, coldkey, netuid
    )
    return Alpha(info["stake"] if info else 0, netuid)


@read("price", group="stake")
async def price(chain: ChainClient, netuid: Annotated[NetUid, Arg("Which subnet.")]) -> Price:
    """TAO for one alpha of a subnet."""
    return await existing_price_of(chain, netuid)


@read("quote-stake", group="stake")
async def quote_stake(
    chain: ChainClient,
    netuid: Annotated[NetUid, Arg("The subnet to stake in.")],
    amount: Annotated[Tao, Arg("How much TAO to stake.")],
) -> Quote:
    """How much alpha staking an amount would buy now, with fee and slippage."""
    return await quote(chain, netuid, amount)


@read("quote-unstake", group="stake")
async def quote_unstake(
    chain: ChainClient,
    netuid: Annotated[NetUid, Arg("The subnet to unstake from.")],
    amount: Annotated[Alpha, Arg("How much alpha to unstake.")],
) -> Quote:
    """How much TAO unstaking an amount would give now, with fee and slippage."""
    return await quote(chain, netuid, amount)


async def quote(chain: ChainClient, netuid: int, amount: Tao | Alpha) -> Quote:
    """The quote for selling ``amount`` to the pool of ``netuid``."""
    buying = isinstance(amount, Tao)
    method = "sim_swap_tao_for_alpha" if buying else "sim_swap_alpha_for_tao"
    async with chain.snapshot():
        spot = await existing_price_of(chain, netuid)
        found = await chain.runtime_call("SwapRuntimeApi", method, netuid, amount)
    tao, alpha = Tao(found["tao_amount"]), Alpha(found["alpha_amount"], netuid)
    lost: Tao | Alpha
    if buying:
        lost = Alpha(found["alpha_slippage"], netuid)
        return Quote(amount, alpha, Tao(found["tao_fee"]), spot, slippage(alpha + lost, alpha))
    lost = Tao(found["tao_slippage"])
    return Quote(amount, tao, Alpha(found["alpha_fee"], netuid), spot, slippage(tao + lost, tao))


def _position(info: Any, price: Price | None) -> StakePosition:
    netuid = info["netuid"]
    held = Alpha(info["stake"], netuid)
    at = price or Price(0, netuid)
    return StakePosition(
        coldkey=ss58_of(info["coldkey"]),
        hotkey=ss58_of(info["hotkey"]),
        netuid=netuid,
        stake=held,
        price=at,
        value=at.worth(held),
        emission=Alpha(info["emission"], netuid),
        registered=info["is_registered"],
    )
