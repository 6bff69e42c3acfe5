"""Asking miners: signed requests out, proven answers in, and a reason for everything else.

Owns calls, streams, limits and retries. Does not own what an answer is worth (a mechanism), nor
whom to ask next (the gateway): one call asks one miner. A request is sent again, with a new nonce,
only if it cannot have arrived, so that nothing is done or billed twice; callers may allow more.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Generic, TypeVar

import httpx
from pydantic import BaseModel

from taokit.neuron.answer_stream import AnswerStream
from taokit.neuron.asking import Asker, Timing, failed_connection, now
from taokit.neuron.auth import delegation as delegations
from taokit.neuron.auth.codecs import codec_named
from taokit.neuron.messages import Hotkey, Reason
from taokit.neuron.metagraph import Neuron
from taokit.neuron.peers import Peer, peer_of
from taokit.neuron.results import Failed, Result
from taokit.wallet.signer import Signer

__all__ = ["Call", "MinerClient", "trusted"]

Answer = TypeVar("Answer", bound=BaseModel)
_KEEP_ALIVE_S = 4.0  # below the 5 s after which many servers hang up


@lru_cache(maxsize=1)
def trusted() -> ssl.SSLContext:
    """Whom to trust for TLS. Reading all authorities takes 60 ms: once for a process."""
    return httpx.create_ssl_context()


@dataclass(frozen=True)
class Call(Generic[Answer]):
    """One question for ``MinerClient.map``."""

    to: Neuron | Peer
    path: str
    request: BaseModel
    response_model: type[Answer]
    deadline: float | None = None
    idempotent: bool = False


@dataclass
class _Host:
    turns: asyncio.Semaphore
    users: int = field(default=0)


class MinerClient:
    """Asks miners in the name of a hotkey. One for a program; safe for any number of calls at once.

    ``timeout`` is the default deadline of a call, in seconds from the moment it is sent; waiting
    for one of the ``per_host`` or ``total`` places does not count. ``retries`` is how often a
    connection that could not be made is tried again. ``max_response`` is in bytes. ``delegation``
    is a validator's token (``taokit.neuron.auth.delegation``). Proxies of the environment and
    cookies are ignored, redirects not followed.
    """

    def __init__(
        self,
        signer: Signer,
        *,
        timeout: float = 12.0,
        connect_timeout: float = 4.0,
        per_host: int = 8,
        total: int = 256,
        retries: int = 1,
        max_response: int = 8 * 1024 * 1024,
        codec: str = "btauth",
        delegation: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._signer = signer
        self._timeout = timeout
        self._per_host = per_host
        self._total = asyncio.Semaphore(total)
        self._hosts: dict[str, _Host] = {}
        self._retries = retries
        self._transport = transport or httpx.AsyncHTTPTransport(
            verify=trusted(),
            limits=httpx.Limits(
                max_connections=None,
                max_keepalive_connections=total,
                keepalive_expiry=_KEEP_ALIVE_S,
            ),
        )
        self._asker = Asker(
            self._transport,
            signer,
            codec_named(codec),
            {} if delegation is None else {delegations.HEADER: delegation},
            max_response=max_response,
            connect_timeout=connect_timeout,
        )

    @property
    def hotkey(self) -> Hotkey:
        """Who asks."""
        return self._signer.ss58_address

    @property
    def signer(self) -> Signer:
        """Whose key requests are signed with."""
        return self._signer

    async def call(
        self,
        to: Neuron | Peer,
        path: str,
        request: BaseModel,
        response_model: type[Answer],
        *,
        deadline: float | None = None,
        idempotent: bool = False,
    ) -> Result[Answer]:
        """Ask one miner. ``deadline`` is in seconds, all attempts together.

        With ``idempotent``, a request that may have arrived is sent again too.
        """
        peer, body = peer_of(to), request.model_dump_json().encode()
        path = _checked(path)
        if not peer.url:
            return Failed(peer.hotkey, Reason.MISSING, "it serves nowhere")
        seconds = self._timeout if deadline is None else deadline
        async with self._turn(peer):
            began = now()
            try:
                return await asyncio.wait_for(
                    self._attempts(
                        peer, path, body, response_model.model_validate_json, idempotent
                    ),
                    seconds,
                )
            except asyncio.TimeoutError:
                late = now() - began
                return Failed(
                    peer.hotkey, Reason.TIMEOUT, f"no answer within {seconds:g} s", latency_s=late
                )

    async def map(self, calls: Iterable[Call[Answer]]) -> list[Result[Answer]]:
        """Ask many at once; the results are in the order of the calls."""
        return list(
            await asyncio.gather(
                *(
                    self.call(
                        call.to,
                        call.path,
                        call.request,
                        call.response_model,
                        deadline=call.deadline,
                        idempotent=call.idempotent,
                    )
                    for call in calls
                )
            )
        )

    def stream(
        self,
        to: Neuron | Peer,
        path: str,
        request: BaseModel,
        item_model: type[Answer],
        *,
        deadline: float | None = None,
    ) -> AnswerStream[Answer]:
        """Ask one miner for a stream of models; nothing is sent until it is read.

        What is read is proven only when the stream has ended and its ``result`` is ok.
        """
        peer = peer_of(to)
        return AnswerStream(
            self._asker,
            lambda: self._turn(peer),
            peer,
            _checked(path),
            request.model_dump_json().encode(),
            item_model.model_validate_json,
            self._timeout if deadline is None else deadline,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.aclose()

    async def __aenter__(self) -> MinerClient:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    # Limits and retries

    async def _attempts(
        self,
        peer: Peer,
        path: str,
        body: bytes,
        parse: Callable[[bytes], Answer],
        idempotent: bool,
    ) -> Result[Answer]:
        attempt = 0
        while True:
            timing = Timing.start()
            try:
                return await self._asker.ask(peer, path, body, parse)
            except httpx.TransportError as error:
                attempt += 1
                never_sent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
                if attempt > self._retries or not (never_sent or idempotent):
                    return failed_connection(peer, error, timing)

    @asynccontextmanager
    async def _turn(self, peer: Peer) -> AsyncIterator[None]:
        """A place among the calls to this address, and among all calls."""
        host = self._hosts.get(peer.url)
        if host is None:
            host = self._hosts[peer.url] = _Host(asyncio.Semaphore(self._per_host))
        host.users += 1
        try:
            async with host.turns, self._total:
                yield
        finally:
            host.users -= 1
            if host.users == 0:
                del self._hosts[peer.url]


def _checked(path: str) -> str:
    if not path.startswith("/"):
        raise ValueError(f"a path starts with a slash, {path!r} does not")
    return path
