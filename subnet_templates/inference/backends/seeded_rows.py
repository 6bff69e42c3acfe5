"""Seeded sampling as a change of logits, for engines that then take the argmax themselves.

Owns the change of a batch's rows. An engine is asked to decode at temperature 0, and this puts
temperature, noise and nucleus into the logits before. Imported inside engines' own processes; needs
PyTorch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch  # type: ignore[import-not-found,unused-ignore]

from taokit.subnet_templates.inference.sampling import Sampling
from taokit.subnet_templates.inference.sampling_torch import perturbed, seeds_of

__all__ = ["perturb"]


def perturb(logits: Any, rows: Sequence[int], hows: Sequence[Sampling], at: Sequence[int]) -> Any:
    """Change those rows of (requests, vocab) in place; ``at`` are their output positions."""
    if not rows:
        return logits
    device = logits.device
    picked = torch.tensor(list(rows), device=device)
    changed = perturbed(
        logits[picked],
        seeds_of(hows, device),
        torch.tensor([how.temperature for how in hows], dtype=torch.float32, device=device),
        torch.tensor([how.top_p for how in hows], dtype=torch.float32, device=device),
        torch.tensor(list(at), dtype=torch.int64, device=device),
    )
    logits[picked] = changed.to(logits.dtype)
    return logits
