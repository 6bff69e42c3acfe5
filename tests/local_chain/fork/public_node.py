"""A node as the public ones are: strict about sizes, short of methods and of states, in demand.

Codes and words are those of a Substrate node (`sc-rpc`, jsonrpsee) and of gateways before them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from faulty_gateway import Gateway, gateway
from websockets.sync.client import connect
from websockets.sync.server import ServerConnection

REFUSED = 3
"""Questions in a row that are refused by a limit."""

UNSAFE = ("state_getPairs", "state_queryStorage", "state_traceBlock", "system_dryRun")


@dataclass
class Manners:
    """How a node behaves; none of it, if nothing is said."""

    page: int = 1000
    """Keys in a page: more are refused, as a node does."""
    quiet_page: int | None = None
    """Keys in a page: more are not given, and nothing is said, as a gateway may do."""
    response: int = 15 * 1024 * 1024
    """Bytes of the longest answer."""
    without: tuple[str, ...] = ()
    """Methods that it does not have; those of ``UNSAFE`` no such node lets anybody use."""
    discarded: frozenset[str] = frozenset()
    """Hashes of blocks whose states it has no longer."""
    limit: int | None = None
    """After so many questions it refuses some."""
    limited: tuple[int, str] = (-32999, "RPC rate limit exceeded")
    drop_every: int | None = None
    change: dict[str, Any] = field(default_factory=dict)
    """Answers by method that are others."""


class PublicNode(Gateway):
    """Passes on to ``target`` what it does not refuse; ``asked`` has every method it was asked."""

    def __init__(self, url: str, manners: Manners) -> None:
        super().__init__(url)
        self.manners = manners
        self.asked: list[str] = []

    def handle(self, peer: ServerConnection) -> None:
        with connect(self.target, max_size=None) as node:
            for message in peer:
                request = json.loads(message)
                assert isinstance(request, dict), "a batch in one message: many nodes take none"
                self.asked.append(request["method"])
                if self.manners.drop_every and not len(self.asked) % self.manners.drop_every:
                    return
                error = self.refusal(request)
                if error is None:
                    node.send(message)
                    answer = json.loads(node.recv())
                    peer.send(self.passed(request, answer))
                else:
                    said = dict(zip(("code", "message", "data"), error, strict=False))
                    peer.send(json.dumps({"jsonrpc": "2.0", "id": request["id"], "error": said}))

    def refusal(self, request: dict[str, Any]) -> tuple[Any, ...] | None:
        """Code, message and perhaps data."""
        manners, method, params = self.manners, request["method"], request["params"]
        if manners.limit and len(self.asked) % manners.limit < REFUSED:
            return manners.limited
        if method in UNSAFE:
            return -32601, "RPC call is unsafe to be called externally"
        if method in manners.without:
            return -32601, "Method not found"
        if method == "state_getKeysPaged" and params[1] > manners.page:
            return 4002, f"count exceeds maximum value. value: {params[1]}, max: {manners.page}"
        if method.startswith("state_") and params and params[-1] in manners.discarded:
            why = f"UnknownBlock: State already discarded for {params[-1]}"
            return 4003, f"Client error: Api called for an unknown Block: {why}"
        return None

    def passed(self, request: dict[str, Any], answer: dict[str, Any]) -> str:
        """The answer as it goes out."""
        method = request["method"]
        if method in self.manners.change and "result" in answer:
            answer["result"] = self.manners.change[method](answer["result"])
        if method == "state_getKeysPaged" and self.manners.quiet_page is not None:
            answer["result"] = answer["result"][: self.manners.quiet_page]
        text = json.dumps(answer)
        if len(text) <= self.manners.response:
            return text
        data = f"Exceeded max limit of {self.manners.response}"
        error = {"code": -32008, "message": "Response is too big", "data": data}
        return json.dumps({"jsonrpc": "2.0", "id": request["id"], "error": error})


@contextmanager
def public_node(url: str, manners: Manners | None = None) -> Iterator[PublicNode]:
    """Such a node, that listens to the end of the block."""
    made = PublicNode(url, manners or Manners())
    with gateway(url, made):
        yield made
