"""What the calls of AdminUtils share: errors, events, and who may change what when."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from taokit.chain_client.scale import Bool, UnitEnum, u16
from taokit.chain_client.storage_keys import Blake2_128Concat
from taokit.local_chain.frame.errors import Errors, error
from taokit.local_chain.frame.event import Events, event
from taokit.local_chain.frame.origin import Origin
from taokit.local_chain.frame.pallet import Pallet
from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.frame.storage import StorageMap
from taokit.local_chain.pallets.subtensor import access
from taokit.local_chain.pallets.subtensor.constants import ROOT
from taokit.local_chain.pallets.subtensor.rate_limits import Limited
from taokit.local_chain.pallets.subtensor.types import U64F64


class PrecompileEnum(UnitEnum, path="pallet_admin_utils::pallet::PrecompileEnum"):
    """The precompiles that root may switch off."""

    BalanceTransfer = 0
    Staking = 1
    Subnet = 2
    Metagraph = 3
    Neuron = 4
    UidLookup = 5
    Alpha = 6
    Crowdloan = 7
    Proxy = 8
    Leasing = 9
    AddressMapping = 10
    VotingPower = 11


class AdminEvent(Events):
    """What AdminUtils itself reports; most of its calls report as SubtensorModule."""

    PrecompileUpdated = event(0, precompile_id=PrecompileEnum, enabled=Bool)
    Yuma3EnableToggled = event(1, netuid=u16, enabled=Bool)
    BondsResetToggled = event(2, netuid=u16, enabled=Bool)
    BurnHalfLifeSet = event(3, netuid=u16, burn_half_life=u16)
    BurnIncreaseMultSet = event(4, netuid=u16, burn_increase_mult=U64F64)
    SubnetEmissionEnabledSet = event(5, netuid=u16, enabled=Bool)


class AdminError(Errors):
    """Why AdminUtils refuses."""

    SubnetDoesNotExist = error(0, "There is no subnet of that netuid.")
    MaxValidatorsLargerThanMaxUIds = error(1, "There cannot be more validators than uids.")
    MaxAllowedUIdsLessThanCurrentUIds = error(2, "The subnet has more neurons than that; trim it.")
    BondsMovingAverageMaxReached = error(3, "An owner may set at most 975000.")
    NegativeSigmoidSteepness = error(4, "Only root may set a negative steepness.")
    ValueNotInBounds = error(5, "The value is out of its bounds.")
    MinAllowedUidsGreaterThanCurrentUids = error(6, "The minimum must be under the uids in use.")
    MinAllowedUidsGreaterThanMaxAllowedUids = error(7, "The minimum must be under the maximum.")
    MaxAllowedUidsLessThanMinAllowedUids = error(8, "The maximum must not be under the minimum.")
    MaxAllowedUidsGreaterThanDefaultMaxAllowedUids = error(9, "A subnet has at most 256 uids.")
    InvalidValue = error(10, "The value is out of range.")
    NotPermittedOnRootSubnet = error(11, "The root network has no such setting.")
    POWRegistrationDisabled = error(12, "No registration needs work any more.")
    Deprecated = error(13, "This call is no longer served.")


class AdminBase(Pallet):
    """Storage, events and errors of AdminUtils, and its checks."""

    precompile_enable = StorageMap[PrecompileEnum, Bool](
        "PrecompileEnable", Blake2_128Concat, default=True
    )

    Event = AdminEvent
    Error = AdminError

    @contextmanager
    def owner_change(
        self, origin: Origin, netuid: int, limit: Limited, *, must_exist: bool = True
    ) -> Iterator[bytes | None]:
        """A change by the subnet's owner, or by root: yields the owner, or None for root.

        The owner's limit is checked before and started after; both wait while
        parameters are frozen.
        """
        sub = self.runtime.subtensor
        owner = access.ensure_owner_or_root_within_limits(sub, origin, netuid, [limit])
        access.ensure_admin_window_open(sub, netuid)
        if must_exist:
            self.ensure_subnet(netuid)
        yield owner
        access.record_owner_limits(sub, owner, netuid, [limit])

    def ensure_subnet(self, netuid: int) -> None:
        """SubnetDoesNotExist unless the network exists."""
        ensure(self.runtime.subtensor.networks_added.get(netuid), self.Error.SubnetDoesNotExist)

    def ensure_not_root(self, netuid: int) -> None:
        """NotPermittedOnRootSubnet for the root network."""
        ensure(netuid != ROOT, self.Error.NotPermittedOnRootSubnet)
