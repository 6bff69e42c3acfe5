"""The counter-based random numbers of seeded sampling: Philox-4x32-10, vectorised, in NumPy.

Owns the specification below, which every engine implements to the bit (``philox_torch`` is the same
in PyTorch; ``tests/data/vectors/inference_sampling.json`` holds both to one another). Does not own
what is done with the numbers (``sampling``). Written from the published definition of Philox
(Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", 2011).

The word of (seed, position, token), a 32-bit integer::

    key     = (seed mod 2^32, seed div 2^32)                       seed: 0 .. 2^64 - 1
    counter = (token div 4, position, 0, 0x74616F31)               position, token: 0 .. 2^32 - 1
    word    = Philox-4x32-10(counter, key)[token mod 4]

and its Gumbel noise, computed in float64 and then rounded to float32::

    u = (word + 1/2) / 2^32                                        never 0, never 1
    g = -ln(-ln(u))

One block gives four neighbouring tokens, so a row of a vocabulary of V costs V/4 blocks and any row
can be had without the rows before it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["DOMAIN", "MULTIPLIERS", "ROUNDS", "WEYL", "gumbel", "philox", "words"]

ROUNDS = 10
MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
WEYL = (0x9E3779B9, 0xBB67AE85)
DOMAIN = 0x74616F31
LOW = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)


def philox(
    counter: tuple[ArrayLike, ArrayLike, ArrayLike, ArrayLike], key: tuple[int, int]
) -> NDArray[np.uint32]:
    """The four words of each counter, along a new last axis. Counters broadcast."""
    c0, c1, c2, c3 = (np.asarray(part, dtype=np.uint64) for part in counter)
    k0, k1 = key
    m0, m1 = (np.uint64(m) for m in MULTIPLIERS)
    for _ in range(ROUNDS):
        p0, p1 = m0 * c0, m1 * c2
        c0, c1, c2, c3 = (
            (p1 >> HALF) ^ c1 ^ np.uint64(k0),
            p1 & LOW,
            (p0 >> HALF) ^ c3 ^ np.uint64(k1),
            p0 & LOW,
        )
        k0, k1 = (k0 + WEYL[0]) & 0xFFFFFFFF, (k1 + WEYL[1]) & 0xFFFFFFFF
    return np.stack(np.broadcast_arrays(c0, c1, c2, c3), axis=-1).astype(np.uint32)


def words(seed: int, positions: ArrayLike, vocab: int) -> NDArray[np.uint32]:
    """Every token's word at each position: shape (*positions, vocab). Seed 0 .. 2^64 - 1."""
    if not 0 <= seed < 1 << 64:
        raise ValueError(f"a seed is 0 .. 2^64 - 1, not {seed}")
    at = np.asarray(positions, dtype=np.uint64)[..., None]
    blocks = np.arange((vocab + 3) // 4, dtype=np.uint64)
    zero = np.uint64(0)
    four = philox((blocks, at, zero, np.uint64(DOMAIN)), (seed & 0xFFFFFFFF, seed >> 32))
    return four.reshape(*four.shape[:-2], -1)[..., :vocab]


def gumbel(seed: int, positions: ArrayLike, vocab: int) -> NDArray[np.float32]:
    """Every token's Gumbel noise at each position, -3.2 .. 22.9: shape (*positions, vocab)."""
    u = (words(seed, positions, vocab).astype(np.float64) + 0.5) * 2.0**-32
    return (-np.log(-np.log(u))).astype(np.float32)
