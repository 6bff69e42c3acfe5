"""Operations of crowdloans: beginning one, giving to it, ending it.

Owns what starts and finishes a campaign and what contributors do. Does not own its later changes
(``crowdloan_changes``) nor leases (``leases``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import InvalidArgument, MissingArgument, WouldFail
from taokit.chain_client.money import Tao
from taokit.chain_client.operations.base import Effect, Operation, require_positive
from taokit.chain_client.operations.composed import Composed, call_of, described
from taokit.chain_client.operations.refusals import refusal
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.parameters import Account, AnyCall, Arg

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.reads.crowdloans import Crowdloan
    from taokit.wallet.errors import TaokitError

__all__ = [
    "ContributeToCrowdloan",
    "CreateCrowdloan",
    "DissolveCrowdloan",
    "FinalizeCrowdloan",
    "RefundCrowdloan",
    "WithdrawContribution",
]


def refused(name: str, reason: str, **more: object) -> WouldFail:
    """A refusal of the crowdloan pallet."""
    return refusal(name, reason, pallet="Crowdloan", **more)  # type: ignore[arg-type]


async def found_crowdloan(chain: ChainClient, crowdloan_id: int) -> Crowdloan | WouldFail:
    """The crowdloan, or the refusal that there is none."""
    from taokit.chain_client.reads.crowdloans import read_crowdloan

    found = await read_crowdloan(chain, crowdloan_id)
    if found is None:
        hint = "`taokit crowd list` shows which there are"
        return refused("InvalidCrowdloanId", f"there is no crowdloan {crowdloan_id}", hint=hint)
    return found


async def end_problem(chain: ChainClient, end: int) -> WouldFail | None:
    """Why the chain would not take ``end`` as the last block."""
    now = await chain.query("System", "Number") + 1
    least = chain.constant("Crowdloan", "MinimumBlockDuration")
    most = chain.constant("Crowdloan", "MaximumBlockDuration")
    if end <= now:
        return refused("CannotEndInPast", f"the next block is {now}, and the end would be {end}")
    if end - now < least:
        reason = f"it would end in {end - now} blocks, and has to last {least}"
        return refused("BlockDurationTooShort", reason, hint=f"give --end {now + least} or later")
    if end - now > most:
        reason = f"it would end in {end - now} blocks, and may last {most}"
        return refused("BlockDurationTooLong", reason, hint=f"give --end {now + most} or sooner")
    return None


@operation("crowd.create", signer="coldkey", danger="severe")
@dataclass(frozen=True)
class CreateCrowdloan(Operation):
    """Begin a crowdloan: for an address, for any call, or to lease a subnet.

    The deposit is the creator's own first contribution. When the cap is raised, `crowd finalize`
    pays the address or makes the call.
    """

    deposit: Annotated[Tao, Arg("The creator's first contribution, 10 TAO or more.")]
    min_contribution: Annotated[Tao, Arg("The least that others may give, 0.1 TAO or more.")]
    cap: Annotated[Tao, Arg("How much is to be raised, with the deposit.")]
    duration: Annotated[int | None, Arg("In how many blocks it ends.")] = None
    end: Annotated[int | None, Arg("The block at which it ends, in place of a duration.")] = None
    target_address: Annotated[Account | None, Arg("Who gets what is raised.")] = None
    inner: Annotated[AnyCall | None, Arg("What is done with what is raised.")] = None
    subnet_lease: Annotated[bool, Arg("Lease a subnet with what is raised.")] = False
    emissions_share: Annotated[
        int, Arg("Of the owner's cut of a leased subnet, the contributors' part in percent.")
    ] = 0
    lease_end_block: Annotated[
        int | None, Arg("The block at which a lease ends; none for never.")
    ] = None

    def __post_init__(self) -> None:
        for name in ("deposit", "min_contribution", "cap"):
            require_positive(name, getattr(self, name))
        chosen = sum(map(bool, (self.target_address, self.inner is not None, self.subnet_lease)))
        if chosen != 1:
            why = "give one of a target address, a call, or a subnet lease"
            raise InvalidArgument("target_address", self.target_address, why)
        if (self.duration is None) == (self.end is None):
            if self.end is None:
                raise MissingArgument("duration")
            raise InvalidArgument("end", self.end, "give a duration or an end, not both")
        if not 0 <= self.emissions_share <= 100:
            raise InvalidArgument("emissions_share", self.emissions_share, "0 to 100 percent")

    async def _end(self, chain: ChainClient) -> int:
        if self.end is not None:
            return self.end
        # counted from the next block but one, so that waiting a little does not make it too short
        return int(await chain.query("System", "Number")) + 2 + (self.duration or 0)

    async def prepared_for(self, chain: ChainClient, signer: str) -> Operation:
        call: Call | None = None
        if self.subnet_lease:
            lease = {"emissions_share": self.emissions_share, "end_block": self.lease_end_block}
            call = Call("SubtensorModule", "register_leased_network", lease)
        elif self.inner is not None:
            call = await call_of(chain, self.inner, signer)
        args = {
            "deposit": self.deposit,
            "min_contribution": self.min_contribution,
            "cap": self.cap,
            "end": await self._end(chain),
            "call": call,
            "target_address": self.target_address,
        }
        return Composed(self, Call("Crowdloan", "create", args))

    def summary(self) -> str:
        if self.subnet_lease:
            what = f"to lease a subnet, with {self.emissions_share} % for contributors"
        else:
            what = f"for {self.target_address or described(self.inner)}"
        return f"begin a crowdloan of {self.cap} {what}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.reads.balances import balance

        held = await balance(chain, signer)
        return (
            Effect(f"balance of {signer}", held.free, held.free - self.deposit),
            Effect("end of the crowdloan", None, await self._end(chain)),
        )

    async def problem(self, chain: ChainClient, signer: str) -> WouldFail | None:
        least = Tao(chain.constant("Crowdloan", "MinimumDeposit"))
        if self.deposit < least:
            return refused("DepositTooLow", f"the deposit is {least} at least")
        if self.cap <= self.deposit:
            return refused("CapTooLow", "the cap has to be above the deposit")
        least = Tao(chain.constant("Crowdloan", "AbsoluteMinimumContribution"))
        if self.min_contribution < least:
            reason = f"the least contribution is {least} or more"
            return refused("MinimumContributionTooLow", reason)
        return await end_problem(chain, await self._end(chain))


@dataclass(frozen=True)
class _OfCrowdloan(Operation):
    """What all others share: which crowdloan."""

    crowdloan_id: Annotated[int, Arg("The number of the crowdloan.")]


@operation("crowd.contribute", signer="coldkey")
@dataclass(frozen=True)
class ContributeToCrowdloan(_OfCrowdloan):
    """Give TAO to a crowdloan; no more than its cap and its rules leave open is taken."""

    amount: Annotated[Tao, Arg("How much TAO.")]

    def __post_init__(self) -> None:
        require_positive("amount", self.amount)

    def call(self) -> Call:
        args = {"crowdloan_id": self.crowdloan_id, "amount": self.amount}
        return Call("Crowdloan", "contribute", args)

    def summary(self) -> str:
        return f"contribute {self.amount} to crowdloan {self.crowdloan_id}"

    async def _taken(self, chain: ChainClient, signer: str) -> Tao:
        from taokit.chain_client.reads.crowdloans import contribution_room

        return min(self.amount, await contribution_room(chain, self.crowdloan_id, signer))

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.reads.balances import balance

        loan = await found_crowdloan(chain, self.crowdloan_id)
        if isinstance(loan, WouldFail):
            return ()
        taken, held = await self._taken(chain, signer), await balance(chain, signer)
        return (
            Effect(f"balance of {signer}", held.free, held.free - taken),
            Effect(f"raised by crowdloan {self.crowdloan_id}", loan.raised, loan.raised + taken),
        )

    async def warnings(self, chain: ChainClient, signer: str) -> tuple[str, ...]:
        taken = await self._taken(chain, signer)
        if taken < self.amount:
            return (f"only {taken} can still be contributed, and no more is taken",)
        return ()

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        loan = await found_crowdloan(chain, self.crowdloan_id)
        if isinstance(loan, WouldFail):
            return loan
        now = await chain.query("System", "Number") + 1
        if now >= loan.end:
            reason = f"it ended at block {loan.end}"
            return refused("ContributionPeriodEnded", reason)
        if loan.raised >= loan.cap:
            return refused("CapRaised", f"its cap of {loan.cap} is raised")
        if self.amount < loan.min_contribution:
            return refused("ContributionTooLow", f"it takes {loan.min_contribution} at least")
        if loan.contributors_count >= chain.constant("Crowdloan", "MaxContributors"):
            reason = f"it has {loan.contributors_count} contributors, the most there may be"
            return refused("MaxContributorsReached", reason)
        from taokit.chain_client.reads.crowdloans import contributed

        if loan.max_contribution is not None and (
            await contributed(chain, self.crowdloan_id, signer) >= loan.max_contribution
        ):
            reason = f"nobody may give more than {loan.max_contribution}, which {signer} has given"
            return refused("MaxContributionReached", reason)
        return None


@operation("crowd.withdraw", signer="coldkey")
@dataclass(frozen=True)
class WithdrawContribution(_OfCrowdloan):
    """Take one's contribution back, before the crowdloan is finalized."""

    def call(self) -> Call:
        return Call("Crowdloan", "withdraw", {"crowdloan_id": self.crowdloan_id})

    def summary(self) -> str:
        return f"take back what was contributed to crowdloan {self.crowdloan_id}"

    async def _mine(self, chain: ChainClient, signer: str) -> Tao:
        from taokit.chain_client.reads.crowdloans import contributed

        loan = await found_crowdloan(chain, self.crowdloan_id)
        if isinstance(loan, WouldFail):
            return Tao(0)
        given = await contributed(chain, self.crowdloan_id, signer)
        return max(given - loan.deposit, Tao(0)) if loan.creator == signer else given

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.reads.balances import balance

        held = await balance(chain, signer)
        after = held.free + await self._mine(chain, signer)
        return (Effect(f"balance of {signer}", held.free, after),)

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        from taokit.chain_client.reads.crowdloans import contributed

        loan = await found_crowdloan(chain, self.crowdloan_id)
        if isinstance(loan, WouldFail):
            return loan
        if loan.finalized:
            return refused("AlreadyFinalized", "the crowdloan is finalized")
        if not (await contributed(chain, self.crowdloan_id, signer)).rao:
            return refused("NoContribution", f"{signer} has contributed nothing")
        if not (await self._mine(chain, signer)).rao:
            reason = "the creator's deposit stays until the crowdloan is dissolved"
            return refused("DepositCannotBeWithdrawn", reason)
        return None


@operation("crowd.finalize", signer="coldkey", danger="severe")
@dataclass(frozen=True)
class FinalizeCrowdloan(_OfCrowdloan):
    """Pay what a crowdloan raised, or make its call, once the cap is raised. Its creator may."""

    def call(self) -> Call:
        return Call("Crowdloan", "finalize", {"crowdloan_id": self.crowdloan_id})

    def summary(self) -> str:
        return f"finalize crowdloan {self.crowdloan_id}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        loan = await found_crowdloan(chain, self.crowdloan_id)
        if isinstance(loan, WouldFail):
            return ()
        if loan.target_address is not None:
            return (Effect(f"paid to {loan.target_address}", None, loan.raised),)
        return (Effect("call that is made", None, loan.call or loan.call_hash),)

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        loan = await found_crowdloan(chain, self.crowdloan_id)
        if isinstance(loan, WouldFail):
            return loan
        if loan.creator != signer:
            return refused("InvalidOrigin", f"{loan.creator} made it, not {signer}")
        if loan.raised != loan.cap:
            missing = loan.cap - loan.raised
            return refused("CapNotRaised", f"{missing} of {loan.cap} have not been raised")
        if loan.finalized:
            return refused("AlreadyFinalized", "the crowdloan is finalized", hint="nothing to do")
        return None


async def not_own(
    chain: ChainClient, crowdloan_id: int, signer: str
) -> tuple[Crowdloan | None, TaokitError | None]:
    """The crowdloan if it is open and the signer's, or else why it is not."""
    loan = await found_crowdloan(chain, crowdloan_id)
    if isinstance(loan, WouldFail):
        return None, loan
    if loan.finalized:
        return None, refused("AlreadyFinalized", "the crowdloan is finalized")
    if loan.creator != signer:
        return None, refused("InvalidOrigin", f"{loan.creator} made it, not {signer}")
    return loan, None


@operation("crowd.refund", signer="coldkey")
@dataclass(frozen=True)
class RefundCrowdloan(_OfCrowdloan):
    """Give contributors their TAO back, 50 at a time; not the creator's own."""

    def call(self) -> Call:
        return Call("Crowdloan", "refund", {"crowdloan_id": self.crowdloan_id})

    def summary(self) -> str:
        return f"refund the contributors of crowdloan {self.crowdloan_id}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        loan = await found_crowdloan(chain, self.crowdloan_id)
        if isinstance(loan, WouldFail):
            return ()
        at_once = chain.constant("Crowdloan", "RefundContributorsLimit")
        left = max(loan.contributors_count - at_once, 1)
        return (Effect("contributors", loan.contributors_count, left),)

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        return (await not_own(chain, self.crowdloan_id, signer))[1]


@operation("crowd.dissolve", signer="coldkey")
@dataclass(frozen=True)
class DissolveCrowdloan(_OfCrowdloan):
    """Give up a crowdloan whose contributors have been refunded; the deposit comes back."""

    def call(self) -> Call:
        return Call("Crowdloan", "dissolve", {"crowdloan_id": self.crowdloan_id})

    def summary(self) -> str:
        return f"dissolve crowdloan {self.crowdloan_id}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.reads.balances import balance
        from taokit.chain_client.reads.crowdloans import contributed

        held = await balance(chain, signer)
        given = await contributed(chain, self.crowdloan_id, signer)
        return (Effect(f"balance of {signer}", held.free, held.free + given),)

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        from taokit.chain_client.reads.crowdloans import contributed

        loan, why = await not_own(chain, self.crowdloan_id, signer)
        if loan is None:
            return why
        if await contributed(chain, self.crowdloan_id, signer) != loan.raised:
            reason = f"{loan.contributors_count - 1} others have contributed"
            hint = f"taokit crowd refund --crowdloan-id {self.crowdloan_id}, until none is left"
            return refused("NotReadyToDissolve", reason, hint=hint)
        return None
