"""Mutants: miners that do an honest one's work, and then change what they send.

Owns the change at the edge of a miner's application, signed anew by the miner's own key where a
cheater could. Does not own the changes (``mutations``) nor the honest work (a persona's).
"""

from __future__ import annotations

import asyncio
import inspect
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from taokit.neuron.auth.claims import lowered
from taokit.neuron.auth.codecs import codec_for, request_signature
from taokit.neuron.auth.responses import HEADER, Exchange, sign_response
from taokit.neuron.errors import AuthError
from taokit.neuron.testing.participants import Seat, Served
from taokit.neuron.testing.personas import Persona
from taokit.subnet_templates.attacks.mutations import (
    CONTENT,
    TRANSPORT,
    WIRE,
    Answered,
    Change,
    mutated,
)
from taokit.subnet_templates.errors import NotAProject

__all__ = ["MOST_CHANGES", "Mutant", "mutant"]

MOST_CHANGES = 3
_FAMILIES: tuple[Mapping[str, Change], ...] = (CONTENT, CONTENT, {**CONTENT, **WIRE}, TRANSPORT)
_SIGNATURE = HEADER.lower().encode()


@dataclass
class Mutant:
    """What one mutant did: how often each change. Its ``number`` and ``seed`` repeat it."""

    number: int
    seed: int
    parent: str
    changes: Counter[str] = field(default_factory=Counter)

    @property
    def name(self) -> str:
        """The persona's."""
        return f"mutant-{self.number}"

    @property
    def kinds(self) -> Mapping[str, Change]:
        """Which changes it makes: to content mostly, which only a mechanism can find."""
        return _FAMILIES[self.number % len(_FAMILIES)]


def mutant(parent: Persona, number: int, seed: int) -> tuple[Mutant, Persona]:
    """A persona that mutates another's answers, and the record that it keeps."""
    record = Mutant(number, seed, parent.name)

    def make() -> Served:
        behaviour = parent.behaviour
        made: Any = behaviour() if parent.makes or inspect.isclass(behaviour) else behaviour
        if hasattr(made, "start") and hasattr(made, "stop"):
            raise NotAProject(f"{parent.name} serves nothing that could be mutated")
        return _Mutating(made, record)

    return record, Persona(record.name, "any", make, accused=True, makes=True)


class _Mutating(Served):
    """Serves an honest behaviour through the change."""

    def __init__(self, behaviour: Any, record: Mutant) -> None:
        super().__init__(behaviour, tamper=self._through)
        self._record = record
        self._lot = random.Random(f"{record.seed} {record.number}")
        self._seat: Seat | None = None

    async def start(self, seat: Seat) -> None:
        """Serve, with the key at hand."""
        self._seat = seat
        await super().start(seat)

    def _through(self, app: ASGIApp) -> ASGIApp:
        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or scope["method"] != "POST":
                await app(scope, receive, send)
                return
            asked = bytearray()
            said: list[Message] = []

            async def heard() -> Message:
                message = await receive()
                asked.extend(message.get("body", b""))
                return message

            async def kept(message: Message) -> None:
                said.append(message)

            await app(scope, heard, kept)
            await self._answer(scope, bytes(asked), said, send)

        return application

    async def _answer(self, scope: Scope, asked: bytes, said: list[Message], send: Send) -> None:
        assert self._seat is not None
        answer = Answered(
            said[0]["status"],
            dict(said[0]["headers"]),
            b"".join(message.get("body", b"") for message in said[1:]),
        )
        for _ in range(self._lot.randint(0, MOST_CHANGES)):
            name, answer = mutated(self._lot, answer, self._record.kinds)
            self._record.changes[name] += 1
        headers = {**answer.headers}
        if answer.signed:
            signature = _signature(self._seat, scope, asked, answer)
            if signature is not None:
                headers[_SIGNATURE] = signature
        if b"content-length" in headers:
            headers[b"content-length"] = b"%d" % len(answer.body)
        deadline = float(getattr(self._seat.mechanism, "deadline", 1.0))
        await asyncio.sleep(answer.delay * deadline)
        start = {"type": "http.response.start", "status": answer.status}
        await send({**start, "headers": list(headers.items())})
        half = len(answer.body) // 2
        first = answer.body[:half] if answer.cut is None else answer.body[: answer.cut]
        await send({"type": "http.response.body", "body": first, "more_body": True})
        if answer.cut is not None:
            raise ConnectionResetError("hung up")
        await asyncio.sleep(answer.pause * deadline)
        await send({"type": "http.response.body", "body": answer.body[half:]})


def _signature(seat: Seat, scope: Scope, asked: bytes, answer: Answered) -> bytes | None:
    """The miner's signature over what is sent, if the request is one that can be answered."""
    given = lowered(
        {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    )
    try:
        codec = codec_for(given)
        bound = request_signature(codec, given)
    except AuthError:
        return None
    hotkey = given.get("x-bittensor-hotkey", "")
    exchange = Exchange(seat.signer.ss58_address, hotkey, sha256(asked).hexdigest(), bound)
    return sign_response(seat.signer, exchange, answer.status, answer.body).encode()
