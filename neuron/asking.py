"""One attempt at a question: sign, send, read within bounds, check, and say what came of it.

Owns the judgement of an answer: its signature before its shape. Does not own limits, deadlines or
retries (``client``): a connection that fails is raised here, and what it means is decided there.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from taokit.neuron.arrival import waited
from taokit.neuron.auth.codec import Codec
from taokit.neuron.auth.codecs import request_signature
from taokit.neuron.auth.responses import HEADER, Exchange, Seal, verify_response
from taokit.neuron.errors import AuthError, ReplayedRequest
from taokit.neuron.messages import Reason, Receipt
from taokit.neuron.peers import Peer
from taokit.neuron.results import Failed, Ok, Result
from taokit.wallet.signer import Signer

__all__ = [
    "Asked",
    "Asker",
    "Oversized",
    "Timing",
    "failed_connection",
    "now",
    "read_capped",
    "refusal",
]

Answer = TypeVar("Answer")
_LONGEST_DETAIL = 300
_SENT = ".send_request_body.complete"


def now() -> float:
    """Seconds on the event loop's clock, which deadlines follow too."""
    return asyncio.get_running_loop().time()


class Oversized(Exception):
    """An answer of more bytes than are taken."""


@dataclass(frozen=True)
class Asked:
    """A signed request, to be sent once, and what its answer has to sign."""

    http: httpx.Request
    exchange: Exchange


@dataclass
class Timing:
    """When a request was sent, and when its answer began and ended (seconds of one clock).

    ``sent`` is when it was left to the network, as soon as that is known: until then it waited for
    its sender. ``last`` is when bytes came here, which may be before they were read.
    """

    sent: float
    first: float | None = None
    last: float = 0.0

    @classmethod
    def start(cls) -> Timing:
        """A request that is sent now."""
        return cls(now())

    async def trace(self, event: str, info: Any) -> None:
        """What the transport tells about a request that it sends."""
        if event.endswith(_SENT):
            self.sent = now()

    def byte(self, waited: float = 0.0) -> None:
        """Something came, so many seconds ago."""
        self.last = max(now() - waited, self.last, self.sent)
        if self.first is None:
            self.first = self.last

    @property
    def ttft_s(self) -> float:
        """To the first byte."""
        return (self.first or self.last) - self.sent

    @property
    def latency_s(self) -> float:
        """To the last byte so far."""
        return (self.last or now()) - self.sent

    def receipt(self, seal: Seal, exchange: Exchange) -> Receipt:
        """The exchange as a record."""
        ttft, whole = round(self.ttft_s * 1000), round(self.latency_s * 1000)
        return seal.receipt(exchange, ttft_ms=ttft, ms=whole)


class _Refusal(BaseModel):
    model_config = ConfigDict(extra="ignore")
    code: str = ""
    message: str = ""


class Asker:
    """Signs and sends for one hotkey. ``extra`` are headers that every request carries.

    Requests go to the transport itself: what an ``httpx.AsyncClient`` would add (proxies of the
    environment, cookies, redirects) is not wanted here, and takes as long as both signatures.
    """

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        signer: Signer,
        codec: Codec,
        extra: Mapping[str, str],
        *,
        max_response: int,
        connect_timeout: float,
    ) -> None:
        self._transport = transport
        self._signer = signer
        self._codec = codec
        self._headers = {
            "content-type": "application/json",
            "accept-encoding": "identity",
            "user-agent": "taokit",
            **extra,
        }
        waits = {"connect": connect_timeout, "read": None, "write": None, "pool": None}
        self._extensions = {"timeout": waits}
        self.max_response = max_response

    def prepare(self, peer: Peer, path: str, body: bytes) -> Asked:
        """Sign a request. Raises ValueError or httpx.InvalidURL when the address is none."""
        url = _url(peer.url.rstrip("/") + path)
        target = url.raw_path.decode("ascii")
        signed = self._codec.sign(self._signer, "POST", target, body, peer.hotkey)
        http = httpx.Request(
            "POST",
            url,
            headers={**self._headers, **signed},
            content=body,
            extensions=dict(self._extensions),
        )
        exchange = Exchange(
            responder=peer.hotkey,
            requester=self._signer.ss58_address,
            req=hashlib.sha256(body).hexdigest(),
            request_signature=request_signature(self._codec, signed),
        )
        return Asked(http, exchange)

    async def send(self, asked: Asked, timing: Timing) -> httpx.Response:
        """Send a request; its answer is still to be read. Raises httpx.TransportError."""
        asked.http.extensions["trace"] = timing.trace
        return await self._transport.handle_async_request(asked.http)

    async def ask(
        self, peer: Peer, path: str, body: bytes, parse: Callable[[bytes], Answer]
    ) -> Result[Answer]:
        """One attempt. Raises httpx.TransportError when the connection fails."""
        try:
            asked = self.prepare(peer, path, body)
        except (httpx.InvalidURL, ValueError):
            return Failed(peer.hotkey, Reason.MALFORMED, "its address cannot be used")
        timing = Timing.start()
        answer = await self.send(asked, timing)
        try:
            content = await read_capped(answer, self.max_response, timing)
        except Oversized:
            return Failed(
                peer.hotkey,
                Reason.MALFORMED,
                f"the answer is larger than {self.max_response} bytes",
                status=answer.status_code,
                latency_s=timing.latency_s,
            )
        finally:
            await answer.aclose()
        return _judge(asked, answer, content, parse, timing)


def arriving(answer: httpx.Response) -> AsyncIterator[bytes]:
    """The body's bytes as they come. Reading raises httpx.TransportError."""
    stream = answer.stream
    assert isinstance(stream, httpx.AsyncByteStream)
    return stream.__aiter__()


async def read_capped(answer: httpx.Response, limit: int, timing: Timing) -> bytes:
    """The body as it came. Raises Oversized or httpx.TransportError."""
    parts: list[bytes] = []
    size = 0
    async for part in arriving(answer):
        timing.byte(waited(answer))
        size += len(part)
        if size > limit:
            raise Oversized
        parts.append(part)
    if not parts:
        timing.last = now()
    return b"".join(parts)


def refusal(
    exchange: Exchange, status: int, content: bytes, timing: Timing, receipt: Receipt | None
) -> Failed:
    """An answer that is none, in the words of who gave it."""
    try:
        said = _Refusal.model_validate_json(content)
    except ValidationError:
        said = _Refusal()
    replayed = said.code == ReplayedRequest.code
    words = ": ".join(part for part in (said.code, said.message) if part)
    shown = "".join(c for c in words[:_LONGEST_DETAIL] if c.isprintable())
    return Failed(
        exchange.responder,
        Reason.REPLAY if replayed else Reason.REFUSED,
        shown or f"HTTP status {status}",
        receipt=receipt,
        status=status,
        latency_s=timing.latency_s,
        ttft_s=timing.ttft_s,
    )


def failed_connection(peer: Peer, error: httpx.TransportError, timing: Timing) -> Failed:
    """What a connection that failed says about who was asked."""
    reason = Reason.REFUSED
    if isinstance(error, httpx.TimeoutException):
        reason = Reason.TIMEOUT
    elif isinstance(error, httpx.ProtocolError | httpx.UnsupportedProtocol):
        reason = Reason.MALFORMED
    detail = f"{type(error).__name__}: {error}"[:_LONGEST_DETAIL]
    return Failed(peer.hotkey, reason, detail, latency_s=timing.latency_s)


@lru_cache(maxsize=4096)
def _url(text: str) -> httpx.URL:
    return httpx.URL(text)


def _judge(
    asked: Asked,
    answer: httpx.Response,
    content: bytes,
    parse: Callable[[bytes], Answer],
    timing: Timing,
) -> Result[Answer]:
    exchange, status = asked.exchange, answer.status_code
    header = answer.headers.get(HEADER)
    receipt = None
    if header is not None or status == httpx.codes.OK:
        try:
            seal = verify_response(exchange, status, content, header)
        except AuthError as error:
            return Failed(
                exchange.responder,
                Reason.BAD_SIGNATURE,
                error.message,
                status=status,
                latency_s=timing.latency_s,
                ttft_s=timing.ttft_s,
            )
        receipt = timing.receipt(seal, exchange)
    if status != httpx.codes.OK or receipt is None:
        return refusal(exchange, status, content, timing, receipt)
    try:
        value = parse(content)
    except ValidationError as error:
        return Failed(
            exchange.responder,
            Reason.MALFORMED,
            f"the answer has {error.error_count()} errors of shape",
            receipt=receipt,
            status=status,
            latency_s=timing.latency_s,
            ttft_s=timing.ttft_s,
        )
    return Ok(exchange.responder, value, receipt, timing.latency_s, timing.ttft_s)
