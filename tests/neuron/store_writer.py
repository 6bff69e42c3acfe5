"""A validator in small: writes rounds until it is killed, and says how far it got.

Run as ``python store_writer.py PATH``. Each round has VERDICTS verdicts of as many hotkeys and one
row in ``rounds``, all in one checkpoint.
"""

from __future__ import annotations

import os
import sys

from taokit.neuron.messages import Verdict
from taokit.neuron.store import Rounds, ScoreBook, Store

VERDICTS = 6


def hotkey(number: int) -> str:
    return f"miner{number}"


def quality(round_number: int, number: int) -> float:
    return ((round_number * 7 + number * 3) % 11) / 10


def write_round(book: ScoreBook, rounds: Rounds, number: int, told: object = None) -> None:
    """One round; ``told`` is called between the writes."""
    with book.checkpoint():
        for each in range(VERDICTS):
            verdict = Verdict(hotkey=hotkey(each), task="ab" * 32, quality=quality(number, each))
            book.add(verdict, block=number)
            if callable(told):
                told()
        rounds.put(number, "scored", block=number, data={"verdicts": VERDICTS})
        if callable(told):
            told()


def main(path: str) -> None:
    store = Store(path)
    book, rounds = ScoreBook(store), Rounds(store, "tick")
    last = rounds.last()
    number = 0 if last is None else last.number + 1
    while True:
        write_round(book, rounds, number, lambda: os.write(1, b"."))
        os.write(1, b".")
        number += 1


if __name__ == "__main__":
    main(sys.argv[1])
