"""Portfolio targets: which stake to move so that every subnet has its share, in exact integers.

Owns the arithmetic. Values are stake times the present price, in rao rounded down; the whole is
their sum. Does not own reading the chain or moving anything (``decisions``).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from taokit.chain_client.automation.script import Rebalance, Target
from taokit.chain_client.money import RAO_PER_TAO, Alpha, Tao
from taokit.chain_client.prices import Price

__all__ = ["Move", "Position", "Shares", "moves_for", "shares_of"]


@dataclass(frozen=True)
class Position:
    """What lies at one target now."""

    target: Target
    stake: Alpha
    price: Price

    @property
    def value(self) -> Tao:
        """In TAO at the present price, rounded down."""
        return self.price.worth(self.stake)


@dataclass(frozen=True)
class Move:
    """Alpha to take from one place to another; ``value`` is what it is worth now."""

    origin: Target
    destination: Target
    alpha: Alpha
    value: Tao


@dataclass(frozen=True)
class Shares:
    """How far positions are from their targets: per position, value less wanted value."""

    whole: Tao
    excess: tuple[Tao, ...]

    @property
    def most_off(self) -> Fraction:
        """The largest distance of a share from its target, as a part of the whole."""
        if not self.whole.rao:
            return Fraction(0)
        return Fraction(max(abs(amount.rao) for amount in self.excess), self.whole.rao)


def shares_of(positions: tuple[Position, ...]) -> Shares:
    """How the positions stand. What is wanted is rounded down, so excesses add up to a few rao."""
    whole = sum((position.value for position in positions), Tao(0))
    excess = tuple(position.value - whole.scaled(position.target.share) for position in positions)
    return Shares(whole, excess)


def moves_for(wanted: Rebalance, positions: tuple[Position, ...]) -> tuple[Move, ...]:
    """The moves that restore the shares; none while every share is within ``off_by``.

    The largest excess goes to the largest lack first, which takes fewest moves for few targets.
    Moves of less than ``min_trade`` are left out, and a move of more than ``max_trade`` is cut to
    that. Fees and slippage are not foreseen: what they take from the whole is found at the next
    occurrence, and so is what was cut.
    """
    shares = shares_of(positions)
    if shares.most_off <= wanted.off_by:
        return ()
    excess = {index: amount.rao for index, amount in enumerate(shares.excess)}
    moves: list[Move] = []
    while True:
        origin = max(excess, key=lambda index: excess[index])
        destination = min(excess, key=lambda index: excess[index])
        rao = min(excess[origin], -excess[destination])
        if rao <= 0:
            return tuple(moves)
        excess[origin] -= rao
        excess[destination] += rao
        at_once = rao if wanted.max_trade is None else min(rao, wanted.max_trade.rao)
        move = _move(positions[origin], positions[destination], at_once)
        if move.alpha.rao and move.value >= wanted.min_trade:
            moves.append(move)


def _move(origin: Position, destination: Position, rao: int) -> Move:
    alpha = min(rao * RAO_PER_TAO // origin.price.rao, origin.stake.rao)
    return Move(origin.target, destination.target, Alpha(alpha, origin.target.netuid), Tao(rao))
