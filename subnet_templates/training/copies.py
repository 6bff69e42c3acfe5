"""Updates that are one update: somebody else's, or one's own under several names.

Owns comparing the updates of a window. Does not own what each is worth by itself (``judging``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import numpy as np

from taokit.neuron.messages import Hotkey
from taokit.subnet_templates.training.codec import Sparse
from taokit.subnet_templates.training.judging import Bar, History

__all__ = ["copies", "overlap", "shared"]


def overlap(one: Sparse, other: Sparse) -> float:
    """The part of the entries of the smaller update that the other has as well, of equal sign."""
    first, second = one.places_sent(), other.places_sent()
    fewest = min(len(first), len(second))
    if not fewest:
        return 0.0
    _, at, where = np.intersect1d(first, second, assume_unique=True, return_indices=True)
    signs = np.sign(one.codes[one.codes != 0])[at] == np.sign(other.codes[other.codes != 0])[where]
    return float(signs.sum()) / fewest


def copies(
    sent: Mapping[Hotkey, Sparse], histories: Mapping[Hotkey, History], bar: Bar
) -> dict[Hotkey, Hotkey]:
    """Who handed in another's update: each with whose it is.

    Of two that agree, the one whose updates show that they were made on its own pages made it.
    While that cannot be told, nobody is accused.
    """
    found: dict[Hotkey, Hotkey] = {}
    for one, other in _alike(sent, bar):
        by_proof = sorted((one, other), key=lambda hotkey: histories[hotkey].proof(bar))
        less, more = by_proof
        known = histories[less].is_known(bar)
        if known and histories[less].proof(bar) + bar.apart < histories[more].proof(bar):
            found[less] = more
    return found


def shared(
    sent: Mapping[Hotkey, Sparse], proven: Collection[Hotkey], bar: Bar
) -> dict[Hotkey, tuple[Hotkey, ...]]:
    """Who handed in one update under several names: each with all of those names, in order.

    Only among those whose work is proven: such an update was made on the pages of all of them, by
    one who has all of these hotkeys. It is one update, and earns what one does. Whoever copies
    without the work is not among them, and takes nothing from the one that is copied.
    """
    groups: dict[Hotkey, set[Hotkey]] = {}
    for one, other in _alike({hotkey: sent[hotkey] for hotkey in proven if hotkey in sent}, bar):
        joined = groups.get(one, {one}) | groups.get(other, {other})
        for hotkey in joined:
            groups[hotkey] = joined
    return {hotkey: tuple(sorted(group)) for hotkey, group in groups.items()}


def _alike(sent: Mapping[Hotkey, Sparse], bar: Bar) -> Iterator[tuple[Hotkey, Hotkey]]:
    hotkeys = sorted(sent)
    for place, one in enumerate(hotkeys):
        for other in hotkeys[place + 1 :]:
            if overlap(sent[one], sent[other]) >= bar.alike:
                yield one, other
