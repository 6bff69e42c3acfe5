"""What became of a question: an answer with its receipt, or the reason why there is none.

Owns the two outcomes. Whatever a miner does is one of them, never an exception.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Literal, TypeVar, Union

from taokit.neuron.messages import Hotkey, Reason, Receipt

__all__ = ["Failed", "Ok", "Result"]

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Ok(Generic[Answer]):
    """A signed answer of the wanted shape.

    ``latency_s`` is from sending to the last byte, ``ttft_s`` to the first byte of the body (of a
    stream, to the first event).
    """

    hotkey: Hotkey
    value: Answer
    receipt: Receipt
    latency_s: float
    ttft_s: float
    ok: Literal[True] = True
    reason: Literal[Reason.OK] = Reason.OK
    detail: str = ""


@dataclass(frozen=True)
class Failed:
    """No usable answer. ``detail`` is for people; ``status`` is HTTP's, if there was one.

    ``receipt`` is there when the miner signed what it sent: proof of what it said.
    """

    hotkey: Hotkey
    reason: Reason
    detail: str
    receipt: Receipt | None = None
    status: int | None = None
    latency_s: float = 0.0
    ttft_s: float | None = None
    ok: Literal[False] = False
    value: None = None


Result = Union[Ok[Answer], Failed]  # noqa: UP007 - subscribed at run time on Python 3.10
