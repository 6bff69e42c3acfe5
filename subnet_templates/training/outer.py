"""The shared model and the step that it takes each window: the same to the bit for everybody.

Owns the state, its hash, and the step. Does not own who is a member of an aggregate (a mechanism).

What makes it the same everywhere: members come in the order of their hotkeys; norms are sums of
exact integers times steps, added in the order of chunks; everything else is element by element in
float32 or float64, one operation at a time, which IEEE 754 leaves no choice about. No reduction is
left to a library, whose order of additions depends on the machine.
"""

from __future__ import annotations

import hashlib
import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from taokit.neuron.messages import Hotkey
from taokit.subnet_templates.training.codec import Sparse
from taokit.subnet_templates.training.tensors import BadTensors, dump, load

__all__ = ["Outer", "State", "Step", "digest_of", "genesis"]

Floats = np.ndarray[Any, np.dtype[np.float32]]


def digest_of(vector: Floats) -> str:
    """sha256 of the bytes of a vector, as little-endian float32."""
    return hashlib.sha256(vector.astype("<f4", copy=False).tobytes()).hexdigest()


@dataclass(frozen=True)
class State:
    """The model that updates of window ``window`` build upon, and the outer momentum."""

    window: int
    params: Floats
    momentum: Floats

    @property
    def digest(self) -> str:
        """The hash that updates name as their base: of parameters and momentum."""
        return hashlib.sha256(
            (digest_of(self.params) + digest_of(self.momentum)).encode()
        ).hexdigest()

    def dump(self) -> bytes:
        """As safetensors."""
        window = np.array([self.window], np.int64)
        return dump({"params": self.params, "momentum": self.momentum, "window": window})

    @classmethod
    def load(cls, data: bytes, size: int) -> State:
        """The inverse. Raises BadTensors for anything else, or another size."""
        arrays = load(data)
        if set(arrays) != {"params", "momentum", "window"} or arrays["window"].shape != (1,):
            raise BadTensors("not a checkpoint")
        for name in ("params", "momentum"):
            array = arrays[name]
            if array.shape != (size,) or array.dtype != np.float32 or not np.isfinite(array).all():
                raise BadTensors(f"{name} of a checkpoint are not {size} finite numbers")
        return cls(int(arrays["window"][0]), arrays["params"], arrays["momentum"])


def genesis(params: Floats, window: int) -> State:
    """The state that a run begins with."""
    return State(window, params.copy(), np.zeros_like(params))


@dataclass(frozen=True)
class Step:
    """What a window's members come to: their mean after clipping, and the state after it."""

    clip: float
    mean: Floats
    state: State

    @property
    def digest(self) -> str:
        """The hash of the mean."""
        return digest_of(self.mean)


@dataclass(frozen=True)
class Outer:
    """Nesterov's step on the mean of the members, of which none is longer than their median."""

    rate: float = 0.7
    momentum: float = 0.6

    def step(self, state: State, members: Mapping[Hotkey, Sparse], window: int) -> Step:
        """What a window makes of a state. With no members only its number changes."""
        norms = {hotkey: math.sqrt(members[hotkey].squared_norm()) for hotkey in sorted(members)}
        clip = statistics.median_low(sorted(norms.values())) if norms else 0.0
        total = np.zeros(len(state.params), np.float64)
        for hotkey, norm in norms.items():
            factor = min(1.0, clip / norm) if norm > 0.0 else 0.0
            total += members[hotkey].dense().astype(np.float64) * np.float64(factor)
        if not members:
            return Step(
                0.0, total.astype(np.float32), State(window + 1, state.params, state.momentum)
            )
        mean = (total / np.float64(len(members))).astype(np.float32)
        kept = np.float32(self.momentum)
        momentum = state.momentum * kept
        momentum = momentum + mean
        ahead = momentum * kept
        ahead = ahead + mean
        ahead = ahead * np.float32(self.rate)
        return Step(clip, mean, State(window + 1, state.params - ahead, momentum))
