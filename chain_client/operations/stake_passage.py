"""Stake on its way from one place to another as it would go now: previews and foreseen refusals.

Owns that reading for moves, transfers and swaps of stake (``stake_moves``). Source of the rules:
``validate_stake_transition`` in ``pallets/subtensor/src/staking/stake_utils.rs``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from taokit.chain_client.errors import WouldFail
from taokit.chain_client.money import Alpha, Tao
from taokit.chain_client.operations.base import Effect
from taokit.chain_client.operations.pool_trades import LEAST_STAKE, PoolTrade, pool_trade
from taokit.chain_client.operations.refusals import (
    not_started,
    nothing_staked,
    refusal,
    unknown_hotkey,
)
from taokit.chain_client.reads.availability import available
from taokit.chain_client.reads.stake import stake_at

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = ["Passage", "passage"]

_MUCH_SLIPPAGE = Fraction(5, 100)


@dataclass(frozen=True)
class Passage:
    """Stake from (coldkey, hotkey, netuid) to another such place."""

    source: tuple[str, str, int]
    dest: tuple[str, str, int]
    amount: Alpha
    """What goes: what was asked for, or what is there where that is less."""
    staked: Alpha
    free: Alpha
    """What of the coldkey's stake in the subnet no lock holds."""
    staked_there: Alpha
    started: tuple[bool, bool]
    limit: Fraction | None
    partial: bool
    sale: PoolTrade | None
    """The sale for TAO; None within one subnet."""
    purchase: PoolTrade | None
    """The purchase with that; None too where the sale brings too little for one."""

    @property
    def arrives(self) -> Alpha:
        """What the destination has more of."""
        if self.sale is None:
            return self.amount
        received = None if self.purchase is None else self.purchase.quote.receives
        return received if isinstance(received, Alpha) else Alpha(0, self.dest[2])

    def effects(self) -> tuple[Effect, ...]:
        """Both stakes, both prices, the rate, and what is lost on the way."""
        if self.source == self.dest:
            return ()
        found = [Effect(_place(self.source), self.staked, self.staked - self.amount)]
        if self.sale is not None and self.purchase is None and self.amount:
            found.append(Effect("received as TAO", None, self.sale.quote.receives))
        else:
            there = self.staked_there
            found.append(Effect(_place(self.dest), there, there + self.arrives))
        for trade in (self.sale, self.purchase):
            if trade is not None and trade.dynamic:
                what = f"price in subnet {trade.netuid}"
                found.append(Effect(what, trade.quote.price, trade.price_after))
        if self.sale is not None and self.arrives:
            found.append(
                Effect(
                    "rate", None, _rate(self.arrives / Alpha(self.amount.rao, self.arrives.netuid))
                )
            )
            found.append(Effect("price impact and fees", None, f"{float(self.lost):.4%}"))
        return tuple(found)

    @property
    def lost(self) -> Fraction:
        """The part of the worth, at present prices, that does not arrive."""
        if self.sale is None or self.purchase is None or not self.amount:
            return Fraction(0)
        before = self.sale.quote.price.worth(self.amount).rao
        after = self.purchase.quote.price.worth(self.arrives).rao
        return Fraction(before - after, before) if before else Fraction(0)

    def warnings(self) -> tuple[str, ...]:
        """Much that is lost without a limit, and stake that arrives as TAO."""
        found = []
        if self.limit is None and self.lost > _MUCH_SLIPPAGE:
            found.append(f"{float(self.lost):.1%} of the worth is lost to fees and price impact")
        if self.sale is not None and self.purchase is None and self.amount:
            found.append(
                f"this is too little to stake again: it arrives as {self.sale.quote.receives}"
            )
        return tuple(found)

    def problem(self, *, known: Sequence[bool], transferable: Sequence[bool]) -> WouldFail | None:
        """What the chain would refuse, in its order."""
        netuids = (self.source[2], self.dest[2])
        if found := self._limit_passed():
            return found
        if self.source == self.dest:
            return refusal("SameNetuid", "it is where it would go to")
        for netuid, started in zip(netuids, self.started):
            if not started:
                return not_started(netuid)
        for place, is_known in zip((self.source, self.dest), known):
            if not is_known:
                return unknown_hotkey(place[1])
        if found := self._too_little() or self._beyond_limit():
            return found
        for netuid, may in zip(netuids, transferable):
            if not may:
                reason = f"subnet {netuid} does not let stake be given to another coldkey"
                return refusal("TransferDisallowed", reason, told={"NETUID": netuid})
        if self.sale is not None and self.amount > self.free:
            return refusal("StakeUnavailable", f"locks leave {self.free} of the stake free")
        return None

    @property
    def _rate_now(self) -> Fraction | None:
        """Alpha there for one alpha here, by the present prices; None within a subnet."""
        if self.sale is None or self.purchase is None or not self.purchase.quote.price.rao:
            return None
        return Fraction(self.sale.quote.price.rao, self.purchase.quote.price.rao)

    def _limit_passed(self) -> WouldFail | None:
        if self.limit is None or self._rate_now is None or self._rate_now >= self.limit:
            return None
        assert self.sale is not None
        assert self.purchase is not None
        if self.sale.dynamic == self.purchase.dynamic:
            return None
        return refusal("PriceLimitExceeded", self._limit_reason(), pallet="Swap")

    def _beyond_limit(self) -> WouldFail | None:
        if self.limit is None or self.partial or self._rate_now is None:
            return None
        if self._rate_now >= self.limit:
            return None
        assert self._rate_now is not None
        below = _rate(self._rate_now).partition(" ")[0]
        hint = f"give a --limit-price below {below}, or --tolerance 5% in its place"
        return refusal("SlippageTooHigh", self._limit_reason(), hint=hint)

    def _limit_reason(self) -> str:
        assert self._rate_now is not None
        assert self.limit is not None
        return f"the rate is {_rate(self._rate_now)}, below the limit of {_rate(self.limit)}"

    def _too_little(self) -> WouldFail | None:
        if not self.staked:
            # The chain moves nothing within a subnet then, which is no error to it.
            return nothing_staked(f"nothing is staked there: {_place(self.source)}")
        if self.sale is None:
            return None
        worth = self.sale.quote.receives
        if worth.rao <= LEAST_STAKE.rao:
            return refusal("AmountTooLow", f"it is worth {worth}, and more than {LEAST_STAKE} goes")
        return None


async def passage(
    chain: ChainClient,
    coldkey: str,
    hotkey: str,
    origin: int,
    dest: int,
    asked: Alpha | None,
    to_coldkey: str,
    to_hotkey: str,
    *,
    limit: Fraction | None = None,
    partial: bool = False,
) -> Passage:
    """The passage of ``asked`` (None for all) as it would go now. Raises :class:`NotFound`."""
    staked, there, free, started = await asyncio.gather(
        stake_at(chain, coldkey, hotkey, origin),
        stake_at(chain, to_coldkey, to_hotkey, dest),
        available(chain, coldkey, origin),
        chain.query_many(
            [("SubtensorModule", "SubtokenEnabled", netuid) for netuid in (origin, dest)]
        ),
    )
    amount = staked if asked is None else min(asked, staked)
    sale = purchase = None
    if origin != dest:
        sale = await pool_trade(chain, origin, amount)
        fetched = sale.quote.receives
        assert isinstance(fetched, Tao)
        if fetched >= LEAST_STAKE:
            purchase = await pool_trade(chain, dest, fetched)
    return Passage(
        (coldkey, hotkey, origin),
        (to_coldkey, to_hotkey, dest),
        amount,
        staked,
        free,
        there,
        (started[0], started[1]),
        limit,
        partial,
        sale,
        purchase,
    )


def _place(place: tuple[str, str, int]) -> str:
    coldkey, hotkey, netuid = place
    return f"stake of {coldkey} on {hotkey} in subnet {netuid}"


def _rate(rate: Fraction) -> str:
    return f"{Tao(int(rate * 10**9)).decimal()} for one"
