"""Committing to an artifact without saying which: a salted hash first, the rest later.

Owns the value of such a commitment. A digest alone tells everybody who guesses the bytes, or sees
them elsewhere, that they were meant; and it can be copied into another's commitment. The sealed
value is of one hotkey, and needs a salt of 32 bytes that its owner keeps until it reveals.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from taokit.neuron.errors import ArtifactError
from taokit.neuron.messages import Hotkey, Submission

__all__ = ["Sealed", "opens", "seal"]

_TAG = b"taokit artifact seal 1"


@dataclass(frozen=True)
class Sealed:
    """A commitment: ``value`` is published first; ``digest`` and ``salt`` open it. All hex."""

    value: str
    digest: str
    salt: str


def seal(digest: str, hotkey: Hotkey, salt: str | None = None) -> Sealed:
    """Commit ``hotkey`` to an artifact, with a new salt. Raises ArtifactError for a bad value."""
    salt = secrets.token_hex(32) if salt is None else salt
    return Sealed(_value(digest, hotkey, salt), digest, salt)


def opens(value: str, submission: Submission) -> bool:
    """Whether a submission is what its hotkey committed to."""
    try:
        expected = _value(submission.sha256, submission.hotkey, submission.salt)
    except ArtifactError:
        return False
    return hmac.compare_digest(expected, value)


def _value(digest: str, hotkey: Hotkey, salt: str) -> str:
    try:
        parts = (bytes.fromhex(digest), hotkey.encode(), bytes.fromhex(salt))
    except ValueError as error:
        raise ArtifactError("a digest and a salt are 32 bytes in hex") from error
    if len(parts[0]) != 32 or len(parts[2]) != 32:
        raise ArtifactError("a digest and a salt are 32 bytes in hex")
    hashed = hashlib.sha256(_TAG)
    for part in parts:
        hashed.update(len(part).to_bytes(4, "big") + part)
    return hashed.hexdigest()
