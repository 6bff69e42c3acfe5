"""How the runtime's source spells the types of its calls' arguments, where our names differ.

Clients go by it: btcli takes a `TaoBalance` in TAO and a plain `u64` in rao, polkadot.js shows a
`BalanceOf<T>` with its unit. Owns the spellings of runtime 424; our own names are the codecs'.
"""

from __future__ import annotations

__all__ = ["spelled"]

_ANYWHERE = {
    "(u32, u32)": "TaskAddress<BlockNumberFor<T>>",
    "AccountId32": "T::AccountId",
    "BTreeSet<u16>": "BTreeSet<NetUid>",
    "BeaconConfigurationPayload": "BeaconConfigurationPayload<T::Public, BlockNumberFor<T>>",
    "CommitmentInfo": "Box<CommitmentInfo<T::MaxFields>>",
    "EquivocationProof": "Box<EquivocationProof<T::Hash, BlockNumberFor<T>>>",
    "MultiAddress": "AccountIdLookupOf<T>",
    "Option<(u32, u32)>": "Option<schedule::Period<BlockNumberFor<T>>>",
    "Option<AccountId32>": "Option<T::AccountId>",
    "Option<MultiSignature>": "Option<T::Signature>",
    "Option<ProxyType>": "Option<T::ProxyType>",
    "Option<RuntimeCall>": "Option<Box<<T as Config>::RuntimeCall>>",
    "Option<SubnetIdentityV3>": "Option<SubnetIdentityOfV3>",
    "Option<Timepoint>": "Option<Timepoint<BlockNumberFor<T>>>",
    "Option<u16>": "Option<NetUid>",
    "Option<u32>": "Option<BlockNumberFor<T>>",
    "Option<u64>": "Option<TaoBalance>",
    "OriginCaller": "Box<T::PalletsOrigin>",
    "ProxyType": "T::ProxyType",
    "PulsesPayload": "PulsesPayload<T::Public, BlockNumberFor<T>>",
    "RecycleOrBurnEnum": "pallet_subtensor::RecycleOrBurnEnum",
    "RuntimeCall": "Box<<T as Config>::RuntimeCall>",
    "Timepoint": "Timepoint<BlockNumberFor<T>>",
    "Vec<(Public, u64)>": "AuthorityList",
    "Vec<(Vec<u8>, Vec<u8>)>": "Vec<KeyValue>",
    "Vec<(u64, AccountId32)>": "Vec<(u64, T::AccountId)>",
    "Vec<AccountId32>": "Vec<T::AccountId>",
    "Vec<Compact<u16>>": "Vec<Compact<NetUid>>",
    "Vec<RuntimeCall>": "Vec<<T as Config>::RuntimeCall>",
    "Vec<Vec<u8>>": "Vec<Key>",
    "VersionedOrder": "VersionedOrder<T::AccountId>",
    "Void": "T::KeyOwnerProof",
    "WeightType": "Weight",
    "[u8; 65]": "Signature",
}
"""By our name of the type."""

_NAMED: dict[tuple[str, str], frozenset[str]] = {
    ("BoundedVec", "BoundedVec<<T as Config>::AuthorityId, T::MaxAuthorities>"): frozenset(
        {"new_authorities"}
    ),
    ("BoundedVec", "BoundedVec<SignedOrder<T::AccountId>, T::MaxOrdersPerBatch>"): frozenset(
        {"orders"}
    ),
    ("BoundedVec", "BoundedVec<u8, ConstU32<8192>>"): frozenset({"ciphertext"}),
    ("BoundedVec", "BoundedVec<u8, ConstU32<MAX_CRV3_COMMIT_SIZE_BYTES>>"): frozenset({"commit"}),
    ("BoundedVec", "BoundedVec<u8, MaxEncryptedCallSize>"): frozenset({"encrypted_call"}),
    ("Compact<u32>", "BlockNumberFor<T>"): frozenset({"end", "height", "new_end"}),
    ("Compact<u32>", "CrowdloanId"): frozenset({"crowdloan_id"}),
    ("Compact<u32>", "u32"): frozenset({"ext_index"}),
    ("Compact<u64>", "BalanceOf<T>"): frozenset(
        {"amount", "cap", "deposit", "min_contribution", "new_cap", "new_min_contribution"}
    ),
    ("Compact<u64>", "T::Balance"): frozenset({"delta", "new_free", "value"}),
    ("Compact<u64>", "T::Moment"): frozenset({"now"}),
    ("H256", "CallHashOf<T>"): frozenset({"call_hash"}),
    ("H256", "T::Hash"): frozenset({"code_hash", "hash", "new_coldkey_hash"}),
    ("Option<BoundedVec>", "Option<ShieldEncKey>"): frozenset({"enc_key"}),
    ("Option<u64>", "Option<BalanceOf<T>>"): frozenset({"new_max_contribution"}),
    ("Vec<H256>", "Vec<T::Hash>"): frozenset({"hashes"}),
    ("Vec<u8>", "Key"): frozenset({"prefix"}),
    ("[u8; 32]", "TaskName"): frozenset({"id"}),
    ("u16", "NetUid"): frozenset({"destination_netuid", "netuid", "origin_netuid"}),
    ("u32", "BlockNumberFor<T>"): frozenset(
        {
            "after",
            "best_finalized_block_number",
            "block",
            "delay",
            "duration",
            "in_blocks",
            "period",
            "when",
        }
    ),
    ("u32", "LeaseId"): frozenset({"lease_id"}),
    ("u64", "AlphaBalance"): frozenset({"alpha_amount", "amount", "amount_unstaked"}),
    ("u64", "TaoBalance"): frozenset(
        {
            "amount_staked",
            "limit_price",
            "lock_cost",
            "max_burn",
            "min_burn",
            "rao_recycled",
            "swap_cost",
            "total_issuance",
        }
    ),
    ("u8", "MechId"): frozenset({"max_mechanism_count", "mechanism_count", "mecid"}),
    ("u8", "schedule::Priority"): frozenset({"priority"}),
}
"""By our name of the type and its spelling: the arguments that are spelled so."""

_ONCE = {
    "AdminUtils.sudo_set_sn_owner_hotkey.hotkey": "<T as frame_system::Config>::AccountId",
    "AdminUtils.sudo_set_subnet_owner_hotkey.hotkey": "<T as frame_system::Config>::AccountId",
    "Balances.force_unreserve.amount": "T::Balance",
    "SubtensorModule.add_stake_burn.amount": "TaoBalance",
    "SubtensorModule.register_limit.limit_price": "u64",
}
"""By pallet, call and argument: what no rule says."""

_BY_ARGUMENT = {
    (argument, ours): spelling
    for (ours, spelling), arguments in _NAMED.items()
    for argument in arguments
}


def spelled(pallet: str, call: str, argument: str, ours: str) -> str:
    """The type of an argument as the runtime spells it; `ours` is the name of its codec."""
    once = _ONCE.get(f"{pallet}.{call}.{argument}")
    return once or _BY_ARGUMENT.get((argument, ours)) or _ANYWHERE.get(ours, ours)
