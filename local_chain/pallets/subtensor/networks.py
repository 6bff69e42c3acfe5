"""Subnets: registering one, what a new one begins with, its price, and starting it."""

from __future__ import annotations

from taokit.local_chain import prices
from taokit.local_chain.arithmetic.fixed import I96F32, U64F64
from taokit.local_chain.frame.origin import Origin, ensure_signed
from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.pallets.subtensor import (
    access,
    children,
    custody,
    dissolve,
    identity,
    ownership,
    rate_limits,
    symbols,
    uids,
)
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.block_emission import block_emission_for_issuance
from taokit.local_chain.pallets.subtensor.constants import NEW_SUBNET_BURN, ROOT
from taokit.local_chain.pallets.subtensor.rate_limits import TransactionType
from taokit.local_chain.pallets.subtensor.types import SubnetIdentityV3

DYNAMIC = 1
U64_MAX = 2**64 - 1


def exists(sub: SubtensorBase, netuid: int) -> bool:
    """True if the network exists; the root does."""
    return sub.networks_added.get(netuid)


def netuids(sub: SubtensorBase) -> list[int]:
    """Every network's netuid, the root's first, in storage order."""
    return sub.networks_added.keys()


def register_network(
    sub: SubtensorBase,
    origin: Origin,
    hotkey: bytes,
    identity_given: SubnetIdentityV3 | None = None,
) -> None:
    """Register a subnet: the coldkey pays the lock cost, which becomes the pool's TAO.

    When the chain is full the subnet of lowest price that has outlived its
    immunity is dissolved, and its netuid taken. The new subnet emits no TAO
    until root enables it.
    """
    error = sub.Error
    coldkey = ensure_signed(origin)
    ensure(
        not ownership.exists(sub, hotkey) or ownership.owns(sub, coldkey, hotkey),
        error.NonAssociatedColdKey,
    )
    ensure(custody.netuid_of_account(hotkey) is None, error.CannotUseSystemAccount)
    block = sub.runtime.system.block_number()
    ensure(block >= sub.network_registration_start_block.get(), error.SubNetRegistrationDisabled)
    ensure(
        rate_limits.passes(sub, TransactionType.RegisterNetwork, coldkey),
        error.NetworkTxRateLimitExceeded,
    )
    pruned = None
    subnets = sum(added for netuid, added in sub.networks_added.items() if netuid != ROOT)
    if subnets >= sub.subnet_limit.get():
        pruned = network_to_prune(sub)
        if pruned is None:
            raise error.SubnetLimitReached
    cost = lock_cost(sub)
    ensure(cost <= custody.coldkey_balance(sub, coldkey), error.CannotAffordLockCost)
    if pruned is not None:
        dissolve.dissolve_network(sub, pruned)
    netuid = pruned if pruned is not None else next_netuid(sub)
    price = median_price(sub)
    init_new_network(sub, netuid, sub.initial_tempo)
    locked = custody.transfer_tao_to_subnet(sub, netuid, coldkey, cost)
    sub.network_last_lock_cost.put(locked)
    rate_limits.note_network_registration(sub, block)
    ownership.create_if_new(sub, coldkey, hotkey)
    uids.append_neuron(sub, netuid, hotkey, block)
    sub.subnet_mechanism.insert(netuid, DYNAMIC)
    sub.network_registered_at.insert(netuid, block)
    sub.registered_subnet_counter.mutate(netuid, lambda count: count + 1)
    sub.token_symbol.insert(netuid, symbols.next_available_symbol(sub, netuid))
    _fill_pool(sub, netuid, locked, price)
    sub.subnet_owner.insert(netuid, coldkey)
    set_owner_hotkey(sub, netuid, hotkey)
    sub.subnet_locked.insert(netuid, locked)
    if identity_given is not None:
        ensure(identity.is_valid_subnet_identity(identity_given), error.InvalidIdentity)
        sub.subnet_identities_v3.insert(netuid, identity_given)
        sub.deposit(sub.Event.SubnetIdentitySet(netuid))
    children.make_root_validators_parents(sub, netuid)
    sub.deposit(sub.Event.NetworkAdded(netuid, DYNAMIC))
    sub.subnet_emission_enabled.insert(netuid, False)


def _fill_pool(sub: SubtensorBase, netuid: int, locked: int, price: int) -> None:
    """Reserves: the lock (at least the minimum), and the alpha it buys at `price` (U64F64)."""
    tao = max(locked, sub.network_min_lock_cost.get())
    alpha = U64F64.to_u64(U64F64.safe_div(U64F64.from_int(tao), price))
    sub.subnet_tao.insert(netuid, tao)
    sub.subnet_alpha_in.insert(netuid, alpha)
    sub.subnet_alpha_out.insert(netuid, 0)
    sub.subnet_volume.insert(netuid, 0)
    sub.rao_recycled_for_registration.insert(netuid, 0)
    sub.total_stake.put(min(sub.total_stake.get() + tao, U64_MAX))


def init_new_network(sub: SubtensorBase, netuid: int, tempo: int) -> None:
    """Give a netuid what every subnet begins with. Epochs are staggered by netuid."""
    event = sub.Event
    sub.subnetwork_n.insert(netuid, 0)
    sub.networks_added.insert(netuid, True)
    sub.tempo.insert(netuid, tempo)
    block = sub.runtime.system.block_number()
    sub.last_epoch_block.insert(netuid, max(block - netuid % max(tempo, 1), 0))
    sub.total_networks.update(lambda count: count + 1)
    sub.network_registration_allowed.insert(netuid, True)
    sub.deposit(event.RegistrationAllowed(netuid, True))
    for item, value, set_event in (
        (sub.max_allowed_uids, 256, event.MaxAllowedUidsSet),
        (sub.max_allowed_validators, 64, event.MaxAllowedValidatorsSet),
        (sub.min_allowed_weights, 1, event.MinAllowedWeightSet),
        (sub.immunity_period, 5_000, event.ImmunityPeriodSet),
    ):
        item.insert(netuid, value)
        sub.deposit(set_event(netuid, value))
    sub.yuma3_on.insert(netuid, True)
    sub.burn.insert(netuid, NEW_SUBNET_BURN)
    sub.subnet_emission_enabled.insert(netuid, True)
    for kept in (sub.kappa, sub.activity_cutoff, sub.registrations_this_interval):
        if not kept.contains(netuid):
            kept.insert(netuid, kept.get(netuid))


def lock_cost(sub: SubtensorBase) -> int:
    """Rao that registering a subnet costs now: twice the last lock, falling with each block."""
    emission = block_emission_for_issuance(sub, sub.total_issuance.get())
    interval = sub.network_lock_reduction_interval.get()
    return prices.lock_cost(
        sub.network_last_lock_cost.get(),
        rate_limits.last_network_registration(sub),
        sub.network_min_lock_cost.get(),
        prices.lock_reduction_interval(interval, emission),
        sub.runtime.system.block_number(),
    )


def median_price(sub: SubtensorBase) -> int:
    """The median of the subnets' prices that are not zero, raw U64F64; 1 if there is none."""
    swap = sub.runtime.swap
    return prices.median_price(
        swap.price(netuid)
        for netuid, added in sub.networks_added.items()
        if added and netuid != ROOT
    )


def moving_price(sub: SubtensorBase, netuid: int) -> int:
    """A subnet's moving price, raw U64F64; 1 without a market (`get_moving_alpha_price`)."""
    if netuid == ROOT or sub.subnet_mechanism.get(netuid) == 0:
        return U64F64.one
    return U64F64.convert(sub.subnet_moving_price.get(netuid), I96F32)


def next_netuid(sub: SubtensorBase) -> int:
    """The lowest netuid from 1 that no subnet has."""
    taken = set(netuids(sub))
    netuid = 1
    while netuid in taken:
        netuid += 1
    return netuid


def network_to_prune(sub: SubtensorBase) -> int | None:
    """The subnet that makes room for a new one: the lowest moving price, then the oldest.

    None while every subnet is immune.
    """
    block = sub.runtime.system.block_number()
    immunity = sub.network_immunity_period.get()
    best: tuple[int, int] | None = None
    found = None
    for netuid, added in sub.networks_added.items():
        registered = sub.network_registered_at.get(netuid)
        if not added or netuid == ROOT or block < registered + immunity:
            continue
        candidate = (moving_price(sub, netuid), registered)
        if best is None or candidate < best:
            best, found = candidate, netuid
    return found


def start_call(sub: SubtensorBase, origin: Origin, netuid: int) -> None:
    """Start a subnet: from the next block it emits alpha, and its alpha can be traded."""
    error = sub.Error
    ensure(exists(sub, netuid), error.SubnetNotExists)
    access.ensure_subnet_owner(sub, origin, netuid)
    ensure(
        sub.first_emission_block_number.get(netuid) is None,
        error.FirstEmissionBlockNumberAlreadySet,
    )
    block = sub.runtime.system.block_number()
    earliest = sub.network_registered_at.get(netuid) + sub.start_call_delay.get()
    ensure(block >= earliest, error.NeedWaitingMoreBlocksToStarCall)
    sub.first_emission_block_number.insert(netuid, block + 1)
    sub.subtoken_enabled.insert(netuid, True)
    sub.deposit(sub.Event.FirstEmissionBlockNumberSet(netuid, block + 1))


def set_owner_hotkey(sub: SubtensorBase, netuid: int, hotkey: bytes) -> None:
    """Make a hotkey the subnet owner's. CannotUseSystemAccount for a subnet's own account."""
    ensure(custody.netuid_of_account(hotkey) is None, sub.Error.CannotUseSystemAccount)
    sub.subnet_owner_hotkey.insert(netuid, hotkey)
    sub.deposit(sub.Event.SubnetOwnerHotkeySet(netuid, hotkey))


def change_owner_hotkey(sub: SubtensorBase, origin: Origin, netuid: int, hotkey: bytes) -> None:
    """As `set_owner_hotkey`, by owner or root, once in 50400 blocks."""
    access.ensure_subnet_owner_or_root(sub, origin, netuid)
    ensure(exists(sub, netuid), sub.Error.SubnetNotExists)
    kind = TransactionType.SetSNOwnerHotkey
    ensure(rate_limits.passes_on_subnet(sub, kind, hotkey, netuid), sub.Error.TxRateLimitExceeded)
    block = sub.runtime.system.block_number()
    rate_limits.record_on_subnet(sub, kind, hotkey, netuid, block)
    set_owner_hotkey(sub, netuid, hotkey)
