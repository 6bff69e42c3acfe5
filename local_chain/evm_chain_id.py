"""The chain id of the EVM: one storage value of a pallet that this chain leaves out.

`AdminUtils.sudo_set_evm_chain_id` writes it and signed orders name it, so the key is kept as the
real runtime keeps it (`EVMChainId.ChainId`), without being in the metadata.
"""

from __future__ import annotations

from typing import cast

from taokit.chain_client.scale import u64
from taokit.local_chain.frame.storage import StorageValue
from taokit.local_chain.state.overlay import Overlay

LOCALNET = 42


def bound_to(overlay: Overlay, preset: str) -> StorageValue[int]:
    """The chain id over a state."""
    declared = StorageValue[u64]("ChainId")
    return cast("StorageValue[int]", declared.bind("EVMChainId", overlay, preset))
