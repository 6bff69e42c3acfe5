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
from taokit.local_chain.frame.weight import Weight, weight

# Base and weight a call (ps of reference time), as benchmarked: `pallets/utility/src/weights.rs`.
BATCH = (19_446_696, 5_450_264)
BATCH_ALL = (13_428_230, 5_663_250)
FORCE_BATCH = (12_134_867, 5_477_293)
AS_DERIVATIVE = weight(15_378_000, 3_983, reads=3, writes=1)
IF_ELSE = weight(21_831_000, 3_983, reads=2)


def _batch_weight(base: int, each: int, count: int) -> Weight:
    return weight(base + each * count, 3_983, reads=2)


def _sum(base: int, each: int) -> Any:
    def weigh(calls: list[Call]) -> Weight:
        total = _batch_weight(base, each, len(calls))
        for inner in calls:
            total = total.plus(inner.weight)
        return total

    return weigh


def _used(inner: Call, told: Weight | None) -> Weight:
    """What a call that failed used: its whole weight, unless it told less."""
    return PostDispatch(told).used(inner.weight)


def _any_pays(calls: list[Call]) -> bool:
    return any(inner.pays for inner in calls)


def _around(own: Weight) -> Any:
    def weigh(*args: Any) -> Weight:
        total = own
        for inner in args:
            if isinstance(inner, Call):
                total = total.plus(inner.weight)
        return total

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

    @call(0, weight=_sum(*BATCH), pays=_any_pays)
    def batch(self, origin: Origin, calls: Vec[RuntimeCall]) -> PostDispatch:
        """Run calls in order; stop at the first that fails, keeping what ran before it."""
        self._check(origin, calls)
        used = Weight()
        for position, inner in enumerate(calls):
            try:
                used = used.plus(self._run(inner, origin))
            except DispatchError as failed:
                self.deposit(self.Event.BatchInterrupted(position, failed))
                ran = _batch_weight(*BATCH, position + 1)
                return PostDispatch(used.plus(_used(inner, failed.used)).plus(ran))
            self.deposit(self.Event.ItemCompleted())
        self.deposit(self.Event.BatchCompleted())
        return PostDispatch(used.plus(_batch_weight(*BATCH, len(calls))))

    @call(1, weight=_around(AS_DERIVATIVE))
    def as_derivative(self, origin: Origin, index: u16, call: RuntimeCall) -> PostDispatch:
        """Run a call from the sender's derived account number `index`."""
        who = ensure_signed(origin)
        seed = b"modlpy/utilisuba" + who + index.to_bytes(2, "little")
        derived = hashlib.blake2b(seed, digest_size=32).digest()
        try:
            used = self._run(call, origin.speaking_as(derived))
        except DispatchError as failed:
            failed.used = AS_DERIVATIVE.plus(_used(call, failed.used))
            raise
        return PostDispatch(AS_DERIVATIVE.plus(used))

    @call(2, weight=_sum(*BATCH_ALL), pays=_any_pays)
    def batch_all(self, origin: Origin, calls: Vec[RuntimeCall]) -> PostDispatch:
        """Run calls in order; undo all if one fails. No such batch may be within it."""
        self._check(origin, calls)
        origin = origin.within(lambda inner: inner.key != (self.name, "batch_all"))
        used = Weight()
        for position, inner in enumerate(calls):
            try:
                used = used.plus(self._run(inner, origin))
            except DispatchError as failed:
                ran = _batch_weight(*BATCH_ALL, position + 1)
                failed.used = used.plus(_used(inner, failed.used)).plus(ran)
                raise
            self.deposit(self.Event.ItemCompleted())
        self.deposit(self.Event.BatchCompleted())
        return PostDispatch(used.plus(_batch_weight(*BATCH_ALL, len(calls))))

    @call(3, weight=_around(Weight(6_893_000)))
    def dispatch_as(self, origin: Origin, as_origin: OriginCaller, call: RuntimeCall) -> None:
        """Run a call from any origin, telling the result as an event. Root only."""
        ensure_root(origin)
        failed = None
        try:
            self.runtime.dispatch(call, to_origin(as_origin), unfiltered=True)
        except DispatchError as caught:
            failed = caught
        self.deposit(self.Event.DispatchedAs(result(failed)))

    @call(4, weight=_sum(*FORCE_BATCH), pays=_any_pays)
    def force_batch(self, origin: Origin, calls: Vec[RuntimeCall]) -> PostDispatch:
        """Run calls in order, whether or not one fails."""
        self._check(origin, calls)
        used = _batch_weight(*FORCE_BATCH, len(calls))
        failures = False
        for inner in calls:
            try:
                used = used.plus(self._run(inner, origin))
                self.deposit(self.Event.ItemCompleted())
            except DispatchError as failed:
                used = used.plus(_used(inner, failed.used))
                failures = True
                self.deposit(self.Event.ItemFailed(failed))
        event = self.Event.BatchCompletedWithErrors if failures else self.Event.BatchCompleted
        self.deposit(event())
        return PostDispatch(used)

    @call(5, weight=lambda call, weight: Weight(weight.ref_time, weight.proof_size))
    def with_weight(self, origin: Origin, call: RuntimeCall, weight: WeightType) -> None:
        """Run a call charged with a weight of root's choice. Root only."""
        ensure_root(origin)
        self._forward(call, origin)

    @call(6, weight=_around(IF_ELSE))
    def if_else(self, origin: Origin, main: RuntimeCall, fallback: RuntimeCall) -> PostDispatch:
        """Run a call; if it fails, run the other instead."""
        if origin == NONE:
            raise BadOrigin
        try:
            used = IF_ELSE.plus(self._run(main, origin))
        except DispatchError as failed:
            used = IF_ELSE.plus(_used(main, failed.used))
            try:
                used = used.plus(self._run(fallback, origin))
            except DispatchError as failed_too:
                failed_too.used = used.plus(_used(fallback, failed_too.used))
                raise
            self.deposit(self.Event.IfElseFallbackCalled(failed))
        else:
            self.deposit(self.Event.IfElseMainSuccess())
        return PostDispatch(used)

    @call(7, weight=_around(Weight(7_113_000)))
    def dispatch_as_fallible(
        self, origin: Origin, as_origin: OriginCaller, call: RuntimeCall
    ) -> None:
        """Run a call from any origin; fails if it fails. Root only."""
        ensure_root(origin)
        self._forward(call, to_origin(as_origin))
        self.deposit(self.Event.DispatchedAs(result(None)))

    def _forward(self, call: Call, origin: Origin) -> None:
        """Run a call past all filters; its error is told without the weight that it used."""
        try:
            self.runtime.dispatch(call, origin, unfiltered=True)
        except DispatchError as failed:
            failed.used = None
            raise

    def _run(self, call: Call, origin: Origin) -> Weight:
        """Run one call of a batch; the weight that it used."""
        return self.runtime.dispatch(call, origin).used(call.weight)

    def _check(self, origin: Origin, calls: list[Call]) -> None:
        if origin == NONE:
            raise BadOrigin
        if len(calls) > self.batched_calls_limit:
            raise self.Error.TooManyCalls
