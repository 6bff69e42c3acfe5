"""What a sender is told when it gets no answer: a status and ``{code, message, hint, reason}``.

Owns the table from errors to statuses. Does not own the errors (``taokit.neuron.errors``).
"""

from __future__ import annotations

import json
import math

from taokit.neuron import errors
from taokit.neuron.messages import Reason
from taokit.wallet.errors import TaokitError

__all__ = ["refusal_body", "refusal_headers", "status_of"]

_REFUSALS: tuple[tuple[type[TaokitError], int, Reason], ...] = (
    (errors.MalformedAuth, 401, Reason.MALFORMED),
    (errors.BadSignature, 401, Reason.BAD_SIGNATURE),
    (errors.ReplayedRequest, 401, Reason.REPLAY),
    (errors.StaleRequest, 401, Reason.LATE),
    (errors.AuthError, 401, Reason.REFUSED),
    (errors.NotPermitted, 403, Reason.REFUSED),
    (errors.BodyTooLarge, 413, Reason.REFUSED),
    (errors.InvalidRequest, 422, Reason.MALFORMED),
    (errors.RateLimited, 429, Reason.REFUSED),
    (errors.HandlerFailed, 500, Reason.REFUSED),
    (errors.Overloaded, 503, Reason.REFUSED),
    (errors.StoreError, 503, Reason.REFUSED),
    (TaokitError, 400, Reason.REFUSED),
)


def status_of(error: TaokitError) -> int:
    """The HTTP status of an error."""
    return _row(error)[0]


def refusal_body(error: TaokitError) -> bytes:
    """The JSON that explains an error."""
    return json.dumps(
        {
            "code": error.code,
            "message": error.message,
            "hint": error.hint,
            "reason": _row(error)[1].value,
        }
    ).encode()


def refusal_headers(error: TaokitError) -> dict[str, str]:
    """Headers that belong to an error: when to try again."""
    if isinstance(error, errors.RateLimited):
        return {"retry-after": str(max(1, math.ceil(error.retry_after)))}
    return {}


def _row(error: TaokitError) -> tuple[int, Reason]:
    return next((status, why) for kind, status, why in _REFUSALS if isinstance(error, kind))
