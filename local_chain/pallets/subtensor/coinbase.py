"""The coinbase: what each block mints goes to subnets, and what waited for an epoch is paid out.

Owns `run_coinbase` with the injection of TAO and alpha into pools and the pending emissions. The
division of a subnet's epoch among its keys is `distribution`; the numbers are
`taokit.local_chain.emission`. Source: the runtime's coinbase/run_coinbase.rs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from taokit.local_chain import emission
from taokit.local_chain.amm.swap import MAX_PRICE
from taokit.local_chain.arithmetic.fixed import I96F32, U64F64, U96F32
from taokit.local_chain.emission import SubnetTerms
from taokit.local_chain.frame.errors import DispatchError
from taokit.local_chain.frame.storage import StorageMap
from taokit.local_chain.pallets.subtensor import (
    block_emission,
    conviction_owner,
    custody,
    distribution,
    epoch_schedule,
    flows,
    stake_weight,
    staking,
)
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.constants import ROOT
from taokit.local_chain.pallets.subtensor.custody import U64_MAX, Credit
from taokit.local_chain.pallets.swap.pallet import DYNAMIC


class Pending(NamedTuple):
    """Alpha (rao) that waited for a subnet's epoch."""

    server: int
    validator: int
    root: int
    owner_cut: int


def run_coinbase(sub: SubtensorBase, credit: Credit, subnets: Sequence[int]) -> None:
    """Emit this block's TAO (`credit`) and run the epochs that are due.

    `subnets` are all netuids but root, in storage order.
    """
    block = sub.runtime.system.block_number()
    if not sub.subnet_root_sell_tao.is_empty:
        sub.subnet_root_sell_tao.clear()
    receivers = subnets_to_emit_to(sub, subnets)
    prices = [moving_price(sub, netuid) for netuid in receivers]
    emissions = block_shares(sub, receivers, prices, credit.amount)
    emit_to_subnets(sub, receivers, emissions, credit, emission.root_sells(prices))
    drained = drain_pending(sub, subnets, block)
    for netuid in sorted(drained):
        distribution.distribute_emission(sub, netuid, *drained[netuid])
        sub.last_mechansim_step_block.insert(netuid, block)


def subnets_to_emit_to(sub: SubtensorBase, subnets: Sequence[int]) -> list[int]:
    """Those that have started, trade their alpha, and take registrations."""
    started = sub.first_emission_block_number.contains
    trades, registers = sub.subtoken_enabled.get, sub.network_registration_allowed.get
    return [
        netuid
        for netuid in subnets
        if netuid != ROOT and started(netuid) and trades(netuid) and registers(netuid)
    ]


def moving_price(sub: SubtensorBase, netuid: int) -> int:
    """Raw U64F64 moving price of alpha; 1 on root and without a market.

    Source: `get_moving_alpha_price`.
    """
    if netuid == ROOT or sub.subnet_mechanism.get(netuid) != DYNAMIC:
        return U64F64.one
    return U64F64.convert(sub.subnet_moving_price.get(netuid), I96F32)


def block_shares(
    sub: SubtensorBase, receivers: Sequence[int], prices: Sequence[int], amount: int
) -> list[int]:
    """Raw U96F32 rao of `amount` for each receiver (`get_subnet_block_emissions`)."""
    burned = [sub.miner_burned.get(netuid) for netuid in receivers]
    enabled = [sub.subnet_emission_enabled.get(netuid) for netuid in receivers]
    return emission.subnet_emissions(amount, emission.emission_shares(prices, burned), enabled)


def root_proportion(sub: SubtensorBase, netuid: int, weight: int) -> int:
    """Raw U96F32 part of a subnet that root stands for; `weight` is the raw TAO weight."""
    issuance = custody.alpha_issuance(sub, netuid)
    return emission.root_proportion(sub.subnet_tao.get(ROOT), issuance, weight)


# -- emission of one block -----------------------------------------------------------------------


def emit_to_subnets(
    sub: SubtensorBase,
    receivers: Sequence[int],
    emissions: Sequence[int],
    credit: Credit,
    root_sells: bool,
) -> None:
    """Put TAO and alpha into the pools, and the rest of the alpha aside for the epochs."""
    weight = stake_weight.tao_weight(sub)
    # By netuid, not in storage order: the last of them is what `BlockEmission` keeps.
    shares = sorted(zip(receivers, emissions))
    terms = {netuid: _terms(sub, netuid, share, weight) for netuid, share in shares}
    for netuid in receivers:
        _inject(sub, netuid, terms[netuid], credit)
    custody.recycle_credit(sub, credit)
    cut = emission.u16_fraction(sub.subnet_owner_cut.get())
    for netuid in receivers:
        _set_aside(sub, netuid, terms[netuid].alpha_out, cut, weight, root_sells)


def _terms(sub: SubtensorBase, netuid: int, tao_emission: int, weight: int) -> SubnetTerms:
    issuance = custody.alpha_issuance(sub, netuid)
    return emission.subnet_terms(
        tao_emission,
        block_emission.block_emission_for_issuance(sub, issuance),
        sub.runtime.swap.price(netuid),
        emission.root_proportion(sub.subnet_tao.get(ROOT), issuance, weight),
    )


def _inject(sub: SubtensorBase, netuid: int, term: SubnetTerms, credit: Credit) -> None:
    """Reweight the pool, buy alpha with what may not be injected, then inject.

    The pool's weights change before the purchase, its reserves after it: the runtime's order.
    """
    account = custody.account_of_netuid(netuid)
    tao, alpha = sub.runtime.swap.adjust_protocol_liquidity(
        netuid, U96F32.to_u64(term.tao_in), U96F32.to_u64(term.alpha_in)
    )
    excess = U96F32.to_u64(term.excess_tao)
    buys = excess and custody.spend_tao(sub, account, credit, excess)
    _note(sub.subnet_excess_tao, netuid, _buy_for_protocol(sub, netuid, excess) if buys else 0)
    _note(sub.subnet_alpha_in_emission, netuid, alpha)
    custody.mint_alpha_in(sub, netuid, alpha)
    if tao and not custody.spend_tao(sub, account, credit, tao):
        tao = 0
    _note(sub.subnet_tao_in_emission, netuid, tao)
    if tao:
        _add(sub.subnet_tao, netuid, tao)
        sub.total_stake.put(min(sub.total_stake.get() + tao, U64_MAX))
        flows.record_protocol_inflow(sub, netuid, tao)


def _buy_for_protocol(sub: SubtensorBase, netuid: int, tao: int) -> int:
    """Buy alpha that belongs to nobody; returns the TAO that went into the pool for it."""
    try:
        bought = staking.swap_tao_for_alpha(sub, netuid, tao, MAX_PRICE, drop_fees=True)
    except DispatchError:
        # As in the runtime: the TAO stays in the subnet's account, outside its reserve.
        return 0
    _add(sub.subnet_protocol_alpha, netuid, bought.paid_out)
    flows.record_protocol_inflow(sub, netuid, bought.paid_in)
    return bought.paid_in


def _set_aside(
    sub: SubtensorBase, netuid: int, alpha_out: int, cut: int, weight: int, root_sells: bool
) -> None:
    """Mint the block's alpha for participants and add it to what waits for the epoch."""
    created = U96F32.to_u64(alpha_out)
    _note(sub.subnet_alpha_out_emission, netuid, created)
    custody.mint_alpha_out(sub, netuid, created)
    cut_enabled = sub.owner_cut_enabled.get(netuid)
    proportion = root_proportion(sub, netuid, weight)
    split = emission.split_alpha_out(alpha_out, cut, cut_enabled, proportion)
    if cut_enabled:
        _add(sub.pending_owner_cut, netuid, split.owner_cut)
    _add(sub.pending_server_emission, netuid, split.server)
    _add(sub.pending_validator_emission, netuid, split.validator)
    if root_sells:
        _add(sub.pending_root_alpha_divs, netuid, split.root)
    else:
        custody.recycle_alpha(sub, netuid, split.root)


def _add(counter: StorageMap[int, int], netuid: int, amount: int) -> None:
    if amount or not counter.contains(netuid):
        counter.insert(netuid, min(counter.get(netuid) + amount, U64_MAX))


def _note(record: StorageMap[int, int], netuid: int, amount: int) -> None:
    if record.get(netuid) != amount or not record.contains(netuid):
        record.insert(netuid, amount)


# -- epochs --------------------------------------------------------------------------------------


def drain_pending(sub: SubtensorBase, subnets: Sequence[int], block: int) -> dict[int, Pending]:
    """Advance every subnet's schedule; take what waited on those whose epoch runs now."""
    allowed = sub.max_epochs_per_block.get()
    drained: dict[int, Pending] = {}
    for netuid in subnets:
        since = sub.blocks_since_last_step
        since.insert(netuid, min(since.get(netuid) + 1, U64_MAX))
        if not epoch_schedule.should_run_epoch(sub, netuid, block):
            continue
        if len(drained) >= allowed:
            sub.pending_epoch_at.insert(netuid, block + 1)
            sub.deposit(sub.Event.EpochDeferred(netuid, block, block + 1))
            continue
        if epoch_schedule.has_distinct_hotkeys(sub, netuid):
            since.insert(netuid, 0)
            drained[netuid] = Pending(
                _take(sub.pending_server_emission, netuid),
                _take(sub.pending_validator_emission, netuid),
                _take(sub.pending_root_alpha_divs, netuid),
                _take(sub.pending_owner_cut, netuid),
            )
            conviction_owner.change_owner_if_due(sub, netuid)
        else:
            sub.deposit(sub.Event.EpochSkipped(netuid, block))
        sub.last_epoch_block.insert(netuid, block)
        sub.pending_epoch_at.insert(netuid, 0)
        index = sub.subnet_epoch_index
        index.insert(netuid, min(index.get(netuid) + 1, U64_MAX))
    return drained


def _take(counter: StorageMap[int, int], netuid: int) -> int:
    amount = counter.get(netuid)
    counter.insert(netuid, 0)
    return amount
