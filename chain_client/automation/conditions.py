"""Whether conditions hold at a block, and why not.

Owns asking the chain and comparing. Amounts compare as exact integers of one unit. Does not own
the reading of conditions from a file (``reading_conditions``).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from taokit.chain_client.automation.durations import moment_text
from taokit.chain_client.automation.script import Condition, Derived
from taokit.chain_client.errors import InvalidArgument
from taokit.chain_client.money import Alpha, Amount, Tao
from taokit.chain_client.prices import Price

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = ["Moment", "derive", "too_little", "unmet"]

_OPERATORS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "below": operator.lt,
    "above": operator.gt,
    "at_most": operator.le,
    "at_least": operator.ge,
    "equals": operator.eq,
    "not_equals": operator.ne,
}


@dataclass(frozen=True)
class Moment:
    """A block, and the time that the chain says it was made at (milliseconds since 1970)."""

    number: int
    hash: str
    ms: int

    @classmethod
    async def now(cls, chain: ChainClient) -> Moment:
        """The best block; in a pinned context, that one."""
        async with chain.snapshot() as block:
            return cls(block.number, block.hash, await chain.query("Timestamp", "Now"))


async def unmet(
    chain: ChainClient, conditions: tuple[Condition, ...], moment: Moment
) -> str | None:
    """The first condition that does not hold, in words; ``None`` when all hold."""
    for condition in conditions:
        reason = await _unmet(chain, condition, moment)
        if reason is not None:
            return reason
    return None


async def _unmet(chain: ChainClient, condition: Condition, moment: Moment) -> str | None:
    if condition.kind == "any":
        reasons = [await _unmet(chain, part, moment) for part in condition.parts]
        return None if None in reasons else "; ".join(str(reason) for reason in reasons)
    if condition.kind == "not":
        reason = await unmet(chain, condition.parts, moment)
        return "what must not hold does" if reason is None else None
    if condition.kind == "block":
        return _outside(condition, moment.number, lambda block: f"block {block}")
    if condition.kind == "time":
        return _outside(condition, moment.ms, moment_text)
    name, value = await _asked(chain, condition)
    for comparison in condition.comparisons:
        wanted = _like(value, comparison.to)
        if value is None and comparison.op not in ("equals", "not_equals"):
            return f"{name} is not there"
        if not _OPERATORS[comparison.op](_ordered(value), _ordered(wanted)):
            return f"{name} is {_shown(value)}, {_missed(comparison.op, wanted)}"
    return None


def _missed(op: str, wanted: Any) -> str:
    """What a value is not, in words."""
    if op == "not_equals":
        return "as it must not be"
    compared = "" if op == "equals" else f"{op.replace('_', ' ')} "
    return f"not {compared}{_shown(wanted)}"


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _outside(condition: Condition, now: int, shown: Callable[[int], str]) -> str | None:
    after, before = condition.arguments.get("after"), condition.arguments.get("before")
    if after is not None and now < after:
        return f"{shown(after)} has not come"
    if before is not None and now >= before:
        return f"{shown(before)} has passed"
    return None


async def _asked(chain: ChainClient, condition: Condition) -> tuple[str, Any]:
    from taokit.chain_client.reads.balances import balance
    from taokit.chain_client.reads.stake import stake_at
    from taokit.chain_client.reads.subnets import existing_price_of

    given = condition.arguments
    if condition.kind == "price":
        return f"the price of subnet {given['netuid']}", await existing_price_of(
            chain, given["netuid"]
        )
    if condition.kind == "balance":
        return f"the balance of {given['of']}", (await balance(chain, given["of"])).free
    if condition.kind == "stake":
        found = await stake_at(chain, given["coldkey"], given["hotkey"], given["netuid"])
        return f"the stake on {given['hotkey']}", found  # the amount names the subnet
    name, field = given["name"], given["field"]
    shown = f"{name}.{field}" if field else str(name)
    return shown, await _read(chain, name, given["with"], field)


async def _read(chain: ChainClient, name: str, arguments: dict[str, Any], field: str | None) -> Any:
    from taokit.chain_client.reads import get_read

    found = await get_read(name).call(chain, arguments)
    for part in field.split(".") if field else ():
        found = _part(found, part, name)
    return found


def _part(value: Any, part: str, name: str) -> Any:
    """A field, an item of a list by its number, or the ``length`` of a list."""
    if isinstance(value, (list, tuple)):
        if part == "length":
            return len(value)
        if part.isdigit():  # what a list does not have is nothing, which equals none
            return value[int(part)] if int(part) < len(value) else None
    elif value is None:
        return None
    elif isinstance(value, Mapping):
        for key in (part, int(part) if part.isdigit() else part):
            if key in value:
                return value[key]
    elif not part.startswith("_") and hasattr(value, part):
        return getattr(value, part)
    raise InvalidArgument("field", part, f"the read {name} has no such field")


def _ordered(value: Any) -> Any:
    """Prices of one subnet compare by their number."""
    return value.rao if isinstance(value, Price) else value


def _like(value: Any, text: str) -> Any:
    """``text`` as a value of the kind that ``value`` is."""
    if isinstance(value, Tao):
        return Tao.parse(text)
    if isinstance(value, Alpha):
        return Alpha.parse(text, value.netuid)
    if isinstance(value, Price):
        return Price(Tao.parse(text).rao, value.netuid)
    if isinstance(value, bool):
        return text.lower() in ("true", "yes", "on", "1")
    if isinstance(value, int):
        return int(text, 0)
    if isinstance(value, Fraction):
        cleaned = text.strip()
        divisor = 100 if cleaned.endswith("%") else 1
        return Fraction(cleaned.rstrip("%").strip()) / divisor
    if value is None:
        return None if text.lower() in ("none", "null", "-") else text
    return text if isinstance(value, str) else type(value)(text)


async def derive(chain: ChainClient, derived: Derived) -> Any:
    """The value now; an amount never below zero. Raises :class:`InvalidArgument`."""
    value = await _read(chain, derived.read, derived.arguments, derived.field)
    if isinstance(value, bool) or not isinstance(value, (Amount, int)):
        kind = type(value).__name__
        raise InvalidArgument(derived.read, value, f"it is a {kind}, no amount or number")
    if isinstance(value, int):
        return _bounded_number(value, derived)
    if derived.minus is not None:
        value = value - _like(value, derived.minus)
    if derived.share is not None:
        value = value.scaled(derived.share)
    if derived.at_most is not None:
        value = min(value, _like(value, derived.at_most))
    return max(value, value * 0)


def too_little(value: Any, derived: Derived) -> str | None:
    """Why a derived value is not worth an operation; ``None`` if it is."""
    if int(getattr(value, "rao", value)) <= 0:
        return f"{value}: nothing to do"
    if derived.at_least is None:
        return None
    least = _like(value, derived.at_least)
    return f"{value}, less than {least}" if value < least else None


def _bounded_number(value: int, derived: Derived) -> int:
    value -= int(derived.minus or 0)
    if derived.share is not None:
        value = value * derived.share.numerator // derived.share.denominator
    return max(0, value if derived.at_most is None else min(value, int(derived.at_most)))
