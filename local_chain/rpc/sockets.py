"""Listening sockets: which addresses and ports a node is reachable at.

Owns binding. Without a host given that is loopback only, IPv4 and, where the machine has it, IPv6,
since `localhost` may mean either. Does not own connections.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
from collections.abc import Sequence

from taokit.local_chain.errors import InvalidNodeConfig, PortInUse

__all__ = ["bind", "is_loopback"]

LOOPBACK = ("127.0.0.1", "::1")
LOOPBACK_NAMES = (None, "localhost", "127.0.0.1")
ATTEMPTS = 20
BACKLOG = 256


def is_loopback(host: str | None) -> bool:
    """Whether listening on `host` (None: the default) is for this machine only."""
    if host is None or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def bind(port: int, host: str | None = None) -> tuple[int, list[socket.socket]]:
    """Listen on a port, 0 for a free one; returns the port and its sockets.

    127.0.0.1 brings ::1 with it: clients look up `localhost` and may try either first.
    Raises `PortInUse`, or `InvalidNodeConfig` for a host that is not this machine.
    """
    hosts = LOOPBACK if host in LOOPBACK_NAMES else (host or "",)
    for _ in range(ATTEMPTS):
        sockets = _bind_all(port, hosts)
        if sockets:
            return int(sockets[0].getsockname()[1]), sockets
    raise PortInUse(port, hosts[0])


def _bind_all(port: int, hosts: Sequence[str]) -> list[socket.socket]:
    """One socket a host, all on one port; none if a free port was not free on every host."""
    sockets: list[socket.socket] = []
    for host in hosts:
        wanted = port or (sockets[0].getsockname()[1] if sockets else 0)
        try:
            sockets.append(_listen(host, wanted))
        except OSError as error:
            if sockets and error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                continue  # a machine without IPv6
            for opened in sockets:
                opened.close()
            if error.errno != errno.EADDRINUSE:
                raise InvalidNodeConfig(
                    f"cannot listen on {host}:{port}: {error.strerror or error}",
                    setting="host",
                    hint="use an address of this machine",
                ) from error
            if port:
                raise PortInUse(port, host) from error
            return []
    return sockets


def _listen(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    opened = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":  # elsewhere it would let two processes share the port
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind(address)
        opened.listen(BACKLOG)
        opened.setblocking(False)
    except OSError:
        opened.close()
        raise
    return opened
