"""Registering neurons: what it costs, who may, and how the price moves.

A registration buys alpha with the price and takes it out of circulation. The
price falls with every block and jumps with every registration. It does not
seat the neuron; `uids` does.
"""

from __future__ import annotations

from taokit.local_chain import prices
from taokit.local_chain.frame.origin import Origin, ensure_signed
from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.pallets.subtensor import (
    custody,
    epoch_schedule,
    flows,
    ownership,
    rate_limits,
    staking,
    uids,
)
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.constants import ROOT, ROOT_DELEGATE_TAKE

U64_MAX = 2**64 - 1


def register(sub: SubtensorBase, origin: Origin, netuid: int, hotkey: bytes) -> None:
    """Register a hotkey on a subnet; the coldkey pays the subnet's burn. Needs no started subnet.

    A coldkey whose balance would not survive pays what keeps it alive.
    """
    error = sub.Error
    coldkey = ensure_signed(origin)
    ensure(netuid != ROOT, error.RegistrationNotPermittedOnRootSubnet)
    ensure(sub.networks_added.get(netuid), error.SubnetNotExists)
    ensure(sub.network_registration_allowed.get(netuid), error.SubNetRegistrationDisabled)
    ensure(not uids.is_registered(sub, netuid, hotkey), error.HotKeyAlreadyRegisteredInSubNet)
    cost = sub.burn.get(netuid)
    ensure(cost <= custody.coldkey_balance(sub, coldkey), error.NotEnoughBalanceToStake)
    ownership.create_if_new(sub, coldkey, hotkey)
    ensure(ownership.owns(sub, coldkey, hotkey), error.NonAssociatedColdKey)
    uids.ensure_capacity(sub, netuid)

    paid = custody.transfer_tao_to_subnet(sub, netuid, coldkey, cost)
    bought = staking.swap_tao_for_alpha(sub, netuid, paid).paid_out
    sub.subnet_alpha_out.insert(netuid, max(sub.subnet_alpha_out.get(netuid) - bought, 0))
    uid = uids.register_neuron(sub, netuid, hotkey)
    raise_price_after_registration(sub, netuid)
    sub.registrations_this_block.mutate(netuid, lambda count: min(count + 1, 65_535))
    recycled = min(sub.rao_recycled_for_registration.get(netuid) + cost, U64_MAX)
    sub.rao_recycled_for_registration.insert(netuid, recycled)
    sub.deposit(sub.Event.RAORecycledForRegistrationSet(netuid, recycled))
    flows.record_tao_inflow(sub, netuid, paid)
    sub.deposit(sub.Event.NeuronRegistered(netuid, uid, hotkey))


def register_limit(
    sub: SubtensorBase, origin: Origin, netuid: int, hotkey: bytes, limit_price: int
) -> None:
    """As `register`, unless the burn is over `limit_price` rao (RegistrationPriceLimitExceeded)."""
    ensure_signed(origin)
    ensure(netuid != ROOT, sub.Error.RegistrationNotPermittedOnRootSubnet)
    ensure(sub.networks_added.get(netuid), sub.Error.SubnetNotExists)
    ensure(sub.burn.get(netuid) <= limit_price, sub.Error.RegistrationPriceLimitExceeded)
    register(sub, origin, netuid, hotkey)


def root_register(sub: SubtensorBase, origin: Origin, hotkey: bytes) -> None:
    """Seat a hotkey on the root network and make it a delegate; free of charge.

    When the root is full it replaces the member of lowest root stake, which
    must be lower than its own.
    """
    error = sub.Error
    block = sub.runtime.system.block_number()
    ensure(sub.networks_added.get(ROOT), error.RootNetworkDoesNotExist)
    coldkey = ensure_signed(origin)
    this_block = sub.registrations_this_block.get(ROOT)
    this_interval = sub.registrations_this_interval.get(ROOT)
    per_interval = min(sub.target_registrations_per_interval.get(ROOT) * 3, 65_535)
    if not rate_limits.ignored(sub):
        per_block = sub.max_registrations_per_block.get(ROOT)
        ensure(this_block < per_block, error.TooManyRegistrationsThisBlock)
        ensure(this_interval < per_interval, error.TooManyRegistrationsThisInterval)
    ensure(not uids.is_registered(sub, ROOT, hotkey), error.HotKeyAlreadyRegisteredInSubNet)
    ownership.create_if_new(sub, coldkey, hotkey)
    if sub.subnetwork_n.get(ROOT) < sub.max_allowed_uids.get(ROOT):
        uid = uids.append_neuron(sub, ROOT, hotkey, block)
    else:
        uid = _replace_lowest_root_member(sub, hotkey, block)
    if not sub.delegates.contains(hotkey):
        sub.delegates.insert(hotkey, ROOT_DELEGATE_TAKE)
    sub.registrations_this_interval.insert(ROOT, this_interval + 1)
    sub.registrations_this_block.insert(ROOT, this_block + 1)
    sub.deposit(sub.Event.NeuronRegistered(ROOT, uid, hotkey))


def _replace_lowest_root_member(sub: SubtensorBase, hotkey: bytes, block: int) -> int:
    # Keys are read in storage order: of equal stakes the first found goes.
    stakes = [
        (sub.total_hotkey_alpha.get((member, ROOT)), uid)
        for (_, uid), member in sub.keys.items((ROOT,))
    ]
    lowest, uid = min(stakes, key=lambda entry: entry[0], default=(U64_MAX, 0))
    ensure(sub.keys.contains((ROOT, uid)), sub.Error.HotKeyNotRegisteredInSubNet)
    own = sub.total_hotkey_alpha.get((hotkey, ROOT))
    ensure(lowest < own, sub.Error.StakeTooLowForRoot)
    uids.replace_neuron(sub, ROOT, uid, hotkey, block)
    return uid


def update_registration_prices(sub: SubtensorBase) -> None:
    """Lower every network's burn by one block and forget the block's registrations; each block.

    The root's interval counter is forgotten when its epoch would be due.
    """
    block = sub.runtime.system.block_number()
    burns, registered = sub.burn, sub.registrations_this_block
    half_life, least, most = sub.burn_half_life.get, sub.min_burn.get, sub.max_burn.get
    for netuid in sub.networks_added.keys():
        burn = burns.get(netuid)
        lowered = prices.burn_after_block(
            burn, half_life(netuid), least(netuid), most(netuid), block
        )
        if lowered != burn:
            burns.insert(netuid, lowered)
        if registered.get(netuid) or not registered.contains(netuid):
            registered.insert(netuid, 0)
        if netuid == ROOT and epoch_schedule.should_run_epoch(sub, netuid, block):
            sub.registrations_this_interval.insert(netuid, 0)


def raise_price_after_registration(sub: SubtensorBase, netuid: int) -> None:
    """Raise the burn at once, for the next registration of the same block too."""
    raised = prices.burn_after_registration(
        sub.burn.get(netuid),
        sub.burn_increase_mult.get(netuid),
        sub.min_burn.get(netuid),
        sub.max_burn.get(netuid),
    )
    sub.burn.insert(netuid, raised)
