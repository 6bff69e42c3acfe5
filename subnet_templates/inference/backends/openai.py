"""A server of OpenAI's API as an engine: one that draws by our seed, such as vLLM's own server.

Owns the calls. The prompt is sent as ids to ``/completions``, at temperature 0, with seed,
temperature and top_p in ``vllm_xargs`` for the logits processor, and ids are asked back
(``return_token_ids``). A server that ignores these gives answers that no audit passes, or none. It
serves and cannot audit.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

import httpx

from taokit.neuron.errors import ConfigError, HandlerRefused
from taokit.subnet_templates.inference.backends.protocol import CannotAudit
from taokit.subnet_templates.inference.sampling import Retrace, Sampling
from taokit.subnet_templates.inference.tokens import Tokenizer

__all__ = ["OpenAIBackend", "arguments_of", "sampling_from"]


def arguments_of(how: Sampling) -> dict[str, Any]:
    """How tokens are drawn, as arguments that travel with a request through an engine."""
    return {
        "taokit_seed": str(how.seed),
        "taokit_temperature": how.temperature,
        "taokit_top_p": how.top_p,
    }


def sampling_from(arguments: Mapping[str, Any] | None) -> Sampling | None:
    """What ``arguments_of`` made; None for a request that is not ours. Raises ValueError."""
    if not arguments or "taokit_seed" not in arguments:
        return None
    return Sampling(
        int(arguments["taokit_seed"]),
        float(arguments.get("taokit_temperature", 1.0)),
        float(arguments.get("taokit_top_p", 1.0)),
    )


class OpenAIBackend:
    """``url`` ends in ``/v1``; ``served`` is the server's name of the model, ``context`` its
    longest.

    ``tokenizer`` is of the model; by default Hugging Face's, for which ``transformers`` is needed.
    """

    def __init__(
        self,
        model: str,
        *,
        url: str = "http://127.0.0.1:8000/v1",
        key: str = "none",
        served: str | None = None,
        context: int = 32768,
        tokenizer: Tokenizer | None = None,
        timeout: float = 120.0,
    ) -> None:
        self.model = model
        self.context = context
        self.tokenizer = tokenizer if tokenizer is not None else _tokenizer(model)
        self._served = served or model.partition("@")[0]
        self._http = httpx.AsyncClient(
            base_url=url.rstrip("/") + "/",
            headers={"authorization": f"Bearer {key}"},
            timeout=timeout,
            trust_env=False,
        )

    async def generate(
        self, prompt: Sequence[int], how: Sampling, max_tokens: int
    ) -> AsyncGenerator[int, None]:
        if len(prompt) + max_tokens > self.context:
            raise ValueError(f"the context is {self.context} tokens")
        body = {
            "model": self._served,
            "prompt": list(prompt),
            "max_tokens": max_tokens,
            "temperature": 0.0,
            "stream": True,
            "stop_token_ids": sorted(self.tokenizer.eos),
            "return_token_ids": True,
            "vllm_xargs": arguments_of(how),
        }
        async with self._http.stream("POST", "completions", json=body) as said:
            if said.status_code != 200:
                detail = (await said.aread()).decode(errors="replace")[:300]
                raise HandlerRefused(f"the model server answers {said.status_code}: {detail}")
            async for line in said.aiter_lines():
                if not line.startswith("data:") or line.endswith("[DONE]"):
                    continue
                for choice in json.loads(line[5:]).get("choices", ()):
                    if choice.get("token_ids") is None:
                        raise HandlerRefused("the model server tells no token ids")
                    for token in choice["token_ids"]:
                        yield int(token)

    def retrace(self, prompt: Sequence[int], output: Sequence[int], how: Sampling) -> Retrace:
        raise CannotAudit(
            "a server of OpenAI's API gives no rows of logits", hint="audit with another engine"
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def _tokenizer(model: str) -> Tokenizer:
    try:
        from transformers import (  # type: ignore[import-not-found,unused-ignore]
            AutoConfig,
            AutoTokenizer,
        )
    except ImportError as missing:
        raise ConfigError(
            "the tokenizer of a served model needs transformers, which is not installed",
            hint="pip install '.[transformers]' in the subnet's project, or give a tokenizer",
        ) from missing
    from taokit.subnet_templates.inference.backends.hf_tokenizer import HFTokenizer

    name, _, revision = model.partition("@")
    picked = {"revision": revision or None}
    inner = AutoTokenizer.from_pretrained(name, **picked)
    return HFTokenizer.of(inner, AutoConfig.from_pretrained(name, **picked))
