"""Dissolving a subnet: its TAO goes back to those who hold its alpha, and everything it had goes.

Some settings outlive it, as in the runtime, and are found by the next subnet
under the same netuid.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from taokit.local_chain.arithmetic.fixed import U64F64, U96F32
from taokit.local_chain.emission import u16_fraction
from taokit.local_chain.frame.errors import DispatchError
from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.pallets.subtensor import custody, mechanisms, root_claims, shares
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.constants import ROOT


class Holding(NamedTuple):
    """A coldkey's alpha on the subnet with one hotkey, in rao."""

    hotkey: bytes
    coldkey: bytes
    alpha: int


def dissolve_network(sub: SubtensorBase, netuid: int) -> None:
    """Pay out, forget and remove a subnet. SubnetNotExists for the root or what does not exist."""
    ensure(netuid != ROOT and sub.networks_added.get(netuid), sub.Error.SubnetNotExists)
    root_claims.forget_subnet(sub, netuid)
    _pay_out_and_destroy_alpha(sub, netuid)
    sub.runtime.swap.clear_protocol_liquidity(netuid)
    sub.runtime.commitments.purge(netuid)
    _remove_network(sub, netuid)
    sub.deposit(sub.Event.NetworkRemoved(netuid))


def shares_of_pot(pot: int, alphas: list[int]) -> dict[int, int]:
    """Split `pot` rao in proportion to `alphas`, to the last rao: shares by position.

    What division leaves over goes to the largest remainders; only then are they in that order,
    which is the order of payment.
    """
    total = sum(alphas)
    parts = {i: pot * alpha // total for i, alpha in enumerate(alphas)}
    left = pot - sum(parts.values())
    if not left:
        return parts
    by_remainder = sorted(parts, key=lambda i: -(pot * alphas[i] % total))
    return {i: parts[i] + (place < left) for place, i in enumerate(by_remainder)}


def _pay_out_and_destroy_alpha(sub: SubtensorBase, netuid: int) -> None:
    owner = sub.subnet_owner.get(netuid)
    refund = _owner_refund(sub, netuid)
    hotkeys = [hotkey for hotkey, on in sub.total_hotkey_alpha.keys() if on == netuid]
    holdings = _holdings(sub, netuid, hotkeys)
    protocol = sub.subnet_protocol_alpha.get(netuid)
    if sub.network_registered_at.get(netuid) > sub.tao_in_refund_deployment_block.get():
        protocol += sub.subnet_alpha_in.get(netuid)
    pot = sub.subnet_tao.get(netuid)
    if pot:
        sub.subnet_tao.remove(netuid)
        sub.total_stake.put(max(sub.total_stake.get() - pot, 0))
    paying = [holding for holding in holdings if holding.alpha > 0]
    alphas = [holding.alpha for holding in paying] + ([protocol] if protocol else [])
    protocol_share = 0
    if pot and sum(alphas):
        for position, part in shares_of_pot(pot, alphas).items():
            if position < len(paying):
                _try_pay(sub, netuid, paying[position].coldkey, part)
            else:
                protocol_share = part
    for holding in holdings:
        sub.alpha.remove((holding.hotkey, holding.coldkey, netuid))
        sub.alpha_v2.remove((holding.hotkey, holding.coldkey, netuid))
    for hotkey in hotkeys:
        sub.total_hotkey_alpha.remove((hotkey, netuid))
        sub.total_hotkey_shares.remove((hotkey, netuid))
        sub.total_hotkey_shares_v2.remove((hotkey, netuid))
    for item in (sub.subnet_alpha_in, sub.subnet_alpha_out, sub.subnet_protocol_alpha):
        item.remove(netuid)
    sub.subnet_locked.insert(netuid, 0)
    account = custody.account_of_netuid(netuid)
    if refund:
        available = max(custody.coldkey_balance(sub, account) - protocol_share, 0)
        _try_pay(sub, netuid, owner, min(refund, available))
    _recycle_rest(sub, netuid, account)
    _forget_locks(sub, netuid)


def _holdings(sub: SubtensorBase, netuid: int, hotkeys: list[bytes]) -> list[Holding]:
    """Everyone's alpha; a share that is worth nothing counts as its own number."""
    found = []
    for hotkey in hotkeys:
        for coldkey, on, share in shares.stakes_of_hotkey(sub, hotkey):
            if on == netuid:
                worth = shares.stake_of_pair(sub, hotkey, coldkey, netuid)
                found.append(Holding(hotkey, coldkey, worth or share.to_u64()))
    return found


def _owner_refund(sub: SubtensorBase, netuid: int) -> int:
    """What is left of the lock once the owner's cut of emission is counted; old subnets only."""
    registered = sub.network_registered_at.get(netuid)
    if registered >= sub.network_registration_start_block.get():
        return 0
    locked = sub.subnet_locked.get(netuid)
    cut = u16_fraction(sub.subnet_owner_cut.get())
    issued = U96F32.from_int(custody.alpha_issuance(sub, netuid))
    alpha = U96F32.to_u64(U96F32.saturating_mul(issued, cut))
    price = U96F32.convert(sub.runtime.swap.price(netuid), U64F64)
    earned = U96F32.to_u64(U96F32.saturating_mul(U96F32.from_int(alpha), price))
    return max(locked - earned, 0)


def _try_pay(sub: SubtensorBase, netuid: int, coldkey: bytes, amount: int) -> None:
    if amount > 0:
        try:
            custody.transfer_tao_from_subnet(sub, netuid, coldkey, amount)
        except DispatchError:
            # As in the runtime: one payment that cannot be made does not stop the others.
            return


def _recycle_rest(sub: SubtensorBase, netuid: int, account: bytes) -> None:
    rest = custody.keep_alive_balance(sub, account)
    try:
        custody.recycle_tao(sub, account, rest)
    except DispatchError:
        return
    sub.rao_recycled_for_registration.insert(netuid, rest)


def _forget_locks(sub: SubtensorBase, netuid: int) -> None:
    for _, hotkey, coldkey in sub.locking_coldkeys.keys((netuid,)):
        sub.lock.remove((coldkey, netuid, hotkey))
    sub.locking_coldkeys.clear((netuid,))
    sub.hotkey_lock.clear((netuid,))
    sub.decaying_hotkey_lock.clear((netuid,))
    sub.owner_lock.remove(netuid)
    sub.decaying_owner_lock.remove(netuid)
    _remove_where_second_is(sub.decaying_lock, netuid)


def _remove_where_second_is(item: Any, netuid: int) -> None:
    for key in item.keys():
        if key[1] == netuid:
            item.remove(key)


def _remove_network(sub: SubtensorBase, netuid: int) -> None:
    members = [hotkey for _, hotkey in sub.keys.items((netuid,))]
    indices = mechanisms.storage_indices(sub, netuid)
    sub.total_networks.update(lambda count: max(count - 1, 0))
    for key, row in sub.weights.items((ROOT,)):
        sub.weights.insert(key, [(to, 0 if to == netuid else value) for to, value in row])
    for hotkey in members:
        sub.is_network_member.remove((hotkey, netuid))
    for item in _by_netuid(sub):
        item.remove(netuid)
    for item in _by_netuid_and_more(sub):
        item.clear((netuid,))
    for index in indices:
        sub.last_update.remove(index)
        sub.incentive.remove(index)
        for item in _by_index_and_more(sub):
            item.clear((index,))
    if sub.subnet_identities_v3.contains(netuid):
        sub.subnet_identities_v3.remove(netuid)
        sub.deposit(sub.Event.SubnetIdentityRemoved(netuid))
    for item in (
        sub.childkey_take,
        sub.child_keys,
        sub.parent_keys,
        sub.last_hotkey_emission_on_netuid,
        sub.total_hotkey_alpha_last_epoch,
        sub.transaction_key_last_block,
    ):
        _remove_where_second_is(item, netuid)
    lease = sub.subnet_uid_to_lease_id.get(netuid)
    if lease is not None:
        sub.subnet_uid_to_lease_id.remove(netuid)
        sub.subnet_leases.remove(lease)
        sub.subnet_lease_shares.clear((lease,))
        sub.accumulated_lease_dividends.remove(lease)


def _by_netuid(sub: SubtensorBase) -> tuple[Any, ...]:
    """The items that hold one value for a subnet and lose it."""
    return (
        sub.subnet_owner,
        sub.subnetwork_n,
        sub.networks_added,
        sub.network_registered_at,
        sub.active,
        sub.emission,
        sub.consensus,
        sub.dividends,
        sub.validator_permit,
        sub.validator_trust,
        sub.tempo,
        sub.kappa,
        sub.difficulty,
        sub.max_allowed_uids,
        sub.immunity_period,
        sub.activity_cutoff,
        sub.activity_cutoff_factor_milli,
        sub.last_epoch_block,
        sub.pending_epoch_at,
        sub.subnet_epoch_index,
        sub.min_allowed_weights,
        sub.registrations_this_interval,
        sub.pow_registrations_this_interval,
        sub.burn_registrations_this_interval,
        sub.subnet_alpha_in_emission,
        sub.subnet_alpha_out_emission,
        sub.subnet_tao_in_emission,
        sub.subnet_volume,
        sub.subnet_moving_price,
        sub.subnet_tao_flow,
        sub.subnet_ema_tao_flow,
        sub.subnet_protocol_flow,
        sub.subnet_ema_protocol_flow,
        sub.subnet_excess_tao,
        sub.subnet_root_sell_tao,
        sub.token_symbol,
        sub.subnet_mechanism,
        sub.subnet_owner_hotkey,
        sub.network_registration_allowed,
        sub.network_pow_registration_allowed,
        sub.transfer_toggle,
        sub.subnet_locked,
        sub.largest_locked,
        sub.first_emission_block_number,
        sub.pending_validator_emission,
        sub.pending_server_emission,
        sub.pending_root_alpha_divs,
        sub.pending_owner_cut,
        sub.miner_burned,
        sub.blocks_since_last_step,
        sub.last_mechansim_step_block,
        sub.last_adjustment_block,
        sub.serving_rate_limit,
        sub.rho,
        sub.alpha_sigmoid_steepness,
        sub.max_allowed_validators,
        sub.bonds_moving_average,
        sub.bonds_penalty,
        sub.bonds_reset_on,
        sub.weights_set_rate_limit,
        sub.validator_prune_len,
        sub.scaling_law_power,
        sub.target_registrations_per_interval,
        sub.commit_reveal_weights_enabled,
        sub.burn_half_life,
        sub.burn_increase_mult,
        sub.burn,
        sub.min_burn,
        sub.max_burn,
        sub.min_difficulty,
        sub.max_difficulty,
        sub.registrations_this_block,
        sub.ema_price_halving_blocks,
        sub.rao_recycled_for_registration,
        sub.max_registrations_per_block,
        sub.weights_version_key,
        sub.liquid_alpha_on,
        sub.yuma3_on,
        sub.alpha_values,
        sub.subtoken_enabled,
        sub.owner_cut_auto_lock_enabled,
        sub.immune_owner_uids_limit,
        sub.stake_weight,
        sub.loaded_emission,
        sub.reveal_period_epochs,
        sub.mechanism_count_current,
        sub.mechanism_emission_split,
    )


def _by_netuid_and_more(sub: SubtensorBase) -> tuple[Any, ...]:
    """The items whose key begins with a netuid."""
    return (
        sub.uids,
        sub.keys,
        sub.block_at_registration,
        sub.axons,
        sub.neuron_certificates,
        sub.prometheus,
        sub.alpha_dividends_per_subnet,
        sub.pending_child_keys,
        sub.associated_evm_address,
        sub.last_hotkey_swap_on_netuid,
    )


def _by_index_and_more(sub: SubtensorBase) -> tuple[Any, ...]:
    """The items whose key begins with a mechanism's storage index."""
    return (
        sub.weight_commits,
        sub.timelocked_weight_commits,
        sub.crv3_weight_commits,
        sub.crv3_weight_commits_v2,
        sub.bonds,
        sub.weights,
    )
