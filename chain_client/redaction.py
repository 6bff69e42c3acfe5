"""Addresses of nodes without what they may hold of secrets, for everything that is shown.

Owns the rule. Does not own connecting: what connects keeps the whole address.
"""

from __future__ import annotations

import re

__all__ = ["redacted"]

_URL = re.compile(r"\b(wss?|https?)://(\S*)", re.IGNORECASE)
_AFTER = "'\"`)>],.;:"
_HIDDEN = "***"


def redacted(text: str) -> str:
    """``text`` with every URL in it cut down to scheme, host and port.

    A user and a password, a query and, of a ``ws://`` or ``wss://`` address, the path become
    ``***``: providers put their keys into any of the three. Other text stays as it is.
    """
    return _URL.sub(_without_secrets, text) if "://" in text else text


def _without_secrets(found: re.Match[str]) -> str:
    scheme, whole = found[1], found[2]
    rest = whole.rstrip(_AFTER)
    user, at, rest_of_it = rest.rpartition("@")  # the last: a password may hold any sign
    host, path, query = _parts(rest_of_it)
    if path.strip("/") and scheme.lower().startswith("ws"):
        path = f"/{_HIDDEN}"
    hidden = f"{_HIDDEN}@" if at and user else ""
    return f"{scheme}://{hidden}{host}{path}{query and '?' + _HIDDEN}{whole[len(rest) :]}"


def _parts(text: str) -> tuple[str, str, str]:
    before, _, query = re.sub("#", "?", text, count=1).partition("?")
    host, slash, path = before.partition("/")
    return host, slash + path, query
