"""Emission: reserves and prices of subnets, what a block mints, and what waits for an epoch."""

from __future__ import annotations

from taokit.chain_client.scale import AccountId, Bool, i64, u16, u64, u128
from taokit.chain_client.storage_keys import Blake2_128Concat, Identity
from taokit.local_chain.frame.pallet import Pallet
from taokit.local_chain.frame.storage import StorageMap, StorageValue
from taokit.local_chain.pallets.subtensor.types import (
    I64F64,
    I96F32,
    U64F64,
    U96F32,
    NetUid,
    RecycleOrBurnEnum,
)


class EmissionStorage(Pallet):
    """Emission: reserves and prices of subnets, what a block mints, and what waits for an epoch."""

    total_issuance = StorageValue[u64]("TotalIssuance")
    block_emission = StorageValue[u64]("BlockEmission", default=1_000_000_000)
    tao_weight = StorageValue[u64]("TaoWeight", default=971_718_665_099_567_868)
    ck_burn = StorageValue[u64]("CKBurn")
    subnet_owner_cut = StorageValue[u16]("SubnetOwnerCut", default=11_796)
    owner_cut_enabled = StorageMap[NetUid, Bool]("OwnerCutEnabled", Identity, default=True)
    subnet_moving_alpha = StorageValue[I96F32]("SubnetMovingAlpha", default=12_885)
    subnet_moving_price = StorageMap[NetUid, I96F32]("SubnetMovingPrice", Identity)
    ema_price_halving_blocks = StorageMap[NetUid, u64](
        "EMAPriceHalvingBlocks", Identity, default=201_600
    )
    root_prop = StorageMap[NetUid, U96F32]("RootProp", Identity)
    subnet_volume = StorageMap[NetUid, u128]("SubnetVolume", Identity)
    subnet_tao = StorageMap[NetUid, u64]("SubnetTAO", Identity)
    subnet_alpha_in = StorageMap[NetUid, u64]("SubnetAlphaIn", Identity)
    subnet_alpha_out = StorageMap[NetUid, u64]("SubnetAlphaOut", Identity)
    subnet_protocol_alpha = StorageMap[NetUid, u64]("SubnetProtocolAlpha", Identity)
    subnet_alpha_in_emission = StorageMap[NetUid, u64]("SubnetAlphaInEmission", Identity)
    subnet_emission_enabled = StorageMap[NetUid, Bool](
        "SubnetEmissionEnabled", Identity, default=True
    )
    subnet_alpha_out_emission = StorageMap[NetUid, u64]("SubnetAlphaOutEmission", Identity)
    subnet_tao_in_emission = StorageMap[NetUid, u64]("SubnetTaoInEmission", Identity)
    subnet_excess_tao = StorageMap[NetUid, u64]("SubnetExcessTao", Identity)
    subnet_root_sell_tao = StorageMap[NetUid, u64]("SubnetRootSellTao", Identity)
    subnet_tao_flow = StorageMap[NetUid, i64]("SubnetTaoFlow", Identity)
    subnet_ema_tao_flow = StorageMap[NetUid, tuple[u64, I64F64]](
        "SubnetEmaTaoFlow", Identity, optional=True
    )
    net_tao_flow_enabled = StorageValue[Bool]("NetTaoFlowEnabled", default=True)
    subnet_protocol_flow = StorageMap[NetUid, i64]("SubnetProtocolFlow", Identity)
    subnet_ema_protocol_flow = StorageMap[NetUid, tuple[u64, I64F64]](
        "SubnetEmaProtocolFlow", Identity, optional=True
    )
    tao_flow_cutoff = StorageValue[I64F64]("TaoFlowCutoff")
    flow_norm_exponent = StorageValue[U64F64](
        "FlowNormExponent", default=18_446_744_073_709_551_616
    )
    flow_ema_smoothing_factor = StorageValue[u64](
        "FlowEmaSmoothingFactor", default=29_597_889_189_277
    )
    pending_server_emission = StorageMap[NetUid, u64]("PendingServerEmission", Identity)
    pending_validator_emission = StorageMap[NetUid, u64]("PendingValidatorEmission", Identity)
    pending_root_alpha_divs = StorageMap[NetUid, u64]("PendingRootAlphaDivs", Identity)
    pending_owner_cut = StorageMap[NetUid, u64]("PendingOwnerCut", Identity)
    miner_burned = StorageMap[NetUid, U96F32]("MinerBurned", Identity)
    recycle_or_burn = StorageMap[NetUid, RecycleOrBurnEnum]("RecycleOrBurn", Identity)
    alpha_dividends_per_subnet = StorageMap[tuple[NetUid, AccountId], u64](
        "AlphaDividendsPerSubnet", Identity, Blake2_128Concat
    )
    root_alpha_dividends_per_subnet = StorageMap[tuple[NetUid, AccountId], u64](
        "RootAlphaDividendsPerSubnet", Identity, Blake2_128Concat
    )
    last_hotkey_emission_on_netuid = StorageMap[tuple[AccountId, NetUid], u64](
        "LastHotkeyEmissionOnNetuid", Blake2_128Concat, Identity
    )
