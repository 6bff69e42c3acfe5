"""Text to tokens and back, and how a chat becomes a prompt, for models that bring no tokenizer.

Owns the tokenizer protocol and the byte tokenizer: a token per UTF-8 byte and a few marks. Does not
own the tokenizers of real models (their back ends wrap those). Prompts are tokenised in one way
only, since miner and auditor must see the same ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol

__all__ = ["ByteTokenizer", "Tokenizer", "Turn"]

Turn = tuple[str, str]  # role, content


class Tokenizer(Protocol):
    """What a model's tokenizer must do. Ids are ints below ``vocab``."""

    @property
    def vocab(self) -> int:
        """Number of ids."""

    @property
    def eos(self) -> frozenset[int]:
        """Ids that end a response. They are tokens of it, and decode to nothing."""

    def encode(self, text: str) -> list[int]:
        """Ids of a plain prompt."""

    def encode_chat(self, turns: Sequence[Turn]) -> list[int]:
        """Ids of a conversation, ending where the assistant's turn begins."""

    def decode(self, ids: Sequence[int]) -> str:
        """Text of output ids. Never raises: ids that are no text become U+FFFD."""


class ByteTokenizer:
    """A token per byte: 0..255; then BOS, EOS and one mark for each role. 264 ids in all."""

    BOS, EOS = 256, 257
    ROLES: ClassVar = {"system": 258, "user": 259, "assistant": 260, "tool": 261}
    vocab = 264
    eos = frozenset({EOS})

    def encode(self, text: str) -> list[int]:
        return [self.BOS, *text.encode()]

    def encode_chat(self, turns: Sequence[Turn]) -> list[int]:
        ids = [self.BOS]
        for role, content in turns:
            if role not in self.ROLES:
                raise ValueError(f"a role is one of {', '.join(self.ROLES)}, not {role!r}")
            ids += [self.ROLES[role], *content.encode()]
        return [*ids, self.ROLES["assistant"]]

    def decode(self, ids: Sequence[int]) -> str:
        return bytes(i for i in ids if i < 256).decode("utf-8", errors="replace")
