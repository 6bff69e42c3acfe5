"""The toy engine: ``toy_model`` behind the protocol of back ends. No library, no download.

Owns the names of toy models: ``toy-1`` is a revision, ``toy-1:int4``, ``toy-1:int8`` and
``toy-1:small`` are what a cheater would serve in its place.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

from taokit.neuron.errors import ConfigError
from taokit.subnet_templates.inference.audit import Calibration
from taokit.subnet_templates.inference.sampling import Draws, Retrace, Sampling, retrace
from taokit.subnet_templates.inference.tokens import ByteTokenizer
from taokit.subnet_templates.inference.toy_model import Cache, ToyModel, ToySpec

__all__ = ["CALIBRATION", "ToyBackend"]

CALIBRATION = Calibration("toy-1 (NumPy, float32)", (1e-3, 2e-4, 2e-4))
"""Above what honest toy servers were measured to miss: nothing in 71,962 tokens, where a prefill
and single steps differ by float32 rounding alone (bounds 6.4e-5 each); rounded up for other
BLAS."""


class ToyBackend:
    """A toy model in this process. ``yield_every`` tokens, the event loop gets its turn."""

    def __init__(self, model: str = "toy-1", *, yield_every: int = 4) -> None:
        self.model = model
        self.tokenizer = ByteTokenizer()
        self._model = ToyModel(_spec(model))
        self.context = self._model.spec.context
        self._yield_every = yield_every

    async def generate(
        self, prompt: Sequence[int], how: Sampling, max_tokens: int
    ) -> AsyncGenerator[int, None]:
        if len(prompt) + max_tokens > self.context:
            raise ValueError(f"the context is {self.context} tokens")
        cache, draws = Cache(self._model.spec), Draws(how, self.tokenizer.vocab)
        logits = self._model.forward(prompt, cache)[-1]
        for position in range(max_tokens):
            token = draws.token(logits, position)
            yield token
            if token in self.tokenizer.eos:
                return
            if position % self._yield_every == 0:
                await asyncio.sleep(0)
            logits = self._model.forward([token], cache)[-1]

    def retrace(self, prompt: Sequence[int], output: Sequence[int], how: Sampling) -> Retrace:
        rows = self._model.forward([*prompt, *output[:-1]])[len(prompt) - 1 :]
        return retrace(rows, output, how)

    async def close(self) -> None:
        """Nothing is held."""


def _spec(model: str) -> ToySpec:
    revision, _, variant = model.partition(":")
    spec = ToySpec(revision)
    if not variant:
        return spec
    if variant == "small":
        return spec.smaller()
    if variant in ("int8", "int4"):
        return spec.quantised(int(variant[3:]))
    raise ConfigError(f"no toy model is called {model!r}", hint="variants: small, int8, int4")
