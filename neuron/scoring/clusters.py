"""A tax on being alike: those whose errors go together share what one of them would get.

Owns that tax. It accuses nobody: honest miners who err alike pay it too, a little, and who adds
noise to look different pays with skill.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from taokit.neuron.messages import Hotkey

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["cluster_split"]


def cluster_split(
    skill: Mapping[Hotkey, float],
    errors: Mapping[Hotkey, Sequence[float]],
    *,
    exponent: float = 2.0,
    sharpness: float = 8.0,
) -> dict[Hotkey, float]:
    """Shares in the proportion of skill to a power, over how many are like oneself.

    ``errors`` are of the same questions in the same order for everyone, relative to a baseline
    (what the baseline lost less what the miner lost). Alike is the correlation of errors where it
    is positive, to the power of ``sharpness``; everyone is like themselves. Negative skill gets 0.
    Raises ValueError for errors of different length or not finite.
    """
    import numpy as np

    hotkeys = sorted(skill)
    if not hotkeys:
        return {}
    if len({len(errors[hotkey]) for hotkey in hotkeys}) != 1:
        raise ValueError("errors are of the same questions for everyone")
    table = np.array([list(errors[hotkey]) for hotkey in hotkeys], dtype=np.float64)
    able = np.array([max(0.0, skill[hotkey]) for hotkey in hotkeys])
    if not (np.isfinite(table).all() and np.isfinite(able).all()):
        raise ValueError("skill and errors are finite numbers")
    alike = _correlations(table) ** sharpness
    highest = float(able.max())
    if highest == 0.0:
        return dict.fromkeys(hotkeys, 0.0)
    paid = (able / highest) ** exponent / np.maximum(1.0, alike.sum(axis=1))
    paid /= paid.sum()
    return dict(zip(hotkeys, paid.tolist()))


def _correlations(table: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Positive parts of the correlations of rows; of rows that do not vary, whether they agree."""
    import numpy as np

    centred = table - table.mean(axis=1, keepdims=True) if table.shape[1] else table
    largest = np.abs(centred).max(axis=1, initial=0.0)
    # What is left of a constant row is rounding, and its direction means nothing.
    flat = largest <= 1e-12 * np.abs(table).max(axis=1, initial=0.0)
    scaled = np.divide(centred, largest[:, None], out=np.zeros_like(centred), where=~flat[:, None])
    length = np.sqrt((scaled**2).sum(axis=1, keepdims=True))
    unit = np.divide(scaled, length, out=np.zeros_like(scaled), where=length > 0)
    found: npt.NDArray[np.float64] = np.clip(unit @ unit.T, 0.0, 1.0)
    same = (table[:, None, :] == table[None, :, :]).all(axis=2)
    found[same] = 1.0
    return found
