"""What goes over the wire and what is concluded from it: messages, receipts, verdicts, reasons.

Owns the types that every subnet shares. Does not own a subnet's own task and answer (they derive
from ``Message``), nor signatures (``taokit.neuron.auth``). Hex digests are lowercase, without 0x.
"""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "Envelope",
    "Hex32",
    "Hex64",
    "Hotkey",
    "Message",
    "Reason",
    "Receipt",
    "Submission",
    "Verdict",
]

Hotkey = str
Hex32 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Hex64 = Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]
Body = TypeVar("Body")


class Reason(str, Enum):
    """Why an answer earned what it did. A closed list: tests, dashboards and miners share it."""

    OK = "OK"
    TIMEOUT = "TIMEOUT"
    REFUSED = "REFUSED"
    MALFORMED = "MALFORMED"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    REPLAY = "REPLAY"
    WRONG_MODEL = "WRONG_MODEL"
    TRUNCATED = "TRUNCATED"
    USAGE = "USAGE"
    LATE = "LATE"
    MISSING = "MISSING"
    DUPLICATE = "DUPLICATE"
    STALE_BASE = "STALE_BASE"
    NO_GAIN = "NO_GAIN"
    NOT_ASSIGNED_DATA = "NOT_ASSIGNED_DATA"
    BAD_PROOF = "BAD_PROOF"
    SPEC_MISMATCH = "SPEC_MISMATCH"
    OVERSOLD = "OVERSOLD"
    LEASE_BROKEN = "LEASE_BROKEN"
    PATCH_FORBIDDEN = "PATCH_FORBIDDEN"
    SANDBOX_TIME = "SANDBOX_TIME"
    SANDBOX_MEM = "SANDBOX_MEM"
    SANDBOX_NET = "SANDBOX_NET"
    TEST_FAIL = "TEST_FAIL"
    COPY = "COPY"
    UNREVEALED = "UNREVEALED"
    COVERAGE = "COVERAGE"

    def __str__(self) -> str:
        return self.value


class Message(BaseModel):
    """Base of what neurons send each other: immutable, and unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Envelope(Message, Generic[Body]):
    """A body with what it belongs to: a subnet and the block it was made at."""

    v: Literal[1] = 1
    id: UUID
    netuid: int
    block: int
    body: Body


class Receipt(Message):
    """A miner's signature over one exchange: who asked whom, what, and how fast it came.

    ``req`` and ``resp`` are sha256 of the bodies; ``units`` is what is billed (a mechanism's own
    unit); ``sig`` is the miner's over the response's signing payload, whose parts are all here, so
    that a third party can check it (``taokit.neuron.auth.responses.verify_receipt``).
    """

    id: UUID
    miner: Hotkey
    caller: Hotkey
    req: Hex32
    resp: Hex32
    units: float = 0.0
    ttft_ms: int = 0
    ms: int = 0
    status: int = 200
    request_sig: Hex64
    crypto: Literal["sr25519", "ed25519"] = "sr25519"
    sig: Hex64


class Verdict(Message):
    """What one answer was found to be worth. ``quality`` in 0..1; ``units`` weighs it."""

    hotkey: Hotkey
    task: Hex32
    quality: Annotated[float, Field(ge=0.0, le=1.0)]
    units: Annotated[float, Field(ge=0.0)] = 1.0
    ok: bool = True
    reason: Reason = Reason.OK
    evidence: dict[str, Any] = Field(default_factory=dict)


class Submission(Message):
    """An artifact that a miner committed to: where it is, and what its bytes hash to."""

    hotkey: Hotkey
    sha256: Hex32
    kind: Literal["bundle", "npz", "hf", "endpoint"]
    url: str
    salt: str = ""
    block: int = 0
