"""Types of Proxy: kinds of proxy, what is stored of one, and how a filter is told to clients."""

from __future__ import annotations

from taokit.chain_client.scale import (
    H256,
    AccountId,
    Bool,
    Bytes,
    Enum,
    Option,
    Struct,
    UnitEnum,
    Variant,
    Vec,
    u8,
    u32,
    u128,
)


class ProxyType(UnitEnum, path="subtensor_runtime_common::ProxyType"):
    """What a proxy may do. `Any` may do everything."""

    Any = 0
    Owner = 1
    NonCritical = 2
    NonTransfer = 3
    Senate = 4
    NonFungible = 5
    Triumvirate = 6
    Governance = 7
    Staking = 8
    Registration = 9
    Transfer = 10
    SmallTransfer = 11
    RootWeights = 12
    ChildKeys = 13
    SudoUncheckedSetCode = 14
    SwapHotkey = 15
    SubnetLeaseBeneficiary = 16
    RootClaim = 17


DEPRECATED = frozenset(
    {ProxyType.Triumvirate, ProxyType.Senate, ProxyType.Governance, ProxyType.RootWeights}
)


class ProxyDefinition(
    Struct,
    path="pallet_subtensor_proxy::ProxyDefinition",
    params={"AccountId": AccountId, "ProxyType": ProxyType, "BlockNumber": u32},
):
    """Who may act for an account, within what, and how many blocks after announcing it."""

    delegate: AccountId
    proxy_type: ProxyType
    delay: u32


class Announcement(
    Struct,
    path="pallet_subtensor_proxy::Announcement",
    params={"AccountId": AccountId, "Hash": H256, "BlockNumber": u32},
):
    """A call that a proxy means to make for `real`, by its hash."""

    real: AccountId
    call_hash: H256
    height: u32


class DepositKind(UnitEnum, path="pallet_subtensor_proxy::DepositKind"):
    """What a deposit is for."""

    Proxies = 0
    Announcements = 1


class CallCondition(Enum, path="subtensor_runtime_common::CallCondition"):
    """What else must hold of a call that a filter names."""

    class ParamLessThan(Variant, index=0):
        param_name: Bytes
        limit: u128

    class NestedCallMustBe(Variant, index=1):
        pallet_name: Bytes
        call_name: Bytes


class CallInfo(Struct, path="subtensor_runtime_common::CallInfo"):
    """A call that a filter names; every call of the pallet where name and index are absent."""

    pallet_name: Bytes
    pallet_index: u8
    call_name: Option[Bytes]
    call_index: Option[u8]
    condition: Option[CallCondition]


class FilterMode(UnitEnum, path="subtensor_runtime_common::FilterMode"):
    """How to read a filter's list of calls."""

    AllowAll = 0
    DenyAll = 1
    Allow = 2
    Deny = 3


class ProxyFilterInfo(Struct, path="subtensor_runtime_common::ProxyFilterInfo"):
    """The filter of one kind of proxy."""

    proxy_type: u8
    name: Bytes
    deprecated: Bool
    filter_mode: FilterMode
    calls: Vec[CallInfo]
    exceptions: Vec[CallInfo]


class ProxyTypeInfo(Struct, path="subtensor_runtime_common::ProxyTypeInfo"):
    """A kind of proxy by name and index."""

    name: Bytes
    index: u8
    deprecated: Bool
