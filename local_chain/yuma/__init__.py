"""Yuma consensus: one subnet's epoch as pure functions.

Owns: the epoch's inputs and outputs, the fast and the plain computation, liquid alpha, mechanisms.
Does not own storage, schedules or payment. NumPy is imported only by `epoch_mechanism`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from taokit.local_chain.yuma.epoch import epoch_mechanism
    from taokit.local_chain.yuma.mechanisms import combine_mechanisms, split_emissions
    from taokit.local_chain.yuma.plain import epoch_plain
    from taokit.local_chain.yuma.terms import (
        EpochInput,
        EpochOutput,
        EpochStages,
        activity_cutoff_blocks,
    )
    from taokit.local_chain.yuma.vectors import is_topk_nonzero, max_upscale_to_u16

__all__ = [
    "EpochInput",
    "EpochOutput",
    "EpochStages",
    "activity_cutoff_blocks",
    "combine_mechanisms",
    "epoch_mechanism",
    "epoch_plain",
    "is_topk_nonzero",
    "max_upscale_to_u16",
    "split_emissions",
]

_HOME = {
    "EpochInput": "terms",
    "EpochOutput": "terms",
    "EpochStages": "terms",
    "activity_cutoff_blocks": "terms",
    "combine_mechanisms": "mechanisms",
    "epoch_mechanism": "epoch",
    "epoch_plain": "plain",
    "is_topk_nonzero": "vectors",
    "max_upscale_to_u16": "vectors",
    "split_emissions": "mechanisms",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
