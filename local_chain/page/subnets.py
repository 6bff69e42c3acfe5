"""Subnets and their neurons as numbers for a page.

Owns the shapes of `taokit_subnets`, `taokit_subnet` and `taokit_matrix`. Amounts are rao, shares of
one floats.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from taokit.local_chain.arithmetic.fixed import I96F32
from taokit.local_chain.page.ahead import fetch_neurons, fetch_rows
from taokit.local_chain.page.past import Past, lowest_block, runtime_of
from taokit.local_chain.page.plain import plain
from taokit.local_chain.pallets.subtensor import epoch_schedule, mechanisms, symbols
from taokit.local_chain.pallets.subtensor.runtime_apis.metagraph import View
from taokit.wallet.ss58 import encode as address_of

if TYPE_CHECKING:
    from taokit.local_chain.node.chain import NodeChain
    from taokit.local_chain.pallets.subtensor.pallet import SubtensorModule

__all__ = ["MATRICES", "matrix_told", "subnet_told", "subnets_told"]

MATRICES = ("weights", "bonds")
U16_MAX = 65_535


def _text(raw: bytes) -> str:
    return bytes(raw).decode("utf-8", "replace")


def _row(chain: NodeChain, netuid: int) -> dict[str, Any]:
    sub = runtime_of(chain).subtensor
    return {
        "netuid": netuid,
        "name": _text(symbols.subnet_name(sub, netuid)),
        "symbol": _text(sub.token_symbol.get(netuid)),
        "price": Past(chain, chain.head.number).price(netuid),
        "moving_price": sub.subnet_moving_price.get(netuid) / I96F32.one,
        "tao_in": plain(sub.subnet_tao.get(netuid)),
        "alpha_in": plain(sub.subnet_alpha_in.get(netuid)),
        "alpha_out": plain(sub.subnet_alpha_out.get(netuid)),
        "tao_emission": plain(sub.subnet_tao_in_emission.get(netuid)),
        "alpha_emission": plain(sub.subnet_alpha_out_emission.get(netuid)),
        "neurons": sub.subnetwork_n.get(netuid),
        "mechanisms": sub.mechanism_count_current.get(netuid),
        "max_neurons": sub.max_allowed_uids.get(netuid),
        "tempo": sub.tempo.get(netuid),
        "started": sub.first_emission_block_number.get(netuid) is not None,
        "last_epoch": sub.last_mechansim_step_block.get(netuid),
        "next_epoch": epoch_schedule.next_epoch_start_block(sub, netuid) if netuid else None,
        "burn": plain(sub.burn.get(netuid)),
    }


def subnets_told(chain: NodeChain) -> list[dict[str, Any]]:
    """Every subnet at a glance, by netuid."""
    sub = runtime_of(chain).subtensor
    return [_row(chain, netuid) for netuid in sorted(sub.networks_added.keys())]


def subnet_told(chain: NodeChain, netuid: int, mechanism: int) -> dict[str, Any] | None:
    """A subnet and all its neurons; None if there is none of that netuid and mechanism."""
    sub = runtime_of(chain).subtensor
    if not mechanisms.exists(sub, netuid, mechanism):
        return None
    view = View(sub, netuid, mechanism)
    fetch_neurons(chain, netuid, view.hotkeys)
    updates = sub.last_update.get(view.index)
    return {
        **_row(chain, netuid),
        "mechanism": mechanism,
        "epoch_here": sub.last_mechansim_step_block.get(netuid) > lowest_block(chain),
        "owner": address_of(sub.subnet_owner.get(netuid)),
        "commit_reveal": sub.commit_reveal_weights_enabled.get(netuid),
        "yuma": 3 if sub.yuma3_on.get(netuid) else 2,
        "pending": plain(
            sub.pending_server_emission.get(netuid) + sub.pending_validator_emission.get(netuid)
        ),
        "stamp": f"{view.last_step}-{hash(tuple(updates)) & 0xFFFFFFFF:x}-{len(view.hotkeys)}",
        "neurons_table": _neurons(sub, view, updates),
    }


def _neurons(sub: SubtensorModule, view: View, updates: Sequence[int]) -> list[dict[str, Any]]:
    netuid = view.netuid
    columns = {
        "incentive": sub.incentive.get(view.index),
        "consensus": sub.consensus.get(netuid),
        "dividends": sub.dividends.get(netuid),
        "validator_trust": sub.validator_trust.get(netuid),
    }
    emission, active = sub.emission.get(netuid), sub.active.get(netuid)
    permits = sub.validator_permit.get(netuid)
    stakes = view.stakes[2]
    return [
        {
            "uid": uid,
            "hotkey": address_of(hotkey),
            "coldkey": address_of(coldkey),
            "stake": plain(stakes[uid]),
            "emission": plain(_at(emission, uid)),
            "active": bool(_at(active, uid)),
            "permit": bool(_at(permits, uid)),
            "last_update": _at(updates, uid),
            **{name: round(_at(values, uid) / U16_MAX, 5) for name, values in columns.items()},
        }
        for uid, (hotkey, coldkey) in enumerate(zip(view.hotkeys, view.coldkeys))
    ]


def _at(values: Sequence[Any], uid: int) -> Any:
    return values[uid] if uid < len(values) else 0


def matrix_told(chain: NodeChain, netuid: int, kind: str, mechanism: int) -> dict[str, Any]:
    """The weights or bonds that validators hold: rows of uid, columns and values of 0 to 65535."""
    sub = runtime_of(chain).subtensor
    item = sub.weights if kind == "weights" else sub.bonds
    index = mechanisms.storage_index(netuid, mechanism)
    fetch_rows(chain, item, index, sub.subnetwork_n.get(netuid))
    rows: Iterable[tuple[int, Any]] = (
        (uid, item.get((index, uid))) for uid in range(sub.subnetwork_n.get(netuid))
    )
    return {
        "netuid": netuid,
        "kind": kind,
        "size": sub.subnetwork_n.get(netuid),
        "rows": [
            [uid, [column for column, _ in row], [value for _, value in row]]
            for uid, row in rows
            if len(row)
        ],
    }
