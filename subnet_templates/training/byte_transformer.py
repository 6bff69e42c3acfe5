"""A small transformer over bytes in torch: about 100 000 parameters, on a CPU or one GPU.

Owns the model as a module and as a flat vector. Larger models take its place by the same few
methods; several GPUs are ``distributed``. Imported only when a back end is opened.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from taokit.neuron.randomness import Seeded

__all__ = ["ByteTransformer", "Transformer", "load_vector", "next_byte_losses", "vector_of"]

Floats = np.ndarray[Any, np.dtype[np.float32]]
Bytes = np.ndarray[Any, np.dtype[np.uint8]]
BETAS = (0.9, 0.95)


class Block(nn.Module):
    """Attention and two layers, each added to what it was given, normed."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.attend = nn.Linear(width, 3 * width)
        self.join = nn.Linear(width, width)
        self.widen = nn.Linear(width, 4 * width)
        self.narrow = nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``[pages, bytes, width]`` to the same."""
        pages, length, width = x.shape
        parts = self.attend(_normed(x)).view(pages, length, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.join(mixed.transpose(1, 2).reshape(pages, length, width))
        narrowed: torch.Tensor = self.narrow(functional.gelu(self.widen(_normed(x))))
        return x + narrowed


class Transformer(nn.Module):
    """Scores of the next byte, at each byte of pages of at most ``length``."""

    def __init__(self, width: int = 64, layers: int = 2, heads: int = 4, length: int = 256) -> None:
        super().__init__()
        self.length = length
        self.symbols = nn.Embedding(257, width)
        self.places = nn.Embedding(length, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """``[pages, bytes]`` of symbols (256 begins a page) to scores of 256 bytes."""
        places = torch.arange(inputs.shape[1], device=inputs.device)
        x = self.symbols(inputs) + self.places(places)
        for block in self.blocks:
            x = block(x)
        scores: torch.Tensor = _normed(x) @ self.symbols.weight[:256].T
        return scores


class ByteTransformer:
    """The model as a back end. ``device`` is a GPU if there is one, unless it is said."""

    name = "torch"

    def __init__(self, device: str | None = None) -> None:
        self.device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self.module = Transformer().to(self.device)
        self._one_at_a_time = threading.Lock()
        self.size = sum(p.numel() for p in self.module.parameters())

    def initial(self) -> Floats:
        """Whole multiples of 2**-20 from a seeded stream, biases at zero: no library's draw."""
        lot, parts = Seeded(b"byte transformer"), []
        for name, parameter in self.module.named_parameters():
            count = parameter.numel()
            raw = np.frombuffer(lot.child(name).randbytes(2 * count), "<i2").astype(np.float32)
            spread = 0.0 if name.endswith("bias") else 2.0**-20 * (2 if "symbols" in name else 3)
            parts.append(raw * np.float32(spread))
        return np.concatenate(parts)

    def losses(self, params: Floats, pages: Bytes) -> Floats:
        """See ``Backend``."""
        with self._one_at_a_time, torch.no_grad():
            load_vector(self.module, params)
            found = next_byte_losses(self.module, torch.from_numpy(pages).to(self.device))
        means: Floats = found.mean(dim=1).float().cpu().numpy()
        return means

    def scores(self, params: Floats, text: Bytes) -> Floats:
        """See ``Backend``, by the last bytes of a text, as many as it has places for."""
        kept = text[max(0, len(text) - self.module.length + 1) :]
        with self._one_at_a_time, torch.no_grad():
            load_vector(self.module, params)
            inputs = functional.pad(torch.from_numpy(kept.astype(np.int64)), (1, 0), value=256)
            found = self.module(inputs[None].to(self.device))[0, -1]
        scores: Floats = found.float().cpu().numpy()
        return scores

    def train(self, params: Floats, pages: Bytes, *, steps: int, rate: float) -> Floats:
        """See ``Backend``."""
        with self._one_at_a_time:
            load_vector(self.module, params)
            optimizer = torch.optim.AdamW(
                self.module.parameters(), lr=rate, betas=BETAS, weight_decay=0.0
            )
            data = torch.from_numpy(pages).to(self.device)
            for step in range(steps):
                at = step % len(pages)
                optimizer.zero_grad(set_to_none=True)
                next_byte_losses(self.module, data[at : at + 1]).mean().backward()
                optimizer.step()
            return vector_of(self.module)


def next_byte_losses(module: nn.Module, pages: torch.Tensor) -> torch.Tensor:
    """Of each byte of each page, given those before it."""
    targets = pages.long()
    inputs = functional.pad(targets[:, :-1], (1, 0), value=256)
    scores = module(inputs)
    return functional.cross_entropy(scores.transpose(1, 2), targets, reduction="none")


def load_vector(module: nn.Module, params: Floats) -> None:
    """Put a flat vector into a module, in the order of its parameters."""
    at = 0
    with torch.no_grad():
        for parameter in module.parameters():
            part = params[at : at + parameter.numel()].copy()
            parameter.copy_(torch.from_numpy(part).view_as(parameter))
            at += parameter.numel()


def vector_of(module: nn.Module) -> Floats:
    """The inverse of ``load_vector``."""
    parts = [p.detach().float().cpu().reshape(-1).numpy() for p in module.parameters()]
    joined: Floats = np.concatenate(parts)
    return joined


def _normed(x: torch.Tensor) -> torch.Tensor:
    return functional.layer_norm(x, x.shape[-1:])
