"""The other node: asked many things at once, patiently.

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

from taokit.local_chain.fork.errors import AnswerTooBig, ForkError, MethodMissing

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

__all__ = ["Question", "RemoteNode"]

Question = tuple[str, Sequence[Any]]
"""A method and its parameters."""

BATCH = 100
"""Questions sent before the first answer is read; fewer once the node said "not so fast"."""

TRIES = 6
"""How often in a row no answer may come."""

FIRST_WAIT_S = 0.25
LONGEST_WAIT_S = 20.0
ANSWER_WITHIN_S = 60.0
MAX_BYTES = 64 * 1024 * 1024
TOO_MANY = {429, 502, 503, 504}
LIMITED = {-32005, -32009, -32029, -32604, -32999, 429}
"""Numbers of JSON-RPC errors by which nodes and gateways say "not so fast"."""

TOO_BIG = {-32008, -32702}
NO_METHOD = -32601


class _Busy(Exception):
    """Asked too much, or not there: worth another try after so many seconds (None: as we like)."""

    def __init__(self, why: str, wait_s: float | None = None) -> None:
        super().__init__(why)
        self.wait_s = wait_s


_log = logging.getLogger("taokit.local_chain.fork")


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
        self._batch = BATCH

    def ask(self, method: str, *params: Any) -> Any:
        """One question. Raises `ForkError` where the node answers with an error."""
        return self.ask_all([(method, params)])[0]

    def ask_all(self, questions: Sequence[Question]) -> list[Any]:
        """Many questions; their answers in the same order."""
        answers: dict[int, Any] = {}
        wait_s, failed = FIRST_WAIT_S, 0
        while len(answers) < len(questions):
            left = [at for at in range(len(questions)) if at not in answers][: self._batch]
            known = len(answers)
            try:
                self._ask_now(questions, left, answers)
            except _Busy as busy:
                if len(answers) > known:  # some came: no reason to lose patience
                    wait_s, failed = FIRST_WAIT_S, 0
                failed += 1
                if failed == TRIES:
                    raise ForkError(
                        f"{self.url} does not answer: {busy}",
                        hint="try another endpoint, or later: what was read is kept",
                    ) from busy
                self._batch = max(1, self._batch // 2)
                told = wait_s if busy.wait_s is None else busy.wait_s
                _log.info("%s: %s; asking again in %.2f s", self.url, busy, told)
                self._sleep(min(told, LONGEST_WAIT_S))
                wait_s *= 2
            else:
                wait_s, failed = FIRST_WAIT_S, 0
                self._batch = min(2 * self._batch, BATCH)
        return [answers[at] for at in range(len(questions))]

    def close(self) -> None:
        """Say goodbye."""
        self._socket = None
        self._open.close()

    def _ask_now(
        self, questions: Sequence[Question], which: Sequence[int], answers: dict[int, Any]
    ) -> None:
        """Ask some of the questions, and put what is answered where it belongs."""
        from websockets.exceptions import ConnectionClosed

        socket = self._opened()
        waiting = {self._ids + count: at for count, at in enumerate(which)}
        self._ids += len(which)
        self.asked += len(which)
        self.trips += 1
        refused: _Busy | None = None
        try:
            for id, at in waiting.items():
                method, params = questions[at]
                request = {"jsonrpc": "2.0", "id": id, "method": method, "params": list(params)}
                socket.send(json.dumps(request))
            while waiting:
                message = json.loads(socket.recv(ANSWER_WITHIN_S))
                place = waiting.pop(message.get("id"), None)
                if place is None:
                    if message.get("id") is None and "error" in message:
                        self._result(message, "connection")
                    continue
                try:
                    answers[place] = self._result(message, questions[place][0])
                except _Busy as limited:
                    refused = limited
        except TimeoutError as error:
            self.close()
            raise _Busy(f"no answer within {ANSWER_WITHIN_S:g} s") from error
        except (ConnectionClosed, OSError, ValueError) as error:
            self.close()
            raise _Busy(str(error) or type(error).__name__) from error
        if refused is not None:
            raise refused

    def _result(self, message: dict[str, Any], method: str) -> Any:
        error = message.get("error")
        if error is None:
            return message.get("result")
        code, text = error.get("code"), str(error.get("message"))
        said = f"{text} {error.get('data') or ''}".strip()
        plain = said.lower()
        if code in LIMITED or "rate limit" in plain or "too many requests" in plain:
            raise _Busy(text)
        if code in TOO_BIG or "response is too big" in plain:
            raise AnswerTooBig(
                f"{self.url} gives no answer so long: {said}",
                hint="a node of your own can be told to: --rpc-max-response-size",
            )
        if code == NO_METHOD or "unsafe to be called" in plain:
            raise MethodMissing(
                f"{self.url} has no {method}, which a fork needs: {said}",
                hint="use a Subtensor node that serves it",
            )
        hint = None
        if "State already discarded" in said or "UnknownBlock" in said:
            hint = "an archive node has the states of all blocks, others of the newest ones only"
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
