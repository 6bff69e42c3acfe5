"""The protocol of an engine, and opening one by name.

Owns what a miner and an auditor ask of an engine. A miner needs ``generate``; an auditor needs
``retrace``, which an engine behind somebody else's API cannot give (``CannotAudit``).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from importlib import import_module
from typing import Any, Protocol

from taokit.neuron.errors import ConfigError
from taokit.subnet_templates.inference.sampling import Retrace, Sampling
from taokit.subnet_templates.inference.tokens import Tokenizer

__all__ = ["ENGINES", "Backend", "CannotAudit", "open_backend"]


class CannotAudit(ConfigError):
    """This engine does not give every row of logits, so it can serve and not audit."""

    code = "cannot_audit"


class Backend(Protocol):
    """A model that is loaded and ready. ``model`` is its name in requests, revision included."""

    @property
    def model(self) -> str:
        """The name that requests carry."""

    @property
    def tokenizer(self) -> Tokenizer:
        """Its tokenizer."""

    @property
    def context(self) -> int:
        """Most tokens of prompt and response together."""

    def generate(
        self, prompt: Sequence[int], how: Sampling, max_tokens: int
    ) -> AsyncGenerator[int, None]:
        """Output ids as they are drawn, the ending one included; at most ``max_tokens``.

        Closing the iterator stops the work. Raises ValueError when the context is too short.
        """

    def retrace(self, prompt: Sequence[int], output: Sequence[int], how: Sampling) -> Retrace:
        """Hold output ids against the rule, with one prefill. Blocks; safe from any thread.

        Raises CannotAudit when the engine gives no rows of logits.
        """

    async def close(self) -> None:
        """Release what is held."""


# engine: (module, class, what to import first, extra of the generated project)
ENGINES = {
    "toy": ("toy", "ToyBackend", "", ""),
    "transformers": ("transformers", "TransformersBackend", "transformers", "transformers"),
    "vllm": ("vllm", "VllmBackend", "vllm", "vllm"),
    "sglang": ("sglang", "SglangBackend", "sglang", "sglang"),
    "openai": ("openai", "OpenAIBackend", "httpx", "neuron"),
}


def open_backend(engine: str, model: str, **options: Any) -> Backend:
    """Load a model with an engine by name. Options are the engine's own (its class says which).

    Raises ConfigError for an engine that is unknown or whose library is not installed.
    """
    if engine not in ENGINES:
        raise ConfigError(f"no engine is called {engine!r}", hint=f"one of {', '.join(ENGINES)}")
    module, name, needs, extra = ENGINES[engine]
    if needs:
        try:
            import_module(needs)
        except ImportError as missing:
            raise ConfigError(
                f"the engine {engine!r} needs {missing.name or needs}, which is not installed",
                hint=f"pip install '.[{extra}]' in the subnet's project",
            ) from missing
    found = import_module(f"taokit.subnet_templates.inference.backends.{module}")
    backend: Backend = getattr(found, name)(model, **options)
    return backend
