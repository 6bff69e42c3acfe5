"""What a step that is due comes to: the operations to send, with their values.

Owns turning a step into operations: values that are read from the chain, and the moves that
restore shares. Does not own when (``schedule``, ``conditions``) nor sending (``engine``).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from taokit.chain_client.automation.conditions import derive, too_little
from taokit.chain_client.automation.script import Derived, Do, Rebalance, Step, Target
from taokit.chain_client.automation.targets import Move, Position, moves_for, shares_of
from taokit.chain_client.operations import Operation, get_operation

if TYPE_CHECKING:
    from fractions import Fraction

    from taokit.chain_client.client import ChainClient

__all__ = ["Decision", "Intent", "decide"]


@dataclass(frozen=True)
class Intent:
    """One operation by name, with values that text and JSON can hold (the journal keeps them)."""

    operation: str
    values: dict[str, Any]

    def build(self) -> Operation:
        """The operation."""
        return get_operation(self.operation).build(self.values)

    def document(self) -> dict[str, Any]:
        """For the journal."""
        return {"operation": self.operation, "values": self.values}


@dataclass(frozen=True)
class Decision:
    """The operations of an occurrence; or none, and why there is nothing to do now."""

    program: tuple[Intent, ...]
    nothing: str | None = None


async def decide(chain: ChainClient, step: Step, coldkey: str) -> Decision:
    """What the step comes to at the best block (or the pinned one)."""
    async with chain.snapshot():
        if isinstance(step.action, Do):
            return await _operation(chain, step.action)
        return await _moves(chain, step.action, coldkey)


async def _operation(chain: ChainClient, action: Do) -> Decision:
    values: dict[str, Any] = {}
    for name, value in action.values.items():
        if not isinstance(value, Derived):
            values[name] = value
            continue
        found = await derive(chain, value)
        why_not = too_little(found, value)
        if why_not is not None:
            return Decision((), f"{name} would be {why_not}")
        values[name] = int(getattr(found, "rao", found))
    return Decision((Intent(action.operation, values),))


async def _moves(chain: ChainClient, action: Rebalance, coldkey: str) -> Decision:
    positions = tuple(
        await asyncio.gather(*(_position(chain, target, coldkey) for target in action.targets))
    )
    moves = moves_for(action, positions)
    if not moves:
        most = shares_of(positions).most_off
        return Decision((), f"every share is within {float(most):.2%} of its target")
    return Decision(tuple(_intent(move, action.tolerance) for move in moves))


async def _position(chain: ChainClient, target: Target, coldkey: str) -> Position:
    from taokit.chain_client.reads.stake import stake_at
    from taokit.chain_client.reads.subnets import existing_price_of

    stake, price = await asyncio.gather(
        stake_at(chain, coldkey, target.hotkey, target.netuid),
        existing_price_of(chain, target.netuid),
    )
    return Position(target, stake, price)


def _intent(move: Move, tolerance: Fraction | None) -> Intent:
    """The operation of a move: a swap on one hotkey, a move between two."""
    values = {
        "hotkey": move.origin.hotkey,
        "origin_netuid": move.origin.netuid,
        "dest_netuid": move.destination.netuid,
        "amount": move.alpha.rao,
    }
    if move.origin.hotkey != move.destination.hotkey:
        return Intent("stake.move", {**values, "to": move.destination.hotkey})
    bound = {} if tolerance is None else {"tolerance": str(tolerance)}
    return Intent("stake.swap", {**values, **bound})
