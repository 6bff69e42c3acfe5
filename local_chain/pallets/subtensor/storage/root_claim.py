"""Root dividends: what each root staker may claim of each subnet's alpha."""

from __future__ import annotations

from taokit.chain_client.scale import AccountId, BTreeMap, u16, u64, u128
from taokit.chain_client.storage_keys import Blake2_128Concat, Identity
from taokit.local_chain.frame.pallet import Pallet
from taokit.local_chain.frame.storage import StorageMap, StorageValue
from taokit.local_chain.pallets.subtensor.types import I96F32, NetUid, RootClaimTypeEnum


class RootClaimStorage(Pallet):
    """Root dividends: what each root staker may claim of each subnet's alpha."""

    root_claimable_threshold = StorageMap[NetUid, I96F32](
        "RootClaimableThreshold", Blake2_128Concat, default=2_147_483_648_000_000
    )
    root_claimable = StorageMap[AccountId, BTreeMap[u16, I96F32]]("RootClaimable", Blake2_128Concat)
    root_claimed = StorageMap[tuple[NetUid, AccountId, AccountId], u128](
        "RootClaimed", Identity, Blake2_128Concat, Blake2_128Concat
    )
    root_claim_type = StorageMap[AccountId, RootClaimTypeEnum]("RootClaimType", Blake2_128Concat)
    staking_coldkeys_by_index = StorageMap[u64, AccountId](
        "StakingColdkeysByIndex", Identity, optional=True
    )
    staking_coldkeys = StorageMap[AccountId, u64]("StakingColdkeys", Identity, optional=True)
    num_staking_coldkeys = StorageValue[u64]("NumStakingColdkeys")
    num_root_claim = StorageValue[u64]("NumRootClaim", default=5)
