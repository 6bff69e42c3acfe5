"""The chain at a glance, and the accounts that everybody knows.

Owns the shapes of `taokit_overview` and `taokit_accounts`. Amounts are rao.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from taokit.local_chain.chain_spec import ENDOWED, RICH, account
from taokit.local_chain.page.past import lowest_block, runtime_of
from taokit.local_chain.page.plain import plain
from taokit.local_chain.pallets.subtensor import networks
from taokit.local_chain.pallets.subtensor.runtime_apis.stake_info import StakeInfoApi
from taokit.wallet.ss58 import encode as address_of

if TYPE_CHECKING:
    from taokit.local_chain.node.chain import NodeChain

__all__ = ["accounts_told", "overview_told"]


@cache
def _named() -> dict[str, bytes]:
    return {name: account(f"//{name}") for name in (*RICH, *ENDOWED)}


def overview_told(chain: NodeChain) -> dict[str, Any]:
    """What the top of the page shows."""
    runtime = runtime_of(chain)
    version = chain.runtime_version()
    sub = runtime.subtensor
    return {
        "number": chain.head.number,
        "hash": "0x" + chain.head.hash.hex(),
        "finalized": chain.finalized.number,
        "genesis": "0x" + chain.genesis_hash.hex(),
        "timestamp": runtime.timestamp.now.get(),
        "slot_ms": chain.slot_duration_ms,
        "spec": f"{version['specName']} {version['specVersion']}",
        "preset": runtime.preset,
        "fork": lowest_block(chain) or None,
        "pool": {"ready": chain.pool.ready_count, "future": chain.pool.future_count},
        "issuance": plain(runtime.balances.total_issuance.get()),
        "staked": plain(sub.total_stake.get()),
        "subnets": sub.total_networks.get(),
        "subnet_cost": plain(networks.lock_cost(sub)),
        "snapshots": [taken.name for taken in chain.snapshots],
        "names": {address_of(key): name for name, key in _named().items()},
    }


def accounts_told(chain: NodeChain, further: list[bytes]) -> list[dict[str, Any]]:
    """The development accounts, and `further` ones: balance, nonce, and stake by subnet."""
    runtime = runtime_of(chain)
    named = {key: name for name, key in _named().items()}
    told = []
    for key in dict.fromkeys((*named, *further)):
        held = runtime.system.account.get(key)
        told.append(
            {
                "address": address_of(key),
                "name": named.get(key),
                "free": plain(held.data.free),
                "reserved": plain(held.data.reserved),
                "nonce": held.nonce,
                "stake": _stake(runtime.subtensor, key),
            }
        )
    return told


def _stake(sub: StakeInfoApi, coldkey: bytes) -> list[dict[str, Any]]:
    return [
        {
            "hotkey": address_of(info.hotkey),
            "netuid": info.netuid,
            "stake": plain(info.stake),
        }
        for info in sub.get_stake_info_for_coldkey(coldkey)
    ]
