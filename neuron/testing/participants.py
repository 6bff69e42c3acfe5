"""What a persona does in a world: a server with a behaviour, honest on the wire or not.

Owns the life of a participant and the ways to break the protocol that need no mechanism. Does not
own what is expected of it (``personas``).
"""

from __future__ import annotations

import asyncio
import inspect
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from taokit.neuron.auth.responses import HEADER
from taokit.neuron.chain import Chain
from taokit.neuron.loops.miner import Miner
from taokit.neuron.mechanism import Mechanism
from taokit.neuron.messages import Message as WireMessage
from taokit.neuron.metagraph import Endpoint
from taokit.neuron.server import MinerServer
from taokit.neuron.testing.personas import Persona
from taokit.neuron.wiring import taking_caller, wire_of
from taokit.wallet.keypair import Keypair

__all__ = [
    "HEARD",
    "SALTS",
    "Absent",
    "Participant",
    "Recorded",
    "Seat",
    "Served",
    "Unsigned",
    "WrongKey",
    "participant",
]

Tamper = Callable[[ASGIApp], ASGIApp]
PATIENCE_S = 3600.0
"""How old a request may be: signatures tell real time, of which a busy machine takes a lot."""
HEARD = "heard"
"""In ``Seat.common``: by asker's hotkey and answerer's, the last answer that was given."""
SALTS = "salts"
"""In ``Seat.common``: the salts of validators by hotkey, as their insiders know them."""


@dataclass(frozen=True)
class Seat:
    """A participant's place: its keys, its view of the chain, where it may listen and write.

    ``number`` tells copies of one persona apart. ``common`` is what those who work together share
    (``collusion``): all seats of a run have the same.
    """

    signer: Keypair
    chain: Chain
    mechanism: Mechanism
    host: str
    folder: Path
    number: int = 0
    common: dict[str, Any] = field(default_factory=dict)


class Participant(Protocol):
    """A miner in a world. ``step`` is called once before each turn of the validators."""

    async def start(self, seat: Seat) -> None:
        """Take the seat: serve, commit, whatever the mechanism has miners do."""

    async def step(self, block: int) -> None:
        """Do what is due at a block."""

    async def stop(self) -> None:
        """Leave nothing running."""


def participant(persona: Persona) -> Participant:
    """A fresh participant that behaves as a persona does."""
    behaviour = persona.behaviour
    made: Any = behaviour() if persona.makes or inspect.isclass(behaviour) else behaviour
    if hasattr(made, "start") and hasattr(made, "stop"):
        seatable: Participant = made
        return seatable
    return Served(made)


class Served:
    """Serves a behaviour at the mechanism's path.

    ``behaviour`` is a handler, or has one named ``answer``; and, if it wants, ``seated(seat)`` and
    ``step(block)``. ``response`` replaces the shape of answers, ``tamper`` wraps the application.
    """

    def __init__(
        self,
        behaviour: Any,
        *,
        response: type[WireMessage] | None = None,
        tamper: Tamper | None = None,
    ) -> None:
        self._behaviour = behaviour
        self._response = response
        self._tamper = tamper
        self._miner: Miner | None = None

    async def start(self, seat: Seat) -> None:
        """Serve and publish where."""
        path, request, response = wire_of(seat.mechanism)
        if hasattr(self._behaviour, "seated"):
            self._behaviour.seated(seat)
        server = MinerServer(
            seat.signer,
            seat.chain,
            netuid=seat.chain.netuid,
            rate=10_000,
            burst=10_000,
            max_age=PATIENCE_S,
        )
        handler = getattr(self._behaviour, "answer", self._behaviour)
        told = _overheard(taking_caller(handler), seat)
        server.handler(path, request, self._response or response)(told)
        if hasattr(self._behaviour, "extend"):
            self._behaviour.extend(server)
        if self._tamper is not None:
            server.app.add_middleware(_Through, tamper=self._tamper)
        self._miner = Miner(server, seat.chain, host=seat.host, publish=Endpoint(seat.host, 0))
        await self._miner.step()

    async def step(self, block: int) -> None:
        """Pass it on to a behaviour that wants to know."""
        if hasattr(self._behaviour, "step"):
            done = self._behaviour.step(block)
            if inspect.isawaitable(done):
                await done

    async def stop(self) -> None:
        """Serve no more."""
        if self._miner is not None:
            await self._miner.stop()


class Absent:
    """Publishes an address at which nobody listens."""

    async def start(self, seat: Seat) -> None:
        """Publish it."""
        with socket.socket() as held:
            held.bind((seat.host, 0))
            port = held.getsockname()[1]
        await seat.chain.serve(seat.host, port)

    async def step(self, block: int) -> None:
        """Do nothing."""

    async def stop(self) -> None:
        """Nothing is there to be stopped."""


def _overheard(handler: Callable[..., Any], seat: Seat) -> Callable[..., Any]:
    """The same handler, whose answers those who listen can hear."""

    def tell(said: Any, caller: Any) -> Any:
        heard = seat.common.setdefault(HEARD, {}).setdefault(caller.hotkey, {})
        heard[seat.signer.ss58_address] = said
        return said

    if inspect.iscoroutinefunction(handler):

        async def waiting(task: Any, caller: Any) -> Any:
            return tell(await handler(task, caller), caller)

        return waiting

    def plain(task: Any, caller: Any) -> Any:
        return tell(handler(task, caller), caller)

    return plain


# Breaking the protocol


class _Through:
    def __init__(self, app: ASGIApp, tamper: Tamper) -> None:
        self._app = tamper(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


class Unsigned:
    """An answer whose signature is empty, as from somebody who has no key."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def signature(self, value: bytes) -> bytes:
        """What is sent instead of the signature."""
        return b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def changed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [
                    (
                        name,
                        self.signature(value) if name.lower() == HEADER.lower().encode() else value,
                    )
                    for name, value in message["headers"]
                ]
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, changed)


class WrongKey(Unsigned):
    """An answer that another key has signed."""

    _other = Keypair.from_uri("//Somebody else")

    def signature(self, value: bytes) -> bytes:
        """Another's signature in the same form."""
        scheme, _, _ = value.partition(b":")
        signed = self._other.sign(value)
        assert isinstance(signed, bytes)
        return scheme + b":" + signed.hex().encode()


class Recorded:
    """The first answer to each path, signature and all, sent again for ever after."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._tapes: dict[str, list[Message]] = {}
        self._recording = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        async with self._recording:
            tape = self._tapes.get(scope["path"])
            if tape is None:
                tape = []

                async def keep(message: Message) -> None:
                    tape.append(message)

                await self._app(scope, receive, keep)
                self._tapes[scope["path"]] = tape
        for message in tape:
            await send(message)
