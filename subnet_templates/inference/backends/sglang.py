"""SGLang as an engine: serves with its own batching and tensor parallelism; others audit.

Owns the engine and the processor that makes its greedy choice the seeded one. As with ``vllm``, the
rows of logits are not to be had: ``retrace`` raises CannotAudit. The processor counts the tokens
that a request has; where a step is prepared before the last one is booked that count may be behind,
so ``disable_overlap_schedule`` is set unless the options say otherwise.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Any

import sglang  # type: ignore[import-not-found,unused-ignore]
from sglang.srt.sampling.custom_logit_processor import (  # type: ignore[import-not-found,unused-ignore]
    CustomLogitProcessor,
)
from transformers import (  # type: ignore[import-not-found,unused-ignore]
    AutoConfig,
    AutoTokenizer,
)

from taokit.subnet_templates.inference.backends.hf_tokenizer import HFTokenizer
from taokit.subnet_templates.inference.backends.openai import arguments_of, sampling_from
from taokit.subnet_templates.inference.backends.protocol import CannotAudit
from taokit.subnet_templates.inference.backends.seeded_rows import perturb
from taokit.subnet_templates.inference.sampling import Retrace, Sampling

__all__ = ["SeededLogits", "SglangBackend"]


class SeededLogits(CustomLogitProcessor):  # type: ignore[misc,unused-ignore]
    """Runs in the engine, on the rows of the requests that name it."""

    def __call__(self, logits: Any, custom_param_list: list[dict[str, Any]] | None = None) -> Any:
        rows, hows, at = [], [], []
        for row, params in enumerate(custom_param_list or []):
            how = sampling_from(params)
            if how is not None:
                rows.append(row)
                hows.append(how)
                at.append(len(params["__req__"].output_ids))
        return perturb(logits, rows, hows, at)


class SglangBackend:
    """An engine in this process and its workers. Options are those of ``sglang.Engine``, such as
    ``tp_size``, ``context_length`` or ``mem_fraction_static``."""

    def __init__(self, model: str, **options: Any) -> None:
        self.model = model
        name, _, revision = model.partition("@")
        picked = {"revision": revision or None}
        config = AutoConfig.from_pretrained(name, **picked)
        self.tokenizer = HFTokenizer.of(AutoTokenizer.from_pretrained(name, **picked), config)
        longest = getattr(config, "max_position_embeddings", 1 << 20)
        self.context = int(options.get("context_length", longest))
        self._engine = sglang.Engine(
            model_path=name,
            enable_custom_logit_processor=True,
            **{"disable_overlap_schedule": True, **picked, **options},
        )

    async def generate(
        self, prompt: Sequence[int], how: Sampling, max_tokens: int
    ) -> AsyncGenerator[int, None]:
        if len(prompt) + max_tokens > self.context:
            raise ValueError(f"the context is {self.context} tokens")
        stream = await self._engine.async_generate(
            input_ids=list(prompt),
            sampling_params={
                "temperature": 0.0,
                "max_new_tokens": max_tokens,
                "stop_token_ids": sorted(self.tokenizer.eos),
                "custom_params": arguments_of(how),
            },
            custom_logit_processor=SeededLogits.to_str(),
            stream=True,
        )
        seen = 0
        async for said in stream:
            ids, total = said["output_ids"], said["meta_info"]["completion_tokens"]
            for token in ids[len(ids) - (total - seen) :]:  # all ids so far, or the new ones
                yield int(token)
            seen = total

    def retrace(self, prompt: Sequence[int], output: Sequence[int], how: Sampling) -> Retrace:
        raise CannotAudit("SGLang gives no rows of logits", hint="audit with ENGINE=transformers")

    async def close(self) -> None:
        """End the engine and its workers."""
        self._engine.shutdown()
