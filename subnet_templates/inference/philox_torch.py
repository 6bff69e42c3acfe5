"""The same random numbers as ``philox``, in PyTorch, on any device.

Owns the arithmetic in int64 (PyTorch has few operations on unsigned integers: a product wraps
modulo 2^64 and its high half is taken by a shift and a mask, which gives the same bits). Imported
only by back ends that run PyTorch.
"""

from __future__ import annotations

from typing import Any

import torch  # type: ignore[import-not-found,unused-ignore]

from taokit.subnet_templates.inference.philox import DOMAIN, MULTIPLIERS, ROUNDS, WEYL

__all__ = ["gumbel", "words"]

LOW = 0xFFFFFFFF


def words(seeds: Any, positions: Any, vocab: int) -> Any:
    """Every token's word for each row: int64 of shape (rows, vocab), 0 .. 2^32 - 1.

    ``seeds`` holds (rows, 2) int64: the low and the high half of each row's seed; ``positions``
    holds (rows,) int64. Both on the device that the result is wanted on.
    """
    blocks = (vocab + 3) // 4
    rows = positions.shape[0]
    c0 = torch.arange(blocks, device=positions.device, dtype=torch.int64).expand(rows, blocks)
    c1 = positions[:, None].expand(rows, blocks)
    c2 = torch.zeros_like(c0)
    c3 = torch.full_like(c0, DOMAIN)
    k0, k1 = seeds[:, :1], seeds[:, 1:]
    for _ in range(ROUNDS):
        p0, p1 = c0 * MULTIPLIERS[0], c2 * MULTIPLIERS[1]
        c0, c1, c2, c3 = (
            ((p1 >> 32) & LOW) ^ c1 ^ k0,
            p1 & LOW,
            ((p0 >> 32) & LOW) ^ c3 ^ k1,
            p0 & LOW,
        )
        k0, k1 = (k0 + WEYL[0]) & LOW, (k1 + WEYL[1]) & LOW
    return torch.stack((c0, c1, c2, c3), dim=-1).reshape(rows, -1)[:, :vocab]


def gumbel(seeds: Any, positions: Any, vocab: int) -> Any:
    """Every token's Gumbel noise for each row: float32 of shape (rows, vocab)."""
    u = (words(seeds, positions, vocab).to(torch.float64) + 0.5) * 2.0**-32
    return (-torch.log(-torch.log(u))).to(torch.float32)
