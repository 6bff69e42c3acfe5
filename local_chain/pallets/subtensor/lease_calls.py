"""The calls that begin and end the lease of a subnet."""

from __future__ import annotations

from taokit.chain_client.scale import AccountId, Option, u32
from taokit.local_chain.frame.call import PostDispatch, call
from taokit.local_chain.frame.origin import Origin, ensure_signed
from taokit.local_chain.frame.weight import weight
from taokit.local_chain.pallets.crowdloan import MAX_CONTRIBUTORS
from taokit.local_chain.pallets.subtensor import leases
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.types import Percent


class LeaseCalls(SubtensorBase):
    """Leases of subnets. Their weights allow for the most contributors."""

    @call(
        110,
        weight=weight(
            309_598_986 + 46_027_026 * MAX_CONTRIBUTORS,
            10_256 + 2_579 * MAX_CONTRIBUTORS,
            reads=49 + 2 * MAX_CONTRIBUTORS,
            writes=53 + 2 * MAX_CONTRIBUTORS,
        ),
    )
    def register_leased_network(
        self, origin: Origin, emissions_share: Percent, end_block: Option[u32]
    ) -> PostDispatch:
        """Lease a subnet, as the call of a crowdloan; contributors earn a share of the cut."""
        who = ensure_signed(origin)
        return PostDispatch(leases.register(self, who, emissions_share, end_block))

    @call(
        111,
        weight=weight(
            146_402_779 + 1_566_532 * MAX_CONTRIBUTORS,
            6_148 + 2_529 * MAX_CONTRIBUTORS,
            reads=4 + MAX_CONTRIBUTORS,
            writes=7 + MAX_CONTRIBUTORS,
        ),
    )
    def terminate_lease(self, origin: Origin, lease_id: u32, hotkey: AccountId) -> PostDispatch:
        """Take over the subnet of a lease that has ended, as its beneficiary."""
        return PostDispatch(leases.terminate(self, ensure_signed(origin), lease_id, hotkey))
