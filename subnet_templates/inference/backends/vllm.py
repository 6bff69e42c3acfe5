"""vLLM as an engine: serves with its own batching and tensor parallelism; others audit.

Owns the engine and the logits processor that makes its greedy choice the seeded one. It speaks to
vLLM's first processor interface (``vllm.v1.sample.logits_processor``), which newer releases keep
for their V1 model runner only; so that one is chosen, unless ``VLLM_USE_V2_MODEL_RUNNER`` says
otherwise. It goes with tensor parallelism, and not with speculative decoding nor with pipelines.
Of the tokens written so far it takes the number alone, which is right under asynchronous scheduling
as well, where their ids come later. Rows of logits are not to be had from it: ``retrace`` raises
CannotAudit, and validators run ``transformers`` for the one prefill that they need.

A server of vLLM's own works too, with the engine ``openai``::

    VLLM_USE_V2_MODEL_RUNNER=0 vllm serve org/model --logits-processors \\
        taokit.subnet_templates.inference.backends.vllm:SeededLogits
"""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from transformers import AutoTokenizer  # type: ignore[import-not-found,unused-ignore]
from vllm import SamplingParams  # type: ignore[import-not-found,unused-ignore]
from vllm.engine.arg_utils import AsyncEngineArgs  # type: ignore[import-not-found,unused-ignore]
from vllm.sampling_params import RequestOutputKind  # type: ignore[import-not-found,unused-ignore]
from vllm.v1.engine.async_llm import AsyncLLM  # type: ignore[import-not-found,unused-ignore]
from vllm.v1.sample.logits_processor import (  # type: ignore[import-not-found,unused-ignore]
    LogitsProcessor,
    MoveDirectionality,
)

from taokit.subnet_templates.inference.backends.hf_tokenizer import HFTokenizer
from taokit.subnet_templates.inference.backends.openai import arguments_of, sampling_from
from taokit.subnet_templates.inference.backends.protocol import CannotAudit
from taokit.subnet_templates.inference.backends.seeded_rows import perturb
from taokit.subnet_templates.inference.sampling import Retrace, Sampling

__all__ = ["SeededLogits", "VllmBackend"]

NAME = "taokit.subnet_templates.inference.backends.vllm:SeededLogits"


class SeededLogits(LogitsProcessor):  # type: ignore[misc,unused-ignore]
    """Runs in the engine, on the whole batch of a step."""

    def __init__(self, vllm_config: Any, device: Any, is_pin_memory: bool) -> None:
        self._ours: dict[int, tuple[Sampling, list[int]]] = {}

    @classmethod
    def validate_params(cls, params: Any) -> None:
        """Refuse a request whose arguments cannot be drawn by. Raises ValueError."""
        sampling_from(params.extra_args)

    def is_argmax_invariant(self) -> bool:
        """It changes what is likeliest; that is its purpose."""
        return False

    def update_state(self, batch_update: Any) -> None:
        """Follow requests as they come, go and change places in the batch."""
        if batch_update is None:
            return
        for index in batch_update.removed:
            self._ours.pop(index, None)
        for index, params, _, output in batch_update.added:
            self._ours.pop(index, None)
            how = sampling_from(params.extra_args)
            if how is not None:
                self._ours[index] = (how, output)
        for one, other, direction in batch_update.moved:
            first, second = self._ours.pop(one, None), self._ours.pop(other, None)
            if first is not None:
                self._ours[other] = first
            if second is not None and direction == MoveDirectionality.SWAP:
                self._ours[one] = second

    def apply(self, logits: Any) -> Any:
        """Put seed, temperature and nucleus into the rows that want them."""
        rows = sorted(self._ours)
        pairs = [self._ours[row] for row in rows]
        return perturb(logits, rows, [how for how, _ in pairs], [len(out) for _, out in pairs])


class VllmBackend:
    """An engine in this process and its workers. Options are those of ``AsyncEngineArgs``, such as
    ``tensor_parallel_size``, ``max_model_len`` or ``gpu_memory_utilization``."""

    def __init__(self, model: str, **options: Any) -> None:
        self.model = model
        name, _, revision = model.partition("@")
        chosen = {"model": name, "revision": revision or None, **options}
        os.environ.setdefault("VLLM_USE_V2_MODEL_RUNNER", "0")
        arguments = AsyncEngineArgs(logits_processors=[NAME], **chosen)
        self._engine = AsyncLLM.from_engine_args(arguments)
        config = self._engine.model_config
        self.context = int(config.max_model_len)
        inner = AutoTokenizer.from_pretrained(name, revision=revision or None)
        self.tokenizer = HFTokenizer.of(inner, config.hf_config)

    async def generate(
        self, prompt: Sequence[int], how: Sampling, max_tokens: int
    ) -> AsyncGenerator[int, None]:
        if len(prompt) + max_tokens > self.context:
            raise ValueError(f"the context is {self.context} tokens")
        params = SamplingParams(
            temperature=0.0,
            max_tokens=max_tokens,
            stop_token_ids=sorted(self.tokenizer.eos),
            detokenize=False,
            output_kind=RequestOutputKind.DELTA,
            extra_args=arguments_of(how),
        )
        tokens = {"prompt_token_ids": list(prompt)}
        async for said in self._engine.generate(tokens, params, uuid.uuid4().hex):
            for token in said.outputs[0].token_ids:
                yield int(token)

    def retrace(self, prompt: Sequence[int], output: Sequence[int], how: Sampling) -> Retrace:
        raise CannotAudit("vLLM gives no rows of logits", hint="audit with ENGINE=transformers")

    async def close(self) -> None:
        """End the engine and its workers."""
        self._engine.shutdown()
