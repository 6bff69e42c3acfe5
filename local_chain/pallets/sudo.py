"""Sudo: one key may act as root."""

from __future__ import annotations

from typing import Any

from taokit.chain_client.scale import AccountId
from taokit.local_chain.frame.call import Call, PostDispatch, RuntimeCall, call
from taokit.local_chain.frame.dispatch_error import DispatchResult, result
from taokit.local_chain.frame.errors import DispatchError, Errors, error
from taokit.local_chain.frame.event import Events, event
from taokit.local_chain.frame.extrinsic import MultiAddress, lookup
from taokit.local_chain.frame.origin import ROOT, Origin, ensure_signed
from taokit.local_chain.frame.pallet import Pallet
from taokit.local_chain.frame.storage import StorageValue
from taokit.local_chain.frame.types import WeightType
from taokit.local_chain.frame.weight import DispatchClass, Weight, weight


def _around(base: int) -> Any:
    def weigh(*args: Any) -> Weight:
        inner = next(arg for arg in args if isinstance(arg, Call))
        return weight(base, 1_517, reads=1).plus(inner.weight)

    return weigh


def _class_of(*args: Any) -> DispatchClass:
    inner: Call = next(arg for arg in args if isinstance(arg, Call))
    return inner.dispatch_class


class Sudo(Pallet, index=12):
    """The superuser key."""

    key = StorageValue[AccountId]("Key", optional=True)

    class Event(Events):
        """What Sudo reports."""

        Sudid = event(0, sudo_result=DispatchResult)
        KeyChanged = event(1, old=AccountId | None, new=AccountId)
        KeyRemoved = event(2)
        SudoAsDone = event(3, sudo_result=DispatchResult)

    class Error(Errors):
        """Why Sudo refuses."""

        RequireSudo = error(0, "Only the sudo key may do this.")

    def build_genesis(self) -> None:
        """The sudo key of the preset."""
        self.key.put(self.runtime.chain_spec.sudo)

    @call(0, weight=_around(7_939_000), dispatch_class=_class_of)
    def sudo(self, origin: Origin, call: RuntimeCall) -> PostDispatch:
        """Run a call as root. The extrinsic succeeds; `Sudid` tells how the call went."""
        self._ensure_sudo(origin)
        return self._run(call, ROOT, self.Event.Sudid)

    @call(
        1,
        weight=lambda call, weight: Weight(weight.ref_time, weight.proof_size),
        dispatch_class=_class_of,
    )
    def sudo_unchecked_weight(
        self, origin: Origin, call: RuntimeCall, weight: WeightType
    ) -> PostDispatch:
        """Run a call as root, charged with a weight of choice."""
        self._ensure_sudo(origin)
        return self._run(call, ROOT, self.Event.Sudid)

    @call(2, weight=weight(7_237_000, 1_517, reads=1, writes=1))
    def set_key(self, origin: Origin, new: MultiAddress) -> PostDispatch:
        """Give the sudo key to another account."""
        self._ensure_sudo(origin)
        account = lookup(new)
        self.deposit(self.Event.KeyChanged(self.key.get(), account))
        self.key.put(account)
        return PostDispatch(pays=False)

    @call(3, weight=_around(7_870_000), dispatch_class=_class_of)
    def sudo_as(self, origin: Origin, who: MultiAddress, call: RuntimeCall) -> PostDispatch:
        """Run a call as another account; no filter and no guard stands before it."""
        self._ensure_sudo(origin)
        account = lookup(who)
        return self._run(call, Origin.signed(account), self.Event.SudoAsDone)

    @call(4, weight=weight(6_417_000, 1_517, reads=1, writes=1))
    def remove_key(self, origin: Origin) -> PostDispatch:
        """Give up the sudo key for ever."""
        self._ensure_sudo(origin)
        self.deposit(self.Event.KeyRemoved())
        self.key.kill()
        return PostDispatch(pays=False)

    def _run(self, call: Call, origin: Origin, told: Any) -> PostDispatch:
        failed = None
        try:
            self.runtime.dispatch(call, origin, unfiltered=True)
        except DispatchError as caught:
            failed = caught
        self.deposit(told(result(failed)))
        return PostDispatch(pays=False)

    def _ensure_sudo(self, origin: Origin) -> None:
        if ensure_signed(origin) != self.key.get():
            raise self.Error.RequireSudo
