"""Pulses of a public drand beacon as its relays publish them, for a chain that cannot ask.

Owns reading them (JSON of `api.drand.sh`: `round`, `signature` and mostly `randomness`, in hex) and
holding them to a beacon's key. Does not own how they come into blocks (`beacon`).
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from taokit.chain_client import timelock
from taokit.local_chain.errors import InvalidPulse
from taokit.local_chain.pallets.drand_types import BeaconConfiguration, Pulse

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ensure_signed_by", "read_lines", "read_pulse"]

_U64_MAX = 2**64 - 1
_SIGNATURE = 48


def read_lines(lines: Iterable[str]) -> list[Pulse]:
    """Pulses of a file, one JSON object in a line; empty lines are passed over.

    Raises `InvalidPulse` with the number of the line.
    """
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(read_pulse(json.loads(line)))
        except json.JSONDecodeError as error:
            raise InvalidPulse(f"line {number} is not JSON: {error.msg}") from None
        except InvalidPulse as error:
            raise InvalidPulse(f"line {number}: {error}") from None
    return found


def read_pulse(said: object) -> Pulse:
    """One pulse, from JSON. Other members than the three are passed over.

    Raises `InvalidPulse` for what is missing, malformed, or not the hash of its own signature.
    """
    if not isinstance(said, dict):
        raise InvalidPulse('a pulse is an object: {"round": 1000, "signature": "b446..", ...}')
    number = said.get("round")
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number <= _U64_MAX:
        raise InvalidPulse(f"a pulse's round is a whole number from 1, not {number!r}")
    signature = _hex(said, number, "signature", _SIGNATURE)
    randomness = hashlib.sha256(signature).digest()
    if "randomness" in said and _hex(said, number, "randomness", 32) != randomness:
        raise InvalidPulse(f"the randomness of round {number} is not the hash of its signature")
    return Pulse(number, randomness, signature)


def ensure_signed_by(beacon: BeaconConfiguration, pulse: Pulse) -> None:
    """Raise `InvalidPulse` unless the beacon signed the pulse."""
    try:
        signed = timelock.verify_round(beacon.public_key, pulse.round, pulse.signature)
    except ValueError:
        raise InvalidPulse(f"the signature of round {pulse.round} is not a point of G1") from None
    if not signed:
        name = beacon.metadata.beacon_id.decode(errors="replace")
        raise InvalidPulse(
            f"round {pulse.round} is not signed by the beacon that this chain expects ({name})",
            hint="for the public network's rounds start the chain with --beacon quicknet",
        )


def _hex(said: dict[str, Any], number: int, member: str, size: int) -> bytes:
    text = said.get(member)
    try:
        if not isinstance(text, str) or not text.isascii() or " " in text:
            raise ValueError
        data = bytes.fromhex(text.removeprefix("0x"))
        if len(data) != size:
            raise ValueError
    except ValueError:
        raise InvalidPulse(f"the {member} of round {number} is not {size} bytes in hex") from None
    return data
