"""What a buyer is told instead of an answer: the errors of a gateway, their statuses, their JSON.

Owns the errors that only a gateway has and the table of statuses. Each says what to do about it.

    GatewayError
    ├── NoCredit        402  the account holds too little
    ├── NoMiner         503  nobody who could serve it
    ├── BadKey          401  no key, an unknown one, or one that was revoked
    ├── NotInScope      403  the key is not for this
    ├── NotFound        404  no such receipt of this account
    ├── InProgress      409  the same idempotency key is being served
    ├── KeyReused       422  the same idempotency key, and another request
    ├── BadRequest      422  a body that the route does not take
    ├── Declined        422  every miner that was asked declined it
    └── LedgerBroken    500  the books do not balance
"""

from __future__ import annotations

import json
import math
from typing import Any

from taokit.neuron.errors import (
    BodyTooLarge,
    GatewayError,
    NoCredit,
    NoMiner,
    RateLimited,
)
from taokit.wallet.errors import TaokitError

__all__ = [
    "BadKey",
    "BadRequest",
    "Declined",
    "InProgress",
    "KeyReused",
    "LedgerBroken",
    "NotFound",
    "NotInScope",
    "error_body",
    "error_event",
    "error_headers",
    "status_of",
]


class BadKey(GatewayError):
    """No API key, an unknown one, or one that was revoked."""

    code = "bad_key"


class NotInScope(GatewayError):
    """The API key is not for this."""

    code = "not_in_scope"


class NotFound(GatewayError):
    """This account has no such thing."""

    code = "not_found"


class InProgress(GatewayError):
    """A request of the same idempotency key is being served."""

    code = "in_progress"
    retryable = True


class KeyReused(GatewayError):
    """The idempotency key belongs to another request."""

    code = "idempotency_key_reused"


class BadRequest(GatewayError):
    """The body is not what the route takes."""

    code = "invalid_request"


class Declined(GatewayError):
    """Every miner that was asked declined the request, under its signature."""

    code = "declined"


class LedgerBroken(GatewayError):
    """The books do not balance, or an id stands for two different transfers."""

    code = "ledger_broken"


_STATUSES: tuple[tuple[type[TaokitError], int], ...] = (
    (BadKey, 401),
    (NoCredit, 402),
    (NotInScope, 403),
    (NotFound, 404),
    (InProgress, 409),
    (BodyTooLarge, 413),
    (KeyReused, 422),
    (BadRequest, 422),
    (Declined, 422),
    (RateLimited, 429),
    (NoMiner, 503),
)


def status_of(error: TaokitError) -> int:
    """The HTTP status of an error; 500 of one that is not the buyer's business."""
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)


def error_body(error: TaokitError) -> dict[str, Any]:
    """The JSON of an error, in the shape that OpenAI's clients know, with its remedy."""
    status = status_of(error)
    known = status != 500
    return {
        "error": {
            "code": error.code if known else "internal",
            "type": "server_error" if status >= 500 else "invalid_request_error",
            "message": error.message if known else "the gateway failed",
            "remedy": error.hint if known else "try again; tell whoever runs the gateway",
            "retryable": error.retryable or not known,
        }
    }


def error_headers(error: TaokitError) -> dict[str, str]:
    """Headers that belong to an error: when to try again, how to name oneself."""
    if isinstance(error, RateLimited):
        return {"retry-after": str(max(1, math.ceil(error.retry_after)))}
    if isinstance(error, BadKey):
        return {"www-authenticate": "Bearer"}
    return {}


def error_event(error: TaokitError) -> bytes:
    """An error in the middle of a stream, as a server-sent event."""
    return b"data: " + json.dumps(error_body(error)).encode() + b"\n\n"
