"""The stake-weighted median of every column at once.

Owns: the fast counterpart of `weighted_median_col_sparse`. The source partitions around pivots;
with exact integer sums the result does not depend on the path: it is the smallest score whose
stake, together with all stake below it, exceeds the minority, or the largest score if none does.
"""

from __future__ import annotations

import numpy as np

from taokit.local_chain.arithmetic.fixed import I32F32
from taokit.local_chain.yuma.matrix import Entries, IntArray, last_of_duplicates
from taokit.local_chain.yuma.vectors import normalize

__all__ = ["weighted_median_columns"]


def weighted_median_columns(
    stake: IntArray, score: Entries, columns: int, majority: int
) -> IntArray:
    """Median of each column over the rows with stake; 0 without such rows. Raw I32F32."""
    used = np.flatnonzero(stake > 0)
    if used.size == 0:
        return np.zeros(columns, dtype=np.int64)
    weights = np.array(normalize(stake[used].tolist()), dtype=np.int64)
    minority = I32F32.saturating_sub(int(weights.sum()), majority)

    position = np.full(stake.size, -1, dtype=np.int64)
    position[used] = np.arange(used.size)
    kept = last_of_duplicates(score.where(position[score.row] >= 0), columns)
    dense = np.zeros((columns, used.size), dtype=np.int64)
    dense[kept.column, position[kept.row]] = kept.value

    order = np.argsort(dense, axis=1)
    exceeds = np.cumsum(weights[order], axis=1) > minority
    exceeds[:, -1] = True
    place = np.take_along_axis(order, exceeds.argmax(axis=1)[:, None], axis=1)
    return np.take_along_axis(dense, place, axis=1)[:, 0]
