"""The state of a neuron on disk: one SQLite file that a crash at any moment leaves whole.

Owns the file, its schema, and the tables every neuron needs: scores and verdicts, receipts, rounds,
commits to weights, keys and values, a journal. Does not own what scores mean (``scoring``) nor when
a round begins. Names are imported when first used.

    store = Store("validator.sqlite")
    book = ScoreBook(store)
    with book.checkpoint():          # all of a round, or nothing of it
        for verdict in verdicts:
            book.add(verdict, block)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from taokit.neuron.store.commits import CommitLog, StoredCommit
    from taokit.neuron.store.database import Store
    from taokit.neuron.store.records import Journal, KeyValues, Receipts, Round, Rounds
    from taokit.neuron.store.scores import Score, ScoreBook

__all__ = [
    "CommitLog",
    "Journal",
    "KeyValues",
    "Receipts",
    "Round",
    "Rounds",
    "Score",
    "ScoreBook",
    "Store",
    "StoredCommit",
]

_HOMES = {
    "CommitLog": "commits",
    "StoredCommit": "commits",
    "Store": "database",
    "Journal": "records",
    "KeyValues": "records",
    "Receipts": "records",
    "Round": "records",
    "Rounds": "records",
    "Score": "scores",
    "ScoreBook": "scores",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
