"""JSON-RPC batches: requests of one turn of the event loop, sent as one message.

Owns which requests may travel together, how many, and what becomes of them where an endpoint takes
no batches: they are asked one by one, and it is sent none any more. Only requests that read are
batched, because asking those twice does no harm. Does not own ids and answers (``exchange``).

Public gateways count messages or answers, not what is in them; reading a hundred blocks of history
is a few messages this way.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from taokit.chain_client.transport.base import READING

if TYPE_CHECKING:
    from taokit.chain_client.transport.exchange import Request

__all__ = ["INVALID_REQUEST", "Batches"]

INVALID_REQUEST: Final = -32600

_MOST: Final = 40
"""Requests in a message; gateways that limit it take 50 at least."""
_LONGEST: Final = 256 * 1024
"""Characters in a message, unless one request is longer."""
_ALONE: Final = frozenset({"chain_getBlock", "state_getMetadata", "state_traceBlock"})
"""Answers of megabytes: together they might be more than a node puts into one message."""

_log: Final = logging.getLogger(__name__)


class Batches:
    """What is waiting to be sent on one connection, and what was sent together.

    ``write`` sends a message that nobody waits for. ``patience`` is after how many seconds without
    an answer the first batch of a connection is asked again, one by one.
    """

    def __init__(self, write: Callable[[str], None], *, patience: float) -> None:
        self.on = True
        self.proved = False
        """Whether this connection answered a batch already."""
        self._write = write
        self._patience = patience
        self._waiting: list[Request] = []
        self._sent: list[list[Request]] = []

    @property
    def unanswered(self) -> bool:
        """Whether a batch is under way."""
        return any(True for _ in self._open())

    def takes(self, request: Request) -> bool:
        """Whether ``request`` may travel with others."""
        if not self.on or request.unsubscribe is not None or request.method in _ALONE:
            return False
        if request.method == "state_call" and str(request.params[:1]).startswith("['Metadata_"):
            return False
        return request.method.startswith(READING) and "_unsubscribe" not in request.method

    def put(self, request: Request) -> None:
        """Send it once all that is ready to run now has run, with what that asks."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._flush)
        self._waiting.append(request)

    def arrived(self, items: Sequence[Any]) -> list[Any]:
        """The items of an array of answers that are to be handed on.

        What its batch holds beyond them is asked again, one by one.
        """
        refused = [item for item in items if _refuses(item)]
        answered = {item["id"] for item in items if _answers(item) and item not in refused}
        missing: list[Request] = []
        for batch in list(self._sent):
            if any(request.id in answered for request in batch):
                self._sent.remove(batch)
                self.proved = True
                missing += [request for request in batch if request.id not in answered]
        if missing:
            self._singly(missing, "the answer to a batch is not whole")
        if refused and self._sent:
            self.refuse("a request of a batch was refused")
        return [item for item in items if item not in refused]

    def refuse(self, why: str) -> bool:
        """Ask again, one by one, whatever was sent in batches; whether there was any."""
        batches, self._sent = self._sent, []
        asked = [request for batch in batches for request in batch]
        if asked:
            self._singly(asked, why)
        return bool(asked)

    def under_way(self) -> list[Request]:
        """The requests that were sent in batches and have no answer yet."""
        return list(self._open())

    def _open(self) -> Iterator[Request]:
        return (r for batch in self._sent for r in batch if not r.answer.done())

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        for together in _parts([one for one in waiting if not one.answer.done()]):
            if len(together) == 1 or not self.on:
                for request in together:
                    self._write(request.text)
                continue
            self._sent = [b for b in self._sent if any(not r.answer.done() for r in b)]
            self._sent.append(together)
            self._write("[" + ",".join(request.text for request in together) + "]")
            if not self.proved:
                loop = asyncio.get_running_loop()
                loop.call_later(self._patience, self._lose_patience, together)

    def _lose_patience(self, batch: list[Request]) -> None:
        if not self.proved and batch in self._sent and any(not r.answer.done() for r in batch):
            self.refuse(f"no answer to a batch within {self._patience:g} s")

    def _singly(self, requests: Sequence[Request], why: str) -> None:
        self.on = False
        left = [request for request in requests if not request.answer.done()]
        _log.info("%s: %d requests are asked one by one", why, len(left))
        for request in left:
            self._write(request.text)


def _parts(requests: Sequence[Request]) -> Iterator[list[Request]]:
    """The requests in their order, in parts that one message may hold."""
    part: list[Request] = []
    length = 0
    for request in requests:
        if part and (len(part) == _MOST or length + len(request.text) > _LONGEST):
            yield part
            part, length = [], 0
        part.append(request)
        length += len(request.text) + 1
    if part:
        yield part


def _answers(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("id"), int)


def _refuses(item: Any) -> bool:
    """Whether an item says that it is no request, or is an error to none of them."""
    if not isinstance(item, dict) or "error" not in item:
        return False
    error = item["error"]
    return item.get("id") is None or (
        isinstance(error, dict) and error.get("code") == INVALID_REQUEST
    )
