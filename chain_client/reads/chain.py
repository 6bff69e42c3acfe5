"""Reads about the chain itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from taokit.chain_client.reads.registry import read
from taokit.chain_client.redaction import redacted

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = ["ChainStatus", "status"]


@dataclass(frozen=True, slots=True)
class ChainStatus:
    """Which chain this is and where it stands. ``timestamp`` is in milliseconds since 1970."""

    network: str
    url: str
    genesis_hash: str
    spec_name: str
    spec_version: int
    best_block: int
    best_hash: str
    finalized_block: int
    timestamp: int


@read("status", group="chain")
async def status(chain: ChainClient) -> ChainStatus:
    """Which chain this is: genesis, runtime, best and final block, time."""
    finalized = await chain.block_ref("finalized")
    async with chain.snapshot() as best:
        timestamp = await chain.query("Timestamp", "Now")
    return ChainStatus(
        network=chain.network.name,
        url=redacted(chain.transport.url),
        genesis_hash=chain.runtime.genesis_hash,
        spec_name=chain.runtime.spec_name,
        spec_version=chain.runtime.spec_version,
        best_block=best.number,
        best_hash=best.hash,
        finalized_block=finalized.number,
        timestamp=timestamp,
    )
