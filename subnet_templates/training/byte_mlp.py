"""A small model of bytes in NumPy: the last few bytes foretell the next. For tests and first steps.

Owns the model and its gradients. It needs no GPU and no library of models; it learns the grammar's
words within a few dozen windows. What is evaluated is the same on every machine up to rounding;
``initial`` is the same to the bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from taokit.neuron.randomness import Seeded
from taokit.subnet_templates.training.adamw import AdamW

__all__ = ["ByteMlp"]

Floats = np.ndarray[Any, np.dtype[np.float32]]
Bytes = np.ndarray[Any, np.dtype[np.uint8]]


class ByteMlp:
    """Embeds ``context`` bytes, one hidden layer, and tells the next of 128 bytes."""

    name = "numpy"

    def __init__(
        self, *, context: int = 4, width: int = 8, hidden: int = 32, symbols: int = 128
    ) -> None:
        self.context, self.symbols = context, symbols
        shapes = {
            "embed": (symbols, width),
            "inner": (context * width, hidden),
            "inner_bias": (hidden,),
            "outer": (hidden, symbols),
            "outer_bias": (symbols,),
        }
        self._places: dict[str, tuple[slice, tuple[int, ...]]] = {}
        at = 0
        for name, shape in shapes.items():
            count = int(np.prod(shape))
            self._places[name] = (slice(at, at + count), shape)
            at += count
        self.size = at

    def initial(self) -> Floats:
        """Small whole multiples of 2**-12, from a seeded stream: no library's normal is asked."""
        lot = Seeded(b"byte mlp")
        raw = np.frombuffer(lot.randbytes(self.size * 2), "<i2").astype(np.float32)
        params: Floats = raw / np.float32(1 << 15)
        for name, scale in (("embed", 0.5), ("inner", 0.25), ("outer", 0.125)):
            params[self._places[name][0]] *= np.float32(scale)
        for name in ("inner_bias", "outer_bias"):
            params[self._places[name][0]] = 0.0
        return params

    def losses(self, params: Floats, pages: Bytes) -> Floats:
        """See ``Backend``."""
        inputs, targets = self._examples(pages)
        probabilities = self._forward(params, inputs)[-1]
        chosen = probabilities[np.arange(len(targets)), targets]
        surprise = -np.log(np.maximum(chosen, np.float32(1e-30)))
        means: Floats = surprise.reshape(len(pages), -1).mean(axis=1)
        return means

    def scores(self, params: Floats, text: Bytes) -> Floats:
        """See ``Backend``: logarithms of probabilities."""
        last = np.pad(text.astype(np.int64) % self.symbols, (self.context, 0))[-self.context :]
        chances: Floats = self._forward(params, last[None, :])[-1][0]
        found: Floats = np.log(np.maximum(chances, np.float32(1e-30)))
        return found

    def gradient(self, params: Floats, pages: Bytes) -> Floats:
        """Of the mean loss over all pages."""
        inputs, targets = self._examples(pages)
        embedded, hidden, probabilities = self._forward(params, inputs)
        gradient: Floats = np.zeros_like(params)
        part = {name: gradient[where].reshape(shape) for name, (where, shape) in self._all()}
        wrong = probabilities.copy()
        wrong[np.arange(len(targets)), targets] -= 1.0
        wrong /= np.float32(len(targets))
        part["outer"][...] = hidden.T @ wrong
        part["outer_bias"][...] = wrong.sum(axis=0)
        back = (wrong @ self._part(params, "outer").T) * (1.0 - hidden * hidden)
        part["inner"][...] = embedded.T @ back
        part["inner_bias"][...] = back.sum(axis=0)
        to_embed = (back @ self._part(params, "inner").T).reshape(len(targets), self.context, -1)
        np.add.at(part["embed"], inputs, to_embed)
        return gradient

    def train(self, params: Floats, pages: Bytes, *, steps: int, rate: float) -> Floats:
        """See ``Backend``."""
        optimizer = AdamW(self.size, rate)
        now: Floats = params.copy()
        for step in range(steps):
            page = pages[step % len(pages)][None, :]
            now = optimizer.step(now, self.gradient(now, page))
        return now

    def _all(self) -> Any:
        return self._places.items()

    def _part(self, params: Floats, name: str) -> Floats:
        where, shape = self._places[name]
        part: Floats = params[where].reshape(shape)
        return part

    def _examples(self, pages: Bytes) -> tuple[Any, Any]:
        padded = np.pad(pages.astype(np.int64) % self.symbols, ((0, 0), (self.context, 0)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, self.context, axis=1)[:, :-1]
        return windows.reshape(-1, self.context), padded[:, self.context :].ravel()

    def _forward(self, params: Floats, inputs: Any) -> tuple[Floats, Floats, Floats]:
        embedded = self._part(params, "embed")[inputs].reshape(len(inputs), -1)
        hidden = np.tanh(embedded @ self._part(params, "inner") + self._part(params, "inner_bias"))
        scores = hidden @ self._part(params, "outer") + self._part(params, "outer_bias")
        scores -= scores.max(axis=1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=1, keepdims=True)
        return embedded, hidden, scores
