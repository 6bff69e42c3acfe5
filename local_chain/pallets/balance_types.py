"""The value types of Balances: locks, reserves, and for whom a balance is held or frozen."""

from __future__ import annotations

from typing import Literal

from taokit.chain_client.scale import Enum, FixedBytes, Struct, UnitEnum, Variant, u64


class Reasons(UnitEnum, path="pallet_balances::types::Reasons"):
    """What a lock forbids."""

    Fee = 0
    Misc = 1
    All = 2


class BalanceLock(Struct, path="pallet_balances::types::BalanceLock"):
    """A part of the balance that may not be spent."""

    id: FixedBytes[Literal[8]]
    amount: u64
    reasons: Reasons


class ReserveData(Struct, path="pallet_balances::types::ReserveData"):
    """A named reserve."""

    id: FixedBytes[Literal[8]]
    amount: u64


class PreimageHold(UnitEnum, path="pallet_preimage::pallet::HoldReason"):
    """Why Preimage holds."""

    Preimage = 0


class SafeModeHold(UnitEnum, path="pallet_safe_mode::pallet::HoldReason"):
    """Why SafeMode holds."""

    EnterOrExtend = 0


class ContractsHold(UnitEnum, path="pallet_contracts::pallet::HoldReason"):
    """Why Contracts holds."""

    CodeUploadDepositReserve = 0
    StorageDepositReserve = 1


class RuntimeHoldReason(Enum, path="node_subtensor_runtime::RuntimeHoldReason"):
    """Why a balance is held, by the pallet that holds it."""

    class Preimage(Variant, index=14, unnamed=True):
        reason: PreimageHold

    class SafeMode(Variant, index=20, unnamed=True):
        reason: SafeModeHold

    class Contracts(Variant, index=29, unnamed=True):
        reason: ContractsHold


class RuntimeFreezeReason(Enum, path="node_subtensor_runtime::RuntimeFreezeReason"):
    """Why a balance is frozen. No pallet freezes any."""


class HoldAmount(Struct, path="frame_support::traits::tokens::misc::IdAmount"):
    """An amount held for a reason."""

    id: RuntimeHoldReason
    amount: u64


class FreezeAmount(Struct, path="frame_support::traits::tokens::misc::IdAmount"):
    """An amount frozen for a reason."""

    id: RuntimeFreezeReason
    amount: u64


class BalanceStatus(UnitEnum, path="frame_support::traits::tokens::misc::BalanceStatus"):
    """Which part of a balance."""

    Free = 0
    Reserved = 1


class AdjustmentDirection(UnitEnum, path="pallet_balances::types::AdjustmentDirection"):
    """Up or down."""

    Increase = 0
    Decrease = 1
