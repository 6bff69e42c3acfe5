"""What a buyer is sent: bodies, headers, errors; and how an answer that makes no sense is named.

Owns these shapes. Does not own what is in them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from starlette.responses import JSONResponse

from taokit.neuron.gateway.charges import Charge
from taokit.neuron.gateway.errors import error_body, error_headers, status_of
from taokit.neuron.gateway.route import Said
from taokit.neuron.messages import Reason
from taokit.neuron.results import Failed, Ok
from taokit.wallet.errors import TaokitError

__all__ = [
    "COST",
    "MINER",
    "RECEIPT",
    "REPLAYED",
    "encoded",
    "error_response",
    "headers_of",
    "malformed",
]

MINER = "x-taokit-miner"
RECEIPT = "x-taokit-receipt"
COST = "x-taokit-cost"
REPLAYED = "x-taokit-replayed"
_LONGEST_DETAIL = 300


def encoded(said: Said) -> bytes:
    """What a buyer is sent, as JSON."""
    if isinstance(said, BaseModel):
        return said.model_dump_json().encode()
    return json.dumps(dict(said), ensure_ascii=False, separators=(",", ":")).encode()


def malformed(result: Ok[Any], why: str) -> Failed:
    """An answer that was signed, and makes no sense."""
    return Failed(
        result.hotkey,
        Reason.MALFORMED,
        why[:_LONGEST_DETAIL],
        receipt=result.receipt,
        latency_s=result.latency_s,
        ttft_s=result.ttft_s,
    )


def headers_of(charge: Charge) -> dict[str, str]:
    """Who served a request, what it cost, and where its receipt is."""
    headers = {RECEIPT: charge.id}
    if charge.miner is not None:
        headers |= {MINER: charge.miner, COST: str(charge.cost)}
    return headers


def error_response(error: TaokitError, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """An error as a reply."""
    return JSONResponse(
        error_body(error), status_of(error), headers={**error_headers(error), **(headers or {})}
    )
