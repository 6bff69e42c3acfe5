"""Answers, changed at random: what is in them, their bytes, and how they come.

Owns the changes, each a function of a random source and an answer. Does not own who sends them
(``mutants``). A change that hits nothing returns the answer as it was.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

__all__ = ["CONTENT", "TRANSPORT", "WIRE", "Answered", "mutated"]

LARGE = 2 * 1024 * 1024
DEEP = 20_000


@dataclass(frozen=True)
class Answered:
    """An answer on its way. ``delay`` is in parts of the deadline, before it and again in it.

    ``signed`` says that the miner signs what is sent; otherwise the signature is of the honest
    answer. ``cut`` is where the connection ends, in bytes of the body.
    """

    status: int
    headers: Mapping[bytes, bytes]
    body: bytes
    delay: float = 0.0
    pause: float = 0.0
    signed: bool = True
    cut: int | None = None


Change = Callable[[random.Random, Answered], Answered]


def mutated(
    lot: random.Random, answer: Answered, kinds: Mapping[str, Change]
) -> tuple[str, Answered]:
    """One change of these kinds, by name, and what it made of the answer."""
    name = lot.choice(sorted(kinds))
    return name, kinds[name](lot, answer)


# What is in it


def _of_json(change: Callable[[random.Random, list[Any], Any], None]) -> Change:
    """A change of one place of the document, on any level: a container and a key or index of it."""

    def changed(lot: random.Random, answer: Answered) -> Answered:
        try:
            box = [json.loads(answer.body)]
        except ValueError:
            return answer
        holder, key = lot.choice(_places(box))
        change(lot, holder, key)
        return replace(answer, body=json.dumps(box[0]).encode() if box else b"")

    return changed


def _places(box: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    todo = [box]
    while todo:
        holder = todo.pop()
        keys = list(holder) if isinstance(holder, dict) else range(len(holder))
        for key in keys:
            found.append((holder, key))
            if isinstance(holder[key], dict | list):
                todo.append(holder[key])
    return found


def _drop(lot: random.Random, holder: Any, key: Any) -> None:
    del holder[key]


def _alter(lot: random.Random, holder: Any, key: Any) -> None:
    holder[key] = _other(lot, holder[key])


def _other(lot: random.Random, value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return lot.choice([True, False, None, 0, "yes"])
    if isinstance(value, int | float):
        more = [value + 1, value - 1, -value, value * 2, 0, 1 << 70, -(1 << 70), float("nan"), 0.5]
        return lot.choice([*more, float("inf"), str(value)])
    if isinstance(value, str):
        at = lot.randrange(len(value) + 1)
        swapped = value[:at] + lot.choice("0f\u0000é\ud800") + value[at + 1 :]
        return lot.choice([swapped, "", value * 2, value.upper(), value[::-1], "x" * 100_000, 7])
    if isinstance(value, list):
        items = [*value]
        lot.shuffle(items)
        half = value[: len(value) // 2]
        return lot.choice([items, half, value + half, value[::-1], [], value * 50, {"0": half}])
    return lot.choice([{}, [], list(value.items()), {**value, "extra": 1}, None])


def _type(lot: random.Random, holder: Any, key: Any) -> None:
    holder[key] = lot.choice([None, [], {}, "", 0, -1, 1e400, [[[]]], {"a": {}}, True])


def _graft(lot: random.Random, holder: Any, key: Any) -> None:
    others = _places([holder])
    where, at = lot.choice(others)
    holder[key] = json.loads(json.dumps(where[at]))


def _extra(lot: random.Random, holder: Any, key: Any) -> None:
    if isinstance(holder, dict):
        holder[lot.choice(["quality", "reason", "hotkey", "__class__", "id "])] = 1.0
    else:
        holder.append(holder[key])


def _shift(lot: random.Random, holder: Any, key: Any) -> None:
    if isinstance(holder, list) and len(holder) > 1:
        other = lot.randrange(len(holder))
        holder[key], holder[other] = holder[other], holder[key]
    else:
        _alter(lot, holder, key)


def _twice(lot: random.Random, answer: Answered) -> Answered:
    """The same document with its first field said twice, differently."""
    if not answer.body.startswith(b"{"):
        return answer
    name = answer.body[1:].split(b":", 1)[0]
    return replace(
        answer, body=b"{" + name + b":" + lot.choice([b"0", b'""']) + b"," + answer.body[1:]
    )


CONTENT: Mapping[str, Change] = {
    "drop": _of_json(_drop),
    "alter": _of_json(_alter),
    "type": _of_json(_type),
    "graft": _of_json(_graft),
    "extra": _of_json(_extra),
    "shift": _of_json(_shift),
    "twice": _twice,
}
"""Well-formed documents that say something else: what a mechanism has to judge."""


# Its bytes


def _bytes(change: Callable[[random.Random, bytes], bytes]) -> Change:
    return lambda lot, answer: replace(answer, body=change(lot, answer.body))


def _flip(lot: random.Random, body: bytes) -> bytes:
    if not body:
        return body
    at = lot.randrange(len(body))
    return body[:at] + bytes([body[at] ^ (1 << lot.randrange(8))]) + body[at + 1 :]


WIRE: Mapping[str, Change] = {
    "truncate": _bytes(lambda lot, body: body[: lot.randrange(len(body) + 1)]),
    "flip": _bytes(_flip),
    "mark": _bytes(lambda lot, body: b"\xef\xbb\xbf" + body),
    "not-utf8": _bytes(lambda lot, body: b'{"\xff\xfe": 1}'),
    "nothing": _bytes(lambda lot, body: b""),
    "deep": _bytes(lambda lot, body: b"[" * DEEP + b"]" * DEEP),
    "long-number": _bytes(lambda lot, body: b'{"id": ' + b"9" * 10_000 + b"}"),
    "padded": _bytes(lambda lot, body: body + b" " * lot.randrange(100_000)),
    "large": _bytes(lambda lot, body: body + b" " * LARGE),
    "garbage": _bytes(lambda lot, body: lot.randbytes(lot.randrange(4_000))),
}
"""Bytes that a parser has to survive."""


# How it comes


def _status(lot: random.Random, answer: Answered) -> Answered:
    return replace(answer, status=lot.choice([100, 201, 204, 301, 304, 400, 429, 500, 503, 599]))


def _header(lot: random.Random, answer: Answered) -> Answered:
    name = lot.choice(sorted(answer.headers))
    value = answer.headers[name]
    at = lot.randrange(len(value) + 1)
    other = lot.choice(
        [b"", value + b"0", value[:at] + b"0" + value[at + 1 :], value[::-1], b"a" * 9000]
    )
    return replace(answer, headers={**answer.headers, name: other}, signed=False)


def _no_header(lot: random.Random, answer: Answered) -> Answered:
    name = lot.choice(sorted(answer.headers))
    kept = {key: value for key, value in answer.headers.items() if key != name}
    return replace(answer, headers=kept, signed=False)


def _more_headers(lot: random.Random, answer: Answered) -> Answered:
    more = {b"x-more-%d" % n: b"y" * 500 for n in range(lot.randrange(1, 200))}
    return replace(answer, headers={**answer.headers, **more})


def _unsigned_change(lot: random.Random, answer: Answered) -> Answered:
    return replace(mutated(lot, answer, CONTENT)[1], signed=False)


TRANSPORT: Mapping[str, Change] = {
    "status": _status,
    "header": _header,
    "no-header": _no_header,
    "more-headers": _more_headers,
    "unsigned": _unsigned_change,
    "late": lambda lot, answer: replace(answer, delay=lot.choice([0.3, 0.6, 0.9, 1.5])),
    "slow": lambda lot, answer: replace(answer, pause=lot.choice([0.1, 0.4, 1.5])),
    "hang-up": lambda lot, answer: replace(answer, cut=lot.randrange(len(answer.body) + 1)),
}
"""Headers, times and broken connections."""
