"""Seeded sampling: which token follows from a row of logits is decided by the request's seed.

Owns the rule, and the margin by which a claimed token misses it. Does not own the random numbers
(``philox``) nor what margins are taken to mean (``audit``). The rule, for output position t (0 for
the first token after the prompt)::

    x_t = argmax over tokens of  logits_t / temperature + gumbel(seed, t, token)

which draws from softmax(logits / temperature), the Gumbel-max way; temperature 0 is the argmax of
the logits alone. ``top_p`` restricts the argmax to the smallest set of likeliest tokens whose
probabilities reach it. Whoever knows the seed can redo the choice from the logits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from taokit.subnet_templates.inference.philox import gumbel

__all__ = ["CLIP", "SLACK", "Retrace", "Sampling", "nucleus", "retrace", "sample", "scores"]

CLIP = 5.0
SLACK = 0.01


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn: ``seed`` 0 .. 2^64 - 1, ``temperature`` >= 0, ``top_p`` in (0, 1]."""

    seed: int
    temperature: float = 1.0
    top_p: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 1 << 64:
            raise ValueError(f"a seed is 0 .. 2^64 - 1, not {self.seed}")
        if not 0.0 <= self.temperature <= 100.0:
            raise ValueError(f"a temperature is 0 .. 100, not {self.temperature}")
        if not 0.0 < self.top_p <= 1.0:
            raise ValueError(f"top_p is above 0 and at most 1, not {self.top_p}")


def scores(logits: ArrayLike, how: Sampling, positions: ArrayLike) -> NDArray[np.float64]:
    """What the argmax is taken of: rows of logits (rows, vocab) at output positions (rows,)."""
    rows = np.asarray(logits, dtype=np.float64)
    if how.temperature == 0.0:
        return rows
    return rows / how.temperature + gumbel(how.seed, positions, rows.shape[-1])


def nucleus(logits: ArrayLike, how: Sampling, *, widen: float = 0.0) -> NDArray[np.bool_]:
    """Which tokens of each row ``top_p`` (moved by ``widen``) leaves: the likeliest always."""
    rows = np.asarray(logits, dtype=np.float64)
    reach = how.top_p + widen
    if how.top_p >= 1.0 or how.temperature == 0.0:
        return np.ones(rows.shape, dtype=np.bool_)
    odds = np.exp((rows - rows.max(axis=-1, keepdims=True)) / how.temperature)
    odds /= odds.sum(axis=-1, keepdims=True)
    order = np.argsort(-odds, axis=-1, kind="stable")
    ranked = np.take_along_axis(odds, order, axis=-1)
    before = np.cumsum(ranked, axis=-1) - ranked
    kept = before < reach
    kept[..., 0] = True
    mask = np.empty(rows.shape, dtype=np.bool_)
    np.put_along_axis(mask, order, kept, axis=-1)
    return mask


def sample(logits: ArrayLike, how: Sampling, position: int) -> int:
    """The token that follows from one row of logits, shape (vocab,)."""
    rows = np.asarray(logits)[None]
    found = scores(rows, how, np.array([position]))
    if how.top_p < 1.0:
        found = np.where(nucleus(rows, how), found, -np.inf)
    return int(found[0].argmax())


class Draws:
    """The tokens of one response, drawn one after another: as ``sample``, with noise made ahead."""

    AHEAD = 16

    def __init__(self, how: Sampling, vocab: int) -> None:
        self._how = how
        self._vocab = vocab
        self._start = 0
        self._noise: NDArray[np.float32] = np.zeros((0, vocab), np.float32)

    def token(self, logits: ArrayLike, position: int) -> int:
        """The token that follows from one row of logits, shape (vocab,)."""
        how, rows = self._how, np.asarray(logits)[None]
        found = rows.astype(np.float64)
        if how.temperature > 0.0:
            found = found / how.temperature + self._at(position)
        if how.top_p < 1.0:
            found = np.where(nucleus(rows, how), found, -np.inf)
        return int(found[0].argmax())

    def _at(self, position: int) -> NDArray[np.float32]:
        row = position - self._start
        if not 0 <= row < len(self._noise):
            self._start, row = position, 0
            ahead = np.arange(position, position + self.AHEAD)
            self._noise = gumbel(self._how.seed, ahead, self._vocab)
        noise: NDArray[np.float32] = self._noise[row]
        return noise


@dataclass(frozen=True)
class Retrace:
    """Claimed tokens held against the rule. Both arrays have an entry per claimed token.

    ``margins``: by how much the token misses the argmax, 0 where it is the argmax, at most
    ``CLIP``, in units of logit / temperature. ``choices``: the token that the rule takes.
    """

    margins: NDArray[np.float32]
    choices: NDArray[np.int64]


def retrace(logits: ArrayLike, tokens: ArrayLike, how: Sampling, *, start: int = 0) -> Retrace:
    """Redo the choice of each claimed token from the rows of logits that predict it.

    ``logits`` (n, vocab), ``tokens`` (n,); the first is at output position ``start``. A token at
    the edge of the nucleus is given ``SLACK`` of probability either way, since two engines may
    order near-equal tokens differently; one outside it misses by ``CLIP``.
    """
    rows = np.asarray(logits, dtype=np.float64)
    chosen = np.asarray(tokens, dtype=np.int64)
    if not chosen.size:
        return Retrace(np.zeros(0, np.float32), np.zeros(0, np.int64))
    found = scores(rows, how, np.arange(start, start + len(chosen)))
    own = np.take_along_axis(found, chosen[:, None], axis=1)[:, 0]
    choices = found.argmax(axis=1)
    if how.top_p < 1.0 and how.temperature > 0.0:
        choices = np.where(nucleus(rows, how), found, -np.inf).argmax(axis=1)
        wide = nucleus(rows, how, widen=SLACK)
        inside = np.take_along_axis(wide, chosen[:, None], axis=1)[:, 0]
        own = np.where(inside, own, -np.inf)
        found = np.where(nucleus(rows, how, widen=-SLACK), found, -np.inf)
    missed = np.clip(found.max(axis=1) - own, 0.0, CLIP)
    return Retrace(missed.astype(np.float32), choices)
