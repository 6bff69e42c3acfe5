"""Operations on locks: stake that is bound to a hotkey, which gains conviction from it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from taokit.chain_client.addresses import ss58_of
from taokit.chain_client.calls import Call
from taokit.chain_client.errors import InvalidArgument, UnitError
from taokit.chain_client.money import Alpha
from taokit.chain_client.operations.base import Effect, Operation, require_positive
from taokit.chain_client.operations.composed import Composed
from taokit.chain_client.operations.refusals import NOBODY, refusal, unknown_hotkey
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.parameters import Arg, Hotkey, NetUid
from taokit.chain_client.reads.lock_outlook import BLOCKS_A_DAY, lock_rates

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.reads.availability import Availability, Lock
    from taokit.wallet.errors import TaokitError

__all__ = ["LockStake", "MoveLock", "RejectLocked", "SetLockMode"]

_LOOKED_AHEAD = (30, 90, 365)
"""Days of which a preview says what is still locked; a day is 7200 blocks."""
_TAKES_LOCKED = 1
"""The bit of ``AccountFlags`` that takes locked alpha."""


@operation("lock.add", signer="coldkey")
@dataclass(frozen=True)
class LockStake(Operation):
    """Lock stake of a subnet to a hotkey: it cannot be unstaked, and the hotkey gains conviction.

    A new lock decays by itself, and its stake is free again by and by, unless its mode says
    otherwise; that of a lock which is there is changed with `taokit lock mode`.
    """

    netuid: Annotated[NetUid, Arg("The subnet.")]
    amount: Annotated[Alpha, Arg("How much of the coldkey's stake there to lock, on top.")]
    hotkey: Annotated[Hotkey, Arg("The hotkey that gains conviction.")]
    mode: Annotated[
        str | None, Arg("perpetual or decaying, of a new lock; else as the last one there.")
    ] = None

    def __post_init__(self) -> None:
        require_positive("amount", self.amount)
        if self.amount.netuid != self.netuid:
            raise UnitError("lock", f"alpha of subnet {self.netuid}", self.amount.unit)
        if self.mode is not None:
            object.__setattr__(self, "mode", _mode(self.mode))

    async def prepared_for(self, chain: ChainClient, signer: str) -> Operation:
        """Both calls in one transaction, where the chain remembers another mode."""
        if self.mode is None or await _remembered(chain, signer, self.netuid) == self.mode:
            return self
        calls = [SetLockMode(self.netuid, self.mode).call(), self.call()]
        return Composed(self, Call("Utility", "batch_all", {"calls": calls}))

    def call(self) -> Call:
        args = {"hotkey": self.hotkey, "netuid": self.netuid, "amount": self.amount}
        return Call("SubtensorModule", "lock_stake", args)

    def summary(self) -> str:
        kept = "" if self.mode is None else f", {self.mode}"
        return f"lock {self.amount} to {self.hotkey}{kept}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        free, mode, rates = await asyncio.gather(
            _availability(chain, signer, self.netuid),
            _remembered(chain, signer, self.netuid),
            lock_rates(chain),
        )
        locked = free.locked + self.amount
        wanted = self.mode or mode
        found = [
            Effect(f"locked in subnet {self.netuid}", free.locked, locked),
            Effect("free to leave", free.available, free.available - self.amount),
        ]
        if wanted != mode:
            found.append(Effect(f"locks in subnet {self.netuid}", mode, wanted))
        for days in _LOOKED_AHEAD if wanted == "decaying" else ():
            left, _ = rates.after(locked.rao, 0, days * BLOCKS_A_DAY, perpetual=False)
            found.append(Effect(f"still locked in {days} days", None, Alpha(left, self.netuid)))
        return tuple(found)

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        owner, lock, free = await asyncio.gather(
            chain.query("SubtensorModule", "Owner", self.hotkey),
            _lock(chain, signer, self.netuid),
            _availability(chain, signer, self.netuid),
        )
        if owner == NOBODY:
            return unknown_hotkey(self.hotkey)
        if lock is not None and lock.hotkey != self.hotkey:
            return refusal(
                "LockHotkeyMismatch",
                f"stake in subnet {self.netuid} is locked to {lock.hotkey} already",
            )
        if lock is not None and self.mode not in (None, lock.mode):
            why = f"there is a {lock.mode} lock: change it with `taokit lock mode`"
            return InvalidArgument("mode", self.mode, why)
        if self.amount > free.available:
            reason = f"{free.available} of the stake in subnet {self.netuid} is not locked yet"
            return refusal("InsufficientStakeForLock", reason)
        return None


@operation("lock.move", signer="coldkey")
@dataclass(frozen=True)
class MoveLock(Operation):
    """Lock to another hotkey. Conviction begins anew unless one coldkey owns both hotkeys."""

    netuid: Annotated[NetUid, Arg("The subnet.")]
    destination_hotkey: Annotated[Hotkey, Arg("The hotkey that gains conviction then.")]

    def call(self) -> Call:
        args = {"destination_hotkey": self.destination_hotkey, "netuid": self.netuid}
        return Call("SubtensorModule", "move_lock", args)

    def summary(self) -> str:
        return f"move the lock in subnet {self.netuid} to {self.destination_hotkey}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        lock = await _lock(chain, signer, self.netuid)
        if lock is None:
            return ()
        owners = await self._owners(chain, lock)
        kept = lock.conviction if owners[0] == owners[1] else lock.conviction * 0
        return (
            Effect(f"lock of {lock.locked}", lock.hotkey, self.destination_hotkey),
            Effect("its conviction", lock.conviction, kept),
        )

    async def warnings(self, chain: ChainClient, signer: str) -> tuple[str, ...]:
        lock = await _lock(chain, signer, self.netuid)
        if lock is None or not lock.conviction:
            return ()
        owners = await self._owners(chain, lock)
        return () if owners[0] == owners[1] else ("the conviction gathered so far is lost",)

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        owner, lock = await asyncio.gather(
            chain.query("SubtensorModule", "Owner", self.destination_hotkey),
            _lock(chain, signer, self.netuid),
        )
        if owner == NOBODY:
            return unknown_hotkey(self.destination_hotkey)
        if lock is None:
            return refusal("NoExistingLock", f"nothing is locked in subnet {self.netuid}")
        return None

    async def _owners(self, chain: ChainClient, lock: Lock) -> list[bytes]:
        keys = (lock.hotkey, self.destination_hotkey)
        return await chain.query_many([("SubtensorModule", "Owner", key) for key in keys])


@operation("lock.mode", signer="coldkey", danger="mild")
@dataclass(frozen=True)
class SetLockMode(Operation):
    """Choose whether the coldkey's locks in a subnet decay by themselves or stay for good."""

    netuid: Annotated[NetUid, Arg("The subnet.")]
    mode: Annotated[str, Arg("perpetual or decaying.")]

    def __post_init__(self) -> None:
        object.__setattr__(self, "mode", _mode(self.mode))

    def call(self) -> Call:
        args = {"netuid": self.netuid, "enabled": self.mode == "perpetual"}
        return Call("SubtensorModule", "set_perpetual_lock", args)

    def summary(self) -> str:
        return f"make the lock in subnet {self.netuid} {self.mode}"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        before = await _remembered(chain, signer, self.netuid)
        return (Effect(f"locks in subnet {self.netuid}", before, self.mode),)


@operation("lock.reject", signer="coldkey", danger="mild")
@dataclass(frozen=True)
class RejectLocked(Operation):
    """Refuse locked alpha that others transfer to the coldkey, which is the default, or take it."""

    enabled: Annotated[bool, Arg("Whether it is refused.")] = True

    def call(self) -> Call:
        return Call("SubtensorModule", "set_reject_locked_alpha", {"enabled": self.enabled})

    def summary(self) -> str:
        return f"{'refuse' if self.enabled else 'take'} locked alpha from others"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        flags = await chain.query("SubtensorModule", "AccountFlags", signer)
        before = not flags & _TAKES_LOCKED
        return (Effect("locked alpha from others is refused", before, self.enabled),)


def _mode(text: str) -> str:
    if text.lower() not in ("perpetual", "decaying"):
        raise InvalidArgument("mode", text, "perpetual or decaying")
    return text.lower()


async def _remembered(chain: ChainClient, coldkey: str, netuid: int) -> str:
    """The mode that the coldkey's locks in a subnet have, or that the next one will have."""
    found = await chain.query("SubtensorModule", "DecayingLock", coldkey, netuid)
    return "perpetual" if found is False else "decaying"


async def _lock(chain: ChainClient, coldkey: str, netuid: int) -> Lock | None:
    from taokit.chain_client.reads.availability import locks

    found = await locks(chain, ss58_of(coldkey), netuid)
    return found[0] if found else None


async def _availability(chain: ChainClient, coldkey: str, netuid: int) -> Availability:
    from taokit.chain_client.reads.availability import availability_in

    return await availability_in(chain, coldkey, netuid)
