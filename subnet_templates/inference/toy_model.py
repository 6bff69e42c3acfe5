"""A small transformer in NumPy whose weights come from its name: real arithmetic, no download.

Owns the architecture, its weights and its two ways of running: step by step with a key-value cache,
and all rows at once (prefill). Does not own sampling. It says nothing sensible, but everything that
an audit looks at is real in it: a quantised copy, one with fewer layers, or another revision differ
from it as those of a large model do. Weights are normal deviates of the same counter-based numbers
that seeded sampling uses, keyed by the revision's name, so that every machine has the same model.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from taokit.subnet_templates.inference.philox import philox

__all__ = ["Cache", "ToyModel", "ToySpec"]

Array = NDArray[np.float32]
WEIGHTS_DOMAIN = 0x746F7931
ROWS = 12


@dataclass(frozen=True)
class ToySpec:
    """Which toy model: its revision (any text), size, and what was done to its weights.

    ``bits`` rounds every matrix to integers of that many bits, one scale per group of ``GROUP``
    inputs, as weight-only quantisation does; None leaves float32. ``context`` is the most tokens
    of prompt and response together.
    """

    revision: str = "toy-1"
    layers: int = 2
    width: int = 64
    heads: int = 4
    vocab: int = 264
    context: int = 2048
    bits: int | None = None

    GROUP = 32

    def quantised(self, bits: int) -> ToySpec:
        """The same model, rounded."""
        return replace(self, bits=bits)

    def smaller(self) -> ToySpec:
        """The same model with its last layer left out."""
        return replace(self, layers=self.layers - 1)

    def of_revision(self, revision: str) -> ToySpec:
        """Another model of the same size."""
        return replace(self, revision=revision)


class Cache:
    """Keys and values of the tokens seen so far, one pair of arrays per layer."""

    def __init__(self, spec: ToySpec) -> None:
        shape = (spec.layers, spec.heads, 64, spec.width // spec.heads)
        self.keys: Array = np.zeros(shape, np.float32)
        self.values: Array = np.zeros(shape, np.float32)
        self.length = 0

    def make_room(self, length: int) -> None:
        """Hold at least ``length`` tokens."""
        if length > self.keys.shape[2]:
            more = ((0, 0), (0, 0), (0, max(length, 2 * self.keys.shape[2])), (0, 0))
            self.keys, self.values = np.pad(self.keys, more), np.pad(self.values, more)


@dataclass(frozen=True)
class _Layer:
    qkv: Array
    out: Array
    up: Array
    down: Array


class ToyModel:
    """The model itself. Immutable, so one serves any number of threads and caches."""

    def __init__(self, spec: ToySpec | None = None) -> None:
        self.spec = spec = spec or ToySpec()
        width = spec.width
        self._embed = _weights(spec, "embed", spec.vocab, width)
        self._unembed = _weights(spec, "unembed", width, spec.vocab) * np.float32(2.6)
        self._bias = np.full(spec.vocab, -30.0, np.float32)  # marks of roles are never written
        self._bias[:256] = -6.0
        self._bias[[*range(32, 127), 10]] = 0.0  # mostly printable
        self._bias[257] = 3.5  # ends one response in six within 40 tokens
        self._unembed[:, 257] *= np.float32(0.3)
        self._layers = [
            _Layer(
                _weights(spec, f"{i}.qkv", width, 3 * width),
                _weights(spec, f"{i}.out", width, width),
                _weights(spec, f"{i}.up", width, 2 * width),
                _weights(spec, f"{i}.down", 2 * width, width),
            )
            for i in range(spec.layers)
        ]
        rate = np.exp(np.arange(0, width, 2) * (-np.log(10000.0) / width))
        angle = np.arange(spec.context)[:, None] * rate
        self._places = np.concatenate([np.sin(angle), np.cos(angle)], axis=1).astype(np.float32)

    def forward(self, ids: Sequence[int], cache: Cache | None = None) -> Array:
        """Logits after each of the ids, (n, vocab), continuing from what the cache holds.

        Raises ValueError when an id is outside the vocabulary or the context is full.
        """
        cache = cache or Cache(self.spec)
        at, n = cache.length, len(ids)
        if at + n > self.spec.context:
            raise ValueError(f"a context of {self.spec.context} tokens cannot hold {at + n}")
        tokens = np.asarray(ids, dtype=np.int64)
        if n and (tokens.min() < 0 or tokens.max() >= self.spec.vocab):
            raise ValueError("an id is outside the vocabulary")
        cache.make_room(at + n)
        x = self._embed[tokens] + self._places[at : at + n]
        for index, layer in enumerate(self._layers):
            x = x + self._attend(layer, index, _norm(x), cache, at)
            hidden = _times(_norm(x), layer.up)
            x = x + _times(hidden * (hidden > 0), layer.down)
        cache.length = at + n
        logits: Array = _times(_norm(x), self._unembed) + self._bias
        return logits

    def _attend(self, layer: _Layer, index: int, x: Array, cache: Cache, at: int) -> Array:
        n, heads = len(x), self.spec.heads
        if n == 1:
            return self._attend_one(layer, index, x, cache, at)
        q, k, v = _times(x, layer.qkv).reshape(n, 3, heads, -1).transpose(1, 2, 0, 3)
        end = at + n
        cache.keys[index, :, at:end], cache.values[index, :, at:end] = k, v
        keys, values = cache.keys[index, :, :end], cache.values[index, :, :end]
        weight = _times(q, keys.transpose(0, 2, 1)) / np.float32(np.sqrt(q.shape[-1]))
        if n > 1:
            weight = np.where(np.tri(n, end, at, dtype=np.bool_), weight, np.float32(-1e30))
        weight = np.exp(weight - weight.max(axis=-1, keepdims=True))
        weight /= weight.sum(axis=-1, keepdims=True)
        mixed = _times(weight, values).transpose(1, 0, 2).reshape(n, -1)
        return _times(mixed, layer.out)

    def _attend_one(self, layer: _Layer, index: int, x: Array, cache: Cache, at: int) -> Array:
        """The same for a single row, with half of the calls: this is what writing waits for."""
        q, k, v = (x @ layer.qkv).reshape(3, self.spec.heads, -1)
        cache.keys[index, :, at], cache.values[index, :, at] = k, v
        keys, values = cache.keys[index, :, : at + 1], cache.values[index, :, : at + 1]
        weight = np.matmul(keys, q[:, :, None])[:, :, 0] * np.float32(q.shape[-1] ** -0.5)
        weight = np.exp(weight - weight.max(axis=-1, keepdims=True))
        weight /= weight.sum(axis=-1, keepdims=True)
        mixed: Array = np.matmul(weight[:, None, :], values).reshape(1, -1) @ layer.out
        return mixed


def _times(x: Array, matrix: Array) -> Array:
    """A matrix product, some rows at a time: so small that BLAS sets no other threads to work.

    Threads that wait for one another cost far more than they save at this size, above all where a
    miner, a validator and a chain share two cores.
    """
    n = x.shape[-2]
    if n <= ROWS:
        product: Array = x @ matrix
        return product
    blocks = -(-n // ROWS)
    padded = np.zeros((*x.shape[:-2], blocks * ROWS, x.shape[-1]), np.float32)
    padded[..., :n, :] = x
    stacked = padded.reshape(*x.shape[:-2], blocks, ROWS, x.shape[-1]) @ matrix[..., None, :, :]
    whole: Array = stacked.reshape(*x.shape[:-2], blocks * ROWS, -1)[..., :n, :]
    return whole


def _norm(x: Array) -> Array:
    if len(x) == 1:
        row: Array = x[0]
        one: Array = x * np.float32((np.dot(row, row) / len(row) + 1e-6) ** -0.5)
        return one
    mean = np.einsum("...i,...i->...", x, x)[..., None] * np.float32(1 / x.shape[-1])
    scaled: Array = x / np.sqrt(mean + np.float32(1e-6))
    return scaled


@lru_cache(maxsize=64)
def _deviates(revision: str, name: str, size: int) -> Array:
    """Standard normal deviates, by Box and Muller over pairs of words."""
    digest = hashlib.blake2b(f"{revision}\0{name}".encode(), digest_size=8).digest()
    key = (int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:], "little"))
    four = philox((np.arange((size + 3) // 4, dtype=np.uint64), 0, 0, WEIGHTS_DOMAIN), key)
    u = (four.astype(np.float64) + 0.5) * 2.0**-32
    radius, angle = np.sqrt(-2.0 * np.log(u[:, :2])), 2.0 * np.pi * u[:, 2:]
    pairs = np.concatenate([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return pairs.reshape(-1)[:size].astype(np.float32)


def _weights(spec: ToySpec, name: str, rows: int, columns: int) -> Array:
    scale = np.float32(1.0 if name == "embed" else rows**-0.5)
    matrix = _deviates(spec.revision, name, rows * columns).reshape(rows, columns) * scale
    return matrix if spec.bits is None or name == "embed" else _rounded(matrix, spec.bits)


def _rounded(matrix: Array, bits: int) -> Array:
    top = np.float32(2 ** (bits - 1) - 1)
    groups = matrix.reshape(-1, ToySpec.GROUP, matrix.shape[1])
    step = np.abs(groups).max(axis=1, keepdims=True) / top
    rounded: Array = (np.rint(groups / step) * step).reshape(matrix.shape).astype(np.float32)
    return rounded
