"""Weights as a chain takes them: uids and numbers up to 65,535, of a valid length.

Owns the rules a vector has to keep (``min_allowed_weights``, ``max_weight_limit``). Does not own
what anybody deserves (``scoring``) nor sending.

The runtime scales what it is given so that the largest is 65,535; what is made here is scaled so
already, and is stored as it is. It counts entries, zeros included: a vector that is too short is
filled with zeros for other uids, which changes nobody's share.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from taokit.neuron.errors import WeightsError
from taokit.neuron.messages import Hotkey
from taokit.neuron.scoring.payouts import FULL, cap, quantise

__all__ = ["FULL", "weight_vector"]


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
        try:
            positive = cap(positive, max_limit / FULL)
        except ValueError as error:
            raise WeightsError(f"the limit of one weight cannot be kept: {error}") from error
    scaled = quantise(
        {uids[hotkey]: weight for hotkey, weight in positive.items()}, round_up=limited
    )
    values = {uid: value for uid, value in scaled.items() if value}
    if not alone:
        for uid in range(size):
            if len(values) >= min(size, min_allowed):
                break
            values.setdefault(uid, 0)
    order = sorted(values)
    return tuple(order), tuple(values[uid] for uid in order)
