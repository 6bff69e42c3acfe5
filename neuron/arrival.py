"""When bytes came to this machine, whoever was busy then: what a miner's time is measured by.

Owns asking the kernel. Does not own the clock of a request (``asking``).

A validator that asks hundreds of miners at once reads their answers one after the other, and may be
kept from it by its own judging. That is no miner's doing. Linux knows for each connection how long
ago its newest bytes came; elsewhere, an answer came when it was read.
"""

from __future__ import annotations

import socket
import sys

import httpx

__all__ = ["waited"]

_LAST_DATA_RECEIVED = slice(52, 56)
"""Of ``struct tcp_info``, in milliseconds."""
_COARSE_S = 0.01
"""The kernel counts in ticks: less than this says nothing."""


def waited(answer: httpx.Response) -> float:
    """For how many seconds the newest bytes of an answer have waited to be read; 0 if unknown.

    No miner can make that longer than it was: bytes that come later only shorten it.
    """
    stream = answer.extensions.get("network_stream")
    connection = None if stream is None else stream.get_extra_info("socket")
    if connection is None or not hasattr(socket, "TCP_INFO"):
        return 0.0
    try:
        told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    except OSError:
        return 0.0  # it is closed
    seconds = int.from_bytes(told[_LAST_DATA_RECEIVED], sys.byteorder) / 1000
    return seconds if seconds >= _COARSE_S else 0.0
