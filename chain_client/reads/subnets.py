"""Reads about subnets: which there are, what each is like, what registering costs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from taokit.chain_client.errors import NotFound
from taokit.chain_client.money import Alpha, Tao
from taokit.chain_client.parameters import Arg, NetUid
from taokit.chain_client.prices import Price
from taokit.chain_client.reads.registry import read
from taokit.chain_client.reads.values import Identity, price_from_bits, text

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = [
    "Subnet",
    "SubnetDetail",
    "burn_cost",
    "no_subnet",
    "registration_cost",
    "subnet",
    "subnets",
]


@dataclass(frozen=True, slots=True)
class Subnet:
    """One subnet as the chain's ``DynamicInfo`` has it. Emissions are for one block."""

    netuid: int
    name: str
    symbol: str
    owner_hotkey: str
    owner_coldkey: str
    tempo: int
    price: Price
    """TAO for one alpha by the pool's reserves."""
    moving_price: Price
    tao_in: Tao
    alpha_in: Alpha
    alpha_out: Alpha
    tao_in_emission: Tao
    alpha_in_emission: Alpha
    alpha_out_emission: Alpha
    last_step: int
    blocks_since_last_step: int
    registered_at: int
    identity: Identity | None

    @classmethod
    def from_value(cls, value: Mapping[str, Any], price: Price | None = None) -> Subnet:
        """From a decoded ``DynamicInfo``; ``price`` is the swap's own where it is known."""
        netuid = value["netuid"]
        return cls(
            netuid=netuid,
            name=text(value["subnet_name"]),
            symbol=text(value["token_symbol"]),
            owner_hotkey=str(value["owner_hotkey"]),
            owner_coldkey=str(value["owner_coldkey"]),
            tempo=value["tempo"],
            price=price or Price(0, netuid),
            moving_price=price_from_bits(value["moving_price"], netuid),
            tao_in=Tao(value["tao_in"]),
            alpha_in=Alpha(value["alpha_in"], netuid),
            alpha_out=Alpha(value["alpha_out"], netuid),
            tao_in_emission=Tao(value["tao_in_emission"]),
            alpha_in_emission=Alpha(value["alpha_in_emission"], netuid),
            alpha_out_emission=Alpha(value["alpha_out_emission"], netuid),
            last_step=value["last_step"],
            blocks_since_last_step=value["blocks_since_last_step"],
            registered_at=value["network_registered_at"],
            identity=Identity.from_value(value["subnet_identity"]),
        )


@dataclass(frozen=True, slots=True)
class SubnetDetail:
    """One subnet with what somebody about to register or stake there asks next."""

    subnet: Subnet
    neurons: int
    max_neurons: int
    registration_cost: Tao
    registration_allowed: bool
    started: bool
    """Whether its token can be bought: the owner has started it."""
    next_epoch: int | None
    """The block of its next epoch, where the chain tells."""
    mechanisms: int
    tao_flow: Tao | None
    """TAO that staking brings in a block, less what unstaking takes: a moving average."""


_DETAILS = (
    "SubnetworkN",
    "MaxAllowedUids",
    "Burn",
    "NetworkRegistrationAllowed",
    "SubtokenEnabled",
    "MechanismCountCurrent",
)
_FLOW = "SubnetEmaTaoFlow"
"""Runtimes whose emission does not go by flows have no such item."""


@read("subnets", group="subnets")
async def subnets(chain: ChainClient) -> tuple[Subnet, ...]:
    """All subnets, by number, with prices and pools."""
    async with chain.snapshot():
        infos, prices = await asyncio.gather(
            chain.runtime_call("SubnetInfoRuntimeApi", "get_all_dynamic_info"), all_prices(chain)
        )
    return tuple(
        Subnet.from_value(info, prices.get(info["netuid"])) for info in infos if info is not None
    )


@read("subnet", group="subnets")
async def subnet(
    chain: ChainClient, netuid: Annotated[NetUid, Arg("Which subnet.")]
) -> SubnetDetail:
    """One subnet: owner, pool, price, neurons, and what registering costs."""
    flows = _FLOW in chain.runtime.metadata.pallets["SubtensorModule"].storage
    asked = (*_DETAILS, _FLOW) if flows else _DETAILS
    async with chain.snapshot():
        info, items = await asyncio.gather(
            chain.runtime_call("SubnetInfoRuntimeApi", "get_dynamic_info", netuid),
            chain.query_many([("SubtensorModule", item, netuid) for item in asked]),
        )
        if info is None:
            raise no_subnet(netuid)
        price, next_epoch = await asyncio.gather(
            price_of(chain, netuid),
            chain.runtime_call("SubnetInfoRuntimeApi", "get_next_epoch_start_block", netuid),
        )
    neurons, room, burn, allowed, started, mechanisms, *more = items
    flow = more[0] if more else None
    return SubnetDetail(
        Subnet.from_value(info, price),
        neurons,
        room,
        Tao(burn),
        allowed,
        started,
        next_epoch,
        mechanisms,
        None if flow is None else _flow(flow[1]),
    )


@read("registration-cost", group="subnets")
async def registration_cost(
    chain: ChainClient, netuid: Annotated[NetUid, Arg("The subnet to register in.")]
) -> Tao:
    """What registering a neuron burns in a subnet now."""
    exists, burn = await chain.query_many(
        [("SubtensorModule", "NetworksAdded", netuid), ("SubtensorModule", "Burn", netuid)]
    )
    if not exists:
        raise no_subnet(netuid)
    return Tao(burn)


@read("burn-cost", group="subnets")
async def burn_cost(chain: ChainClient) -> Tao:
    """What registering a new subnet locks now."""
    return Tao(
        await chain.runtime_call("SubnetRegistrationRuntimeApi", "get_network_registration_cost")
    )


async def price_of(chain: ChainClient, netuid: int) -> Price:
    """TAO for one alpha of a subnet, as its swap has it."""
    return Price(await chain.runtime_call("SwapRuntimeApi", "current_alpha_price", netuid), netuid)


async def existing_price_of(chain: ChainClient, netuid: int) -> Price:
    """As :func:`price_of`; the swap has a price even for a subnet that does not exist."""
    async with chain.snapshot():
        exists, price = await asyncio.gather(
            chain.query("SubtensorModule", "NetworksAdded", netuid), price_of(chain, netuid)
        )
    if not exists:
        raise no_subnet(netuid)
    return price


async def all_prices(chain: ChainClient) -> dict[int, Price]:
    """The price of every subnet's alpha, by netuid."""
    found = await chain.runtime_call("SwapRuntimeApi", "current_alpha_price_all")
    return {entry["netuid"]: Price(entry["price"], entry["netuid"]) for entry in found}


def _flow(value: Mapping[str, int] | int) -> Tao:
    """From the chain's fixed point (I64F64) of rao."""
    return Tao((value if isinstance(value, int) else value["bits"]) >> 64)


def no_subnet(netuid: int) -> NotFound:
    """The error for a subnet that does not exist."""
    return NotFound(kind="subnet", name=netuid, hint="`taokit subnets list` shows which there are")
