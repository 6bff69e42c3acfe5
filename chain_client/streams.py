"""Typed streams over raw subscriptions.

Owns the conversion of notifications into values, as an async iterator that is also a context
manager. Does not own subscriptions themselves (``transport``).
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, Generic, TypeVar

from taokit.chain_client.transport.base import Subscription

__all__ = ["Stream"]

T = TypeVar("T")


class Stream(Generic[T]):
    """Iterate to read, close (or leave the ``async with``) to end it at the node.

    ``async with await client.heads() as heads: async for head in heads: ...``
    """

    def __init__(self, subscription: Subscription, convert: Callable[[Any], T]) -> None:
        self._subscription = subscription
        self._convert = convert

    def __aiter__(self) -> Stream[T]:
        return self

    async def __anext__(self) -> T:
        return self._convert(await self._subscription.__anext__())

    async def aclose(self) -> None:
        """End the subscription; closing twice is allowed."""
        await self._subscription.aclose()

    async def __aenter__(self) -> Stream[T]:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()
