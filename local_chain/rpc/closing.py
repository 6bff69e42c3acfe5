"""Closing a connection so that the last words are heard.

Owns the half-close: closing a socket at once while the client is still sending resets the
connection, and the client may never read why.
"""

from __future__ import annotations

import asyncio

__all__ = ["hang_up"]

GRACE_SECONDS = 1.0


def hang_up(transport: asyncio.Transport) -> asyncio.TimerHandle:
    """Say no more on `transport`; it goes when the client closes its side, or time is up.

    Whatever still comes in is the caller's to throw away. Cancel the result once the connection
    is lost.
    """
    if transport.can_write_eof():
        transport.write_eof()
    return asyncio.get_running_loop().call_later(GRACE_SECONDS, transport.abort)
