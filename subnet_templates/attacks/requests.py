"""Requests that are not quite right, to an honest miner's server: it has to survive all of them.

Owns making them, bytes on a socket, and what may come of one: a refusal or a closed connection, and
an answer only to what was signed. Does not own the server (``taokit.neuron.server``).
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from pydantic import BaseModel

from taokit.neuron.auth import btauth
from taokit.neuron.client import MinerClient
from taokit.neuron.peers import Peer
from taokit.wallet.keypair import Keypair

__all__ = ["Barrage", "barrage"]

PATIENCE_S = 60.0
"""For an answer to a whole request. One that is not whole is hung up on after a moment."""
MOMENT_S = 0.2


@dataclass(frozen=True)
class _Sent:
    """A request as text and bytes. ``whole`` says that the server can tell where it ends."""

    line: str
    headers: list[tuple[str, str]]
    body: bytes
    whole: bool = True
    honest: bool = False

    def raw(self) -> bytes:
        head = "".join(f"{name}: {value}\r\n" for name, value in self.headers)
        return f"{self.line}\r\n{head}\r\n".encode("utf-8", "surrogateescape") + self.body


@dataclass
class Barrage:
    """What came of the requests: how many by kind and status (0 for a closed connection)."""

    outcomes: Counter[tuple[str, int]] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


async def barrage(
    target: Peer,
    path: str,
    task: BaseModel,
    answer: type[BaseModel],
    signer: Keypair,
    *,
    requests: int,
    seed: int,
) -> Barrage:
    """Send requests, mutated from one that would be answered; then ask properly once more."""
    found = Barrage()
    lot = random.Random(f"requests {seed}")
    host, _, port = target.url.rpartition("//")[2].partition(":")
    for number in range(requests):
        name = lot.choice(sorted(_KINDS))
        sent = _KINDS[name](lot, _signed(signer, target, path, task))
        status = await _status(host, int(port), sent)
        found.outcomes[name, status] += 1
        if status >= 500:
            found.problems.append(f"request {number} ({name}): the server failed with {status}")
        elif 200 <= status < 300 and not sent.honest:
            found.problems.append(f"request {number} ({name}): it was answered with {status}")
    async with MinerClient(signer) as client:
        proper = await client.call(target, path, task, answer, deadline=PATIENCE_S)
    if not proper.ok:
        found.problems.append(f"after them, an honest request fails: {proper.reason}")
    return found


def _signed(signer: Keypair, target: Peer, path: str, task: BaseModel) -> _Sent:
    body = task.model_dump_json().encode()
    headers = btauth.sign(signer, "POST", path, body, target.hotkey)
    more = {"Host": "miner", "Content-Type": "application/json", "Content-Length": str(len(body))}
    return _Sent(f"POST {path} HTTP/1.1", [*more.items(), *headers.items()], body)


async def _status(host: str, port: int, sent: _Sent) -> int:
    """HTTP's status, or 0 for a connection that was closed without one."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        with contextlib.suppress(ConnectionError):
            writer.write(sent.raw())
            await writer.drain()
        patience = PATIENCE_S if sent.whole else MOMENT_S
        line = b""
        with contextlib.suppress(asyncio.TimeoutError, ConnectionError):
            line = await asyncio.wait_for(reader.readline(), patience)
        words = line.split()
        return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


# Kinds


def _value(lot: random.Random, sent: _Sent) -> _Sent:
    """Another value of one signed header."""
    at = lot.choice([n for n, (name, _) in enumerate(sent.headers) if name.startswith("X-Bit")])
    name, value = sent.headers[at]
    place = lot.randrange(len(value))
    digit = "1" if value[place] != "1" else "2"
    other = lot.choice(
        ["", "-1", value + "0", value[:place] + digit + value[place + 1 :], "9" * 400]
    )
    return replace(sent, headers=[*sent.headers[:at], (name, other), *sent.headers[at + 1 :]])


def _without(lot: random.Random, sent: _Sent) -> _Sent:
    at = lot.choice([n for n, (name, _) in enumerate(sent.headers) if name.startswith("X-Bit")])
    return replace(sent, headers=[*sent.headers[:at], *sent.headers[at + 1 :]])


def _body(lot: random.Random, sent: _Sent) -> _Sent:
    at = lot.randrange(len(sent.body))
    swapped = bytes([sent.body[at] ^ (1 << lot.randrange(8))])
    return replace(sent, body=sent.body[:at] + swapped + sent.body[at + 1 :])


def _length(lot: random.Random, sent: _Sent) -> _Sent:
    """A length that is not the body's."""
    said = lot.choice(["-1", "x", "1e3", "9" * 30, str(len(sent.body) - 1), str(1 << 40)])
    kept = [pair for pair in sent.headers if pair[0] != "Content-Length"]
    return replace(sent, headers=[*kept, ("Content-Length", said)], whole=False)


def _cut(lot: random.Random, sent: _Sent) -> _Sent:
    return replace(sent, body=sent.body[: lot.randrange(len(sent.body))], whole=False)


def _many(lot: random.Random, sent: _Sent) -> _Sent:
    more = [(f"X-More-{n}", "y" * 900) for n in range(lot.randrange(100, 400))]
    return replace(sent, headers=[*more, *sent.headers], honest=True)


def _line(lot: random.Random, sent: _Sent) -> _Sent:
    """Another method or path than was signed, or none at all."""
    path = sent.line.split()[1]
    lines = [f"GET {path} HTTP/1.1", f"POST {path}?x=1 HTTP/1.1", f"POST /{'a' * 9000} HTTP/1.1"]
    return replace(
        sent,
        line=lot.choice([*lines, "POST / HTTP/9.9", "\x16\x03\x01", f"PUT {path} HTTP/1.1"]),
        whole=False,
    )


def _large(lot: random.Random, sent: _Sent) -> _Sent:
    """A body of another size than the signed one, past every limit."""
    body = sent.body + b" " * (4 * 1024 * 1024)
    kept = [pair for pair in sent.headers if pair[0] != "Content-Length"]
    return replace(sent, headers=[*kept, ("Content-Length", str(len(body)))], body=body)


def _harmless(lot: random.Random, sent: _Sent) -> _Sent:
    """Something that no signature is about: this one is to be answered."""
    return replace(sent, headers=[*sent.headers, ("X-Anything", "1")], honest=True)


_KINDS: dict[str, Callable[[random.Random, _Sent], _Sent]] = {
    "value": _value,
    "without": _without,
    "body": _body,
    "length": _length,
    "cut": _cut,
    "many-headers": _many,
    "line": _line,
    "large": _large,
    "harmless": _harmless,
}
