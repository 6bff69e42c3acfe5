"""Receipts: what became of an extrinsic in the block that includes it.

Owns finding the extrinsic in its block, its events, its fee and its failures. Does not own
waiting for inclusion (``submission``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from taokit.chain_client.blocks import BlockRef
from taokit.chain_client.errors import DispatchFailed, NotFound
from taokit.chain_client.extrinsics.events import Event, events_from, failures_among
from taokit.chain_client.money import Alpha, Tao
from taokit.chain_client.transport.base import extrinsic_hash

if TYPE_CHECKING:
    from taokit.chain_client.runtime import Runtime

__all__ = ["BlockContent", "Receipt", "receipt_in"]


@dataclass(frozen=True)
class BlockContent:
    """The extrinsics of a block as bytes, and its events."""

    block: BlockRef
    extrinsics: tuple[bytes, ...]
    events: tuple[Event, ...]

    @classmethod
    def decode(
        cls, runtime: Runtime, block: BlockRef, extrinsics: list[str], events: bytes | None
    ) -> BlockContent:
        """Read the hex of ``chain_getBlock`` and the raw value of ``System.Events``."""
        records = runtime.storage("System", "Events").decode(events)
        return cls(
            block,
            tuple(bytes.fromhex(raw[2:]) for raw in extrinsics),
            events_from(runtime.metadata, records),
        )

    def index_of(self, hash_: str) -> int | None:
        """The position of the extrinsic with this hash."""
        for index, raw in enumerate(self.extrinsics):
            if extrinsic_hash(raw) == hash_:
                return index
        return None


@dataclass(frozen=True)
class Receipt:
    """The outcome of an included extrinsic. ``fee`` includes the tip and is what was charged."""

    extrinsic_hash: str
    block: BlockRef
    index: int
    fee: Tao
    events: tuple[Event, ...]
    failures: tuple[DispatchFailed, ...]
    finalized: bool
    fee_in_alpha: Alpha | None = None
    """Set when the fee was taken as alpha (the signer had too little TAO)."""

    @property
    def extrinsic_id(self) -> str:
        """``block-index``, as explorers write it."""
        return f"{self.block.number}-{self.index}"

    @property
    def success(self) -> bool:
        """Whether the call, and every call inside it that reports, succeeded."""
        return not self.failures

    @property
    def error(self) -> DispatchFailed | None:
        """The first failure: the extrinsic's own, or else of the first inner call."""
        return self.failures[0] if self.failures else None

    def raise_for_failure(self) -> Receipt:
        """Raise :attr:`error` if there is one; the receipt itself otherwise."""
        if self.failures:
            raise self.failures[0]
        return self

    def find(self, pallet: str, name: str) -> tuple[Event, ...]:
        """The events of that name, in order."""
        return tuple(event for event in self.events if event.is_(pallet, name))


def receipt_in(runtime: Runtime, content: BlockContent, hash_: str, *, finalized: bool) -> Receipt:
    """The receipt of the extrinsic with this hash. Raises :class:`NotFound`."""
    index = content.index_of(hash_)
    if index is None:
        raise NotFound(kind="extrinsic", name=f"{hash_} in block {content.block}")
    events = tuple(event for event in content.events if event.extrinsic == index)
    fee, in_alpha = _fee(events)
    failures = tuple(failures_among(runtime.metadata, events, hash_))
    return Receipt(hash_, content.block, index, fee, events, failures, finalized, in_alpha)


def _fee(events: tuple[Event, ...]) -> tuple[Tao, Alpha | None]:
    fee, in_alpha = Tao(0), None
    for event in events:
        if event.is_("TransactionPayment", "TransactionFeePaid"):
            fee = Tao(event["actual_fee"])
        elif event.is_("SubtensorModule", "TransactionFeePaidWithAlpha"):
            in_alpha = Alpha(event["alpha_fee"], event["netuid"])
    return fee, in_alpha
