"""What the commands of ``taokit localnet`` answer that look at a chain: its page, its log."""

from __future__ import annotations

from typing import Any, TypedDict

from taokit.cli.answers.answer import Answer

__all__ = ["ANSWERS"]


class Page(TypedDict):
    """Where the web page is."""

    url: str


class _Facts(TypedDict, total=False):
    time: str
    event: str
    port: int
    pid: int
    block: int
    index: int
    signer: str
    call: str
    error: str | None
    count: int
    seconds: float
    traceback: str


class LogLine(_Facts):
    """One line of a log; `event` says which of the other fields there are.

    Without a `time` it is what the process said outside of its log.
    """

    level: str
    message: str


ANSWERS: dict[str, Any] = {
    "localnet page": Page,
    "localnet logs": Answer(LogLine, lines=True),
}
