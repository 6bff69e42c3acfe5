"""``connect``: a connected client in one line, closed at the end.

Owns the two ways to write it, ``async with connect(...)`` and ``await connect(...)``. Does not own
connecting (``client``).
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from types import TracebackType
from typing import Any

from taokit.chain_client.client import ChainClient

__all__ = ["connect"]


class connect:  # noqa: N801 - it is called like a function, and is one to its users
    """A client of a network by its name or address, or of several that serve the same chain.

        async with connect("finney") as client:
            ...
        client = await connect("ws://127.0.0.1:9944")  # then: await client.close()

    Takes what :meth:`ChainClient.connect` does, and raises what it raises.
    """

    def __init__(self, network: str | Sequence[str] = "local", **options: Any) -> None:
        self._network = network
        self._options = options
        self._client: ChainClient | None = None

    def __await__(self) -> Generator[Any, None, ChainClient]:
        return ChainClient.connect(self._network, **self._options).__await__()

    async def __aenter__(self) -> ChainClient:
        self._client = await self
        return self._client

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._client is not None:
            await self._client.close()
