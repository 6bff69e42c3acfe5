"""A tokenizer of Hugging Face's library behind our protocol.

Owns the wrapping; the library itself is imported by whoever makes the tokenizer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from taokit.subnet_templates.inference.tokens import Turn

__all__ = ["HFTokenizer"]


class HFTokenizer:
    """``vocab`` is the width of the model's logits, which may exceed the tokenizer's own."""

    def __init__(self, inner: Any, vocab: int, eos: frozenset[int]) -> None:
        self._inner = inner
        self.vocab = vocab
        self.eos = eos

    @classmethod
    def of(cls, inner: Any, config: Any, generation: Any = None) -> HFTokenizer:
        """With the ids that end a response: those of the configurations and the tokenizer's."""
        found: set[Any] = set()
        for source in (config, generation, inner):
            named = getattr(source, "eos_token_id", None)
            found |= set(named if isinstance(named, list) else [named])
        return cls(inner, int(config.vocab_size), frozenset(int(i) for i in found - {None}))

    def encode(self, text: str) -> list[int]:
        return list(self._inner(text)["input_ids"])

    def encode_chat(self, turns: Sequence[Turn]) -> list[int]:
        messages = [{"role": role, "content": content} for role, content in turns]
        text = self._inner.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
        return list(self._inner(text, add_special_tokens=False)["input_ids"])

    def decode(self, ids: Sequence[int]) -> str:
        kept = [i for i in ids if i not in self.eos]
        return str(self._inner.decode(kept, clean_up_tokenization_spaces=False))
