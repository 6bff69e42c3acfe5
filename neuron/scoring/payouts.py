"""From scores to shares: who gets how much of what there is.

Owns the shapes of payment. Shares are by hotkey, from 0, and sum to 1 (or to less where the rest is
to be burned). Equal scores get equal shares. Scores that are negative or not finite are an error:
whoever makes scores has to say what such a thing would mean.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

from taokit.neuron.messages import Hotkey

__all__ = [
    "FULL",
    "burn",
    "cap",
    "market",
    "normalise",
    "per_family",
    "power",
    "quantise",
    "ramp_top",
    "softmax",
]

FULL = 65_535
Key = TypeVar("Key", bound=Hashable)


def normalise(weights: Mapping[Key, float]) -> dict[Key, float]:
    """Shares in the proportion of weights; all zero where all weights are."""
    highest = _checked(weights)
    if not highest:
        return dict.fromkeys(weights, 0.0)
    # By the largest first: neither very large nor very small numbers lose the sum.
    scaled = {key: weight / highest for key, weight in weights.items()}
    total = math.fsum(scaled.values())
    return {key: weight / total for key, weight in scaled.items()}


def power(scores: Mapping[Key, float], exponent: float) -> dict[Key, float]:
    """Shares in the proportion of scores to a power.

    Above 1 it does not pay to split: a capacity split over k hotkeys earns k**(1 - exponent) of
    what it earns in one.
    """
    highest = _checked(scores)
    if not highest:
        return dict.fromkeys(scores, 0.0)
    return normalise(
        {key: (score / highest) ** exponent if score else 0.0 for key, score in scores.items()}
    )


def softmax(losses: Mapping[Key, float], beta: float) -> dict[Key, float]:
    """Shares in the proportion of exp(-beta * loss); an infinite loss gets nothing."""
    if any(math.isnan(loss) or loss == -math.inf for loss in losses.values()):
        raise ValueError("a loss is a number, or infinite")
    least = min(losses.values(), default=math.inf)
    if least == math.inf:
        return dict.fromkeys(losses, 0.0)
    # Underflow to zero is what a much larger loss deserves.
    return normalise({key: math.exp(-beta * (loss - least)) for key, loss in losses.items()})


def ramp_top(
    scores: Mapping[Key, float],
    top: int,
    *,
    ratio: float = 2.0,
    share: float = 1.0,
    decay: float = 0.7,
) -> dict[Key, float]:
    """``share`` to the best ``top``, falling evenly so that the first gets ``ratio`` times the
    last of them; the rest to those behind, each rank ``decay`` of the one before.

    Scores of zero get nothing, and ties share what their ranks get. What nobody is there for is
    left out: sums below 1 are for burning.
    """
    if top < 1 or ratio < 1 or not 0 <= share <= 1 or not 0 <= decay < 1:
        raise ValueError("top and ratio are from 1, share from 0 to 1, decay from 0 and below 1")
    _checked(scores)
    steps = [ratio - (ratio - 1) * rank / max(top - 1, 1) for rank in range(top)]
    total = math.fsum(steps)
    ranked = sorted((score for score in scores.values() if score > 0), reverse=True)
    paid = [step / total * share for step in steps][: len(ranked)]
    behind = len(ranked) - len(paid)
    paid += [(1 - share) * (1 - decay) * decay**rank for rank in range(behind)]
    by_score: dict[float, list[float]] = {}
    for score, amount in zip(ranked, paid):
        by_score.setdefault(score, []).append(amount)
    equal = {score: math.fsum(amounts) / len(amounts) for score, amounts in by_score.items()}
    return {key: equal.get(score, 0.0) for key, score in scores.items()}


def market(
    units: Mapping[Key, float], *, pool: float, target_price: float, max_price: float
) -> dict[Key, float]:
    """Parts of a pool for units of supply, at one price for all; what is not spent sums to less.

    While the pool buys everything at ``target_price``, the price is above that, by how scarce
    supply is, up to ``max_price``; when it does not, all of it is spent and the price falls.
    """
    if pool < 0 or not 0 < target_price <= max_price:
        raise ValueError("a pool is not negative, and prices are above zero, the target's lower")
    _checked(units)
    total = math.fsum(units.values())
    if not total or not pool:
        return dict.fromkeys(units, 0.0)
    scarcity = max(0.0, 1.0 - total * target_price / pool)
    price = min(target_price + (max_price - target_price) * scarcity, pool / total)
    return {key: min(1.0, amount * price / pool) for key, amount in units.items()}


def per_family(
    scores: Mapping[Hotkey, float],
    family: Mapping[Hotkey, Hashable],
    *,
    top: int,
    decay: float = 0.8,
) -> dict[Hotkey, float]:
    """Scores cut for many of one family (one network, one machine; a coldkey proves nothing).

    The best of a family counts in full, each further one ``decay`` of the one before, from
    ``top`` on nothing. Who has no family is one of their own. Ties share.
    """
    _checked(scores)
    members: dict[Hashable, list[Hotkey]] = {}
    for hotkey in scores:
        members.setdefault(family.get(hotkey, (hotkey,)), []).append(hotkey)
    counted = {}
    for hotkeys in members.values():
        factors: dict[float, list[float]] = {}
        for rank, score in enumerate(sorted((scores[one] for one in hotkeys), reverse=True)):
            factors.setdefault(score, []).append(decay**rank if rank < top else 0.0)
        for hotkey in hotkeys:
            found = factors[scores[hotkey]]
            counted[hotkey] = scores[hotkey] * math.fsum(found) / len(found)
    return counted


def cap(
    weights: Mapping[Key, float], limit: float, *, spill: Key | None = None
) -> dict[Key, float]:
    """Shares none of which is above ``limit``. What is cut off goes to ``spill`` (who has no
    limit), or else to the others in proportion, as often as it takes.

    Raises ValueError where too few have any weight to keep the limit.
    """
    shares = normalise(weights)
    if spill is not None:
        cut = {key: min(share, limit) for key, share in shares.items() if key != spill}
        return {**cut, spill: 1.0 - math.fsum(cut.values())}
    positive = {key: share for key, share in shares.items() if share > 0}
    if positive and len(positive) * limit < 1.0 - 1e-9:
        raise ValueError(f"{len(positive)} cannot share everything with at most {limit:.4g} each")
    held: set[Key] = set()
    while True:
        free = math.fsum(share for key, share in positive.items() if key not in held)
        left = max(0.0, 1.0 - len(held) * limit)
        now = {
            key: limit if key in held else share / free * left for key, share in positive.items()
        }
        over = {key for key, share in now.items() if share > limit * (1 + 1e-12)} - held
        if not over:
            return {key: now.get(key, 0.0) for key in weights}
        held |= over


def burn(
    weights: Mapping[Hotkey, float], earned: float, burn_hotkey: Hotkey
) -> dict[Hotkey, float]:
    """Shares of which ``earned`` (0..1) is paid by weights and the rest goes to ``burn_hotkey``.

    That is the hotkey of the subnet's owner: what it earns as a miner the runtime burns. Everything
    goes there when nobody earned anything. Weight that it has itself is burned as well.
    """
    if not 0.0 <= earned <= 1.0:
        raise ValueError(f"what was earned is from 0 to 1, not {earned}")
    shares = normalise(weights)
    if not any(shares.values()):
        return {**shares, burn_hotkey: 1.0}
    paid = {key: share * earned for key, share in shares.items() if key != burn_hotkey}
    kept = math.fsum(paid.values())
    return {**paid, burn_hotkey: max(0.0, 1.0 - kept)} if kept < 1.0 else paid


def quantise(
    weights: Mapping[Key, float], *, full: int = FULL, round_up: bool = False
) -> dict[Key, int]:
    """Whole numbers in the proportion of weights, the largest at ``full``; halves go up.

    With ``round_up`` everything but the largest is rounded up, so that its share does not grow.
    """
    highest = _checked(weights)
    if not highest:
        return dict.fromkeys(weights, 0)
    shares = ((key, weight / highest * full) for key, weight in weights.items())
    if round_up:
        return {key: min(full, math.ceil(value)) for key, value in shares}
    return {key: math.floor(value + 0.5) for key, value in shares}


def _checked(weights: Mapping[Key, float]) -> float:
    """The largest weight (0 for none), once all are known to be usable."""
    _refuse(weight for weight in weights.values() if not 0.0 <= weight < math.inf)
    return max(weights.values(), default=0.0)


def _refuse(wrong: Iterable[float]) -> None:
    for weight in wrong:
        raise ValueError(f"a weight is a number from 0, not {weight}")
