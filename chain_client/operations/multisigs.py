"""Operations of accounts that several keys sign for: propose, approve, execute, cancel.

Owns the calls around any other call. Does not own the account's address
(``derived_accounts.multisig_account``) nor what is proposed (``reads.multisigs``).

The chain keeps the hash of a proposed call only. The call itself is in the extrinsic that proposed
it, where the others can read it; after an approval by hash alone it has to be told to them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import InvalidArgument, NotFound
from taokit.chain_client.money import Tao
from taokit.chain_client.operations.announcements import checked_hash, hash_of
from taokit.chain_client.operations.base import Effect, Operation
from taokit.chain_client.operations.composed import (
    Composed,
    call_of,
    described,
    inner_effects,
    inner_problem,
    inner_warnings,
)
from taokit.chain_client.operations.proxies import deposit_effects
from taokit.chain_client.operations.refusals import refusal
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.parameters import AnyCall, Arg

if TYPE_CHECKING:
    from typing_extensions import Self

    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.reads.multisigs import Proposal
    from taokit.wallet.errors import TaokitError

__all__ = ["ApproveProposal", "CancelProposal", "ExecuteProposal", "ProposeCall"]

_MOST = 100


@dataclass(frozen=True)
class _OfMultisig(Operation):
    """What all of them share: who the signatories are, and how many of them it takes."""

    signatories: Annotated[
        tuple[str, ...], Arg("Everybody who signs for the account.", kind="accounts")
    ]
    threshold: Annotated[int, Arg("How many of them have to approve.")]

    def __post_init__(self) -> None:
        from taokit.chain_client.derived_accounts import sorted_accounts

        accounts = tuple(sorted_accounts(self.signatories))
        object.__setattr__(self, "signatories", accounts)
        if len(set(accounts)) < len(accounts):
            raise InvalidArgument("signatories", list(accounts), "name each of them once")
        if not 2 <= len(accounts) <= _MOST:
            raise InvalidArgument("signatories", list(accounts), f"2 to {_MOST} of them")
        if not 1 <= self.threshold <= len(accounts):
            raise InvalidArgument("threshold", self.threshold, f"1 to {len(accounts)}")

    @property
    def account(self) -> str:
        """The address of the multisig."""
        from taokit.chain_client.derived_accounts import multisig_account

        return multisig_account(self.signatories, self.threshold)

    def _others(self, signer: str) -> list[str]:
        return [one for one in self.signatories if one != signer]

    def _stranger(self, signer: str) -> TaokitError | None:
        if signer in self.signatories:
            return None
        return InvalidArgument("signatories", signer, "sign with the key of one of them")

    def _args(self, signer: str, **more: Any) -> dict[str, Any]:
        return {"threshold": self.threshold, "other_signatories": self._others(signer), **more}

    async def _open(self, chain: ChainClient, hash_: str) -> Proposal | None:
        from taokit.chain_client.reads.multisigs import proposal

        return await proposal(chain, self.account, hash_)

    def _alone(self) -> TaokitError:
        reason = "one approval is enough here: propose makes the call"
        hint = f"`taokit multisig propose {self._spelled} --call JSON -w WALLET`"
        return refusal("MinimumThreshold", reason, pallet="Multisig", hint=hint)

    def _nothing(self, hash_: str) -> TaokitError:
        reason = f"the multisig {self.account} has no open proposal {hash_}"
        return refusal(
            "NotFound",
            reason,
            pallet="Multisig",
            hint=f"`taokit multisig show --address {self.account}` lists what is proposed",
        )

    @property
    def _spelled(self) -> str:
        """The multisig as options of a command."""
        return f"--signatories {','.join(self.signatories)} --threshold {self.threshold}"


@operation("multisig.propose", signer="coldkey", danger="severe")
@dataclass(frozen=True)
class ProposeCall(_OfMultisig):
    """Propose a call of a multisig; the signer approves it by this. Reserves a deposit.

    Where one approval is enough the call is made at once.
    """

    inner: Annotated[AnyCall, Arg("What to do.")]

    async def prepared_for(self, chain: ChainClient, signer: str) -> Operation:
        inner = await call_of(chain, self.inner, self.account)
        if self.threshold == 1:
            args = {"other_signatories": self._others(signer), "call": inner}
            return Composed(self, Call("Multisig", "as_multi_threshold_1", args))
        weight = {"ref_time": 0, "proof_size": 0}  # the first approval makes nothing
        args = self._args(signer, maybe_timepoint=None, call=inner, max_weight=weight)
        return Composed(self, Call("Multisig", "as_multi", args))

    def summary(self) -> str:
        verb = "propose" if self.threshold > 1 else "do"
        return f"{verb} for the multisig {self.account}: {described(self.inner)}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        if self.threshold == 1:
            return await inner_effects(chain, self.inner, self.account)
        deposit = chain.constant("Multisig", "DepositBase")
        deposit += chain.constant("Multisig", "DepositFactor") * self.threshold
        return (
            *await deposit_effects(chain, signer, 0, deposit),
            Effect(f"call hash {await hash_of(chain, self.inner, None, self.account)}"),
        )

    async def warnings(self, chain: ChainClient, signer: str) -> tuple[str, ...]:
        return await inner_warnings(chain, self.inner, self.account)

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        if (stranger := self._stranger(signer)) is not None:
            return stranger
        if self.threshold == 1:
            return await inner_problem(chain, self.inner, self.account)
        hash_ = await hash_of(chain, self.inner, None, self.account)
        if await self._open(chain, hash_) is None:
            return None
        reason = f"the multisig {self.account} has this proposal already"
        hint = (
            f"approve it: `taokit multisig approve {self._spelled} --call-hash {hash_} -w WALLET`"
        )
        return refusal("NoTimepoint", reason, pallet="Multisig", hint=hint)


@dataclass(frozen=True)
class _OfProposal(_OfMultisig):
    """What approving, executing and cancelling share: which proposal."""

    inner: Annotated[AnyCall | None, Arg("The proposed call.")] = None
    call_hash: Annotated[str | None, Arg("Its hash, in place of the call.")] = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.call_hash is not None:
            object.__setattr__(self, "call_hash", checked_hash(self.call_hash))

    @property
    def _what(self) -> str:
        return f"the call {self.call_hash}" if self.inner is None else described(self.inner)

    async def _hash(self, chain: ChainClient) -> str:
        return await hash_of(chain, self.inner, self.call_hash, self.account)

    async def _told(self, chain: ChainClient) -> Self:
        """The same with the call itself, where only its hash is given and a block has the call."""
        from taokit.chain_client.reads.multisigs import proposed_call

        found = None
        if self.inner is None and self.call_hash is not None:
            found = await self._open(chain, self.call_hash)
        call = None if found is None else await proposed_call(chain, found)
        return self if call is None else replace(self, inner=call)

    async def _timepoint(self, chain: ChainClient) -> dict[str, int] | None:
        found = await self._open(chain, await self._hash(chain))
        return None if found is None else {"height": found.height, "index": found.index}


@operation("multisig.approve", signer="coldkey", danger="severe")
@dataclass(frozen=True)
class ApproveProposal(_OfProposal):
    """Approve what somebody else proposed, by the call or its hash. It makes nothing yet."""

    async def prepared_for(self, chain: ChainClient, signer: str) -> Operation:
        args = self._args(
            signer,
            maybe_timepoint=await self._timepoint(chain),
            call_hash=await self._hash(chain),
            max_weight={"ref_time": 0, "proof_size": 0},
        )
        return Composed(await self._told(chain), Call("Multisig", "approve_as_multi", args))

    def summary(self) -> str:
        return f"approve for the multisig {self.account}: {self._what}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        found = await self._open(chain, await self._hash(chain))
        count = 0 if found is None else len(found.approvals)
        return (Effect(f"approvals of {self.threshold}", count, count + 1),)

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        hash_ = await self._hash(chain)
        found = await self._open(chain, hash_)
        if (stranger := self._stranger(signer)) is not None:
            return stranger
        if self.threshold < 2:
            return self._alone()
        if found is None:
            return self._nothing(hash_)
        if signer in found.approvals:
            reason = f"{signer} has approved this already"
            hint = f"`taokit multisig show --address {self.account}` shows whose are missing"
            return refusal("AlreadyApproved", reason, pallet="Multisig", hint=hint)
        if len(found.approvals) >= self.threshold:
            reason = "it has all its approvals"
            hint = f"`taokit multisig execute {self._spelled} --call-hash {hash_} -w WALLET`"
            return refusal("AlreadyApproved", reason, pallet="Multisig", hint=hint)
        return None


@operation("multisig.execute", signer="coldkey", danger="severe")
@dataclass(frozen=True)
class ExecuteProposal(_OfProposal):
    """Make a proposed call, with the last approval that it needs. Returns the deposit.

    The call is found in the block that proposed it where only its hash is given. If more approvals
    are needed, this is one.
    """

    async def _call(self, chain: ChainClient) -> Call:
        if self.inner is not None:
            return await call_of(chain, self.inner, self.account)
        from taokit.chain_client.reads.multisigs import proposed_call

        hash_ = await self._hash(chain)
        found = await self._open(chain, hash_)
        if found is None:
            raise self._nothing(hash_)
        call = await proposed_call(chain, found)
        if call is None:
            hint = "ask who proposed it for the call, and give it in place of the hash"
            raise NotFound(kind="call with the hash", name=hash_, hint=hint)
        return call

    async def prepared_for(self, chain: ChainClient, signer: str) -> Operation:
        inner = await self._call(chain)
        cost = await chain.estimate_fee(inner, signer)
        args = self._args(
            signer,
            maybe_timepoint=await self._timepoint(chain),
            call=inner,
            max_weight={"ref_time": cost.ref_time, "proof_size": cost.proof_size},
        )
        told = self if self.inner is not None else replace(self, inner=inner)
        return Composed(told, Call("Multisig", "as_multi", args))

    def summary(self) -> str:
        return f"do for the multisig {self.account}: {self._what}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        if await self._missing(chain, signer):
            return ()
        return await inner_effects(chain, self.inner, self.account)

    async def _missing(self, chain: ChainClient, signer: str) -> int:
        """Approvals that are lacking beside the signer's."""
        found = await self._open(chain, await self._hash(chain))
        have = set() if found is None else set(found.approvals)
        return max(self.threshold - len(have | {signer}), 0)

    async def warnings(self, chain: ChainClient, signer: str) -> tuple[str, ...]:
        missing = await self._missing(chain, signer)
        if missing:
            approvals = f"{missing} more approval{'s' if missing > 1 else ''}"
            return (f"{approvals} will be needed after this one: nothing is done yet",)
        return await inner_warnings(chain, self.inner, self.account)

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        if (stranger := self._stranger(signer)) is not None:
            return stranger
        if self.threshold < 2:
            return self._alone()
        hash_ = await self._hash(chain)
        found = await self._open(chain, hash_)
        if found is None:
            return self._nothing(hash_)
        if await self._missing(chain, signer):
            if signer in found.approvals:
                reason = f"{signer} has approved this already, and others have to"
                hint = f"`taokit multisig show --address {self.account}` shows whose are missing"
                return refusal("AlreadyApproved", reason, pallet="Multisig", hint=hint)
            return None
        return await inner_problem(chain, self.inner, self.account)


@operation("multisig.cancel", signer="coldkey", danger="severe")
@dataclass(frozen=True)
class CancelProposal(_OfProposal):
    """Give up a proposal of the signer's own. Returns the deposit."""

    async def prepared_for(self, chain: ChainClient, signer: str) -> Operation:
        args = self._args(
            signer,
            timepoint=await self._timepoint(chain) or {"height": 0, "index": 0},
            call_hash=await self._hash(chain),
        )
        return Composed(await self._told(chain), Call("Multisig", "cancel_as_multi", args))

    def summary(self) -> str:
        return f"give up the proposal of the multisig {self.account}: {self._what}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        found = await self._open(chain, await self._hash(chain))
        held = Tao(0) if found is None else found.deposit
        return await deposit_effects(chain, signer, held.rao, 0)

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        return self._stranger(signer) or await _not_mine(self, chain, signer)


@operation("multisig.refresh-deposit", signer="coldkey", danger="mild")
@dataclass(frozen=True)
class RefreshProposalDeposit(_OfProposal):
    """Bring the deposit of a proposal of the signer's own to today's price."""

    async def prepared_for(self, chain: ChainClient, signer: str) -> Operation:
        args = self._args(signer, call_hash=await self._hash(chain))
        return Composed(self, Call("Multisig", "poke_deposit", args))

    def summary(self) -> str:
        return f"bring the deposit for {self._what} to today's price"

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        return self._stranger(signer) or await _not_mine(self, chain, signer)


async def _not_mine(one: _OfProposal, chain: ChainClient, signer: str) -> TaokitError | None:
    """Whether there is no such proposal, or somebody else made it."""
    hash_ = await one._hash(chain)
    found = await one._open(chain, hash_)
    if found is None:
        return one._nothing(hash_)
    if found.depositor != signer:
        reason = f"{found.depositor} proposed it, not {signer}"
        return refusal("NotOwner", reason, pallet="Multisig", hint=f"sign with {found.depositor}")
    return None
