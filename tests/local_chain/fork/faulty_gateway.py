"""A gateway to a node that misbehaves as public ones do: says 429, drops connections, is slow."""

from __future__ import annotations

import http
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import connect
from websockets.sync.server import Server, ServerConnection, serve


class Gateway:
    """Carries messages to ``url``. Each number is how many more times it does that wrong."""

    def __init__(self, url: str) -> None:
        self.target = url
        self.url = ""
        self.refuse = 0
        self.drop = 0
        self.limit = 0
        self.change: Callable[[str, Any], Any] = lambda method, result: result

    def answer(self, request: Any, response: Any) -> Any | None:
        """The response, or another one; None to hang up instead."""
        if self.drop:
            self.drop -= 1
            return None
        if self.limit:
            self.limit -= 1
            error = {"code": -32005, "message": "too many requests"}
            return {"jsonrpc": "2.0", "id": response["id"], "error": error}
        if "result" in response:
            response["result"] = self.change(request["method"], response["result"])
        return response

    def handle(self, peer: ServerConnection) -> None:
        with connect(self.target, max_size=None) as node:
            for message in peer:
                node.send(message)
                response = self.answer(json.loads(message), json.loads(node.recv()))
                if response is None:
                    return
                peer.send(json.dumps(response))

    def admit(self, peer: ServerConnection, request: Any) -> Any:
        if self.refuse:
            self.refuse -= 1
            response = peer.respond(http.HTTPStatus.TOO_MANY_REQUESTS, "slow down\n")
            response.headers["Retry-After"] = "7"
            return response
        return None


@contextmanager
def gateway(url: str, made: Gateway | None = None) -> Iterator[Gateway]:
    """A gateway that listens, to the end of the block."""
    made = made or Gateway(url)
    server: Server = serve(made.handle, "127.0.0.1", 0, process_request=made.admit, max_size=None)
    made.url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
