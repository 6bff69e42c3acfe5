"""Hugging Face Transformers as an engine: on a CPU, or in bf16 on a GPU. It serves and audits.

Owns loading, and the audit by one prefill. Does not own the decoding of many responses at once
(``batching``). The model is one that ``AutoModelForCausalLM`` loads, as ``org/name@revision`` or a
folder; a revision should be named, since everybody has to run the same weights.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import numpy as np
import torch  # type: ignore[import-not-found,unused-ignore]
import transformers  # type: ignore[import-not-found,unused-ignore]

from taokit.subnet_templates.inference.backends.batching import Batcher
from taokit.subnet_templates.inference.backends.hf_tokenizer import HFTokenizer
from taokit.subnet_templates.inference.sampling import Retrace, Sampling
from taokit.subnet_templates.inference.sampling_torch import retrace

__all__ = ["TransformersBackend"]

ROWS = 64
"""Rows of logits that are held against the rule at a time: 64 of 128,000 tokens are 33 MB."""


class TransformersBackend:
    """A causal model. ``device`` is PyTorch's (a GPU if there is one), ``dtype`` bf16 there.

    ``loaded`` is (model, tokenizer) for those who have them already. ``most_at_once`` responses are
    decoded together; others wait.
    """

    def __init__(
        self,
        model: str,
        *,
        device: str | None = None,
        dtype: str | None = None,
        most_at_once: int = 32,
        loaded: tuple[Any, Any] | None = None,
        **options: Any,
    ) -> None:
        self.model = model
        self._device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        kind = getattr(torch, dtype or ("bfloat16" if self._device != "cpu" else "float32"))
        if loaded is None:
            name, _, revision = model.partition("@")
            picked = {"revision": revision or None, **options}
            inner = transformers.AutoTokenizer.from_pretrained(name, **picked)
            net = transformers.AutoModelForCausalLM.from_pretrained(name, dtype=kind, **picked)
        else:
            net, inner = loaded
        self._net = net.to(self._device, kind).eval()
        config = self._net.config
        self.context = int(getattr(config, "max_position_embeddings", 1 << 20))
        self.tokenizer = HFTokenizer.of(inner, config, self._net.generation_config)
        self._auditing = threading.Lock()
        self._batcher = Batcher(self._net, self._device, self.tokenizer.eos, most_at_once)

    async def generate(
        self, prompt: Sequence[int], how: Sampling, max_tokens: int
    ) -> AsyncGenerator[int, None]:
        if len(prompt) + max_tokens > self.context:
            raise ValueError(f"the context is {self.context} tokens")
        async for token in self._batcher.generate(prompt, how, max_tokens):
            yield token

    def retrace(self, prompt: Sequence[int], output: Sequence[int], how: Sampling) -> Retrace:
        ids = torch.tensor([[*prompt, *output[:-1]]], device=self._device)
        found = []
        with self._auditing, torch.inference_mode():
            rows = self._net(ids, use_cache=False, logits_to_keep=len(output)).logits[0]
            for start in range(0, len(output), ROWS):
                part = output[start : start + ROWS]
                found.append(retrace(rows[start : start + ROWS], part, how, start=start))
        return Retrace(
            np.concatenate([one.margins for one in found]),
            np.concatenate([one.choices for one in found]),
        )

    async def close(self) -> None:
        """Let no more be decoded."""
        self._batcher.close()
