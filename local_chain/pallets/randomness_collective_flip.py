"""RandomnessCollectiveFlip: the hashes of the last 81 parents, which contracts draw lots from.

Follows `pallet_insecure_randomness_collective_flip`. Only the Contracts pallet uses it on the main
network; here its storage can be read.
"""

from __future__ import annotations

from taokit.chain_client.scale import H256, BoundedVec
from taokit.local_chain.frame.pallet import Pallet
from taokit.local_chain.frame.storage import StorageValue
from taokit.local_chain.frame.weight import Weight, weight

KEPT = 81


class RandomnessCollectiveFlip(Pallet, index=1, crate="pallet_insecure_randomness_collective_flip"):
    """Low-influence randomness out of block hashes."""

    random_material = StorageValue[BoundedVec[H256]]("RandomMaterial")

    def on_initialize(self, block: int) -> Weight:
        """Put the parent's hash in; once the ring is full, in the place of the oldest."""
        hashes = list(self.random_material.get())
        parent = self.runtime.system.parent_hash.get()
        if len(hashes) < KEPT:
            hashes.append(parent)
        else:
            hashes[(block - 1) % KEPT] = parent
        self.random_material.put(hashes)
        return weight(0, reads=1, writes=1)

    def next_due(self, block: int) -> int | None:
        """Blocks that are passed over have no hash to mix in."""
        return None
