"""The other node: asked in batches, patiently.

Owns the connection, which is opened anew when it is lost, and waiting when the node says that it
was asked too much. Blocking: a runtime in the middle of a block cannot do anything else meanwhile.
Does not own what is asked.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from taokit.local_chain.fork.errors import ForkError

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

__all__ = ["RemoteNode"]

BATCH = 100
"""Questions sent before the first answer is read."""

TRIES = 6
FIRST_WAIT_S = 0.25
LONGEST_WAIT_S = 20.0
ANSWER_WITHIN_S = 60.0
MAX_BYTES = 64 * 1024 * 1024
TOO_MANY = {429, 503}
LIMITED = {-32005, -32029, 429}
"""Numbers of JSON-RPC errors by which nodes and gateways say "not so fast"."""

_log = logging.getLogger("taokit.local_chain.fork")


class _Busy(Exception):
    """Asked too much, or not there: worth another try after so many seconds (None: as we like)."""

    def __init__(self, why: str, wait_s: float | None = None) -> None:
        super().__init__(why)
        self.wait_s = wait_s


class RemoteNode:
    """One node by its ``ws://`` or ``wss://`` address. Raises `ForkError` once patience ends.

    ``asked`` counts the questions, ``trips`` the times that answers were waited for.
    """

    def __init__(self, url: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.url = url
        self.asked = 0
        self.trips = 0
        self._sleep = sleep
        self._socket: ClientConnection | None = None
        self._open = ExitStack()
        self._ids = 0

    def ask(self, method: str, *params: Any) -> Any:
        """One question. Raises `ForkError` where the node answers with an error."""
        return self.ask_all([(method, params)])[0]

    def ask_all(self, questions: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """Many questions; their answers in the same order."""
        answers: list[Any] = []
        for start in range(0, len(questions), BATCH):
            answers += self._patiently(questions[start : start + BATCH])
        return answers

    def close(self) -> None:
        """Say goodbye."""
        self._socket = None
        self._open.close()

    def _patiently(self, questions: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        wait_s = FIRST_WAIT_S
        for tried in range(1, TRIES + 1):
            try:
                return self._ask_now(questions)
            except _Busy as busy:
                self.close()
                if tried == TRIES:
                    raise ForkError(
                        f"{self.url} does not answer: {busy}",
                        hint="try another endpoint, or later: what was read is kept",
                    ) from busy
                told = wait_s if busy.wait_s is None else busy.wait_s
                _log.info("%s: %s; asking again in %.2f s", self.url, busy, told)
                self._sleep(min(told, LONGEST_WAIT_S))
                wait_s *= 2
        raise AssertionError("unreachable")

    def _ask_now(self, questions: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        from websockets.exceptions import ConnectionClosed

        socket = self._opened()
        first = self._ids
        self._ids += len(questions)
        self.asked += len(questions)
        self.trips += 1
        answers: dict[int, Any] = {}
        try:
            for at, (method, params) in enumerate(questions):
                request = {"jsonrpc": "2.0", "id": first + at, "method": method}
                socket.send(json.dumps({**request, "params": list(params)}))
            while len(answers) < len(questions):
                message = json.loads(socket.recv(ANSWER_WITHIN_S))
                if message.get("id") in range(first, self._ids):
                    answers[message["id"]] = self._result(message)
        except TimeoutError as error:
            raise _Busy(f"no answer within {ANSWER_WITHIN_S:g} s") from error
        except (ConnectionClosed, OSError, ValueError) as error:
            raise _Busy(str(error) or type(error).__name__) from error
        return [answers[first + at] for at in range(len(questions))]

    def _result(self, message: dict[str, Any]) -> Any:
        error = message.get("error")
        if error is None:
            return message.get("result")
        if error.get("code") in LIMITED:
            raise _Busy(str(error.get("message")))
        said = f"{error.get('message')} {error.get('data') or ''}".strip()
        hint = None
        if "State already discarded" in said or "UnknownBlock" in said:
            hint = "fork a newer block, or use an archive node: --fork URL"
        raise ForkError(f"{self.url} says: {said}", hint=hint)

    def _opened(self) -> ClientConnection:
        if self._socket is None:
            from websockets.exceptions import InvalidStatus, InvalidURI, WebSocketException
            from websockets.sync.client import connect

            try:
                opening = connect(self.url, max_size=MAX_BYTES, open_timeout=20)
                self._socket = self._open.enter_context(opening)
            except (InvalidURI, ValueError) as error:
                raise ForkError(f"{self.url} is not a ws:// or wss:// address") from error
            except InvalidStatus as refused:
                status, headers = refused.response.status_code, refused.response.headers
                if status not in TOO_MANY:
                    raise ForkError(f"{self.url} answers with HTTP {status}") from refused
                raise _Busy(f"HTTP {status}", _seconds(headers.get("Retry-After"))) from refused
            except (OSError, WebSocketException, EOFError) as error:
                raise _Busy(str(error) or type(error).__name__) from error
        return self._socket


def _seconds(told: str | None) -> float | None:
    try:
        return None if told is None else float(told)
    except ValueError:  # a date: as we like
        return None
