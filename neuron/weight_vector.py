"""Weights as a chain takes them: uids and numbers up to 65,535, of a valid length.

Owns quantisation and the rules a vector has to keep (``min_allowed_weights``,
``max_weight_limit``). Does not own what anybody deserves (``scoring``) nor sending.

The runtime scales what it is given so that the largest is 65,535; what is made here is scaled so
already, and is stored as it is. It counts entries, zeros included: a vector that is too short is
filled with zeros for other uids, which changes nobody's share.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from taokit.neuron.errors import WeightsError
from taokit.neuron.messages import Hotkey

__all__ = ["FULL", "capped", "weight_vector"]

FULL = 65_535


def weight_vector(
    weights: Mapping[Hotkey, float],
    uids: Mapping[Hotkey, int],
    *,
    size: int,
    min_allowed: int = 0,
    max_limit: int = FULL,
    own: Hotkey | None = None,
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """(uids, values) in the order of uids, in the proportion of ``weights``.

    ``uids`` is who is registered, ``size`` how many uids the subnet has, ``max_limit`` the largest
    share of one neuron (of 65,535), ``own`` who sets them: a vector for oneself alone has neither
    limit. Raises WeightsError for weights that are negative, not finite, all zero, or of hotkeys
    that are not registered, and for a limit that so few neurons cannot keep.
    """
    missing = sorted(hotkey for hotkey in weights if hotkey not in uids)
    if missing:
        raise WeightsError(
            f"not registered: {', '.join(missing[:3])}{' and more' if len(missing) > 3 else ''}",
            hint="take a new snapshot and leave out who has gone",
        )
    wrong = [hotkey for hotkey, weight in weights.items() if not 0.0 <= weight < math.inf]
    if wrong:
        raise WeightsError(f"the weight of {wrong[0]} is {weights[wrong[0]]}")
    positive = {hotkey: float(weight) for hotkey, weight in weights.items() if weight > 0}
    if not positive:
        raise WeightsError(
            "there is nothing to set: every weight is zero",
            hint="to pay nobody, give all to the hotkey of the subnet's owner",
        )
    alone = list(positive) == [own]
    limited = max_limit < FULL and not alone
    if limited:
        positive = capped(positive, max_limit / FULL)
    values = _quantised({uids[hotkey]: weight for hotkey, weight in positive.items()}, limited)
    if not alone:
        for uid in range(size):
            if len(values) >= min(size, min_allowed):
                break
            values.setdefault(uid, 0)
    order = sorted(values)
    return tuple(order), tuple(values[uid] for uid in order)


def capped(weights: Mapping[Hotkey, float], limit: float) -> dict[Hotkey, float]:
    """Shares (sum 1) none of which is above ``limit``; what is cut off goes to the others.

    In proportion to what they have, as often as it takes. Raises WeightsError where there are too
    few with any weight to keep the limit.
    """
    highest = max(weights.values(), default=0.0)
    positive = {hotkey: weight / highest for hotkey, weight in weights.items() if weight > 0}
    if len(positive) * limit < 1.0 - 1e-9:
        raise WeightsError(
            f"{len(positive)} neurons cannot share everything with at most {limit:.4g} each"
        )
    held: set[Hotkey] = set()
    while True:
        free = math.fsum(weight for hotkey, weight in positive.items() if hotkey not in held)
        left = 1.0 - len(held) * limit
        shares = {
            hotkey: limit if hotkey in held else weight / free * left
            for hotkey, weight in positive.items()
        }
        over = {hotkey for hotkey, share in shares.items() if share > limit * (1 + 1e-12)} - held
        if not over:
            return {hotkey: shares.get(hotkey, 0.0) for hotkey in weights}
        held |= over


def _quantised(weights: Mapping[int, float], round_up: bool) -> dict[int, int]:
    """The largest becomes 65,535. Rounding all others up keeps the largest one's share in limit."""
    highest = max(weights.values())
    near = math.ceil if round_up else _rounded
    scaled = {uid: min(FULL, near(weight / highest * FULL)) for uid, weight in weights.items()}
    return {uid: value for uid, value in scaled.items() if value}


def _rounded(value: float) -> int:
    """To the nearest, a half up: what the runtime does to a number of its own."""
    return math.floor(value + 0.5)
