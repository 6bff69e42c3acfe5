"""AlphaAssets: how much alpha of each subnet was ever minted, burned and recycled.

Owns the counters only; who holds alpha, and the reserves, are SubtensorModule's
(`subtensor.custody`). Source: pallets/alpha-assets of the runtime.
"""

from __future__ import annotations

from taokit.chain_client.scale import u64
from taokit.chain_client.storage_keys import Twox64Concat
from taokit.local_chain.frame.pallet import Pallet
from taokit.local_chain.frame.storage import StorageMap
from taokit.local_chain.pallets.subtensor.types import NetUid

_U64_MAX = 2**64 - 1


class AlphaAssets(Pallet, index=31):
    """Counters of alpha, in rao, by subnet."""

    total_alpha_issuance = StorageMap[NetUid, u64]("TotalAlphaIssuance", Twox64Concat)
    alpha_burned = StorageMap[NetUid, u64]("AlphaBurned", Twox64Concat)
    alpha_recycled = StorageMap[NetUid, u64]("AlphaRecycled", Twox64Concat)

    def mint(self, netuid: int, amount: int) -> None:
        """Count newly made alpha."""
        _add(self.total_alpha_issuance, netuid, amount)

    def burn(self, netuid: int, amount: int) -> None:
        """Count alpha that nobody can use any more; the issuance keeps it."""
        _add(self.alpha_burned, netuid, amount)

    def recycle(self, netuid: int, amount: int) -> None:
        """Count alpha that leaves the issuance."""
        if amount:
            _add(self.alpha_recycled, netuid, amount)
            issuance = self.total_alpha_issuance
            issuance.insert(netuid, max(issuance.get(netuid) - amount, 0))


def _add(counter: StorageMap[int, int], netuid: int, amount: int) -> None:
    if amount:
        counter.insert(netuid, min(counter.get(netuid) + amount, _U64_MAX))
