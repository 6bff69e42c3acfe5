"""Crowdloan: TAO that many give towards a cap, for an address or a call to be made with it.

Owns campaigns and contributions. The money lies in an account of each campaign's own. The call is
kept by `Preimage`; while it runs `current_crowdloan_id` says for whom, which is how a subnet is
leased (`subtensor.leases`). Amounts are rao. Source: the runtime's pallets/crowdloan.
"""

from __future__ import annotations

from typing import Literal

from taokit.chain_client.scale import (
    AccountId,
    Bool,
    BoundedBytesVec,
    Compact,
    Option,
    Struct,
    u32,
    u64,
)
from taokit.chain_client.storage_keys import Identity, Twox64Concat
from taokit.local_chain.frame.call import Call, PostDispatch, RuntimeCall, call
from taokit.local_chain.frame.errors import DispatchError, Errors, error
from taokit.local_chain.frame.event import Events, event
from taokit.local_chain.frame.origin import Origin, ensure_signed
from taokit.local_chain.frame.pallet import Constant, Pallet
from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.frame.storage import StorageMap, StorageValue
from taokit.local_chain.frame.weight import Weight, weight
from taokit.local_chain.pallets.preimage import BoundedCall
from taokit.local_chain.pallets.swap.types import PalletId

MAX_CONTRIBUTORS = 500
REFUNDS_PER_CALL = 50
_PALLET_ID = b"bt/cloan"


class CrowdloanInfo(
    Struct,
    path="pallet_crowdloan::CrowdloanInfo",
    params={"AccountId": AccountId, "Balance": u64, "BlockNumber": u32, "Call": BoundedCall},
):
    """A campaign. `deposit` is the creator's own first contribution, part of what is `raised`."""

    creator: AccountId
    deposit: u64
    min_contribution: u64
    end: u32
    cap: u64
    funds_account: AccountId
    raised: u64
    target_address: Option[AccountId]
    call: Option[BoundedCall]
    finalized: Bool
    contributors_count: u32


def funds_account(crowdloan_id: int) -> bytes:
    """The account that holds a campaign's money."""
    return (b"modl" + _PALLET_ID + crowdloan_id.to_bytes(4, "little")).ljust(32, b"\0")


def _create_weight(
    deposit: int,
    min_contribution: int,
    cap: int,
    end: int,
    call: Call | None,
    target_address: bytes | None,
) -> Weight:
    base = weight(59_829_000, 6_148, reads=3, writes=5)
    return base if call is None else base.plus(call.weight)


def _refund_weight(count: int) -> Weight:
    return weight(
        110_703_000 + 39_503_253 * count,
        3_747 + 2_579 * count,
        reads=2 + 2 * count,
        writes=2 * count,
    )


class Crowdloan(Pallet, index=27):
    """Campaigns that collect TAO."""

    pallet_id = Constant[PalletId]("PalletId", _PALLET_ID)
    minimum_deposit = Constant[u64]("MinimumDeposit", 10_000_000_000)
    absolute_minimum_contribution = Constant[u64]("AbsoluteMinimumContribution", 100_000_000)
    minimum_block_duration = Constant[u32]("MinimumBlockDuration", 50_400, fast=50)
    maximum_block_duration = Constant[u32]("MaximumBlockDuration", 432_000, fast=20_000)
    refund_contributors_limit = Constant[u32]("RefundContributorsLimit", REFUNDS_PER_CALL)
    max_contributors = Constant[u32]("MaxContributors", MAX_CONTRIBUTORS)

    crowdloans = StorageMap[u32, CrowdloanInfo]("Crowdloans", Twox64Concat, optional=True)
    next_crowdloan_id = StorageValue[u32]("NextCrowdloanId")
    contributions = StorageMap[tuple[u32, AccountId], u64](
        "Contributions", Twox64Concat, Identity, optional=True
    )
    max_contributions = StorageMap[u32, u64]("MaxContributions", Twox64Concat, optional=True)
    current_crowdloan_id = StorageValue[u32]("CurrentCrowdloanId", optional=True)
    has_migration_run = StorageMap[BoundedBytesVec[Literal[128]], Bool]("HasMigrationRun", Identity)

    class Event(Events):
        """What Crowdloan reports."""

        Created = event(0, crowdloan_id=u32, creator=AccountId, end=u32, cap=u64)
        Contributed = event(1, crowdloan_id=u32, contributor=AccountId, amount=u64)
        Withdrew = event(2, crowdloan_id=u32, contributor=AccountId, amount=u64)
        PartiallyRefunded = event(3, crowdloan_id=u32)
        AllRefunded = event(4, crowdloan_id=u32)
        Finalized = event(5, crowdloan_id=u32)
        Dissolved = event(6, crowdloan_id=u32)
        MinContributionUpdated = event(7, crowdloan_id=u32, new_min_contribution=u64)
        EndUpdated = event(8, crowdloan_id=u32, new_end=u32)
        CapUpdated = event(9, crowdloan_id=u32, new_cap=u64)
        MaxContributionUpdated = event(
            10,
            crowdloan_id=u32,
            new_max_contribution=Option[u64],  # type: ignore[misc]
        )

    class Error(Errors):
        """Why Crowdloan refuses."""

        DepositTooLow = error(0, "The deposit must be at least 10 TAO.")
        CapTooLow = error(1, "The cap must be above the deposit and what is raised.")
        MinimumContributionTooLow = error(2, "The least contribution must be 0.1 TAO or more.")
        CannotEndInPast = error(3, "The end must be a block to come.")
        BlockDurationTooShort = error(4, "The crowdloan would end too soon.")
        BlockDurationTooLong = error(5, "The crowdloan would end too late.")
        InsufficientBalance = error(6, "The balance is too low.")
        Overflow = error(7, "A number became too large.")
        InvalidCrowdloanId = error(8, "There is no such crowdloan.")
        CapRaised = error(9, "The cap is raised; nothing more is taken.")
        ContributionPeriodEnded = error(10, "The crowdloan has ended.")
        ContributionTooLow = error(11, "The contribution is below the least one.")
        InvalidOrigin = error(12, "Only the crowdloan's creator may do this.")
        AlreadyFinalized = error(13, "The crowdloan is finalized.")
        ContributionPeriodNotEnded = error(14, "The crowdloan has not ended.")
        NoContribution = error(15, "The account has contributed nothing.")
        CapNotRaised = error(16, "The cap is not raised.")
        Underflow = error(17, "A number became negative.")
        CallUnavailable = error(18, "The chain does not have the crowdloan's call.")
        NotReadyToDissolve = error(19, "Others' contributions must be refunded first.")
        DepositCannotBeWithdrawn = error(20, "The creator's deposit stays until the end.")
        MaxContributorsReached = error(21, "The crowdloan has the most contributors it may.")
        InvalidFinalizationConfig = error(22, "Give either a call or a target address.")
        MaxContributionReached = error(23, "The account has contributed the most it may.")
        MaximumContributionTooLow = error(
            24, "The most must cover the least contribution and the creator's own."
        )
        MinimumContributionTooHigh = error(25, "The least contribution is above the most.")

    # -- contributing --------------------------------------------------------------------

    @call(0, weight=_create_weight)
    def create(
        self,
        origin: Origin,
        deposit: Compact[u64],
        min_contribution: Compact[u64],
        cap: Compact[u64],
        end: Compact[u32],
        call: Option[RuntimeCall],
        target_address: Option[AccountId],
    ) -> None:
        """Begin to collect up to `cap`, for an address or for a call that the creator makes."""
        creator = ensure_signed(origin)
        error = self.Error
        ensure(deposit >= self.minimum_deposit, error.DepositTooLow)
        ensure(cap > deposit, error.CapTooLow)
        least = self.absolute_minimum_contribution
        ensure(min_contribution >= least, error.MinimumContributionTooLow)
        ensure((call is None) != (target_address is None), error.InvalidFinalizationConfig)
        self._ensure_valid_end(end)
        ensure(self.runtime.balances.free(creator) >= deposit, error.InsufficientBalance)
        number = self.next_crowdloan_id.get()
        ensure(number < 2**32 - 1, error.Overflow)
        self.next_crowdloan_id.put(number + 1)
        account = AccountId(funds_account(number))
        self.runtime.system.inc_providers(account)
        info = CrowdloanInfo(
            creator=AccountId(creator),
            deposit=deposit,
            min_contribution=min_contribution,
            end=end,
            cap=cap,
            funds_account=account,
            raised=deposit,
            target_address=target_address,
            call=None if call is None else self.runtime.preimage.bound(call),
            finalized=False,
            contributors_count=1,
        )
        self.crowdloans.insert(number, info)
        self._pay(creator, account, deposit)
        self.contributions.insert((number, creator), deposit)
        self.deposit(self.Event.Created(number, creator, end, cap))

    @call(1, weight=weight(66_609_000, 6_148, reads=5, writes=4))
    def contribute(self, origin: Origin, crowdloan_id: Compact[u32], amount: Compact[u64]) -> None:
        """Give TAO; no more than the cap and the most of one contributor leave open."""
        who = ensure_signed(origin)
        error = self.Error
        info = self.info(crowdloan_id)
        now = self.runtime.system.block_number()
        ensure(now < info.end, error.ContributionPeriodEnded)
        ensure(info.raised < info.cap, error.CapRaised)
        ensure(amount >= info.min_contribution, error.ContributionTooLow)
        # Also for who has contributed before, as in the runtime.
        ensure(info.contributors_count < MAX_CONTRIBUTORS, error.MaxContributorsReached)
        before = self.contributions.get((crowdloan_id, who))
        given = min(amount, info.cap - info.raised)
        most = self.max_contributions.get(crowdloan_id)
        if most is not None:
            ensure((before or 0) < most, error.MaxContributionReached)
            given = min(given, most - (before or 0))
        ensure(self.runtime.balances.free(who) >= given, error.InsufficientBalance)
        self._pay(who, info.funds_account, given)
        self.contributions.insert((crowdloan_id, who), (before or 0) + given)
        count = info.contributors_count + (before is None)
        raised = info.raised + given
        self.crowdloans.insert(crowdloan_id, info.replace(raised=raised, contributors_count=count))
        self.deposit(self.Event.Contributed(crowdloan_id, who, given))

    @call(2, weight=weight(60_259_000, 6_148, reads=4, writes=4))
    def withdraw(self, origin: Origin, crowdloan_id: Compact[u32]) -> None:
        """Take one's contribution back; the creator's deposit stays."""
        who = ensure_signed(origin)
        info = self.info(crowdloan_id)
        ensure(not info.finalized, self.Error.AlreadyFinalized)
        amount = self.contributions.get((crowdloan_id, who)) or 0
        ensure(amount > 0, self.Error.NoContribution)
        if who == info.creator:
            amount = max(amount - info.deposit, 0)
            ensure(amount > 0, self.Error.DepositCannotBeWithdrawn)
            self.contributions.insert((crowdloan_id, who), info.deposit)
        else:
            self.contributions.remove((crowdloan_id, who))
            info = info.replace(contributors_count=info.contributors_count - 1)
        self._pay(info.funds_account, who, amount)
        self.crowdloans.insert(crowdloan_id, info.replace(raised=max(info.raised - amount, 0)))
        self.deposit(self.Event.Withdrew(crowdloan_id, who, amount))

    # -- ending --------------------------------------------------------------------------

    @call(3, weight=weight(31_507_000, 4_197_809, reads=4, writes=2))
    def finalize(self, origin: Origin, crowdloan_id: Compact[u32]) -> None:
        """Once the cap is raised: pay the target, or make the call as the creator."""
        who = ensure_signed(origin)
        info = self.info(crowdloan_id)
        ensure(who == info.creator, self.Error.InvalidOrigin)
        ensure(info.raised == info.cap, self.Error.CapNotRaised)
        ensure(not info.finalized, self.Error.AlreadyFinalized)
        if info.call is not None and info.target_address is None:
            self.current_crowdloan_id.put(crowdloan_id)
            self.runtime.dispatch(self._stored_call(info.call), Origin.signed(who))
            self.current_crowdloan_id.kill()
        elif info.call is None and info.target_address is not None:
            self._pay(info.funds_account, info.target_address, info.raised)
        else:
            raise self.Error.InvalidFinalizationConfig
        self.crowdloans.insert(crowdloan_id, info.replace(finalized=True))
        self.deposit(self.Event.Finalized(crowdloan_id))

    @call(4, weight=lambda crowdloan_id: _refund_weight(REFUNDS_PER_CALL))
    def refund(self, origin: Origin, crowdloan_id: Compact[u32]) -> PostDispatch:
        """Give up to 50 contributors but the creator their TAO back. Only the creator may."""
        info = self._own(origin, crowdloan_id)
        others = [
            (contributor, amount)
            for (_, contributor), amount in self.contributions.items((crowdloan_id,))
            if contributor != info.creator
        ]
        refunded = others[:REFUNDS_PER_CALL]
        for contributor, amount in refunded:
            self._pay(info.funds_account, contributor, amount)
            info = info.replace(raised=max(info.raised - amount, 0))
        ensure(info.contributors_count >= len(refunded), self.Error.Underflow)
        count = info.contributors_count - len(refunded)
        self.crowdloans.insert(crowdloan_id, info.replace(contributors_count=count))
        for contributor, _ in refunded:
            self.contributions.remove((crowdloan_id, contributor))
        if len(others) > len(refunded):
            self.deposit(self.Event.PartiallyRefunded(crowdloan_id))
            return PostDispatch()
        self.deposit(self.Event.AllRefunded(crowdloan_id))
        return PostDispatch(_refund_weight(len(refunded)))

    @call(5, weight=weight(66_939_000, 6_148, reads=4, writes=5))
    def dissolve(self, origin: Origin, crowdloan_id: Compact[u32]) -> None:
        """Give the creator the deposit back and forget the crowdloan; nobody else may be in it."""
        info = self._own(origin, crowdloan_id)
        contribution = self.contributions.get((crowdloan_id, info.creator))
        if contribution is None:
            raise self.Error.NoContribution
        ensure(contribution == info.raised, self.Error.NotReadyToDissolve)
        self._pay(info.funds_account, info.creator, contribution)
        self.contributions.remove((crowdloan_id, info.creator))
        if info.call is not None:
            self.runtime.preimage.drop(info.call)
        self.runtime.system.dec_providers(info.funds_account)
        self.crowdloans.remove(crowdloan_id)
        self.max_contributions.remove(crowdloan_id)
        self.deposit(self.Event.Dissolved(crowdloan_id))

    # -- changing ------------------------------------------------------------------------

    @call(6, weight=weight(13_259_000, 3_747, reads=2, writes=1))
    def update_min_contribution(
        self, origin: Origin, crowdloan_id: Compact[u32], new_min_contribution: Compact[u64]
    ) -> None:
        """Set the least contribution. Only the creator may."""
        info = self._own(origin, crowdloan_id)
        least = self.absolute_minimum_contribution
        ensure(new_min_contribution >= least, self.Error.MinimumContributionTooLow)
        most = self.max_contributions.get(crowdloan_id)
        fits = most is None or new_min_contribution <= most
        ensure(fits, self.Error.MinimumContributionTooHigh)
        self.crowdloans.insert(crowdloan_id, info.replace(min_contribution=new_min_contribution))
        self.deposit(self.Event.MinContributionUpdated(crowdloan_id, new_min_contribution))

    @call(7, weight=weight(12_048_000, 3_747, reads=1, writes=1))
    def update_end(self, origin: Origin, crowdloan_id: Compact[u32], new_end: Compact[u32]) -> None:
        """Set the block of the end. Only the creator may."""
        info = self._own(origin, crowdloan_id)
        self._ensure_valid_end(new_end)
        self.crowdloans.insert(crowdloan_id, info.replace(end=new_end))
        self.deposit(self.Event.EndUpdated(crowdloan_id, new_end))

    @call(8, weight=weight(11_357_000, 3_747, reads=1, writes=1))
    def update_cap(self, origin: Origin, crowdloan_id: Compact[u32], new_cap: Compact[u64]) -> None:
        """Set the cap, to what is raised or above. Only the creator may."""
        info = self._own(origin, crowdloan_id)
        ensure(new_cap >= info.raised, self.Error.CapTooLow)
        self.crowdloans.insert(crowdloan_id, info.replace(cap=new_cap))
        self.deposit(self.Event.CapUpdated(crowdloan_id, new_cap))

    @call(9, weight=weight(16_024_000, 3_747, reads=2, writes=1))
    def set_max_contribution(
        self, origin: Origin, crowdloan_id: Compact[u32], new_max_contribution: Option[u64]
    ) -> None:
        """Set the most of one contributor, or none. Only the creator may."""
        info = self._own(origin, crowdloan_id)
        if new_max_contribution is None:
            self.max_contributions.remove(crowdloan_id)
        else:
            own = self.contributions.get((crowdloan_id, info.creator)) or 0
            enough = new_max_contribution >= max(info.min_contribution, own)
            ensure(enough, self.Error.MaximumContributionTooLow)
            self.max_contributions.insert(crowdloan_id, new_max_contribution)
        self.deposit(self.Event.MaxContributionUpdated(crowdloan_id, new_max_contribution))

    # -- inside --------------------------------------------------------------------------

    def info(self, crowdloan_id: int) -> CrowdloanInfo:
        """A campaign. Raises InvalidCrowdloanId."""
        info = self.crowdloans.get(crowdloan_id)
        if info is None:
            raise self.Error.InvalidCrowdloanId
        return info

    def _own(self, origin: Origin, crowdloan_id: int) -> CrowdloanInfo:
        """The campaign, if it is the signer's and still open."""
        who = ensure_signed(origin)
        info = self.info(crowdloan_id)
        ensure(not info.finalized, self.Error.AlreadyFinalized)
        ensure(who == info.creator, self.Error.InvalidOrigin)
        return info

    def _ensure_valid_end(self, end: int) -> None:
        now = self.runtime.system.block_number()
        ensure(now < end, self.Error.CannotEndInPast)
        ensure(end - now >= self.minimum_block_duration, self.Error.BlockDurationTooShort)
        ensure(end - now <= self.maximum_block_duration, self.Error.BlockDurationTooLong)

    def _stored_call(self, bounded: BoundedCall) -> Call:
        try:
            return self.runtime.preimage.peek(bounded)[0]
        except DispatchError:
            raise self.Error.CallUnavailable from None

    def _pay(self, source: bytes, dest: bytes, amount: int) -> None:
        self.runtime.balances.transfer(source, dest, amount, keep_alive=False)
