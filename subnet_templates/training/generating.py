"""Text of the shared model: byte by byte, the likeliest or drawn from a seed.

Owns the drawing. Does not own the model (``backends``) nor who asks (``talking``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from taokit.neuron.randomness import Seeded
from taokit.subnet_templates.training.backends import Backend

__all__ = ["continuation"]

Floats = np.ndarray[Any, np.dtype[np.float32]]


def continuation(
    backend: Backend,
    params: Floats,
    prompt: bytes,
    *,
    most: int,
    context: int,
    temperature: float = 0.0,
    seed: int = 0,
    stops: Sequence[bytes] = (),
) -> tuple[bytes, str]:
    """What comes after a prompt, at most ``most`` bytes; and why it ends: ``stop`` or ``length``.

    The model sees the last ``context`` bytes. At temperature 0 the likeliest byte is taken, else
    one is drawn; the same seed draws the same, on machines that compute the same scores.
    """
    lot, text = Seeded(seed.to_bytes(8, "big", signed=True)), bytearray(prompt)
    for _ in range(most):
        known = np.frombuffer(bytes(text[max(0, len(text) - context) :]), np.uint8)
        text.append(_drawn(backend.scores(params, known), temperature, lot))
        made = bytes(text[len(prompt) :])
        for stop in stops:
            if made.endswith(stop):
                return made[: -len(stop)], "stop"
    return bytes(text[len(prompt) :]), "length"


def _drawn(scores: Floats, temperature: float, lot: Seeded) -> int:
    if temperature <= 0.0:
        return int(np.argmax(scores))
    scaled = scores.astype(np.float64) / temperature
    chances = np.exp(scaled - scaled.max()).cumsum()
    at = int(np.searchsorted(chances, lot.random() * chances[-1], side="right"))
    return min(at, len(chances) - 1)
