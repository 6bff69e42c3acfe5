"""Signed streams: server-sent events under a rolling hash, and a receipt as the last of them.

Owns framing, hashing and checking. The receipt signs ``tkresp/1`` (``responses``) with the sha256
of every byte before it as the response's digest, so a stream and a plain response leave the same
receipt. Lines end with a newline, an event with an empty line; anything else is not this protocol.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from taokit.neuron.auth import claims
from taokit.neuron.auth.responses import Exchange, Seal, seal, verify_seal
from taokit.neuron.errors import BadSignature, MalformedAuth
from taokit.neuron.messages import Message
from taokit.wallet.signer import Signer

__all__ = ["Event", "StreamSigner", "StreamVerifier"]

RECEIPT = "receipt"
_RECEIPT_START = b"event: receipt\n"
_LINES = re.compile(r"\r\n|\r|\n")
_NAME = re.compile(r"[a-z_]+")


@dataclass(frozen=True)
class Event:
    """One event of a stream. ``name`` is ``message`` unless the stream says otherwise."""

    name: str
    data: str


class _Token(Message):
    status: int
    resp: str
    crypto: str
    sig: str


class StreamSigner:
    """Frames what a responder says and signs all of it at the end."""

    def __init__(self, signer: Signer, exchange: Exchange) -> None:
        self._signer = signer
        self._exchange = exchange
        self._hash = hashlib.sha256()

    def event(self, data: str, name: str = "message") -> bytes:
        """The bytes of an event. A carriage return in ``data`` becomes a newline."""
        if not _NAME.fullmatch(name) or name == RECEIPT:
            raise ValueError(f"an event cannot be called {name!r}")
        frame = _frame(data, name)
        self._hash.update(frame)
        return frame

    def finish(self, status: int = 200) -> bytes:
        """The receipt's bytes, which end the stream."""
        done = seal(self._signer, self._exchange, status, self._hash.hexdigest())
        token = _Token(
            status=status,
            resp=done.resp,
            crypto=claims.scheme_name(done.crypto),
            sig=done.signature.hex(),
        )
        return _frame(token.model_dump_json(), RECEIPT)


class StreamVerifier:
    """Takes a stream apart as it comes in, and checks the receipt when it comes.

    ``seal`` is None until then: without it nothing that was read is proven.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._hash = hashlib.sha256()
        self._waiting = bytearray()
        self.seal: Seal | None = None

    def feed(self, data: bytes) -> list[Event]:
        """The events that are now whole. Raises MalformedAuth or BadSignature."""
        if self.seal is not None and data:
            raise MalformedAuth("the stream goes on after its receipt")
        searched = max(0, len(self._waiting) - 1)
        self._waiting += data
        events = []
        while (end := self._waiting.find(b"\n\n", searched)) >= 0:
            frame = bytes(self._waiting[: end + 2])
            del self._waiting[: end + 2]
            searched = 0
            if frame.startswith(_RECEIPT_START):
                self._check(frame)
                if self._waiting:
                    raise MalformedAuth("the stream goes on after its receipt")
                break
            self._hash.update(frame)
            event = _read(frame)
            if event is not None:
                events.append(event)
        return events

    def _check(self, frame: bytes) -> None:
        event = _read(frame)
        try:
            said = _Token.model_validate_json(event.data if event else "", strict=True)
        except ValueError:
            raise MalformedAuth("the stream's receipt cannot be read") from None
        found = Seal(
            said.status,
            said.resp,
            claims.scheme_of(said.crypto),
            claims.signature_bytes(said.sig),
        )
        if found.resp != self._hash.hexdigest():
            raise BadSignature("the stream is not the one that its receipt is for")
        verify_seal(self._exchange, found)
        self.seal = found


def _frame(data: str, name: str) -> bytes:
    head = "" if name == "message" else f"event: {name}\n"
    body = "".join(f"data: {line}\n" for line in _LINES.split(data))
    return f"{head}{body}\n".encode()


def _read(frame: bytes) -> Event | None:
    """The event in a frame; None for a comment, which only keeps the connection alive."""
    try:
        lines = frame.decode().split("\n")
    except UnicodeDecodeError:
        raise MalformedAuth("the stream is not UTF-8") from None
    name, data = "message", []
    for line in lines:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            name = value
        elif field == "data":
            data.append(value)
    return Event(name, "\n".join(data)) if data else None
