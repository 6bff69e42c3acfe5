"""The inner optimiser in NumPy, as torch's AdamW has it. Owns its two moments."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["AdamW"]

Floats = np.ndarray[Any, np.dtype[np.float32]]


class AdamW:
    """Adam with decoupled weight decay, over a flat vector of ``size``."""

    def __init__(
        self,
        size: int,
        rate: float,
        *,
        betas: tuple[float, float] = (0.9, 0.95),
        epsilon: float = 1e-8,
        decay: float = 0.0,
    ) -> None:
        self._first = np.zeros(size, np.float32)
        self._second = np.zeros(size, np.float32)
        self._rate, self._betas, self._epsilon, self._decay = rate, betas, epsilon, decay
        self._steps = 0

    def step(self, params: Floats, gradient: Floats) -> Floats:
        """Parameters after one step."""
        self._steps += 1
        one, two = self._betas
        self._first = self._first * np.float32(one) + gradient * np.float32(1 - one)
        self._second = self._second * np.float32(two) + gradient * gradient * np.float32(1 - two)
        first = self._first / np.float32(1 - one**self._steps)
        second = self._second / np.float32(1 - two**self._steps)
        kept = params * np.float32(1 - self._rate * self._decay)
        moved: Floats = kept - np.float32(self._rate) * first / (
            np.sqrt(second) + np.float32(self._epsilon)
        )
        return moved
