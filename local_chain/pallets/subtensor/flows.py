"""TAO that users and the chain itself moved into and out of each subnet's pool.

Owns the two counters (i64 rao, since they were last folded into their averages). At this version
nothing is decided by them: emission follows prices. Source: coinbase/subnet_emissions.rs.
"""

from __future__ import annotations

from taokit.local_chain.frame.storage import StorageMap
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.custody import I64_MAX, I64_MIN
from taokit.local_chain.pallets.subtensor.shares import as_i64


def record_tao_inflow(sub: SubtensorBase, netuid: int, tao: int) -> None:
    """Count TAO that a user brought into the pool."""
    _add(sub.subnet_tao_flow, netuid, as_i64(tao))


def record_tao_outflow(sub: SubtensorBase, netuid: int, tao: int) -> None:
    """Count TAO that a user took out of the pool."""
    _add(sub.subnet_tao_flow, netuid, -as_i64(tao))


def record_protocol_inflow(sub: SubtensorBase, netuid: int, tao: int) -> None:
    """Count TAO that emission brought into the pool."""
    _add(sub.subnet_protocol_flow, netuid, as_i64(tao))


def record_protocol_outflow(sub: SubtensorBase, netuid: int, tao: int) -> None:
    """Count TAO that root claims took out of the pool."""
    _add(sub.subnet_protocol_flow, netuid, -as_i64(tao))


def _add(counter: StorageMap[int, int], netuid: int, amount: int) -> None:
    counter.insert(netuid, min(max(counter.get(netuid) + amount, I64_MIN), I64_MAX))
