"""The text of JSON-RPC messages, in and out.

Owns parsing, the shape of responses, and which error response an exception becomes. Does not own
dispatch (`rpc.session`).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from taokit.local_chain.errors import LocalChainError
from taokit.local_chain.rpc.errors import (
    INTERNAL_ERROR,
    INVALID_REQUEST,
    PARSE_ERROR,
    RpcError,
    rpc_error_of,
)
from taokit.local_chain.rpc.registry import Json

__all__ = [
    "Answer",
    "answer_of",
    "encode",
    "error_of",
    "failure",
    "invalid_request",
    "parse",
    "success",
]

Answer = dict[str, Any]
_log = logging.getLogger("taokit.local_chain.rpc")

encode = json.JSONEncoder(separators=(",", ":")).encode
"""JSON text of a value, ASCII only, so that it is always valid UTF-8 too."""


def parse(message: str | bytes) -> Json:
    """The JSON of a message. Raises `RpcError` -32700."""
    try:
        return json.loads(message, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise RpcError(PARSE_ERROR, "Parse error") from error


def _refuse_constant(name: str) -> Json:
    raise ValueError(f"{name} is not JSON")


def success(id: Json, result: Json) -> Answer:
    """A response with a result."""
    return {"jsonrpc": "2.0", "id": id, "result": result}


def failure(id: Json, error: RpcError) -> Answer:
    """A response with an error."""
    return {"jsonrpc": "2.0", "id": id, "error": error.as_json()}


def invalid_request(why: str) -> RpcError:
    """The message is JSON but no request."""
    return RpcError(INVALID_REQUEST, "Invalid request", why)


async def answer_of(
    id: Json, name: str, work: Callable[[], Awaitable[Json]], note: Callable[[Answer], None]
) -> Answer:
    """The response to a method that takes its time; `work` begins when this is awaited.

    `note` is told what is answered.
    """
    try:
        answer = success(id, await work())
    except Exception as fault:  # noqa: BLE001 - answered, and logged if unforeseen
        answer = failure(id, error_of(fault, name))
    note(answer)
    return answer


def error_of(fault: Exception, name: str) -> RpcError:
    """The error that a method's exception is answered with; unforeseen ones are logged."""
    if isinstance(fault, RpcError):
        return fault
    if isinstance(fault, LocalChainError):
        return rpc_error_of(fault)
    _log.error("%s failed", name, exc_info=fault)
    return RpcError(INTERNAL_ERROR, "Internal error", f"{type(fault).__name__} in {name}")
