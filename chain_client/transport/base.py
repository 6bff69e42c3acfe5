"""The transport protocol: the one seam between the client and a node.

Owns the two interfaces. Anything that has these methods can carry a client: a test's fake, a
tunnel, a recording. Does not own any implementation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

__all__ = ["READING", "SUBMITTING_METHODS", "Subscription", "Transport", "extrinsic_hash"]

READING = ("state_", "chain_", "system_", "account_", "payment_", "rpc_")
"""Methods that only read, by prefix: asking twice does no harm."""

SUBMITTING_METHODS = frozenset({"author_submitExtrinsic", "author_submitAndWatchExtrinsic"})
"""Methods that put a signed extrinsic into a pool: never sent twice by a transport."""


@runtime_checkable
class Subscription(Protocol):
    """A stream of notifications: an async iterator that ends when it is closed.

    Iteration raises the transport's error when the connection ends first.
    """

    @property
    def id(self) -> str:
        """The node's name for the subscription."""

    def __aiter__(self) -> Subscription: ...

    async def __anext__(self) -> Any: ...

    async def aclose(self) -> None:
        """Tell the node to stop, and end the iteration."""


@runtime_checkable
class Transport(Protocol):
    """Carries requests to one node. Any number may be under way at once."""

    @property
    def url(self) -> str:
        """Where the node is, for messages."""

    @property
    def ended(self) -> bool:
        """Whether nothing can be sent any more: closed, or its connection has ended."""

    async def send(self, method: str, params: Sequence[Any] = ()) -> Any:
        """The ``result`` of one request.

        Raises ``RpcError`` when the node answers with an error and ``TransportError`` when no
        answer comes; for a submitting method that is ``SubmissionUnknown``.
        """

    async def subscribe(
        self, method: str, params: Sequence[Any], unsubscribe_method: str
    ) -> Subscription:
        """Open a subscription; no notification is lost, however early it comes."""

    async def unsubscribe(self, subscription: Subscription) -> None:
        """Close a subscription; closing twice is allowed."""

    async def close(self) -> None:
        """Close the connection; what is under way fails with ``TransportClosed``."""


def extrinsic_hash(extrinsic: bytes | str) -> str:
    """The hash by which a node names an extrinsic: blake2b-256 of its bytes, as ``0x`` hex."""
    import hashlib

    raw = bytes.fromhex(extrinsic.removeprefix("0x")) if isinstance(extrinsic, str) else extrinsic
    return "0x" + hashlib.blake2b(raw, digest_size=32).hexdigest()
