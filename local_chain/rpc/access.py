"""Who may talk to the server: browsers by their Origin, names by the Host header.

Owns the rules against web pages that reach for a local port: a page of another site says so in
`Origin`, and one that had its own name resolve to loopback says so in `Host`. Programs send no
Origin and are let in. Does not own any login: there is none.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

__all__ = ["DEFAULT_ORIGINS", "AccessPolicy"]

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})

DEFAULT_ORIGINS = ("https://polkadot.js.org",)
"""Sites let in beside loopback ones: the apps page, as a Subtensor node does by default."""


@dataclass(frozen=True)
class AccessPolicy:
    """The rules of one listener.

    ``origins`` are exact origins, or `*` for any; loopback origins are always welcome. ``hosts``
    are host names that the Host header may carry beside loopback's; None allows all names, which
    is right where the listener is reachable from elsewhere anyway.
    """

    origins: Collection[str] = DEFAULT_ORIGINS
    hosts: Collection[str] | None = ()

    def refusal(self, host: str | None, origin: str | None) -> str | None:
        """Why a request with these headers is refused, or None."""
        if not self._host_is_allowed(host):
            return f"the Host header {host!r} names another machine; this node is localhost"
        if not self._origin_is_allowed(origin) and not self._is_own_page(host, origin):
            return f"pages of {origin} may not use this node; add the origin to those it allows"
        return None

    def _host_is_allowed(self, host: str | None) -> bool:
        if self.hosts is None:
            return True
        name = _host_name("//" + host) if host else None
        return name is not None and (name in LOOPBACK_NAMES or name in self.hosts)

    def _origin_is_allowed(self, origin: str | None) -> bool:
        if origin is None or "*" in self.origins or origin in self.origins:
            return True
        return origin.startswith(("http://", "https://")) and _host_name(origin) in LOOPBACK_NAMES

    def _is_own_page(self, host: str | None, origin: str | None) -> bool:
        """Whether a page that this node served asks, reached by a number or by one of `hosts`.

        By a name that anybody may have chosen it could be any page: names resolve as their owners
        like.
        """
        if origin != f"http://{host}":
            return False
        name = _host_name(f"//{host}")
        return name is not None and (name in (self.hosts or ()) or _is_number(name))


def _is_number(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _host_name(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for a port that is no number
    except ValueError:
        return None
    return None if "@" in parts.netloc else parts.hostname
