"""The rule of seeded sampling in PyTorch: what ``sampling`` says, for rows that are on a GPU.

Owns the same choices and margins as ``sampling``, from the same random numbers; the arithmetic is
in float32, since logits are no better. Imported only by back ends that run PyTorch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch  # type: ignore[import-not-found,unused-ignore]

from taokit.subnet_templates.inference.philox_torch import gumbel
from taokit.subnet_templates.inference.sampling import CLIP, SLACK, Retrace, Sampling

__all__ = ["perturbed", "retrace", "seeds_of"]


def seeds_of(hows: Sequence[Sampling], device: Any) -> Any:
    """Seeds as ``philox_torch`` wants them: (rows, 2), low and high halves."""
    halves = [[how.seed & 0xFFFFFFFF, how.seed >> 32] for how in hows]
    return torch.tensor(halves, dtype=torch.int64, device=device)


def perturbed(logits: Any, seeds: Any, temperatures: Any, top_ps: Any, positions: Any) -> Any:
    """What the argmax is taken of, a row for each response: (rows, vocab) float32.

    ``temperatures`` and ``top_ps`` are (rows,) float32, ``positions`` (rows,) int64. Tokens outside
    the nucleus are -inf.
    """
    rows = logits.to(torch.float32)
    warm = (temperatures > 0.0)[:, None]
    scaled = rows / torch.where(warm, temperatures[:, None], 1.0)
    found = torch.where(warm, scaled + gumbel(seeds, positions, rows.shape[-1]), rows)
    cut = (top_ps < 1.0)[:, None] & warm
    if bool(cut.any()):
        found = torch.where(cut & ~_nucleus(scaled, top_ps), -torch.inf, found)
    return found


def retrace(logits: Any, tokens: Sequence[int], how: Sampling, *, start: int = 0) -> Retrace:
    """As ``sampling.retrace``, of rows (n, vocab) wherever they are."""
    device, n = logits.device, len(tokens)
    rows = logits.to(torch.float32)
    chosen = torch.tensor(list(tokens), dtype=torch.int64, device=device)
    if how.temperature > 0.0:
        rows = rows / how.temperature
        positions = torch.arange(start, start + n, device=device)
        found = rows + gumbel(seeds_of([how] * n, device), positions, rows.shape[-1])
    else:
        found = rows
    own = found.gather(1, chosen[:, None])[:, 0]
    choices = found.argmax(dim=1)
    if how.top_p < 1.0 and how.temperature > 0.0:

        def within(reach: float) -> Any:
            return _nucleus(rows, torch.full((n,), reach, device=device))

        choices = torch.where(within(how.top_p), found, -torch.inf).argmax(dim=1)
        inside = within(how.top_p + SLACK).gather(1, chosen[:, None])[:, 0]
        own = torch.where(inside, own, -torch.inf)
        found = torch.where(within(how.top_p - SLACK), found, -torch.inf)
    missed = (found.max(dim=1).values - own).clamp(0.0, CLIP)
    return Retrace(missed.cpu().numpy(), choices.cpu().numpy())


def _nucleus(scaled: Any, reach: Any) -> Any:
    odds = torch.softmax(scaled, dim=-1)
    ranked, order = odds.sort(dim=-1, descending=True, stable=True)
    kept = ranked.cumsum(dim=-1) - ranked < reach[:, None]
    kept[:, 0] = True
    return torch.zeros_like(kept).scatter_(1, order, kept)
