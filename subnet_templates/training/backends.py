"""What computes: one protocol, a model in NumPy and one in torch, imported when asked for.

Owns the protocol and the choice by name. A model is a flat vector of float32 parameters in an order
of its own; whoever has the same name and version of a back end means the same by it.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from taokit.neuron.errors import ConfigError

__all__ = ["Backend", "open_backend"]

Floats = np.ndarray[Any, np.dtype[np.float32]]
Bytes = np.ndarray[Any, np.dtype[np.uint8]]


class Backend(Protocol):
    """A model of bytes. Batches are ``[pages, bytes]``; losses are nats per byte."""

    name: str
    size: int

    def initial(self) -> Floats:
        """Parameters before any training, the same for everybody to the bit."""

    def losses(self, params: Floats, pages: Bytes) -> Floats:
        """The mean loss on each page."""

    def scores(self, params: Floats, text: Bytes) -> Floats:
        """Of each byte (or of the first so many), its score of being next after ``text``."""

    def train(self, params: Floats, pages: Bytes, *, steps: int, rate: float) -> Floats:
        """Parameters after ``steps`` of AdamW, one page a step in their order, round and round."""


def open_backend(name: str) -> Backend:
    """``numpy``, ``torch``, or ``torchrun:ddp:4`` and the like. Raises ConfigError."""
    kind, _, options = name.partition(":")
    if kind == "numpy":
        from taokit.subnet_templates.training.byte_mlp import ByteMlp

        return ByteMlp()
    if kind in ("torch", "torchrun"):
        try:
            import torch  # noqa: F401
        except ImportError:
            raise ConfigError(
                f"torch is not installed, and the back end {name!r} needs it",
                hint="pip install 'torch>=2.6' (in a project: pip install -e '.[torch]')",
            ) from None
        if kind == "torch":
            from taokit.subnet_templates.training.byte_transformer import ByteTransformer

            return ByteTransformer(device=options or None)
        from taokit.subnet_templates.training.distributed import Distributed

        return Distributed.named(options)
    raise ConfigError(f"no back end is called {name!r}", hint="numpy, torch, torchrun:ddp:4")
