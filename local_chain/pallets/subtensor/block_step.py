"""What SubtensorModule does by itself at the start of every block, before any extrinsic.

Owns the order of the steps, and the averages that close a block. Source: the runtime's
coinbase/block_step.rs and macros/hooks.rs.
"""

from __future__ import annotations

from collections.abc import Sequence

from taokit.chain_client import timelock
from taokit.local_chain import prices
from taokit.local_chain.pallets.subtensor import (
    block_emission,
    children,
    coinbase,
    registration,
    root_claims,
    stake_weight,
    timelocked_weights,
)
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.constants import ROOT


def on_initialize(sub: SubtensorBase, block: int) -> None:
    """Everything a block does before its extrinsics."""
    netuids = sub.networks_added.keys()
    _forget_hotkey_swaps(sub, netuids, block)
    registration.update_registration_prices(sub)
    credit = block_emission.mint_block_emission(sub)
    subnets = [netuid for netuid in netuids if netuid != ROOT]
    timelocked_weights.reveal_due(
        sub, subnets, sub.runtime.drand.signature_of, timelock.open_sealed
    )
    coinbase.run_coinbase(sub, credit, subnets)
    receivers = coinbase.subnets_to_emit_to(sub, netuids)
    _update_moving_prices(sub, receivers, block)
    _update_root_proportions(sub, receivers)
    for netuid in netuids:
        if sub.last_epoch_block.get(netuid) == block:
            children.apply_pending(sub, netuid)
    root_claims.claim_for_some(sub, sub.runtime.system.parent_hash.get())
    root_claims.index_next_batch(sub)


def _forget_hotkey_swaps(sub: SubtensorBase, netuids: Sequence[int], block: int) -> None:
    """Drop records of hotkey swaps that bind nobody any more, one slot of subnets a block."""
    interval = sub.hotkey_swap_on_subnet_interval
    records = sub.last_hotkey_swap_on_netuid
    slot = block % interval
    for netuid in netuids:
        if netuid % interval == slot:
            for key, swapped_at in records.items((netuid,)):
                if swapped_at + interval < block:
                    records.remove(key)


def _update_moving_prices(sub: SubtensorBase, receivers: Sequence[int], block: int) -> None:
    """Move every receiver's average price towards its price (`update_moving_price`)."""
    smoothing = sub.subnet_moving_alpha.get()
    for netuid in receivers:
        first = sub.first_emission_block_number.get(netuid) or 0
        sub.subnet_moving_price.insert(
            netuid,
            prices.moving_price_after_block(
                coinbase.moving_price(sub, netuid),
                sub.runtime.swap.price(netuid),
                smoothing,
                max(block - max(first - 1, 0), 0),
                sub.ema_price_halving_blocks.get(netuid),
            ),
        )


def _update_root_proportions(sub: SubtensorBase, receivers: Sequence[int]) -> None:
    weight = stake_weight.tao_weight(sub)
    for netuid in receivers:
        sub.root_prop.insert(netuid, coinbase.root_proportion(sub, netuid, weight))
