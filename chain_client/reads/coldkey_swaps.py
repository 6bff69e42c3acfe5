"""Reads about coldkey swaps: what is announced, when it may be made, whether it is disputed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from taokit.chain_client.addresses import ss58_of
from taokit.chain_client.parameters import Arg, Coldkey
from taokit.chain_client.reads.registry import read

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = ["ColdkeySwap", "coldkey_swap", "coldkey_swaps"]


@dataclass(frozen=True, slots=True)
class ColdkeySwap:
    """An announced swap of one coldkey. Blocks are numbers, hashes ``0x`` hex."""

    coldkey: str
    new_coldkey_hash: str
    ready_at: int
    """The first block in which it may be made."""
    clearable_at: int
    """The first block in which it may be announced anew, or taken back."""
    disputed_at: int | None
    block: int
    """The block that this was read at."""

    @property
    def wait(self) -> int:
        """Blocks until it may be made; 0 for now."""
        return max(self.ready_at - self.block - 1, 0)


@read("coldkey-swap", group="accounts")
async def coldkey_swap(
    chain: ChainClient, coldkey: Annotated[Coldkey, Arg("Whose swap.")]
) -> ColdkeySwap | None:
    """The swap that a coldkey has announced; nothing if it has not."""
    module = "SubtensorModule"
    async with chain.snapshot() as block:
        announced, disputed, delay = await chain.query_many(
            [
                (module, "ColdkeySwapAnnouncements", coldkey),
                (module, "ColdkeySwapDisputes", coldkey),
                (module, "ColdkeySwapReannouncementDelay"),
            ]
        )
    if announced is None:
        return None
    return _swap(ss58_of(coldkey), announced, disputed, delay, block.number)


@read("coldkey-swaps", group="accounts")
async def coldkey_swaps(chain: ChainClient) -> tuple[ColdkeySwap, ...]:
    """All announced swaps of coldkeys, the next one to be made first."""
    module = "SubtensorModule"
    async with chain.snapshot() as block:
        found = await chain.query_map(module, "ColdkeySwapAnnouncements")
        disputes = dict(await chain.query_map(module, "ColdkeySwapDisputes"))
        delay = await chain.query(module, "ColdkeySwapReannouncementDelay")
    swaps = (
        _swap(ss58_of(key), announced, disputes.get(key), delay, block.number)
        for key, announced in found
    )
    return tuple(sorted(swaps, key=lambda swap: swap.ready_at))


def _swap(
    coldkey: str, announced: Any, disputed: int | None, delay: int, block: int
) -> ColdkeySwap:
    ready, hash_ = announced
    return ColdkeySwap(coldkey, "0x" + bytes(hash_).hex(), ready, ready + delay, disputed, block)
