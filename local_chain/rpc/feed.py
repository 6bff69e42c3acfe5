"""An open subscription: what carries notifications to one client.

Owns the order (the id goes out before the first notification) and the end of a subscription. Does
not own what is told: the subscription's function calls the feed.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from taokit.local_chain.rpc.messages import encode
from taokit.local_chain.rpc.reading_pause import ReadingPauses
from taokit.local_chain.rpc.registry import Json

__all__ = ["Feed"]


class Feed:
    """One subscription of one session. Holds its words back until `start`."""

    def __init__(
        self,
        feeds: dict[str, Feed],
        notification: str,
        send: Callable[[str], None],
        pauses: ReadingPauses,
    ) -> None:
        self.id = "0x" + secrets.token_hex(16)
        self.cancel: Callable[[], None] = _nothing
        self.finished = False
        self.once_read = pauses.hold
        self._feeds = feeds
        self._send = send
        self._prefix = (
            f'{{"jsonrpc":"2.0","method":"{notification}",'
            f'"params":{{"subscription":"{self.id}","result":'
        )
        self._held: list[str] | None = []
        self._stopped = False

    def __call__(self, result: Json) -> None:
        """Tell one thing."""
        if self._stopped:
            return
        text = f"{self._prefix}{encode(result)}}}}}"
        if self._held is None:
            self._send(text)
        else:
            self._held.append(text)

    def start(self) -> None:
        """Send what was held back, and hold back no more: the client knows the id now."""
        held, self._held = self._held or [], None
        for text in held:
            if not self._stopped:
                self._send(text)

    def finish(self) -> None:
        """The source has nothing more to say; what is held back still goes out."""
        self.finished = True
        self._feeds.pop(self.id, None)

    def stop(self) -> None:
        """The client wants nothing more."""
        self._stopped = True
        self._feeds.pop(self.id, None)
        self.cancel()


def _nothing() -> None:
    """Cancel what needs no cancelling."""
