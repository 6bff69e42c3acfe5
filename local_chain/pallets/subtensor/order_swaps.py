"""Staking as limit orders use it: swaps within a limit, all or nothing, and stake moved as it is.

Source: the runtime's staking/order_swap.rs (`OrderSwapInterface`).
"""

from __future__ import annotations

from taokit.local_chain.arithmetic.fixed import U64F64
from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.pallets.subtensor import (
    custody,
    locks,
    ownership,
    shares,
    stake_checks,
    staking,
)
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.staking import DEFAULT_MIN_STAKE
from taokit.local_chain.pallets.swap.pallet import DYNAMIC


def buy(
    sub: SubtensorBase,
    coldkey: bytes,
    hotkey: bytes,
    netuid: int,
    tao: int,
    limit: int,
    *,
    check: bool,
) -> int:
    """Stake TAO (rao), all of it within the limit; returns the alpha. `check` is for a user's own.

    Raises SlippageTooHigh where the limit leaves a part, and the errors of staking.
    """
    error = sub.Error
    _ensure_open(sub, netuid)
    if check:
        ensure(ownership.exists(sub, hotkey), error.HotKeyAccountNotExists)
        ensure(tao >= DEFAULT_MIN_STAKE, error.AmountTooLow)
        ensure(tao <= custody.coldkey_balance(sub, coldkey), error.NotEnoughBalanceToStake)
    with sub.runtime.transaction():
        if sub.subnet_mechanism.get(netuid) == DYNAMIC:
            would = sub.runtime.swap.try_buy(netuid, tao, limit)
            ensure(would.paid_in + would.fee >= tao, error.SlippageTooHigh)
        return staking.stake_into_subnet(sub, hotkey, coldkey, netuid, tao, limit)


def sell(
    sub: SubtensorBase,
    coldkey: bytes,
    hotkey: bytes,
    netuid: int,
    alpha: int,
    limit: int,
    *,
    check: bool,
) -> int:
    """Unstake alpha (rao), all of it within the limit; returns the TAO. As `buy`."""
    _ensure_open(sub, netuid)
    if check:
        stake_checks.check_remove_stake(
            sub, coldkey, hotkey, netuid, alpha, alpha, allow_partial=False
        )
    with sub.runtime.transaction():
        if sub.subnet_mechanism.get(netuid) == DYNAMIC:
            would = sub.runtime.swap.try_sell(netuid, alpha, limit)
            ensure(would.paid_in + would.fee >= alpha, sub.Error.SlippageTooHigh)
        return staking.unstake_from_subnet(sub, hotkey, coldkey, coldkey, netuid, alpha, limit)


def transfer_stake(
    sub: SubtensorBase,
    source: tuple[bytes, bytes],
    dest: tuple[bytes, bytes],
    netuid: int,
    alpha: int,
    *,
    check_source: bool = False,
    check_dest: bool = False,
) -> None:
    """Move stake between pairs of coldkey and hotkey, without swap, fee or event."""
    error = sub.Error
    from_coldkey, from_hotkey = source
    to_coldkey, to_hotkey = dest
    _ensure_open(sub, netuid)
    if check_source:
        ensure(ownership.exists(sub, from_hotkey), error.HotKeyAccountNotExists)
        ensure(alpha > 0, error.AmountTooLow)
        price = sub.runtime.swap.price(netuid)
        worth = U64F64.to_u64(U64F64.saturating_mul(price, U64F64.from_int(alpha)))
        ensure(worth >= DEFAULT_MIN_STAKE, error.AmountTooLow)
        locks.ensure_available(sub, from_coldkey, netuid, alpha)
    if check_dest:
        ensure(ownership.exists(sub, to_hotkey), error.HotKeyAccountNotExists)
    available = shares.stake_of_pair(sub, from_hotkey, from_coldkey, netuid)
    ensure(available >= alpha, error.NotEnoughStakeToWithdraw)
    shares.decrease_stake(sub, from_hotkey, from_coldkey, netuid, alpha)
    shares.increase_stake(sub, to_hotkey, to_coldkey, netuid, alpha)
    now = sub.runtime.system.block_number()
    sub.last_coldkey_hotkey_stake_block.insert((to_coldkey, to_hotkey), now)


def _ensure_open(sub: SubtensorBase, netuid: int) -> None:
    ensure(sub.networks_added.get(netuid), sub.Error.SubnetNotExists)
    stake_checks.ensure_subtoken_enabled(sub, netuid)
