"""Multisig: accounts that act once enough of their signatories approve.

Follows `pallet_multisig`. Weights are upstream's published benchmarks; `poke_deposit`'s is
Westend's.
"""

from __future__ import annotations

import hashlib
from typing import Any, Literal

from taokit.chain_client.scale import (
    AccountId,
    BoundedVec,
    FixedBytes,
    Option,
    Struct,
    Vec,
    codec,
    u16,
    u32,
    u64,
)
from taokit.chain_client.storage_keys import Blake2_128Concat, Twox64Concat
from taokit.local_chain.frame.call import Call, PostDispatch, RuntimeCall, RuntimeCallCodec, call
from taokit.local_chain.frame.dispatch_error import DispatchResult, result
from taokit.local_chain.frame.errors import DispatchError, Errors, error
from taokit.local_chain.frame.event import Events, event
from taokit.local_chain.frame.origin import Origin, ensure_signed
from taokit.local_chain.frame.pallet import Constant, Pallet
from taokit.local_chain.frame.storage import StorageMap
from taokit.local_chain.frame.types import WeightType
from taokit.local_chain.frame.weight import DispatchClass, Weight, weight

CallHash = FixedBytes[Literal[32]]
PROOF = 6_811


class Timepoint(Struct, path="pallet_multisig::Timepoint", params={"BlockNumber": u32}):
    """An extrinsic by block and position: the one that opened an operation."""

    height: u32
    index: u32


class Operation(
    Struct,
    path="pallet_multisig::Multisig",
    params={"BlockNumber": u32, "Balance": u64, "AccountId": AccountId, "MaxApprovals": None},
):
    """An open operation: since when, whose deposit (rao), and who approved, sorted."""

    when: Timepoint
    deposit: u64
    depositor: AccountId
    approvals: BoundedVec[AccountId]


def _encoded(inner: Call) -> bytes:
    return RuntimeCallCodec.shared.encode(inner)


def _create(signatories: int, length: int) -> Weight:
    cost = 29_976_762 + 144_320 * signatories + 1_819 * length
    return weight(cost, PROOF, reads=1, writes=1)


def _approve(signatories: int, length: int) -> Weight:
    cost = 14_821_348 + 127_874 * signatories + 1_968 * length
    return weight(cost, PROOF, reads=1, writes=1)


def _complete(signatories: int, length: int) -> Weight:
    cost = 34_745_418 + 193_313 * signatories + 2_057 * length
    return weight(cost, PROOF, reads=4, writes=2)


def _threshold_1(length: int) -> Weight:
    return weight(20_470_382 + 397 * length, 3_997, reads=2)


def _largest(*weights: Weight) -> Weight:
    return Weight(max(w.ref_time for w in weights), max(w.proof_size for w in weights))


def _as_multi_threshold_1_weight(other_signatories: list[bytes], inner: Call) -> Weight:
    account = weight(0, reads=1, writes=1)
    return _threshold_1(len(_encoded(inner))).plus(account).plus(inner.weight)


def _as_multi_weight(
    threshold: int, others: list[bytes], timepoint: Any, inner: Call, max_weight: WeightType
) -> Weight:
    size = (len(others), len(_encoded(inner)))
    own = _largest(_create(*size), _approve(*size), _complete(*size))
    return own.plus(Weight(max_weight.ref_time, max_weight.proof_size))


def _approve_as_multi_weight(
    threshold: int, others: list[bytes], timepoint: Any, call_hash: bytes, max_weight: WeightType
) -> Weight:
    count = len(others)
    own = _largest(
        weight(27_463_275 + 139_226 * count, PROOF, reads=1, writes=1),
        weight(14_074_258 + 126_544 * count, PROOF, reads=1, writes=1),
    )
    return own.plus(Weight(max_weight.ref_time, max_weight.proof_size))


def _cancel_weight(threshold: int, others: list[bytes], *rest: Any) -> Weight:
    return weight(28_623_566 + 135_351 * len(others), PROOF, reads=1, writes=1)


def _poke_weight(threshold: int, others: list[bytes], *rest: Any) -> Weight:
    return weight(27_349_525 + 121_813 * len(others), PROOF, reads=1, writes=1)


def multi_account(signatories: list[bytes], threshold: int) -> bytes:
    """The account of these signatories, sorted, of whom `threshold` must approve."""
    seed = b"modlpy/utilisuba" + codec(Vec[AccountId]).encode(signatories)
    return hashlib.blake2b(seed + threshold.to_bytes(2, "little"), digest_size=32).digest()


class Multisig(Pallet, index=13):
    """Accounts of several signatories."""

    deposit_base = Constant[u64]("DepositBase", 132_000_000)
    deposit_factor = Constant[u64]("DepositFactor", 32_000_000)
    max_signatories = Constant[u32]("MaxSignatories", 100)

    multisigs = StorageMap[tuple[AccountId, CallHash], Operation](
        "Multisigs", Twox64Concat, Blake2_128Concat, optional=True
    )

    class Event(Events):
        """What Multisig reports."""

        NewMultisig = event(0, approving=AccountId, multisig=AccountId, call_hash=CallHash)
        MultisigApproval = event(
            1, approving=AccountId, timepoint=Timepoint, multisig=AccountId, call_hash=CallHash
        )
        MultisigExecuted = event(
            2,
            approving=AccountId,
            timepoint=Timepoint,
            multisig=AccountId,
            call_hash=CallHash,
            result=DispatchResult,
        )
        MultisigCancelled = event(
            3, cancelling=AccountId, timepoint=Timepoint, multisig=AccountId, call_hash=CallHash
        )
        DepositPoked = event(4, who=AccountId, call_hash=CallHash, old_deposit=u64, new_deposit=u64)

    class Error(Errors):
        """Why Multisig refuses."""

        MinimumThreshold = error(0, "At least two must approve.")
        AlreadyApproved = error(1, "The sender approved this call already.")
        NoApprovalsNeeded = error(2, "The call needs no more approvals.")
        TooFewSignatories = error(3, "There is no signatory beside the sender.")
        TooManySignatories = error(4, "There are more signatories than an account may have.")
        SignatoriesOutOfOrder = error(5, "The signatories are not sorted.")
        SenderInSignatories = error(6, "The sender is among the other signatories.")
        NotFound = error(7, "There is no such operation.")
        NotOwner = error(8, "Only who opened the operation may do this.")
        NoTimepoint = error(9, "The operation is open, so its timepoint must be told.")
        WrongTimepoint = error(10, "The operation was opened at another timepoint.")
        UnexpectedTimepoint = error(11, "There is no open operation that could have a timepoint.")
        MaxWeightTooLow = error(12, "The call is heavier than the weight allowed for it.")
        AlreadyStored = error(13, "The data is stored already.")

    # -- calls ---------------------------------------------------------------------------

    @call(
        0,
        weight=_as_multi_threshold_1_weight,
        dispatch_class=lambda other_signatories, call: _class_of(call),
    )
    def as_multi_threshold_1(
        self, origin: Origin, other_signatories: Vec[AccountId], call: RuntimeCall
    ) -> PostDispatch:
        """Make a call as an account of which one signatory is enough."""
        who = ensure_signed(origin)
        signatories = self._signatories(who, other_signatories)
        account, encoded = multi_account(signatories, 1), _encoded(call)
        own = _threshold_1(len(encoded))
        try:
            used = self.runtime.dispatch(call, Origin.signed(account)).actual_weight
        except DispatchError as failed:
            failed.used = None if failed.used is None else own.plus(failed.used)
            raise
        call_hash = hashlib.blake2b(encoded, digest_size=32).digest()
        now = Timepoint(self.runtime.system.block_number(), self.runtime.system.extrinsic_index())
        self.deposit(self.Event.MultisigExecuted(who, now, account, call_hash, result(None)))
        return PostDispatch(None if used is None else own.plus(used))

    @call(1, weight=_as_multi_weight)
    def as_multi(
        self,
        origin: Origin,
        threshold: u16,
        other_signatories: Vec[AccountId],
        maybe_timepoint: Option[Timepoint],
        call: RuntimeCall,
        max_weight: WeightType,
    ) -> PostDispatch:
        """Approve a call; the last approval makes it. The first reserves a deposit."""
        who = ensure_signed(origin)
        encoded = _encoded(call)
        call_hash = hashlib.blake2b(encoded, digest_size=32).digest()
        signatories = self._signatories(who, other_signatories, threshold)
        account = multi_account(signatories, threshold)
        operation = self._operation(account, call_hash, maybe_timepoint)
        size = (len(other_signatories), len(encoded))
        if operation is None:
            self._open(who, account, call_hash, threshold)
            return PostDispatch(_create(*size))
        approvals = len(operation.approvals) + self._counts(operation, who, threshold)
        if approvals < threshold:
            self._approve(operation, who, account, call_hash, threshold)
            return PostDispatch(_approve(*size))
        if call.weight.ref_time > max_weight.ref_time or (
            call.weight.proof_size > max_weight.proof_size
        ):
            raise self.Error.MaxWeightTooLow
        self.multisigs.remove((account, call_hash))
        self.runtime.balances.unreserve(operation.depositor, operation.deposit)
        failed, used = None, None
        try:
            used = self.runtime.dispatch(call, Origin.signed(account)).actual_weight
        except DispatchError as caught:
            failed = caught
        self.deposit(
            self.Event.MultisigExecuted(who, operation.when, account, call_hash, result(failed))
        )
        return PostDispatch(None if used is None else _complete(*size).plus(used))

    @call(2, weight=_approve_as_multi_weight)
    def approve_as_multi(
        self,
        origin: Origin,
        threshold: u16,
        other_signatories: Vec[AccountId],
        maybe_timepoint: Option[Timepoint],
        call_hash: CallHash,
        max_weight: WeightType,
    ) -> PostDispatch:
        """Approve a call by its hash. Never makes it: the last approval is `as_multi`."""
        who = ensure_signed(origin)
        signatories = self._signatories(who, other_signatories, threshold)
        account = multi_account(signatories, threshold)
        operation = self._operation(account, call_hash, maybe_timepoint)
        if operation is None:
            self._open(who, account, call_hash, threshold)
            return PostDispatch(_create(len(other_signatories), 0))
        self._approve(operation, who, account, call_hash, threshold)
        return PostDispatch(_approve(len(other_signatories), 0))

    @call(3, weight=_cancel_weight)
    def cancel_as_multi(
        self,
        origin: Origin,
        threshold: u16,
        other_signatories: Vec[AccountId],
        timepoint: Timepoint,
        call_hash: CallHash,
    ) -> None:
        """Give up an operation that the sender opened; returns the deposit."""
        who = ensure_signed(origin)
        signatories = self._signatories(who, other_signatories, threshold)
        account = multi_account(signatories, threshold)
        operation = self.multisigs.get((account, call_hash))
        if operation is None:
            raise self.Error.NotFound
        if operation.when != timepoint:
            raise self.Error.WrongTimepoint
        if operation.depositor != who:
            raise self.Error.NotOwner
        self.runtime.balances.unreserve(who, operation.deposit)
        self.multisigs.remove((account, call_hash))
        self.deposit(self.Event.MultisigCancelled(who, timepoint, account, call_hash))

    @call(4, weight=_poke_weight)
    def poke_deposit(
        self,
        origin: Origin,
        threshold: u16,
        other_signatories: Vec[AccountId],
        call_hash: CallHash,
    ) -> PostDispatch:
        """Bring the deposit of the sender's operation to today's price; free if it changes."""
        who = ensure_signed(origin)
        signatories = self._signatories(who, other_signatories, threshold)
        account = multi_account(signatories, threshold)
        operation = self.multisigs.get((account, call_hash))
        if operation is None:
            raise self.Error.NotFound
        if operation.depositor != who:
            raise self.Error.NotOwner
        old, new = operation.deposit, self.deposit_for(threshold)
        if new == old:
            return PostDispatch()
        if new > old:
            self.runtime.balances.reserve(who, new - old)
        else:
            self.runtime.balances.unreserve(who, old - new)
        self.multisigs.insert((account, call_hash), operation.replace(deposit=new))
        self.deposit(self.Event.DepositPoked(who, call_hash, old, new))
        return PostDispatch(pays=False)

    # -- inside --------------------------------------------------------------------------

    def deposit_for(self, threshold: int) -> int:
        """What opening an operation reserves (rao)."""
        return self.deposit_base + self.deposit_factor * threshold

    def _signatories(
        self, who: bytes, others: list[AccountId], threshold: int | None = None
    ) -> list[bytes]:
        """Everyone, sorted. Checks in upstream's order; without a threshold, one is enough."""
        if threshold is not None and threshold < 2:
            raise self.Error.MinimumThreshold
        if not others:
            raise self.Error.TooFewSignatories
        if len(others) >= self.max_signatories:
            raise self.Error.TooManySignatories
        for place, other in enumerate(others):
            if place and others[place - 1] >= other:
                raise self.Error.SignatoriesOutOfOrder
            if other == who:
                raise self.Error.SenderInSignatories
        return sorted([*others, who])

    def _operation(
        self, account: bytes, call_hash: bytes, timepoint: Timepoint | None
    ) -> Operation | None:
        """The open operation, if any. Raises if the timepoint told does not fit."""
        operation = self.multisigs.get((account, call_hash))
        if operation is None:
            if timepoint is not None:
                raise self.Error.UnexpectedTimepoint
            return None
        if timepoint is None:
            raise self.Error.NoTimepoint
        if operation.when != timepoint:
            raise self.Error.WrongTimepoint
        return operation

    def _open(self, who: bytes, account: bytes, call_hash: bytes, threshold: int) -> None:
        deposit = self.deposit_for(threshold)
        self.runtime.balances.reserve(who, deposit)
        system = self.runtime.system
        when = Timepoint(system.block_number(), system.extrinsic_index())
        self.multisigs.insert((account, call_hash), Operation(when, deposit, who, [who]))
        self.deposit(self.Event.NewMultisig(who, account, call_hash))

    def _counts(self, operation: Operation, who: bytes, threshold: int) -> bool:
        """True if `who`'s approval is new and still needed."""
        return who not in operation.approvals and len(operation.approvals) < threshold

    def _approve(
        self, operation: Operation, who: bytes, account: bytes, call_hash: bytes, threshold: int
    ) -> None:
        if not self._counts(operation, who, threshold):
            raise self.Error.AlreadyApproved
        approvals = sorted([*operation.approvals, who])
        self.multisigs.insert((account, call_hash), operation.replace(approvals=approvals))
        self.deposit(self.Event.MultisigApproval(who, operation.when, account, call_hash))


def _class_of(inner: Call) -> DispatchClass:
    return inner.dispatch_class
