"""Bad answers on purpose, for testing clients.

Owns which requests are answered badly and how. Does not own doing it: each kind of connection does
that in its own way (`rpc.websocket`, `rpc.http`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from taokit.local_chain.rpc.errors import invalid_params

__all__ = ["FAULTS", "TOO_MANY_REQUESTS", "Fault", "Faults", "refusals"]

FAULTS = ("429", "hang", "slow", "drop")
"""Refuse as too many requests, never answer, answer late, cut the connection."""

TOO_MANY_REQUESTS = -32029
"""The code of the error by which a request on an open websocket is refused as one too many."""

MAX_SECONDS = 3600


@dataclass(frozen=True)
class Fault:
    """One way of answering badly. ``methods`` are those concerned, none of them is all.

    ``count`` is how many more times (None: always), ``seconds`` how late ``slow`` answers.
    """

    kind: str
    methods: tuple[str, ...] = ()
    count: int | None = None
    seconds: float = 1.0

    @classmethod
    def from_json(cls, value: Any) -> Fault:
        """Read `{"kind": ..., "methods"?: [...], "count"?: n, "seconds"?: s}`."""
        if isinstance(value, str):
            value = {"kind": value}
        known = {"kind", "methods", "count", "seconds"}
        if not isinstance(value, dict) or set(value) - known:
            raise invalid_params(f"expected an object of {', '.join(sorted(known))}")
        kind, methods = str(value.get("kind")), value.get("methods") or []
        count, seconds = value.get("count"), value.get("seconds", 1.0)
        if kind not in FAULTS:
            raise invalid_params(f"there is no fault {kind!r}: there are {', '.join(FAULTS)}")
        if not isinstance(methods, list) or not all(isinstance(one, str) for one in methods):
            raise invalid_params("methods are a list of names")
        if count is not None and (type(count) is not int or count < 1):
            raise invalid_params("a count is 1 or more")
        if type(seconds) not in (int, float) or not 0 <= seconds <= MAX_SECONDS:
            raise invalid_params(f"seconds are from 0 to {MAX_SECONDS}")
        return cls(kind, tuple(methods), count, float(seconds))

    def as_json(self) -> dict[str, Any]:
        """As it was given."""
        told: dict[str, Any] = {"kind": self.kind, "methods": list(self.methods)}
        return {**told, "count": self.count, "seconds": self.seconds}


class Faults:
    """The faults that are on, in the order in which they were set; the first that fits is done.

    What asks for nothing but development methods is always answered well.
    """

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def __bool__(self) -> bool:
        return bool(self._faults)

    @property
    def on(self) -> tuple[Fault, ...]:
        """Those that are on."""
        return tuple(self._faults)

    def add(self, fault: Fault) -> None:
        """Put one on."""
        self._faults.append(fault)

    def set(self, faults: Iterable[Fault]) -> None:
        """Have these on, and no others."""
        self._faults = list(faults)

    def clear(self) -> None:
        """Answer well again."""
        self._faults.clear()

    def of_handshake(self) -> Fault | None:
        """What to do to a websocket that is being opened: only faults of all methods."""
        return self._take(None)

    def of_message(self, message: str | bytes) -> Fault | None:
        """What to do to a message, if anything."""
        return self._take(_methods(message)) if self._faults else None

    def _take(self, asked: list[str] | None) -> Fault | None:
        if asked and all(name.startswith("dev_") for name in asked):
            return None
        for at, fault in enumerate(self._faults):
            if fault.methods and not set(fault.methods) & set(asked or ()):
                continue
            if fault.count == 1:
                del self._faults[at]
            elif fault.count is not None:
                self._faults[at] = replace(fault, count=fault.count - 1)
            return fault
        return None


def refusals(message: str | bytes) -> list[str]:
    """The answers to a message whose requests are too many: one text, or none."""
    asked = _requests(message)
    told = [
        {
            "jsonrpc": "2.0",
            "id": request["id"],
            "error": {"code": TOO_MANY_REQUESTS, "message": "Too many requests"},
        }
        for request in asked
        if "id" in request
    ]
    if not told:
        return []
    return [json.dumps(told if message.lstrip()[:1] in ("[", b"[") else told[0])]


def _methods(message: str | bytes) -> list[str]:
    return [str(request.get("method")) for request in _requests(message)]


def _requests(message: str | bytes) -> list[dict[str, Any]]:
    try:
        said = json.loads(message)
    except (ValueError, RecursionError):
        return []
    requests = said if isinstance(said, list) else [said]
    return [request for request in requests if isinstance(request, dict)]
