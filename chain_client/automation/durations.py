"""Spans and moments as people write them: ``6 hours``, ``7200 blocks``, ``2026-01-31 08:00Z``.

Owns their reading. Months and years are left out: they have no fixed length.
"""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Final

__all__ = ["MS_PER_DAY", "moment_text", "parse_moment", "parse_span"]

MS_PER_DAY: Final = 86_400_000
_UNITS: Final = {
    "second": 1_000,
    "minute": 60_000,
    "hour": 3_600_000,
    "day": MS_PER_DAY,
    "week": 7 * MS_PER_DAY,
}
_SHORT: Final = {"s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week"}
_SPAN = re.compile(r"(\d*)\s*([a-z]+)")


def parse_span(text: str) -> tuple[int | None, int | None]:
    """(blocks, milliseconds) of ``7200 blocks``, ``6 hours``, ``1d``, ``day``; one is ``None``."""
    match = _SPAN.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError("write it as 7200 blocks, 6 hours or 1 day")
    number = int(match[1] or 1)
    unit = match[2]
    if number < 1 or number > 10**9:
        raise ValueError("the number must lie between 1 and 1000000000")
    if unit in ("block", "blocks"):
        return number, None
    unit = _SHORT.get(unit, unit.removesuffix("s"))
    if unit not in _UNITS:
        raise ValueError("the units are blocks, seconds, minutes, hours, days and weeks")
    return None, number * _UNITS[unit]


def parse_moment(text: str) -> int:
    """Milliseconds since 1970 of an ISO 8601 time; without a zone it is UTC."""
    cleaned = text.strip()
    if cleaned[-1:] in "zZ":
        cleaned = cleaned[:-1].rstrip() + "+00:00"
    try:
        found = datetime.fromisoformat(cleaned)
    except ValueError:
        raise ValueError("write it as 2026-01-31 08:00Z") from None
    if found.tzinfo is None:
        found = found.replace(tzinfo=timezone.utc)
    return int(found.timestamp() * 1000)


def moment_text(milliseconds: int) -> str:
    """A time as ISO 8601 in UTC, to the second."""
    found = datetime.fromtimestamp(milliseconds / 1000, tz=timezone.utc)
    return found.strftime("%Y-%m-%dT%H:%M:%SZ")
