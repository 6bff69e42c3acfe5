"""Values for a browser: numbers that JavaScript would round as text, long bytes cut."""

from __future__ import annotations

from typing import Any

__all__ = ["plain"]

EXACT = 1 << 53
LONG = 256


def plain(value: Any) -> Any:
    """``value`` with every integer exact and no text longer than can be read."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if -EXACT <= value <= EXACT else str(value)
    if isinstance(value, str):
        if value.startswith("0x") and len(value) > LONG:
            return f"{value[:64]}… ({len(value) // 2 - 1:,} bytes)"
        return value
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value
