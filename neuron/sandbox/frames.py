"""What the host and a warden say to each other, seen from the host.

Owns the frames, and that nothing the other side sends is believed beyond what was allowed for it.
Does not own what is done about it (``confined``).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from taokit.neuron.errors import SandboxError

__all__ = ["Frame", "pack", "read"]

_MAX_HEAD = 1 << 20


@dataclass(frozen=True)
class Frame:
    """One message: its head, and the bytes that came along."""

    head: Mapping[str, Any]
    blobs: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def kind(self) -> str:
        """``started``, ``stopped``, ``ended`` or ``broken``."""
        return str(self.head.get("kind", ""))


def pack(head: Mapping[str, Any], blobs: Sequence[bytes]) -> bytes:
    """A message to a warden."""
    text = json.dumps({**head, "blobs": [len(blob) for blob in blobs]}).encode()
    return b"".join([len(text).to_bytes(8, "big"), text, *blobs])


async def read(stream: asyncio.StreamReader, room: int) -> Frame:
    """The next message, with at most ``room`` bytes in its blobs.

    Raises asyncio.IncompleteReadError at the end, SandboxError for what is no message.
    """
    size = int.from_bytes(await stream.readexactly(8), "big")
    if size > _MAX_HEAD:
        raise SandboxError("the warden's message is too long")
    try:
        head = json.loads(await stream.readexactly(size))
        lengths = [int(one) for one in head["blobs"]]
    except (ValueError, KeyError, TypeError) as error:
        raise SandboxError("the warden's message cannot be read") from error
    if min(lengths, default=0) < 0 or sum(lengths) > room:
        raise SandboxError("the warden sent more than was asked for")
    return Frame(head, tuple([await stream.readexactly(one) for one in lengths]))
