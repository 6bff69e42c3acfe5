"""Pairing of JSON-RPC answers with requests and of notifications with subscriptions.

Owns request ids, the futures behind them, subscription queues, and what happens to all of these
when the connection ends. Does no input or output: a transport writes the text it makes and feeds
it what arrives. Follows the framing rules of JSON-RPC 2.0 with Substrate's publish-subscribe
extension (a notification names its subscription in ``params.subscription``).
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from taokit.chain_client.errors import (
    BadAnswer,
    ConnectionLost,
    MethodUnavailable,
    RpcError,
    StateUnavailable,
    SubmissionUnknown,
    SubscriptionOverrun,
    TooManyRequests,
    TransportError,
)
from taokit.chain_client.transport.base import SUBMITTING_METHODS, extrinsic_hash
from taokit.chain_client.transport.batches import INVALID_REQUEST, Batches

__all__ = ["Exchange", "Request", "Stream"]

_QUEUE_LIMIT: Final = 16_384
_EARLY_LIMIT: Final = 1_024
_METHOD_NOT_FOUND: Final = -32601
_STATE_ERROR: Final = 4003
_TOO_MANY: Final = frozenset({429, -32005, -32029, -32999})
"""Codes by which nodes and gateways say that they are asked too much: HTTP's, Infura's and those
that took it over, OnFinality's, and the polkadot SDK's own limiter."""


class Stream:
    """The notifications of one subscription, queued until they are read."""

    def __init__(
        self, url: str, subscription_id: str, close: Callable[[Stream], Any], limit: int
    ) -> None:
        self.id = subscription_id
        self.closed = False
        self._url = url
        self._close = close
        self._limit = limit
        self._waiting: deque[Any] = deque()
        self._error: TransportError | None = None
        self._news = asyncio.Event()

    def __aiter__(self) -> Stream:
        return self

    async def __anext__(self) -> Any:
        while not self._waiting:
            if self._error is not None:
                raise self._error
            if self.closed:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        return self._waiting.popleft()

    async def aclose(self) -> None:
        """Tell the node to stop, and end the iteration; what is queued is dropped."""
        if not self.closed:
            self.end()
            self._waiting.clear()
            await self._close(self)

    def push(self, item: Any) -> None:
        """Queue a notification; a reader too far behind loses the subscription, not memory."""
        if self.closed or self._error is not None:
            return
        if len(self._waiting) >= self._limit:
            self.fail(SubscriptionOverrun(url=self._url, limit=self._limit))
        else:
            self._waiting.append(item)
            self._news.set()

    def fail(self, error: TransportError) -> None:
        """Raise ``error`` to the reader, after what is queued already."""
        if self._error is None:
            self._error = error
        self._news.set()

    def end(self) -> None:
        """End the iteration after what is queued already."""
        self.closed = True
        self._news.set()


@dataclass
class Request:
    """A request under way. ``unsubscribe`` is set when it opens a subscription."""

    id: int
    method: str
    params: Sequence[Any]
    answer: asyncio.Future[Any]
    unsubscribe: str | None = None
    text: str = field(default="", repr=False)


class Exchange:
    """Everything under way on one connection."""

    def __init__(self, url: str, *, queue_limit: int = _QUEUE_LIMIT) -> None:
        self.url = url
        self.send_later: Callable[[str], None] = lambda text: None
        """Sends a message that nobody waits for; set by the transport."""
        self.batches: Batches | None = None
        """What is sent together, where the transport does that."""
        self.close_stream: Callable[[Stream], Any] = _ignore
        """Closes a subscription at the node; set by the transport."""
        self._queue_limit = queue_limit
        self._ids = count(1)
        self._requests: dict[int, Request] = {}
        self._abandoned: dict[int, str] = {}
        self._streams: dict[str, tuple[Stream, str]] = {}
        self._early: deque[tuple[str, Any]] = deque(maxlen=_EARLY_LIMIT)

    def request(
        self, method: str, params: Sequence[Any], unsubscribe: str | None = None
    ) -> Request:
        """A new request with the text to send for it."""
        request = Request(
            next(self._ids),
            method,
            params,
            asyncio.get_running_loop().create_future(),
            unsubscribe,
        )
        request.text = _message(request.id, method, params)
        self._requests[request.id] = request
        return request

    def abandon(self, request: Request) -> None:
        """Stop waiting for ``request``; a subscription it may still open is closed again."""
        if self._requests.pop(request.id, None) is not None and request.unsubscribe:
            self._abandoned[request.id] = request.unsubscribe

    def forget(self, stream: Stream) -> str | None:
        """Drop a subscription; the method that closes it at the node, ``None`` if gone already."""
        found = self._streams.pop(stream.id, None)
        return found[1] if found else None

    def feed(self, message: str | bytes) -> None:
        """Take one message from the node. Raises :class:`BadAnswer` for what is not JSON-RPC."""
        try:
            parsed = json.loads(message)
        except (ValueError, RecursionError) as error:
            raise BadAnswer(url=self.url, what=f"a message that is not JSON ({error})") from error
        if isinstance(parsed, list) and self.batches is not None:
            parsed = self.batches.arrived(parsed)
        for item in parsed if isinstance(parsed, list) else [parsed]:
            if not isinstance(item, dict):
                raise BadAnswer(url=self.url, what="a message that is not a JSON-RPC object")
            if "error" in item and self._refuses_batch(item):
                continue
            if item.get("id") is not None:
                self._answer(item)
            elif isinstance(item.get("params"), dict) and "subscription" in item["params"]:
                self._notify(str(item["params"]["subscription"]), item["params"])
            elif "error" in item:
                # An error without an id answers a message that the node could not read.
                raise BadAnswer(url=self.url, what=f"an error to no request: {item['error']}")

    def fail(self, error: TransportError) -> None:
        """The connection ended: fail every request and subscription, each with its own error."""
        requests, self._requests = self._requests, {}
        for request in requests.values():
            if not request.answer.done():
                request.answer.set_exception(lost(request, error))
                request.answer.exception()  # marks it as seen, should the caller be gone
        streams, self._streams = self._streams, {}
        for stream, _ in streams.values():
            stream.fail(error)

    def _refuses_batch(self, item: dict[str, Any]) -> bool:
        """Whether an error is the answer to a batch as a whole; it is dealt with then."""
        if self.batches is None or not (open_ones := self.batches.under_way()):
            return False
        error, number = item["error"], item.get("id")
        refusal = _rpc_error(error, "a batch")
        if number is not None:
            among = any(request.id == number for request in open_ones)
            return (
                among and refusal.rpc_code == INVALID_REQUEST and self.batches.refuse(refusal.text)
            )
        if isinstance(refusal, TooManyRequests) and "batch" not in refusal.text.lower():
            for request in open_ones:
                self._requests.pop(request.id, None)
                request.answer.set_exception(_rpc_error(error, request.method))
            return True
        return self.batches.refuse(refusal.text)

    def _answer(self, item: dict[str, Any]) -> None:
        request = self._requests.pop(item["id"], None)
        if request is None:
            unsubscribe = self._abandoned.pop(item["id"], None)
            if unsubscribe and isinstance(item.get("result"), (str, int)):
                self.send_later(_message(next(self._ids), unsubscribe, [item["result"]]))
            return
        if request.answer.done():
            return
        if "error" in item:
            request.answer.set_exception(_rpc_error(item["error"], request.method))
        elif "result" not in item:
            request.answer.set_exception(
                BadAnswer(url=self.url, what=f"neither result nor error to {request.method}")
            )
        elif request.unsubscribe is None:
            request.answer.set_result(item["result"])
        else:
            request.answer.set_result(self._open(str(item["result"]), request.unsubscribe))

    def _open(self, subscription_id: str, unsubscribe: str) -> Stream:
        # Made here and not where the answer is awaited: a notification in the very next message
        # must find its queue. Those that came before the answer were kept aside.
        stream = Stream(self.url, subscription_id, self.close_stream, self._queue_limit)
        self._streams[subscription_id] = stream, unsubscribe
        kept = [entry for entry in self._early if entry[0] != subscription_id]
        for early_id, result in self._early:
            if early_id == subscription_id:
                stream.push(result)
        self._early = deque(kept, maxlen=_EARLY_LIMIT)
        return stream

    def _notify(self, subscription_id: str, params: dict[str, Any]) -> None:
        found = self._streams.get(subscription_id)
        if found is None:
            if any(request.unsubscribe for request in self._requests.values()):
                self._early.append((subscription_id, params.get("result")))
            return
        if "error" in params:
            found[0].fail(BadAnswer(url=self.url, what=f"a failed subscription: {params['error']}"))
        else:
            found[0].push(params.get("result"))


def lost(request: Request, error: TransportError) -> TransportError:
    """The error for ``request`` when ``error`` ended its connection after it was sent."""
    if request.method not in SUBMITTING_METHODS:
        return error
    reason = error.reason if isinstance(error, ConnectionLost) else error.message
    return SubmissionUnknown(
        url=error.url, extrinsic_hash=extrinsic_hash(request.params[0]), reason=reason
    )


def _message(request_id: int, method: str, params: Sequence[Any]) -> str:
    return json.dumps(
        {"jsonrpc": "2.0", "id": request_id, "method": method, "params": list(params)},
        separators=(",", ":"),
    )


def _rpc_error(error: Any, method: str) -> RpcError:
    if not isinstance(error, dict):
        return RpcError(rpc_code=0, text=str(error), method=method)
    code, text = error.get("code"), str(error.get("message", ""))
    number = code if isinstance(code, int) else 0
    detail = error.get("data")
    if number == _METHOD_NOT_FOUND:
        return MethodUnavailable(rpc_code=number, text=text, detail=detail, method=method)
    if number == _STATE_ERROR and ("UnknownBlock" in text or "State already discarded" in text):
        return StateUnavailable(
            rpc_code=number,
            text=text,
            detail=detail,
            method=method,
            hint="ask an archive node (network 'archive'), or a later block",
        )
    if number in _TOO_MANY:
        return TooManyRequests(
            rpc_code=number,
            text=text,
            detail=detail,
            method=method,
            retry_after=_seconds(detail),
        )
    return RpcError(rpc_code=number, text=text, detail=detail, method=method)


def _seconds(detail: Any) -> float | None:
    """How long a gateway asks to wait, where its ``data`` says so."""
    fields = detail if isinstance(detail, dict) else {}
    found = next(
        (fields[k] for k in ("retry_after", "retryAfter", "retry-after") if k in fields), 0
    )
    return float(found) if isinstance(found, (int, float)) and found > 0 else None


async def _ignore(stream: Stream) -> None:
    return None
