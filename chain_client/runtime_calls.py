"""Calling runtime APIs: arguments by the metadata's types, result decoded.

Owns the one request, ``state_call``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from taokit.chain_client.calls import plain
from taokit.chain_client.errors import BadAnswer, InvalidArgument
from taokit.chain_client.transport.base import Transport

if TYPE_CHECKING:
    from taokit.chain_client.runtime import Runtime

__all__ = ["call_raw", "call_runtime"]


async def call_runtime(
    transport: Transport,
    runtime: Runtime,
    at: str | None,
    api: str,
    method: str,
    args: Sequence[Any],
) -> Any:
    """The decoded result of ``api.method(*args)`` at block hash ``at`` (best if ``None``).

    Raises :class:`UnknownName`, :class:`InvalidArgument` for a wrong number of arguments,
    ``EncodeError`` for a wrong one.
    """
    inputs, output = runtime.api_method(api, method)
    if len(args) != len(inputs):
        named = ", ".join(name for name, _ in inputs) or "no arguments"
        raise InvalidArgument(f"{api}.{method}", tuple(args), f"it takes {named}")
    data = bytearray()
    for (_, codec), value in zip(inputs, args, strict=True):
        codec.write(plain(value), data)
    return output.decode(await call_raw(transport, at, f"{api}_{method}", bytes(data)))


async def call_raw(transport: Transport, at: str | None, method: str, data: bytes) -> bytes:
    """The bytes that the runtime function ``method`` returns for SCALE arguments ``data``."""
    params = [method, "0x" + data.hex()] + ([] if at is None else [at])
    answer = await transport.send("state_call", params)
    try:
        return bytes.fromhex(answer.removeprefix("0x"))
    except (AttributeError, ValueError) as error:
        raise BadAnswer(url=transport.url, what=f"{method} with a result not in hex") from error
