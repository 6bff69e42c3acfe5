"""Trades with a subnet's pool as they would go now: for previews, and what the chain would refuse.

Owns that reading and its arithmetic. Does not own the operations that trade (``staking``,
``stake_moves``, ``alpha_supply``), nor the pool's own mathematics, which is asked of the chain.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from taokit.chain_client.errors import WouldFail
from taokit.chain_client.money import Alpha, Tao
from taokit.chain_client.operations.base import Effect
from taokit.chain_client.operations.refusals import not_started, refusal
from taokit.chain_client.prices import Price
from taokit.chain_client.reads.stake import Quote, quote

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = ["LEAST_STAKE", "PoolTrade", "pool_trade"]

LEAST_STAKE = Tao(2_000_000)
"""The least that is staked or traded: ``DefaultMinStake`` of the runtime's pallet."""

_MUCH_SLIPPAGE = Fraction(5, 100)
_CERTAIN = Fraction(1_000_001, 1_000_000)
_MOST_INPUT = 1_000
"""Times the pool's reserve that a trade may put in."""
_LEAST_RESERVE = 1_000_000
"""Rao of what is bought that the pool has to hold: ``MinimumReserve`` of the swap pallet."""


@dataclass(frozen=True)
class PoolTrade:
    """One trade as it would go now, without anybody else's before it."""

    netuid: int
    quote: Quote
    limit: Price | None
    """The worst price that the last part of the trade may have."""
    partial: bool
    started: bool
    dynamic: bool
    """Whether the subnet has a pool; else a token is one TAO."""
    reserve_tao: int
    reserve_alpha: int
    least: Tao
    """The least that the chain takes, fee included."""

    @property
    def buying(self) -> bool:
        """Whether TAO goes in."""
        return isinstance(self.quote.pays, Tao)

    @property
    def price_after(self) -> Price:
        """The price once the trade is done: it moves as the ratio of the reserves does."""
        if not self.dynamic or not self.reserve_tao or not self.reserve_alpha:
            return self.quote.price
        put = self.quote.pays.rao - self.quote.fee.rao
        got = self.quote.receives.rao
        tao = self.reserve_tao + (put if self.buying else -got)
        alpha = self.reserve_alpha + (-got if self.buying else put)
        if tao <= 0 or alpha <= 0:
            return self.quote.price
        moved = Fraction(tao * self.reserve_alpha, self.reserve_tao * alpha)
        return Price(int(self.quote.price.rao * moved), self.netuid)

    @property
    def at_least(self) -> Tao | Alpha | None:
        """What is received at worst when the whole trade keeps to the limit."""
        if self.limit is None or self.partial:
            return None
        put = self.quote.pays - self.quote.fee  # type: ignore[operator]
        if isinstance(put, Tao):
            return self.limit.buys(put) if self.limit.rao else None
        return self.limit.worth(put)

    def effects(self) -> tuple[Effect, ...]:
        """Price, fee of the pool, slippage, and what comes out."""
        lost = float(self.quote.slippage)
        found = [Effect(f"price in subnet {self.netuid}", self.quote.price, self.price_after)]
        if self.dynamic:
            found.append(Effect("pool's fee", None, self.quote.fee))
            found.append(Effect("price impact", None, f"{lost:.4%}"))
        found.append(Effect("received, as the pool is now", None, self.quote.receives))
        if self.at_least is not None:
            found.append(Effect("received at least, or nothing is done", None, self.at_least))
        return tuple(found)

    def warnings(self) -> tuple[str, ...]:
        """A trade that moves the price much, and has no limit."""
        if self.limit is None and self.quote.slippage > _MUCH_SLIPPAGE:
            return (
                f"the price moves by {float(self.quote.slippage):.1%} for this amount: "
                "a tolerance or a limit price protects",
            )
        return ()

    def off_limits(self) -> WouldFail | None:
        """More than the pool takes at once, or a limit that the price has passed already."""
        return self._too_much() or self._limit_passed()

    def _too_much(self) -> WouldFail | None:
        """More than the pool takes at once."""
        put, got = self.reserve_tao, self.reserve_alpha
        if not self.buying:
            put, got = got, put
        if self.dynamic and self.quote.pays.rao > put * _MOST_INPUT:
            return refusal("InsufficientLiquidity", f"the pool cannot take {self.quote.pays}")
        if self.dynamic and got < _LEAST_RESERVE:
            reason = f"the pool of subnet {self.netuid} has nearly nothing left to give"
            return refusal("InsufficientLiquidity", reason)
        return None

    def _limit_passed(self) -> WouldFail | None:
        if self.limit is None or not self.dynamic:
            return None
        spot = self.quote.price
        passed = spot.rao >= self.limit.rao if self.buying else spot.rao < self.limit.rao
        if not passed:
            return None
        reason = f"the price is {spot} now, at or beyond the limit of {self.limit}"
        return refusal("PriceLimitExceeded", reason, pallet="Swap")

    def not_tradable(self) -> WouldFail | None:
        """A subnet that has not been started."""
        return None if self.started else not_started(self.netuid)

    def too_little(self) -> WouldFail | None:
        """Less than the least."""
        worth = self.quote.pays if self.buying else self.quote.receives
        if worth.rao < self.least.rao:
            return refusal(
                "AmountTooLow", f"this comes to {Tao(worth.rao)}, and the least is {self.least}"
            )
        return None

    def beyond_limit(self) -> WouldFail | None:
        """A limit that the price would pass."""
        if self.limit is None or self.partial:
            return None
        after, limit = Fraction(self.price_after.rao), Fraction(self.limit.rao)
        passed = after > limit * _CERTAIN if self.buying else after * _CERTAIN < limit
        if not passed:
            return None
        reason = f"the price would move to {self.price_after}, beyond the limit of {self.limit}"
        moved = abs(Fraction(self.price_after.rao, self.quote.price.rao) - 1)
        enough = math.ceil(moved * 1_000) + 1  # in tenths of a percent, with a little to spare
        hint = f"give --tolerance {enough / 10:g}% or more, trade less, or a part: --allow-partial"
        return refusal("SlippageTooHigh", reason, hint=hint)


async def pool_trade(
    chain: ChainClient,
    netuid: int,
    amount: Tao | Alpha,
    *,
    limit: Price | None = None,
    partial: bool = False,
) -> PoolTrade:
    """What selling ``amount`` to the pool of ``netuid`` would do now. Raises :class:`NotFound`."""
    module = "SubtensorModule"
    found, values, least = await asyncio.gather(
        quote(chain, netuid, amount),
        chain.query_many(
            [
                (module, item, netuid)
                for item in ("SubtokenEnabled", "SubnetMechanism", "SubnetTAO", "SubnetAlphaIn")
            ]
        ),
        _least(chain, netuid, amount),
    )
    started, mechanism, tao, alpha = values
    dynamic = bool(mechanism) and netuid != 0
    return PoolTrade(netuid, found, limit, partial, started, dynamic, tao, alpha, least)


async def _least(chain: ChainClient, netuid: int, amount: Tao | Alpha) -> Tao:
    if isinstance(amount, Alpha) or amount.rao > 2 * LEAST_STAKE.rao:
        return LEAST_STAKE
    fee = (await quote(chain, netuid, LEAST_STAKE)).fee
    return Tao(LEAST_STAKE.rao + fee.rao)
