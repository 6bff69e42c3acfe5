"""Compressing an update: the largest entries of each chunk, in a few bits; the rest is kept back.

Owns the codec. Does not own what an update is (``messages``) nor what becomes of it (``outer``).

A vector is cut into chunks of up to 4096. Of each, the ``keep`` entries of largest magnitude are
sent: their places in 12 bits each, their values in 4 bits, as multiples of a step that belongs to
the chunk. What is not sent is the residual, which the sender adds to its next update.

Nothing is lost: ``residual + sent == input`` holds to the last bit, in float32. An entry is rounded
to the nearest multiple of the step, so that what is sent is zero or within a factor of two of the
entry, and the difference of two such numbers is exact (Sterbenz's lemma).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from taokit.subnet_templates.training.tensors import BadTensors, dump, load

__all__ = ["LEVELS", "Codec", "Sparse"]

Floats = np.ndarray[Any, np.dtype[np.float32]]
Ints = np.ndarray[Any, Any]
LEVELS = 7
"""Values are -7 to 7 steps."""


@dataclass(frozen=True)
class Sparse:
    """What is sent of a vector of ``size``: of each chunk, places (ascending), codes and a step."""

    size: int
    chunk: int
    places: Ints
    codes: Ints
    steps: Floats

    def squared_norm(self) -> float:
        """The sum of the squares. Steps apart it is exact, so it is the same on every machine."""
        counts = (self.codes.astype(np.int64) ** 2).sum(axis=1)
        total = 0.0
        for step, count in zip(self.steps.tolist(), counts.tolist()):
            total += step * step * count
        return total

    def values(self) -> Floats:
        """The values sent, by chunk."""
        scaled: Floats = self.codes.astype(np.float32) * self.steps[:, None]
        return scaled

    def dense(self) -> Floats:
        """As a vector, zero where nothing was sent."""
        full = np.zeros((len(self.steps), self.chunk), np.float32)
        np.put_along_axis(full, self.places.astype(np.int64), self.values(), axis=1)
        return full.ravel()[: self.size]

    def places_sent(self) -> Ints:
        """The places of all entries that are not zero, in the whole vector, ascending."""
        whole = self.places.astype(np.int64) + np.arange(len(self.steps))[:, None] * self.chunk
        found: Ints = whole[self.codes != 0]
        return found


@dataclass(frozen=True)
class Codec:
    """How vectors of ``size`` are compressed: ``keep`` of each ``chunk`` entries."""

    size: int
    chunk: int = 4096
    keep: int = 64

    def __post_init__(self) -> None:
        if not 0 < self.chunk <= 4096 or not 0 < self.keep <= self.chunk or self.size <= 0:
            raise ValueError("a chunk has 1 to 4096 entries, of which 1 to all are kept")

    @property
    def name(self) -> str:
        """What an update says it was compressed with."""
        return f"topk-{self.chunk}-{self.keep}-i12-q4"

    @property
    def chunks(self) -> int:
        """How many there are. The last one may be shorter, and is filled up with zeros."""
        return -(-self.size // self.chunk)

    @property
    def most_bytes(self) -> int:
        """No update has more: its arrays, and as much again of a header as that needs."""
        count = self.chunks * self.keep
        return -(-count // 2) * 4 + 4 * self.chunks + 4096

    def compress(self, vector: Floats) -> tuple[Sparse, Floats]:
        """What to send, and what is left. Raises ValueError for what is not finite."""
        if vector.shape != (self.size,) or not np.isfinite(vector).all():
            raise ValueError(f"not a finite vector of {self.size}")
        rows = np.zeros((self.chunks, self.chunk), np.float32)
        rows.reshape(-1)[: self.size] = vector
        magnitude = np.abs(rows)
        kept = np.argpartition(-magnitude, self.keep - 1, axis=1)[:, : self.keep]
        kept = np.sort(kept, axis=1)
        values = np.take_along_axis(rows, kept, axis=1)
        steps = magnitude.max(axis=1) / np.float32(LEVELS)
        codes = _codes(values, steps)
        sent = Sparse(self.size, self.chunk, kept.astype(np.uint16), codes, steps)
        return sent, vector - sent.dense()

    def encode(self, sent: Sparse) -> bytes:
        """As safetensors."""
        return dump(
            {
                "places": _pack12(sent.places.ravel()),
                "codes": _pack4(sent.codes.ravel()),
                "steps": sent.steps.astype("<f4"),
            }
        )

    def decode(self, data: bytes) -> Sparse:
        """The inverse of ``encode``; of anything else BadTensors is raised."""
        arrays = load(data)
        count = self.chunks * self.keep
        shapes = {
            "places": ((-(-count // 2) * 3,), "u1"),
            "codes": ((-(-count // 2),), "u1"),
            "steps": ((self.chunks,), "<f4"),
        }
        if set(arrays) != set(shapes):
            raise BadTensors("an update has places, codes and steps, and nothing else")
        for name, (shape, kind) in shapes.items():
            if arrays[name].shape != shape or arrays[name].dtype != np.dtype(kind):
                raise BadTensors(f"{name} are not as {self.name} has them")
        steps = arrays["steps"].astype(np.float32, copy=False)
        # Signed zeros and infinities have no place here; one form for each update.
        if not np.isfinite(steps).all() or np.signbit(steps).any():
            raise BadTensors("a step is a finite number from 0")
        if not np.isfinite(steps * np.float32(LEVELS)).all():
            raise BadTensors("a value is too large")
        places = _unpack12(arrays["places"], count).reshape(self.chunks, self.keep)
        codes = _unpack4(arrays["codes"], count).reshape(self.chunks, self.keep)
        self._check(places, codes, arrays)
        return Sparse(self.size, self.chunk, places, codes, steps)

    def _check(self, places: Ints, codes: Ints, arrays: dict[str, Ints]) -> None:
        if (np.diff(places.astype(np.int32), axis=1) <= 0).any():
            raise BadTensors("the places of a chunk do not ascend")
        if int(places.max()) >= self.chunk:
            raise BadTensors("a place is outside its chunk")
        if (codes < -LEVELS).any():
            raise BadTensors("a code is outside its range")
        beyond = self.chunks * self.chunk - self.size
        if beyond and (codes[-1][places[-1] >= self.chunk - beyond] != 0).any():
            raise BadTensors("a value is beyond the end")
        odd = (places.size % 2) == 1
        if odd and (arrays["places"][-1] or arrays["places"][-2] >> 4 or arrays["codes"][-1] >> 4):
            raise BadTensors("the filling is not zero")


def _codes(values: Floats, steps: Floats) -> Ints:
    scale = np.where(steps > 0, steps, np.float32(1))[:, None]
    multiples = np.where(steps[:, None] > 0, np.rint(values / scale), np.float32(0))
    return np.clip(multiples, -LEVELS, LEVELS).astype(np.int8)


def _pack12(values: Ints) -> Ints:
    pairs = np.zeros((-(-len(values) // 2), 2), np.uint16)
    pairs.reshape(-1)[: len(values)] = values
    first, second = pairs[:, 0], pairs[:, 1]
    packed = np.empty((len(pairs), 3), np.uint8)
    packed[:, 0] = first & 0xFF
    packed[:, 1] = (first >> 8) | ((second & 0xF) << 4)
    packed[:, 2] = second >> 4
    return packed.ravel()


def _unpack12(packed: Ints, count: int) -> Ints:
    triples = packed.reshape(-1, 3).astype(np.uint16)
    values = np.empty((len(triples), 2), np.uint16)
    values[:, 0] = triples[:, 0] | ((triples[:, 1] & 0xF) << 8)
    values[:, 1] = (triples[:, 1] >> 4) | (triples[:, 2] << 4)
    return values.ravel()[:count]


def _pack4(codes: Ints) -> Ints:
    pairs = np.zeros((-(-len(codes) // 2), 2), np.uint8)
    pairs.reshape(-1)[: len(codes)] = codes.astype(np.uint8) & 0xF
    packed: Ints = pairs[:, 0] | (pairs[:, 1] << 4)
    return packed


def _unpack4(packed: Ints, count: int) -> Ints:
    nibbles = np.empty((len(packed), 2), np.int8)
    nibbles[:, 0] = packed & 0xF
    nibbles[:, 1] = packed >> 4
    signed = np.where(nibbles > 7, nibbles - 16, nibbles)
    return signed.astype(np.int8).ravel()[:count]
