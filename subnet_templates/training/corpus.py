"""The data: pages of text that a grammar writes, each from its number alone.

Owns the grammar and which pages a miner is given. Everybody can make every page, so nothing has to
be downloaded and there is no secret set. Replace it by a real corpus that is addressed in the same
way (``Pages``): by number, the same bytes for everybody.

All pages share a language (a vocabulary and its grammar), which a model can learn for good. Each
page has names of its own besides, as real documents do: who trained on a page knows it better than
any other page, and that is how a validator tells on which pages an update was made.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

from taokit.neuron.messages import Hotkey
from taokit.neuron.randomness import Seeded

__all__ = ["Grammar", "Pages", "shard"]

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"


class Pages(Protocol):
    """Data by page: ``count`` pages of ``length`` bytes."""

    count: int
    length: int

    def page(self, number: int) -> Bytes:
        """A page's bytes."""


def shard(seed: Seeded, hotkey: Hotkey, pages: int, of: int) -> tuple[int, ...]:
    """The pages that a hotkey is to train on in a window; ``seed`` is of the block that opened it.

    Numbers are drawn from ``of`` without looking at other hotkeys: miners come and go.
    """
    lot = seed.child("shard", hotkey)
    drawn: dict[int, None] = {}
    while len(drawn) < min(pages, of):
        drawn[lot.randrange(of)] = None
    return tuple(drawn)


class Grammar:
    """A language of its own for each ``seed``."""

    def __init__(self, seed: bytes = b"taokit", *, length: int = 128, count: int = 1 << 30) -> None:
        self.length = length
        self.count = count
        self._lot = Seeded(b"grammar" + seed)
        words = self._lot.child("words")
        self._nouns = [_word(words, 4 + words.randrange(3)) for _ in range(24)]
        self._verbs = [_word(words, 4) + "s" for _ in range(12)]
        self._small = ["the", "a", "of the", "with", "and then", "every"]
        self._page = lru_cache(maxsize=1024)(self._written)

    def page(self, number: int) -> Bytes:
        """The bytes of a page, from 0 to ``count``; not to be written to."""
        if not 0 <= number < self.count:
            raise ValueError(f"there is no page {number}")
        return self._page(number)

    def _written(self, number: int) -> Bytes:
        lot = self._lot.child("page", number)
        few = (lot.sample(_CONSONANTS, 2), lot.sample(_VOWELS, 1))
        names = [_word(lot, 5 + lot.randrange(3), few).upper() for _ in range(2)]
        text = ""
        while len(text) < self.length:
            text += self._sentence(lot, names)
        page: Bytes = np.frombuffer(text[: self.length].encode(), np.uint8)
        return page

    def _sentence(self, lot: Seeded, names: list[str]) -> str:
        def thing() -> str:
            if lot.random() < 0.5:
                return lot.choice(names)
            return f"{lot.choice(self._small[:2])} {lot.choice(self._nouns)}"

        text = f"{thing()} {lot.choice(self._verbs)} {thing()}"
        if lot.random() < 0.5:
            text += f" {lot.choice(self._small[2:])} {lot.choice(self._nouns)}"
        return text + ". "


def _word(
    lot: Seeded, letters: int, kinds: tuple[Sequence[str], Sequence[str]] = (_CONSONANTS, _VOWELS)
) -> str:
    return "".join(lot.choice(kinds[place % 2]) for place in range(letters))
