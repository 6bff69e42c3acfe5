"""Utility: several calls in one extrinsic, and calls as another account."""

from __future__ import annotations

import hashlib
from typing import Any

from taokit.chain_client.scale import Vec, u16, u32
from taokit.local_chain.frame.call import Call, PostDispatch, RuntimeCall, call
from taokit.local_chain.frame.dispatch_error import DispatchErrorType, DispatchResult, result
from taokit.local_chain.frame.errors import BadOrigin, DispatchError, Errors, error
from taokit.local_chain.frame.event import Events, event
from taokit.local_chain.frame.origin import NONE, Origin, ensure_root, ensure_signed
from taokit.local_chain.frame.pallet import Constant, Pallet
from taokit.local_chain.frame.raw_origin import OriginCaller, to_origin
from taokit.local_chain.frame.types import WeightType
from taokit.local_chain.frame.weight import DispatchClass, Weight, weight


def _sum(base: int, each: int) -> Any:
    def weigh(calls: list[Call]) -> Weight:
        total = Weight(base + each * len(calls), 3997)
        for inner in calls:
            total = total.plus(inner.weight)
        return total

    return weigh


def _class_of(calls: list[Call]) -> DispatchClass:
    operational = all(c.dispatch_class is DispatchClass.Operational for c in calls)
    return DispatchClass.Operational if calls and operational else DispatchClass.Normal


def _around(base: int, proof: int = 3997, reads: int = 2) -> Any:
    def weigh(*args: Any) -> Weight:
        inner = next(arg for arg in args if isinstance(arg, Call))
        return weight(base, proof, reads=reads).plus(inner.weight)

    return weigh


class Utility(Pallet, index=11, crate="pallet_subtensor_utility"):
    """Batches and dispatch as others."""

    batched_calls_limit = Constant[u32]("batched_calls_limit", 10_922)

    class Event(Events):
        """What Utility reports."""

        BatchInterrupted = event(0, index=u32, error=DispatchErrorType)
        BatchCompleted = event(1)
        BatchCompletedWithErrors = event(2)
        ItemCompleted = event(3)
        ItemFailed = event(4, error=DispatchErrorType)
        DispatchedAs = event(5, result=DispatchResult)
        IfElseMainSuccess = event(6)
        IfElseFallbackCalled = event(7, main_error=DispatchErrorType)

    class Error(Errors):
        """Why Utility refuses."""

        TooManyCalls = error(0, "A batch holds too many calls.")
        InvalidDerivedAccount = error(1, "No account derives from this index.")

    @call(0, weight=_sum(5_312_000, 2_694_370), dispatch_class=_class_of)
    def batch(self, origin: Origin, calls: Vec[RuntimeCall]) -> PostDispatch | None:
        """Run calls in order; stop at the first that fails, keeping what ran before it."""
        self._check(origin, calls)
        for position, inner in enumerate(calls):
            try:
                self.runtime.dispatch(inner, origin)
            except DispatchError as failed:
                self.deposit(self.Event.BatchInterrupted(position, failed))
                return None
            self.deposit(self.Event.ItemCompleted())
        self.deposit(self.Event.BatchCompleted())
        return None

    @call(1, weight=_around(5_263_000))
    def as_derivative(self, origin: Origin, index: u16, call: RuntimeCall) -> None:
        """Run a call from the sender's derived account number `index`."""
        who = ensure_signed(origin)
        seed = b"modlpy/utilisuba" + who + index.to_bytes(2, "little")
        derived = hashlib.blake2b(seed, digest_size=32).digest()
        self.runtime.dispatch(call, Origin.signed(derived))

    @call(2, weight=_sum(12_948_000, 2_694_370), dispatch_class=_class_of)
    def batch_all(self, origin: Origin, calls: Vec[RuntimeCall]) -> None:
        """Run calls in order; undo all if one fails."""
        self._check(origin, calls)
        for inner in calls:
            self.runtime.dispatch(inner, origin)
            self.deposit(self.Event.ItemCompleted())
        self.deposit(self.Event.BatchCompleted())

    @call(3, weight=_around(7_126_000))
    def dispatch_as(self, origin: Origin, as_origin: OriginCaller, call: RuntimeCall) -> None:
        """Run a call from any origin, telling the result as an event. Root only."""
        ensure_root(origin)
        failed = None
        try:
            self.runtime.dispatch(call, to_origin(as_origin))
        except DispatchError as caught:
            failed = caught
        self.deposit(self.Event.DispatchedAs(result(failed)))

    @call(4, weight=_sum(5_312_000, 2_694_370), dispatch_class=_class_of)
    def force_batch(self, origin: Origin, calls: Vec[RuntimeCall]) -> None:
        """Run calls in order, whether or not one fails."""
        self._check(origin, calls)
        failures = False
        for inner in calls:
            try:
                self.runtime.dispatch(inner, origin)
                self.deposit(self.Event.ItemCompleted())
            except DispatchError as failed:
                failures = True
                self.deposit(self.Event.ItemFailed(failed))
        event = self.Event.BatchCompletedWithErrors if failures else self.Event.BatchCompleted
        self.deposit(event())

    @call(5, weight=lambda call, weight: Weight(weight.ref_time, weight.proof_size))
    def with_weight(self, origin: Origin, call: RuntimeCall, weight: WeightType) -> None:
        """Run a call charged with a weight of root's choice. Root only."""
        ensure_root(origin)
        self.runtime.dispatch(call, origin)

    @call(
        6, weight=lambda main, fallback: main.weight.plus(fallback.weight).plus(Weight(6_000_000))
    )
    def if_else(self, origin: Origin, main: RuntimeCall, fallback: RuntimeCall) -> None:
        """Run a call; if it fails, run the other instead."""
        if origin == NONE:
            raise BadOrigin
        try:
            self.runtime.dispatch(main, origin)
        except DispatchError as failed:
            self.runtime.dispatch(fallback, origin)
            self.deposit(self.Event.IfElseFallbackCalled(failed))
        else:
            self.deposit(self.Event.IfElseMainSuccess())

    @call(7, weight=_around(7_126_000))
    def dispatch_as_fallible(
        self, origin: Origin, as_origin: OriginCaller, call: RuntimeCall
    ) -> None:
        """Run a call from any origin; fails if it fails. Root only."""
        ensure_root(origin)
        self.runtime.dispatch(call, to_origin(as_origin))
        self.deposit(self.Event.DispatchedAs(result(None)))

    def _check(self, origin: Origin, calls: list[Call]) -> None:
        if origin == NONE:
            raise BadOrigin
        if len(calls) > self.batched_calls_limit:
            raise self.Error.TooManyCalls
