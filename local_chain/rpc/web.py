"""What the port answers to `GET`: health, metrics, the web page, and a hint for everybody else.

Owns paths, types and headers. Does not own HTTP itself (`rpc.http`), nor the page's files
(`local_chain.page`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from taokit.local_chain.rpc.exposition import CONTENT_TYPE

if TYPE_CHECKING:
    from taokit.local_chain.rpc.server import RpcServer

__all__ = ["WebAnswer", "refused", "web_answer"]

JSON, TEXT = "application/json", "text/plain; charset=utf-8"
INDEX, FOLDER = "index.html", "/page/"

# The page needs nothing from anywhere else, and nothing in it is made from text.
_GUARDED = (
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-cache"),
)

_APART = ("cross-origin-opener-policy", "same-origin")
"""Only on this machine: by HTTP from another one, browsers complain of it."""


@dataclass(frozen=True)
class WebAnswer:
    """An answer: status, body, type, and further headers."""

    status: int
    body: bytes
    kind: str = JSON
    headers: tuple[tuple[str, str], ...] = field(default=())


def refused(status: int, why: str) -> WebAnswer:
    """A refusal in words."""
    return WebAnswer(status, json.dumps({"error": why}).encode())


def web_answer(server: RpcServer, path: str, accept: str, known_tag: str | None) -> WebAnswer:
    """What `GET path` is answered with, given the headers `Accept` and `If-None-Match`."""
    if path == "/health":
        return WebAnswer(200, json.dumps(server.health()).encode())
    if path == "/metrics":
        return WebAnswer(200, server.metrics().encode(), CONTENT_TYPE)
    if path == "/" and "text/html" not in accept:
        vary = (("vary", "accept"),)
        return WebAnswer(200, _hint(server).encode(), TEXT, vary)
    if path == "/":
        apart = () if server.policy.hosts is None else (_APART,)
        return _file(INDEX, known_tag, (("vary", "accept"), *apart))
    if path.startswith(FOLDER):
        return _file(path[len(FOLDER) :], known_tag)
    return refused(404, f"there is nothing at {path}; GET / says what there is")


def _file(name: str, known_tag: str | None, more: tuple[tuple[str, str], ...] = ()) -> WebAnswer:
    from taokit.local_chain.page.files import page_files

    found = page_files().get(name)
    if found is None:
        return refused(404, f"the page has no file {name!r}")
    headers = (*_GUARDED, ("etag", found.etag), *more)
    tags = [tag.strip().removeprefix("W/") for tag in (known_tag or "").split(",")]
    if found.etag in tags or tags == ["*"]:
        return WebAnswer(304, b"", found.kind, headers)
    return WebAnswer(200, found.body, found.kind, headers)


def _hint(server: RpcServer) -> str:
    chain = server.handler.node.chain
    version = chain.runtime_version()
    return (
        f"{version['specName']} {version['specVersion']}, a local chain of taokit, "
        f"at block {chain.head.number}\n"
        "JSON-RPC   by websocket, or by POST, at this address\n"
        "web page   this address in a browser\n"
        "/health    its state as JSON\n"
        "/metrics   for Prometheus\n"
    )
