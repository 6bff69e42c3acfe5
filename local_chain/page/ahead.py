"""Fetching at once what a view of a fork will ask for one by one.

Owns which keys those are. Where the chain is no fork nothing is done. Does not own the fetching
(`fork.remote_state`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from taokit.local_chain.page.past import remote_state, runtime_of
from taokit.local_chain.pallets.subtensor.constants import ROOT

if TYPE_CHECKING:
    from taokit.local_chain.node.chain import NodeChain

__all__ = ["fetch_neurons", "fetch_rows"]


def fetch_neurons(chain: NodeChain, netuid: int, hotkeys: Sequence[bytes]) -> None:
    """Owners, links and stakes of these hotkeys on a subnet."""
    remote, sub = remote_state(chain), runtime_of(chain).subtensor
    if remote is None:
        return

    def stakes(holders: Iterable[bytes]) -> list[bytes]:
        held = sub.total_hotkey_alpha.raw_key
        return [held((one, of)) for one in holders for of in (netuid, ROOT)]

    keys = [sub.owner.raw_key(one) for one in hotkeys]
    for linked in (sub.child_keys, sub.parent_keys):
        keys += [linked.raw_key((one, netuid)) for one in hotkeys]
    remote.fetch([*keys, *stakes(hotkeys)])
    parents = {who for one in hotkeys for _, who in sub.parent_keys.get((one, netuid))}
    remote.fetch(stakes(sorted(parents)))


def fetch_rows(chain: NodeChain, item: Any, index: int, count: int) -> None:
    """The rows of weights or bonds of that many neurons."""
    remote = remote_state(chain)
    if remote is not None:
        remote.fetch([item.raw_key((index, uid)) for uid in range(count)])
