"""The limits of a script: what may be spent, what has to stay, how far a price may move.

Owns asking whether one planned operation keeps them. Does not own the user's policy, which stands
above every script (``policy``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from taokit.chain_client.automation.conditions import Moment
from taokit.chain_client.automation.durations import MS_PER_DAY
from taokit.chain_client.automation.journal import Journal
from taokit.chain_client.automation.script import Limits
from taokit.chain_client.money import Alpha, Tao
from taokit.chain_client.policy.inside import Seen, seen_in
from taokit.chain_client.policy.spending import Unknowable, spent_by
from taokit.chain_client.prices import percent

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.operations import Operation, Plan

__all__ = ["Breach", "bounded", "breach", "planned_spend"]

_BUYING: Final = {"add_stake", "add_stake_limit", "add_stake_burn"}
_SELLING: Final = {"remove_stake", "remove_stake_limit"}
_PASSING: Final = {"swap_stake", "swap_stake_limit", "move_stake", "transfer_stake"}


@dataclass(frozen=True)
class Breach:
    """A limit that a step would break. ``for_now``: it may pass by itself."""

    limit: str
    message: str
    for_now: bool


async def planned_spend(chain: ChainClient, plan: Plan) -> Tao | None:
    """What the plan spends; ``None`` where that cannot be told."""
    try:
        return await spent_by(chain, plan.call, plan.signer)
    except Unknowable:
        return None


def bounded(operation: Operation, limits: Limits) -> Operation:
    """The operation with ``max_slippage`` as its tolerance, where it takes one and has none.

    The chain then holds the limit too, at the moment of the trade.
    """
    names = {field.name for field in fields(operation)}  # type: ignore[arg-type]
    if limits.max_slippage is None or "tolerance" not in names:
        return operation
    given: Any = operation
    if given.tolerance is not None or getattr(given, "limit_price", None) is not None:
        return operation
    bounded: Operation = replace(given, tolerance=limits.max_slippage)
    return bounded


async def breach(
    chain: ChainClient,
    limits: Limits,
    journal: Journal,
    plan: Plan,
    spend: Tao | None,
    moment: Moment,
) -> Breach | None:
    """The first limit that sending this now would break."""
    found = _spending(limits, journal, spend, moment)
    if found is not None:
        return found
    if limits.min_balance is not None:
        from taokit.chain_client.reads.balances import balance

        free = (await balance(chain, plan.signer)).free
        left = free - (spend or Tao(0)) - (plan.fee or Tao(0))
        if left < limits.min_balance:
            said = f"{left} would be left, less than {limits.min_balance}"
            return Breach("min_balance", said, for_now=True)
    if limits.max_slippage is not None:
        worst = await _slippage(chain, plan)
        if worst > limits.max_slippage:
            said = f"slippage would be {float(worst):.3%}, more than {percent(limits.max_slippage)}"
            return Breach("max_slippage", said, for_now=True)
    return None


def _spending(limits: Limits, journal: Journal, spend: Tao | None, moment: Moment) -> Breach | None:
    so_far: dict[str, tuple[Tao | None, Callable[[], int], bool]] = {
        "max_spend_per_run": (limits.per_run, lambda: journal.spent(this_run=True), False),
        "max_spend_per_day": (
            limits.per_day,
            lambda: journal.spent(since_ms=moment.ms - MS_PER_DAY),
            True,
        ),
        "max_spend": (limits.total, journal.spent, False),
    }
    for name, (limit, spent, for_now) in so_far.items():
        if limit is None:
            continue
        if spend is None:
            return Breach(name, "what it spends cannot be told", for_now=False)
        total = Tao(spent()) + spend
        if total > limit and spend.rao:
            # More than the whole limit in one piece never fits, however long one waits.
            said = f"{total} would be spent, more than {limit}"
            return Breach(name, said, for_now=for_now and spend <= limit)
    return None


async def _slippage(chain: ChainClient, plan: Plan) -> Fraction:
    calls = seen_in(chain.runtime, chain.encode_call(plan.call))
    worst = Fraction(0)
    for seen in calls:
        if seen.pallet == "SubtensorModule":
            worst = max(worst, await _slippage_of(chain, seen, plan.signer))
    return worst


async def _slippage_of(chain: ChainClient, seen: Seen, signer: str) -> Fraction:
    from taokit.chain_client.reads.stake import quote, stake_at

    args = seen.args
    if seen.name in _BUYING:
        spent = Tao(args.get("amount_staked", args.get("amount")))
        return (await quote(chain, args["netuid"], spent)).slippage
    if seen.name in _SELLING:
        sold = Alpha(args["amount_unstaked"], args["netuid"])
        return (await quote(chain, args["netuid"], sold)).slippage
    if seen.name == "remove_stake_full_limit":
        sold = await stake_at(chain, signer, str(args["hotkey"]), args["netuid"])
        return (await quote(chain, args["netuid"], sold)).slippage
    if seen.name in _PASSING and args["origin_netuid"] != args["destination_netuid"]:
        sold = Alpha(args["alpha_amount"], args["origin_netuid"])
        selling = await quote(chain, args["origin_netuid"], sold)
        assert isinstance(selling.receives, Tao)
        buying = await quote(chain, args["destination_netuid"], selling.receives)
        return 1 - (1 - selling.slippage) * (1 - buying.slippage)
    return Fraction(0)
