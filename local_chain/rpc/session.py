"""JSON-RPC 2.0 sessions: framing, dispatch, batches and subscriptions.

Owns what happens between a message's text and a method's function, and back. Does not own sockets
(`rpc.server`), nor any method. `RpcHandler(chain).open(send)` starts a session; whoever carries
the messages gives each to `handle` and sends what `send` is called with.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from taokit.local_chain.rpc.batch import Batch
from taokit.local_chain.rpc.connection import Connection
from taokit.local_chain.rpc.errors import CHAIN_ERROR, METHOD_NOT_FOUND, RpcError
from taokit.local_chain.rpc.faults import refusals
from taokit.local_chain.rpc.feed import Feed
from taokit.local_chain.rpc.messages import (
    Answer,
    answer_of,
    encode,
    error_of,
    failure,
    invalid_request,
    parse,
    success,
)
from taokit.local_chain.rpc.methods import (
    archive,
    author,
    chain,
    chain_head,
    chain_spec,
    dev,
    dev_cheats,
    dev_dry_run,
    dev_insight,
    dev_snapshots,
    dev_time,
    page,
    payment,
    state,
    subtensor,
    system,
    transaction,
)
from taokit.local_chain.rpc.metrics import Metrics
from taokit.local_chain.rpc.reading_pause import ReadingPauses
from taokit.local_chain.rpc.registry import Json, Node, NodeInfo, Subscription, Table

if TYPE_CHECKING:
    from taokit.local_chain.node.chain import NodeChain

__all__ = ["TURN_SECONDS", "RpcHandler", "RpcSession"]

NAMESPACES = (
    archive,
    author,
    chain,
    chain_head,
    chain_spec,
    page,
    payment,
    state,
    subtensor,
    system,
    transaction,
)
DEVELOPMENT = (dev, dev_cheats, dev_dry_run, dev_insight, dev_snapshots, dev_time)
"""What only a chain for development offers."""

DEVELOPMENT_OFF = "development methods are off here: start the chain with --dev-methods"
CHEAT_OFF = "this chain was started with --without-cheat {0}: start it without that"

MAX_SUBSCRIPTIONS = 1024
MAX_RESPONSE_BYTES = 15 * 1024 * 1024
"""The longest answer to one message, as a Substrate node has it by default."""
TURN_SECONDS = 0.02
"""How long one client's requests are answered before others have their turn: a request begun is
finished, so that what everybody waits at most is this and the longest single answer."""
TOO_MANY_SUBSCRIPTIONS, TOO_BIG_RESPONSE, TOO_BIG_BATCH_RESPONSE = -32006, -32008, -32011


class RpcHandler:
    """The RPC methods over one chain; every client has a session of its own."""

    def __init__(
        self,
        chain: NodeChain,
        *,
        info: NodeInfo | None = None,
        dev_methods: bool = True,
        without_cheats: Sequence[str] = (),
    ) -> None:
        self.table = Table((*NAMESPACES, *DEVELOPMENT))
        of_cheats = Table(DEVELOPMENT).methods
        if not dev_methods:
            self.table.forbid(of_cheats, DEVELOPMENT_OFF)
        for cheat in without_cheats:
            names = [name for name, found in of_cheats.items() if found.cheat == cheat]
            self.table.forbid(names, CHEAT_OFF.format(cheat))
        self.node = Node(chain, info or NodeInfo(), self.table.names)
        self.known = frozenset(self.table.names)
        self.metrics = Metrics(chain)
        self.sessions: set[RpcSession] = set()
        """Those that are open."""

    def open(self, send: Callable[[str], None], *, subscriptions: bool = True) -> RpcSession:
        """Begin a session; `send` gets each outgoing message. HTTP has no subscriptions."""
        session = RpcSession(self, send, subscriptions)
        self.sessions.add(session)
        return session


class RpcSession:
    """One client's side of the handler."""

    def __init__(
        self, handler: RpcHandler, send: Callable[[str], None], subscriptions: bool
    ) -> None:
        self._handler = handler
        self._table = handler.table
        self._node = handler.node
        self._known = handler.known
        self._send = send
        self._subscribable = subscriptions
        self._feeds: dict[str, Feed] = {}
        self._pauses = ReadingPauses()
        self._connection = Connection()
        self._fresh: list[Feed] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    async def handle(self, message: str | bytes) -> None:
        """Take one message of a client in this process; answers go to `send`, some of them later.

        It may be answered badly on purpose, as on a connection (`rpc.faults`). Raises
        `ConnectionResetError` where that is to be cut: the session has ended then.
        """
        fault = self._node.faults.of_message(message)
        if fault is None:
            self.receive(message)
        elif fault.kind == "429":
            for text in refusals(message):
                self._send(text)
        elif fault.kind == "drop":
            self.close()
            raise ConnectionResetError("it was cut on purpose")
        elif fault.kind == "slow":
            asyncio.get_running_loop().call_later(fault.seconds, self._receive_late, message)

    def _receive_late(self, message: str | bytes) -> None:
        if not self._closed:
            self.receive(message)

    def receive(self, message: str | bytes) -> asyncio.Task[None] | None:
        """Take one message, within a running event loop. A task is what still works on it."""
        if self._pauses:
            self._pauses.note(message)
        try:
            request = parse(message)
        except RpcError as error:
            self._reply(failure(None, error))
            return None
        if isinstance(request, list):
            return self._receive_batch(request)
        answer = self._answer(request)
        if isinstance(answer, Coroutine):
            return self._later(self._reply_when_done(answer))
        self._reply(answer)
        return None

    def close(self) -> None:
        """End the session: its subscriptions, and whatever still works for it."""
        self._closed = True
        self._handler.sessions.discard(self)
        self._pauses.close()
        self._connection.close()
        for feed in list(self._feeds.values()):
            feed.stop()
        for task in self._tasks:
            task.cancel()

    @property
    def subscriptions(self) -> int:
        """How many it has."""
        return len(self._feeds)

    # -- answering -------------------------------------------------------------------------

    def _answer(self, request: Json) -> Answer | Coroutine[Any, Any, Answer] | None:
        """The response to one request; None for a JSON-RPC notification, which is ignored."""
        if not isinstance(request, dict):
            return failure(None, invalid_request("a request is an object"))
        id = request.get("id")
        if isinstance(id, (bool, float, list, dict)):
            return failure(None, invalid_request("id must be text, an integer or null"))
        name = request.get("method")
        if not isinstance(name, str):
            return failure(id, invalid_request("method must be text"))
        if "id" not in request:
            return None
        begun = time.perf_counter()
        note = partial(self._note, name, begun)
        answer = self._outcome(id, name, request.get("params"), note)
        if not isinstance(answer, Coroutine):
            note(answer)
        return answer

    def _note(self, name: str, begun: float, answer: Answer) -> None:
        known = name in self._known
        spent = time.perf_counter() - begun
        self._handler.metrics.note_request(name if known else None, spent, "error" in answer)

    def _outcome(
        self, id: Json, name: str, params: Json, note: Callable[[Answer], None]
    ) -> Answer | Coroutine[Any, Any, Answer]:
        try:
            method = self._table.methods.get(name)
            if method is None:
                return success(id, self._subscribe_or_not(name, params))
            arguments = method.parameters.read(params)
            extras = method.parameters.extras(self._connection)
            if method.is_async:
                work = partial(method.function, self._node, *arguments, **extras)
                return answer_of(id, name, work, note)
            return success(id, method.function(self._node, *arguments, **extras))
        except Exception as fault:  # noqa: BLE001 - answered, and logged if unforeseen
            return failure(id, error_of(fault, name))

    def _receive_batch(self, requests: list[Json]) -> asyncio.Task[None] | None:
        if not requests:
            self._reply(failure(None, invalid_request("a batch has at least one request")))
            return None
        batch = Batch(requests)
        self._answer_some(batch)
        if batch.waiting or batch.takes_time:
            return self._later(self._answer_rest(batch))
        if not batch.refused:
            self._send_answers(batch.answers, batch.feeds)
        return None

    def _answer_some(self, batch: Batch) -> None:
        """Answer requests of a batch until they are done or the turn is over."""
        until = time.monotonic() + TURN_SECONDS
        while batch.waiting:
            batch.add(self._answer(batch.waiting.popleft()))
            batch.feeds += self._fresh
            self._fresh = []
            if batch.length > MAX_RESPONSE_BYTES:  # checked as it grows: it may ask for anything
                batch.refuse()
                what = "The batch response was too large"
                self._reply(failure(None, _too_large(TOO_BIG_BATCH_RESPONSE, what)))
            elif time.monotonic() > until:
                return

    async def _answer_rest(self, batch: Batch) -> None:
        """Go on turn by turn: between them the chain makes blocks, and others are answered."""
        try:
            while batch.waiting:
                await asyncio.sleep(0)
                self._answer_some(batch)
            if not batch.refused:
                self._send_answers(await batch.texts(), batch.feeds)
        finally:
            batch.close()

    def _send_answers(self, told: list[Any], feeds: list[Feed]) -> None:
        if told and not self._closed:
            self._send("[" + ",".join(told) + "]")
        self._start_feeds(feeds)

    async def _reply_when_done(self, answer: Awaitable[Answer]) -> None:
        self._reply(await answer)

    def _reply(self, answer: Answer | None) -> None:
        if answer is not None and not self._closed:
            text = encode(answer)
            if len(text) > MAX_RESPONSE_BYTES:
                error = _too_large(TOO_BIG_RESPONSE, "Response is too big")
                text = encode(failure(answer["id"], error))
            self._send(text)
        if self._fresh:
            feeds, self._fresh = self._fresh, []
            self._start_feeds(feeds)

    def _later(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # -- subscriptions ---------------------------------------------------------------------

    def _subscribe_or_not(self, name: str, params: Json) -> Json:
        if name in self._table.unsubscribes:
            id = params[0] if isinstance(params, list) and params else None
            feed = self._feeds.get(id) if isinstance(id, str) else None
            if feed is not None:
                feed.stop()
            return feed is not None
        subscription = self._table.subscriptions.get(name)
        if subscription is None:
            if name in self._table.refused:
                why = f"{name}: {self._table.refused[name]}"
                raise RpcError(CHAIN_ERROR, why, "cheat_refused")
            raise RpcError(METHOD_NOT_FOUND, "Method not found", name)
        if not self._subscribable:
            why = f"{name} is a subscription, which needs a websocket"
            raise RpcError(METHOD_NOT_FOUND, "Method not found", why)
        return self._subscribe(subscription, params)

    def _subscribe(self, subscription: Subscription, params: Json) -> str:
        if len(self._feeds) >= MAX_SUBSCRIPTIONS:
            raise RpcError(
                TOO_MANY_SUBSCRIPTIONS,
                "Too many subscriptions on the connection",
                f"Exceeded max limit of {MAX_SUBSCRIPTIONS}",
            )
        arguments = subscription.parameters.read(params)
        feed = Feed(self._feeds, subscription.notification, self._send, self._pauses)
        extras = subscription.parameters.extras(self._connection)
        feed.cancel = subscription.function(self._node, feed, *arguments, **extras)
        if not feed.finished:
            self._feeds[feed.id] = feed
        self._fresh.append(feed)
        return feed.id

    def _start_feeds(self, feeds: list[Feed]) -> None:
        """Let new subscriptions speak, one turn of the loop after their ids were sent."""
        loop = asyncio.get_running_loop()
        for feed in feeds:
            loop.call_soon(feed.start)


def _too_large(code: int, what: str) -> RpcError:
    return RpcError(code, what, f"Exceeded max limit of {MAX_RESPONSE_BYTES}")
