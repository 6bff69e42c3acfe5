"""SubtensorModule: the areas' calls and hooks joined into the one pallet that is dispatched to."""

from __future__ import annotations

from taokit.local_chain.frame.weight import Weight, weight
from taokit.local_chain.pallets.subtensor import block_step, passing
from taokit.local_chain.pallets.subtensor.delegation_calls import DelegationCalls
from taokit.local_chain.pallets.subtensor.genesis import SubtensorGenesis
from taokit.local_chain.pallets.subtensor.lock_calls import LockCalls
from taokit.local_chain.pallets.subtensor.root_claim_calls import RootClaimCalls
from taokit.local_chain.pallets.subtensor.runtime_apis.joined import SubtensorApis
from taokit.local_chain.pallets.subtensor.schedule_calls import ScheduleCalls
from taokit.local_chain.pallets.subtensor.staking_calls import StakingCalls
from taokit.local_chain.pallets.subtensor.subnet_calls import SubnetCalls

BLOCK_STEP = weight(110_634_229_000, reads=8_304, writes=110)
"""What every block is charged for its step, whatever there is to do."""


class SubtensorModule(
    StakingCalls,
    LockCalls,
    DelegationCalls,
    RootClaimCalls,
    ScheduleCalls,
    SubnetCalls,
    SubtensorApis,
    SubtensorGenesis,
    index=7,
    crate="pallet_subtensor",
):
    """Subnets, neurons, weights, stake and emission."""

    def on_initialize(self, block: int) -> Weight:
        """Emit, run the epochs that are due, and move averages on."""
        block_step.on_initialize(self, block)
        return BLOCK_STEP

    def next_due(self, block: int) -> int | None:
        """See `passing`."""
        return passing.next_due(self, block)

    def pass_over(self, block: int) -> None:
        """All that a block does."""
        block_step.on_initialize(self, block)
