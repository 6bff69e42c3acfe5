"""How one stake pool is shared out among its holders.

Owns: the share-pool rules of Subtensor primitives/share-pool as pure functions: a pool is a value
in rao (`shared_value`, u64), a `denominator` (all shares) and one holder's `share`. Does not own
storage (the pallet reads and writes the four items) nor stake rules.
"""

from __future__ import annotations

from typing import NamedTuple

from taokit.local_chain.arithmetic.safe_float import ZERO, SafeFloat

__all__ = [
    "PoolUpdate",
    "shares_per_update",
    "update_has_effect",
    "update_value_for_all",
    "update_value_for_one",
    "value_of_share",
]

_U64_MAX = (1 << 64) - 1


class PoolUpdate(NamedTuple):
    """The pool after a holder's change: the three values to store, in the runtime's write order."""

    denominator: SafeFloat
    share: SafeFloat
    shared_value: int


def value_of_share(shared_value: int, share: SafeFloat, denominator: SafeFloat) -> int:
    """Rao a share is worth, floored; 0 where the pool has no shares (`get_value`)."""
    if share == denominator and share.mantissa:
        return shared_value  # the only holder's: the product and the quotient are exact
    worth = SafeFloat.from_int(shared_value).mul_div(share, denominator)
    return 0 if worth is None else worth.to_u64()


def shares_per_update(update: int, shared_value: int, denominator: SafeFloat) -> SafeFloat:
    """Shares that |update| rao buy or sell; zero where the pool's value is zero."""
    amount = SafeFloat.from_int(abs(update))
    return amount.mul_div(denominator, SafeFloat.from_int(shared_value)) or ZERO


def update_has_effect(update: int, shared_value: int, denominator: SafeFloat) -> bool:
    """Whether the change would move any share (`sim_update_value_for_one`).

    False when a pool with shares has no value: staking into it would lose the stake.
    """
    return denominator.is_zero or not shares_per_update(update, shared_value, denominator).is_zero


def update_value_for_all(shared_value: int, update: int) -> int:
    """The pool's value after `update` rao for every holder at once, saturating at 0 and u64."""
    return min(max(shared_value + update, 0), _U64_MAX)


def update_value_for_one(
    shared_value: int, share: SafeFloat, denominator: SafeFloat, update: int
) -> PoolUpdate:
    """The pool after one holder adds (`update` > 0) or removes rao.

    The first holder's shares equal the rao, of either sign. Shares that cannot be represented, or a
    removal from a zero share, leave the old share or denominator in place, as in the runtime. The
    share may come out zero: the pallet then removes the storage entry.
    """
    if denominator.is_zero:
        amount = SafeFloat.from_int(abs(update))
        new_denominator, new_share = amount, amount
    else:
        delta = shares_per_update(update, shared_value, denominator)
        if update > 0:
            added_denominator, added_share = denominator.add(delta), share.add(delta)
        else:
            added_denominator, added_share = denominator.sub(delta), share.sub(delta)
        new_denominator = denominator if added_denominator is None else added_denominator
        new_share = share if added_share is None else added_share
    return PoolUpdate(new_denominator, new_share, update_value_for_all(shared_value, update))
