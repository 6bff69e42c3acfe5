"""A sent extrinsic, followed to a block.

Owns the statuses that a pool reports and what each means for waiting, also across a lost
connection: an accepted extrinsic is then looked for in the blocks of its era, never sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from taokit.chain_client.errors import (
    ConnectionLost,
    NotIncluded,
    OutcomePending,
    TransportError,
    WrongChain,
)
from taokit.chain_client.extrinsics.receipt import Receipt
from taokit.chain_client.extrinsics.signing import SignedExtrinsic
from taokit.chain_client.transport.base import Subscription

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = ["Submission", "WaitFor"]

WaitFor = Literal["inclusion", "finality"]

_GONE: Final = {
    "dropped": "dropped",
    "invalid": "invalid",
    "usurped": "usurped",
    "finalitytimeout": "finality_timeout",
}


@dataclass
class Submission:
    """An extrinsic that the pool has accepted.

    ``on_status`` is told each status as the pool words it ("ready", "inBlock", ...).
    """

    chain: ChainClient
    extrinsic: SignedExtrinsic
    statuses: Subscription | None
    """``None`` when it was sent without watching; it is then found by scanning blocks."""
    on_status: Callable[[str], None] | None = None
    _included_in: str | None = field(default=None, init=False)

    @property
    def hash(self) -> str:
        """The extrinsic's hash, ``0x`` hex."""
        return self.extrinsic.hash

    async def included(self, timeout: float | None = None) -> Receipt:
        """Wait for a block with the extrinsic; see :meth:`wait`."""
        return await self.wait("inclusion", timeout)

    async def finalized(self, timeout: float | None = None) -> Receipt:
        """Wait until the block with the extrinsic is final; see :meth:`wait`."""
        return await self.wait("finality", timeout)

    async def wait(self, until: WaitFor, timeout: float | None = None) -> Receipt:
        """The receipt once the extrinsic is included or finalized.

        Raises :class:`NotIncluded` when it leaves the pool, :class:`OutcomePending` after
        ``timeout`` seconds, or when the node goes out of reach for good (waiting may be
        repeated). A failed call is no exception here: see ``Receipt.raise_for_failure``.
        """
        following = self._follow_in_reach(until)
        if timeout is None:
            return await following
        try:
            return await asyncio.wait_for(following, timeout)
        except asyncio.TimeoutError:
            raise OutcomePending(
                extrinsic_hash=self.hash, seconds=timeout, waited_for=until
            ) from None

    async def aclose(self) -> None:
        """Stop watching; the extrinsic stays where it is."""
        if self.statuses is not None:
            await self.statuses.aclose()

    async def _follow_in_reach(self, until: WaitFor) -> Receipt:
        try:
            return await self._follow(until)
        except (TransportError, WrongChain) as error:
            # Not an error of the connection any more: the extrinsic is out, and whoever takes
            # this for "nothing happened" may pay twice.
            raise OutcomePending(
                extrinsic_hash=self.hash, waited_for=until, reason=error.message
            ) from error

    async def _follow(self, until: WaitFor) -> Receipt:
        if until == "inclusion" and self._included_in is not None:
            return await self.chain.receipt(self.hash, self._included_in)
        try:
            block_hash = await self._watched(until)
        except ConnectionLost:
            self.statuses = None
            block_hash = None
        if block_hash is None:
            return await self._scan(until)
        await self.aclose()
        finalized = until == "finality"
        return await self.chain.receipt(self.hash, block_hash, finalized=finalized)

    async def _watched(self, until: WaitFor) -> str | None:
        if self.statuses is None:
            return None
        async for status in self.statuses:
            kind, detail = _status(status)
            if self.on_status is not None:
                self.on_status(kind)
            low = kind.lower()
            if low in ("inblock", "finalized"):
                self._included_in = str(detail)
                if low == "finalized" or until == "inclusion":
                    return str(detail)
            elif low == "retracted":
                self._included_in = None  # its block left the best chain: it is in the pool again
            elif low in _GONE:
                raise NotIncluded(
                    status=_GONE[low], extrinsic_hash=self.hash, detail=str(detail or "")
                )
        return None

    async def _scan(self, until: WaitFor) -> Receipt:
        """Look into each block of the era, as it comes, for the extrinsic."""
        following = self.extrinsic.birth_block
        async with await self.chain.heads(finalized=until == "finality") as heads:
            async for head in heads:
                last = self.extrinsic.last_block
                upto = head.number if last is None else min(head.number, last)
                found = await self.chain.find_extrinsic(self.hash, following, upto)
                if found is not None:
                    return found
                if last is not None and head.number > last:
                    break
                following = max(following, upto + 1)
        raise NotIncluded(status="expired", extrinsic_hash=self.hash)


def _status(status: Any) -> tuple[str, Any]:
    """(kind, detail) of a TransactionStatus: a word, or an object with one key."""
    if isinstance(status, dict):
        ((kind, detail),) = status.items()
        return str(kind), detail
    return str(status), None
