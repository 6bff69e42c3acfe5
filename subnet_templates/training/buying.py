"""Reading what a buyer sends to a project's own paths: the body within bounds, and checked.

Owns reading and refusing. Does not own keys, credit, or what is sold.
"""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from taokit.neuron.errors import BodyTooLarge
from taokit.neuron.gateway.errors import BadRequest

__all__ = ["MOST_BODY", "idempotency_of", "parsed", "read"]

MOST_BODY = 1 << 20
_LONGEST_KEY = 200
Body = TypeVar("Body", bound=BaseModel)


async def read(request: Request, most: int = MOST_BODY) -> bytes:
    """The body. Raises BodyTooLarge."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise BodyTooLarge(f"the body has more than {most} bytes", hint="send less")
        parts.append(part)
    return b"".join(parts)


def parsed(kind: type[Body], raw: bytes) -> Body:
    """The body as it is meant. Raises BadRequest with the first thing that is wrong."""
    try:
        return kind.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the body"
        raise BadRequest(f"{where}: {first['msg']}", hint="see the subnet's SPEC.md") from None


def idempotency_of(request: Request) -> str | None:
    """The buyer's ``Idempotency-Key``. Raises BadRequest."""
    key = request.headers.get("idempotency-key")
    if key is not None and not 0 < len(key) <= _LONGEST_KEY:
        raise BadRequest("the idempotency key is empty or too long", hint="1 to 200 characters")
    return key
