"""Who authors and finalizes blocks, and the EVM's chain id: calls of AdminUtils for root only."""

from __future__ import annotations

from taokit.chain_client.scale import BoundedVec, Option, Vec, u32, u64
from taokit.local_chain.frame.call import call
from taokit.local_chain.frame.origin import Origin, ensure_root
from taokit.local_chain.frame.weight import Weight, weight
from taokit.local_chain.pallets.admin_utils.base import AdminBase
from taokit.local_chain.pallets.aura import AuraId
from taokit.local_chain.pallets.grandpa_types import GrandpaId


def _swap_weight(authorities: list[bytes]) -> Weight:
    return weight(4_442_146 + 29_392 * len(authorities), writes=1)


def _change_weight(authorities: list[tuple[bytes, int]], *rest: int | None) -> Weight:
    return weight(7_972_506 + 15_444 * len(authorities), 2_779, reads=1, writes=1)


class AuthoritySettings(AdminBase):
    """Authorities, and the chain id that orders are signed for."""

    @call(0, weight=_swap_weight)
    def swap_authorities(self, origin: Origin, new_authorities: BoundedVec[AuraId]) -> None:
        """Let others author blocks; an empty list changes nothing."""
        ensure_root(origin)
        self.runtime.aura.change_authorities(new_authorities)

    @call(58, weight=weight(27_199_000, reads=1, writes=1))
    def sudo_set_evm_chain_id(self, origin: Origin, chain_id: u64) -> None:
        """Set the EVM's chain id. Only its storage is here, not the EVM."""
        ensure_root(origin)
        self.runtime.evm_chain_id.put(chain_id)

    @call(59, weight=_change_weight)
    def schedule_grandpa_change(
        self,
        origin: Origin,
        next_authorities: Vec[tuple[GrandpaId, u64]],
        in_blocks: u32,
        forced: Option[u32],
    ) -> None:
        """Let others finalize blocks after `in_blocks` blocks; one change at a time."""
        ensure_root(origin)
        self.runtime.grandpa.schedule_change(next_authorities, in_blocks, forced)
