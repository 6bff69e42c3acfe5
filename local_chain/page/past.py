"""Storage items of the runtime as they were after an earlier block.

Owns reading single values cheaply: a runtime over an earlier block takes longer to make than a page
of numbers takes to read. Does not own the state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from taokit.chain_client.scale import codec
from taokit.local_chain.amm import balancer
from taokit.local_chain.arithmetic.fixed import U64F64
from taokit.local_chain.pallets.swap.pallet import DYNAMIC

if TYPE_CHECKING:
    from taokit.local_chain.fork.remote_state import RemoteState
    from taokit.local_chain.frame.storage import StorageMap
    from taokit.local_chain.node.chain import NodeChain
    from taokit.local_chain.runtime import Runtime

__all__ = ["Past", "lowest_block", "remote_state", "runtime_of"]


def runtime_of(chain: NodeChain) -> Runtime:
    """The chain's own runtime, over its head."""
    return cast("Runtime", chain.runtime_at())


class Past:
    """The state after block `number`."""

    def __init__(self, chain: NodeChain, number: int) -> None:
        self._runtime = runtime_of(chain)
        self._history = chain.whole[0]
        self.number = number

    def get(self, item: StorageMap[Any, Any], key: Any = ()) -> Any:
        """The value of an item, its default where nothing is stored."""
        raw = self._history.get(item.raw_key(key), self.number)
        if raw is None:
            return item.default_value(self._runtime.preset)
        return codec(item.value_type).decode(raw)

    def price(self, netuid: int) -> float:
        """TAO per alpha, as the swap pallet has it."""
        sub = self._runtime.subtensor
        if self.get(sub.subnet_mechanism, netuid) != DYNAMIC:
            return 1.0
        alpha = self.get(sub.subnet_alpha_in, netuid)
        if not alpha:
            return 0.0
        weight = self.get(self._runtime.swap.swap_balancer, netuid)
        price = balancer.price(weight, alpha, self.get(sub.subnet_tao, netuid))
        return price / U64F64.one


def remote_state(chain: NodeChain) -> RemoteState | None:
    """The other chain's state that this one lies on, if it is a fork."""
    from taokit.local_chain.fork.remote_state import remote_of

    return remote_of(chain.whole[0])


def lowest_block(chain: NodeChain) -> int:
    """The earliest block whose state can be had without asking another node: 0, or a fork's."""
    remote = remote_state(chain)
    return 0 if remote is None else remote.height
