"""The calls that claim root dividends and set how claims are paid."""

from __future__ import annotations

from taokit.chain_client.scale import BTreeSet, u64
from taokit.local_chain.arithmetic.fixed import I96F32
from taokit.local_chain.frame.call import PostDispatch, call
from taokit.local_chain.frame.origin import Origin, ensure_root, ensure_signed
from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.frame.weight import weight
from taokit.local_chain.pallets.subtensor import access, root_claims
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.types import NetUid, RootClaimTypeEnum

MAX_SUBNET_CLAIMS = 5
MAX_NUM_ROOT_CLAIMS = 50
MAX_ROOT_CLAIM_THRESHOLD = 10_000_000


class RootClaimCalls(SubtensorBase):
    """Claims of root stakers."""

    @call(121, weight=weight(138_999_000, 7_875, reads=16, writes=4))
    def claim_root(self, origin: Origin, subnets: BTreeSet[NetUid]) -> PostDispatch:
        """Claim what one's root stake has earned on one to five subnets."""
        coldkey = ensure_signed(origin)
        # What comes as a list is a set to the runtime: a subnet named twice is one.
        netuids = frozenset(subnets)
        ensure(0 < len(netuids) <= MAX_SUBNET_CLAIMS, self.Error.InvalidSubnetNumber)
        root_claims.add_coldkey_to_index(self, coldkey)
        return PostDispatch(root_claims.claim(self, coldkey, netuids))

    @call(122, weight=weight(18_283_000, 3_941, reads=2, writes=4))
    def set_root_claim_type(self, origin: Origin, new_root_claim_type: RootClaimTypeEnum) -> None:
        """Have claims paid as TAO on root, or as alpha where it was earned."""
        coldkey = ensure_signed(origin)
        if isinstance(new_root_claim_type, RootClaimTypeEnum.KeepSubnets):
            ensure(bool(new_root_claim_type.subnets), self.Error.InvalidSubnetNumber)
        root_claims.add_coldkey_to_index(self, coldkey)
        self.root_claim_type.insert(coldkey, new_root_claim_type)
        self.deposit(self.Event.RootClaimTypeSet(coldkey, new_root_claim_type))

    @call(123, weight=weight(2_735_000, writes=1))
    def sudo_set_num_root_claims(self, origin: Origin, new_value: u64) -> None:
        """Set how many coldkeys are claimed for in each block. Root only."""
        ensure_root(origin)
        ensure(new_value <= MAX_NUM_ROOT_CLAIMS, self.Error.InvalidNumRootClaim)
        self.num_root_claim.put(new_value)

    @call(124, weight=weight(5_681_000, writes=1))
    def sudo_set_root_claim_threshold(self, origin: Origin, netuid: NetUid, new_value: u64) -> None:
        """Set the least alpha (rao) that is paid on a subnet. The subnet's owner or root."""
        access.ensure_subnet_owner_or_root(self, origin, netuid)
        ensure(new_value <= MAX_ROOT_CLAIM_THRESHOLD, self.Error.InvalidRootClaimThreshold)
        self.root_claimable_threshold.insert(netuid, I96F32.from_int(new_value))
