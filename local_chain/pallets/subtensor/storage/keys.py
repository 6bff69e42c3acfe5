"""Who owns what: hotkeys, coldkeys, delegation, children and parents, swaps of keys."""

from __future__ import annotations

from taokit.chain_client.scale import H160, H256, AccountId, Bool, Vec, u16, u32, u64, u128
from taokit.chain_client.storage_keys import Blake2_128Concat, Identity, Twox64Concat
from taokit.local_chain.frame.pallet import Pallet
from taokit.local_chain.frame.storage import StorageMap, StorageValue
from taokit.local_chain.pallets.subtensor.types import ChainIdentityV2, NetUid


class KeysStorage(Pallet):
    """Who owns what: hotkeys, coldkeys, delegation, children and parents, swaps of keys."""

    owner = StorageMap[AccountId, AccountId]("Owner", Blake2_128Concat)
    account_flags = StorageMap[AccountId, u128]("AccountFlags", Blake2_128Concat)
    delegates = StorageMap[AccountId, u16]("Delegates", Blake2_128Concat, default=11_796)
    childkey_take = StorageMap[tuple[AccountId, NetUid], u16](
        "ChildkeyTake", Blake2_128Concat, Identity
    )
    pending_child_keys = StorageMap[
        tuple[NetUid, AccountId], tuple[Vec[tuple[u64, AccountId]], u64]
    ]("PendingChildKeys", Identity, Blake2_128Concat)
    child_keys = StorageMap[tuple[AccountId, NetUid], Vec[tuple[u64, AccountId]]](
        "ChildKeys", Blake2_128Concat, Identity
    )
    parent_keys = StorageMap[tuple[AccountId, NetUid], Vec[tuple[u64, AccountId]]](
        "ParentKeys", Blake2_128Concat, Identity
    )
    owned_hotkeys = StorageMap[AccountId, Vec[AccountId]]("OwnedHotkeys", Blake2_128Concat)
    max_delegate_take = StorageValue[u16]("MaxDelegateTake", default=11_796)
    min_delegate_take = StorageValue[u16]("MinDelegateTake")
    max_childkey_take = StorageValue[u16]("MaxChildkeyTake", default=11_796)
    min_childkey_take = StorageValue[u16]("MinChildkeyTake")
    min_childkey_take_per_subnet = StorageMap[NetUid, u16]("MinChildkeyTakePerSubnet", Identity)
    pending_child_key_cooldown = StorageValue[u64](
        "PendingChildKeyCooldown", default=7_200, fast=15
    )
    auto_parent_delegation_enabled = StorageMap[AccountId, Bool](
        "AutoParentDelegationEnabled", Blake2_128Concat, default=True
    )
    last_hotkey_swap_on_netuid = StorageMap[tuple[NetUid, AccountId], u64](
        "LastHotkeySwapOnNetuid", Identity, Blake2_128Concat
    )
    coldkey_swap_announcement_delay = StorageValue[u32](
        "ColdkeySwapAnnouncementDelay", default=36_000, fast=50
    )
    coldkey_swap_reannouncement_delay = StorageValue[u32](
        "ColdkeySwapReannouncementDelay", default=7_200, fast=10
    )
    coldkey_swap_announcements = StorageMap[AccountId, tuple[u32, H256]](
        "ColdkeySwapAnnouncements", Twox64Concat, optional=True
    )
    coldkey_swap_disputes = StorageMap[AccountId, u32](
        "ColdkeySwapDisputes", Twox64Concat, optional=True
    )
    identities_v2 = StorageMap[AccountId, ChainIdentityV2](
        "IdentitiesV2", Blake2_128Concat, optional=True
    )
    associated_evm_address = StorageMap[tuple[NetUid, u16], tuple[H160, u64]](
        "AssociatedEvmAddress", Twox64Concat, Twox64Concat, optional=True
    )
