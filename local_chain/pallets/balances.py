"""Balances: TAO held by accounts, in rao, and who may move it.

Follows `pallet_balances` behind the fungible traits: an account lives while
its free balance reaches the existential deposit; what is left below that is
dust and leaves the issuance.
"""

from __future__ import annotations

from collections.abc import Callable

from taokit.chain_client.scale import (
    AccountId,
    Bool,
    BoundedVec,
    Compact,
    Vec,
    WeakBoundedVec,
    u32,
    u64,
)
from taokit.chain_client.storage_keys import Blake2_128Concat
from taokit.local_chain.frame.call import PostDispatch, call
from taokit.local_chain.frame.errors import (
    ArithmeticError_,
    ConsumerRemaining,
    Errors,
    TokenError,
    error,
)
from taokit.local_chain.frame.event import Events, event
from taokit.local_chain.frame.extrinsic import MultiAddress, lookup
from taokit.local_chain.frame.origin import Origin, ensure_root, ensure_signed
from taokit.local_chain.frame.pallet import Constant, Pallet
from taokit.local_chain.frame.storage import StorageMap, StorageValue
from taokit.local_chain.frame.types import AccountData
from taokit.local_chain.frame.weight import Weight, weight
from taokit.local_chain.pallets.balance_types import (
    AdjustmentDirection,
    BalanceLock,
    BalanceStatus,
    FreezeAmount,
    HoldAmount,
    ReserveData,
    RuntimeHoldReason,
)
from taokit.local_chain.pallets.system_base import NEW_LOGIC

EXISTENTIAL_DEPOSIT = 500
MAX_BALANCE = 2**64 - 1
_NOTHING = AccountData(free=0, reserved=0, frozen=0, flags=NEW_LOGIC)


def _burn_weight(value: int, keep_alive: bool) -> Weight:
    """The runtime's own order: the dearer benchmark, of burning to death, is for keeping alive."""
    return weight(30_219_000 if keep_alive else 20_720_000)


def _upgrade_weight(who: list[bytes]) -> Weight:
    count = len(who)
    return weight(14_674_000 + 14_648_188 * count, 990 + 2_603 * count, reads=count, writes=count)


class Balances(Pallet, index=5):
    """TAO balances."""

    existential_deposit = Constant[u64]("ExistentialDeposit", EXISTENTIAL_DEPOSIT)
    max_locks = Constant[u32]("MaxLocks", 50)
    max_reserves = Constant[u32]("MaxReserves", 50)
    max_freezes = Constant[u32]("MaxFreezes", 50)

    total_issuance = StorageValue[u64]("TotalIssuance")
    inactive_issuance = StorageValue[u64]("InactiveIssuance")
    account = StorageMap[AccountId, AccountData]("Account", Blake2_128Concat, default=_NOTHING)
    locks = StorageMap[AccountId, WeakBoundedVec[BalanceLock]]("Locks", Blake2_128Concat)
    reserves = StorageMap[AccountId, BoundedVec[ReserveData]]("Reserves", Blake2_128Concat)
    holds = StorageMap[AccountId, BoundedVec[HoldAmount]]("Holds", Blake2_128Concat)
    freezes = StorageMap[AccountId, BoundedVec[FreezeAmount]]("Freezes", Blake2_128Concat)

    class Event(Events):
        """What Balances reports."""

        Endowed = event(0, account=AccountId, free_balance=u64)
        DustLost = event(1, account=AccountId, amount=u64)
        Transfer = event(2, from_=AccountId, to=AccountId, amount=u64)
        BalanceSet = event(3, who=AccountId, free=u64)
        Reserved = event(4, who=AccountId, amount=u64)
        Unreserved = event(5, who=AccountId, amount=u64)
        ReserveRepatriated = event(
            6, from_=AccountId, to=AccountId, amount=u64, destination_status=BalanceStatus
        )
        Deposit = event(7, who=AccountId, amount=u64)
        Withdraw = event(8, who=AccountId, amount=u64)
        Slashed = event(9, who=AccountId, amount=u64)
        Minted = event(10, who=AccountId, amount=u64)
        Burned = event(11, who=AccountId, amount=u64)
        Suspended = event(12, who=AccountId, amount=u64)
        Restored = event(13, who=AccountId, amount=u64)
        Upgraded = event(14, who=AccountId)
        Issued = event(15, amount=u64)
        Rescinded = event(16, amount=u64)
        Locked = event(17, who=AccountId, amount=u64)
        Unlocked = event(18, who=AccountId, amount=u64)
        Frozen = event(19, who=AccountId, amount=u64)
        Thawed = event(20, who=AccountId, amount=u64)
        TotalIssuanceForced = event(21, old=u64, new=u64)

    class Error(Errors):
        """Why Balances refuses."""

        VestingBalance = error(0, "The balance is still vesting.")
        LiquidityRestrictions = error(1, "A lock forbids to move that much.")
        InsufficientBalance = error(2, "The balance is too low.")
        ExistentialDeposit = error(3, "The amount would not keep an account alive.")
        Expendability = error(4, "The transfer would end the sending account.")
        ExistingVestingSchedule = error(5, "The account already vests.")
        DeadAccount = error(6, "The receiving account does not exist.")
        TooManyReserves = error(7, "The account has the most named reserves it may.")
        TooManyHolds = error(8, "The account has the most holds it may.")
        TooManyFreezes = error(9, "The account has the most freezes it may.")
        IssuanceDeactivated = error(10, "The issuance may not be changed now.")
        DeltaZero = error(11, "The change is zero.")

    # -- calls ---------------------------------------------------------------------------

    @call(0, weight=weight(48_834_000, 3_593, reads=1, writes=1))
    def transfer_allow_death(self, origin: Origin, dest: MultiAddress, value: Compact[u64]) -> None:
        """Send free balance; the sender may be left with nothing."""
        self.transfer(ensure_signed(origin), lookup(dest), value, keep_alive=False)

    @call(2, weight=weight(49_519_000, 6_196, reads=2, writes=2))
    def force_transfer(
        self, origin: Origin, source: MultiAddress, dest: MultiAddress, value: Compact[u64]
    ) -> None:
        """Send someone else's balance. Root only."""
        ensure_root(origin)
        self.transfer(lookup(source), lookup(dest), value, keep_alive=False)

    @call(3, weight=weight(39_051_000, 3_593, reads=1, writes=1))
    def transfer_keep_alive(self, origin: Origin, dest: MultiAddress, value: Compact[u64]) -> None:
        """Send free balance; refuses to end the sender's account."""
        self.transfer(ensure_signed(origin), lookup(dest), value, keep_alive=True)

    @call(4, weight=weight(48_209_000, 3_593, reads=1, writes=1))
    def transfer_all(self, origin: Origin, dest: MultiAddress, keep_alive: Bool) -> None:
        """Send everything that can be sent."""
        source = ensure_signed(origin)
        amount = self.reducible(source, keep_alive=keep_alive)
        self.transfer(source, lookup(dest), amount, keep_alive=keep_alive)

    @call(5, weight=weight(15_515_000, 3_593, reads=1, writes=1))
    def force_unreserve(self, origin: Origin, who: MultiAddress, amount: u64) -> None:
        """Free a reserved balance. Root only."""
        ensure_root(origin)
        account = lookup(who)
        data = self.data(account)
        freed = min(amount, data.reserved)
        if freed:
            self._store(
                account, data.replace(free=data.free + freed, reserved=data.reserved - freed)
            )
            self.deposit(self.Event.Unreserved(account, freed))

    @call(8, weight=weight(19_206_000, 3_593, reads=1, writes=1))
    def force_set_balance(self, origin: Origin, who: MultiAddress, new_free: Compact[u64]) -> None:
        """Set a free balance, changing the issuance by the difference. Root only."""
        ensure_root(origin)
        account = lookup(who)
        free = new_free if new_free >= EXISTENTIAL_DEPOSIT else 0
        data = self.data(account)
        self.total_issuance.put(self.total_issuance.get() - data.free + free)
        self._store(account, data.replace(free=free))
        self.deposit(self.Event.BalanceSet(account, free))

    @call(9, weight=weight(5_351_000))
    def force_adjust_total_issuance(
        self, origin: Origin, direction: AdjustmentDirection, delta: Compact[u64]
    ) -> None:
        """Correct the issuance counter. Root only."""
        ensure_root(origin)
        if not delta:
            raise self.Error.DeltaZero
        old = self.total_issuance.get()
        up = direction == AdjustmentDirection.Increase
        new = min(old + delta, MAX_BALANCE) if up else max(old - delta, 0)
        if self.inactive_issuance.get() > new:
            raise self.Error.IssuanceDeactivated
        self.total_issuance.put(new)
        self.deposit(self.Event.TotalIssuanceForced(old, new))

    @call(10, weight=_burn_weight)
    def burn(self, origin: Origin, value: Compact[u64], keep_alive: Bool) -> None:
        """Destroy own free balance, and reduce the issuance by it."""
        who = ensure_signed(origin)
        self._check_withdraw(who, value, keep_alive)
        self._decrease(who, value)
        self.total_issuance.put(max(self.total_issuance.get() - value, 0))
        self.deposit(self.Event.Burned(who, value))

    @call(6, weight=_upgrade_weight)
    def upgrade_accounts(self, origin: Origin, who: Vec[AccountId]) -> PostDispatch:
        """Bring accounts to today's logic. Every account of this chain is there already."""
        ensure_signed(origin)
        return PostDispatch(pays=True)

    # -- what other pallets use ----------------------------------------------------------

    def build_genesis(self) -> None:
        """The endowed accounts of the preset."""
        for who, amount in self.runtime.chain_spec.balances.items():
            self._store(who, _NOTHING.replace(free=amount))
        self.total_issuance.put(sum(self.runtime.chain_spec.balances.values()))

    def data(self, who: bytes) -> AccountData:
        """The balances of an account."""
        return self.runtime.system.account.get(who).data

    def free(self, who: bytes) -> int:
        """The free balance (rao)."""
        return self.data(who).free

    def reducible(self, who: bytes, *, keep_alive: bool = False) -> int:
        """How much of the free balance can be taken (rao), leaving the account alive if asked."""
        info = self.runtime.system.account.get(who)
        untouchable = max(info.data.frozen - info.data.reserved, 0)
        if keep_alive or (info.consumers and info.providers <= 1):
            untouchable = max(untouchable, EXISTENTIAL_DEPOSIT)
        return max(info.data.free - untouchable, 0)

    def transfer(self, source: bytes, dest: bytes, amount: int, *, keep_alive: bool) -> None:
        """Move `amount` rao. Raises `TokenError` as the fungible traits do.

        A transfer to oneself is checked, and then nothing, without an event.
        """
        self._check_withdraw(source, amount, keep_alive)
        self._check_deposit(dest, amount)
        if source == dest:
            return
        self._decrease(source, amount)
        self._increase(dest, amount)
        self.deposit(self.Event.Transfer(source, dest, amount))

    def issue(self, amount: int) -> None:
        """Create `amount` rao that belong to nobody yet; `resolve` gives them to an account."""
        self.total_issuance.put(self.total_issuance.get() + amount)
        self.deposit(self.Event.Issued(amount))

    def resolve(self, who: bytes, amount: int) -> bool:
        """Credit rao issued or withdrawn before; False (and nothing) if `who` cannot hold them."""
        if not amount:
            return True
        if self.free(who) + amount < EXISTENTIAL_DEPOSIT:
            return False
        self._increase(who, amount)
        self.deposit(self.Event.Deposit(who, amount))
        return True

    def give_back(self, who: bytes, amount: int) -> int:
        """Credit withdrawn rao to an account that still is one; returns what it got (rao).

        Nothing for an account without any balance, or one too poor to hold them; to any other, the
        event comes even for nothing (`Balanced::deposit` with the best effort).
        """
        data = self.data(who)
        if not data.free + data.reserved:
            return 0
        given = amount if data.free + amount >= EXISTENTIAL_DEPOSIT else 0
        self._increase(who, given)
        self.deposit(self.Event.Deposit(who, given))
        return given

    def forget(self, amount: int) -> None:
        """Drop issued or withdrawn rao: they leave the issuance."""
        self.total_issuance.put(max(self.total_issuance.get() - amount, 0))

    def withdraw(self, who: bytes, amount: int, *, keep_alive: bool) -> None:
        """Take rao out of an account, to `resolve` or `forget` them. Raises `TokenError`."""
        self._check_withdraw(who, amount, keep_alive)
        self._decrease(who, amount)
        self.deposit(self.Event.Withdraw(who, amount))

    def mint(self, who: bytes, amount: int) -> None:
        """Create rao in an account."""
        self._check_deposit(who, amount)
        self.total_issuance.put(self.total_issuance.get() + amount)
        self._increase(who, amount)
        self.deposit(self.Event.Minted(who, amount))

    def reserve(self, who: bytes, amount: int) -> None:
        """Set rao of the free balance aside. Raises InsufficientBalance."""
        if not amount:
            return
        if self.reducible(who, keep_alive=True) < amount:
            raise self.Error.InsufficientBalance
        data = self.data(who)
        self._store(who, data.replace(free=data.free - amount, reserved=data.reserved + amount))
        self.deposit(self.Event.Reserved(who, amount))

    def unreserve(self, who: bytes, amount: int) -> int:
        """Free reserved rao; returns how many could not be."""
        data = self.data(who)
        freed = min(amount, data.reserved)
        if freed:
            self._store(who, data.replace(free=data.free + freed, reserved=data.reserved - freed))
            self.deposit(self.Event.Unreserved(who, freed))
        return amount - freed

    def held(self, reason: RuntimeHoldReason, who: bytes) -> int:
        """How much is held for a reason (rao)."""
        return next((h.amount for h in self.holds.get(who) if h.id == reason), 0)

    def hold(self, reason: RuntimeHoldReason, who: bytes, amount: int) -> None:
        """Set rao aside for a reason. Raises `TokenError`; keeps the account alive."""
        info = self.runtime.system.account.get(who)
        if not info.providers:
            raise TokenError("CannotCreateHold")
        needed = EXISTENTIAL_DEPOSIT if info.data.free and info.providers == 1 else 0
        if amount > max(info.data.free - needed, 0):
            raise TokenError("FundsUnavailable")
        data = info.data
        self._store(who, data.replace(free=data.free - amount, reserved=data.reserved + amount))
        self._set_held(reason, who, self.held(reason, who) + amount)

    def release(self, reason: RuntimeHoldReason, who: bytes, amount: int) -> int:
        """Free rao held for a reason, as many as there are; returns how many."""
        freed = min(amount, self.held(reason, who))
        data = self.data(who)
        self._store(who, data.replace(free=data.free + freed, reserved=data.reserved - freed))
        self._set_held(reason, who, self.held(reason, who) - freed)
        return freed

    def burn_held(self, reason: RuntimeHoldReason, who: bytes, amount: int) -> int:
        """Destroy rao held for a reason, as many as there are; returns how many."""
        burned = min(amount, self.held(reason, who))
        data = self.data(who)
        self._store(who, data.replace(reserved=data.reserved - burned))
        self._set_held(reason, who, self.held(reason, who) - burned)
        self.forget(burned)
        return burned

    # -- inside --------------------------------------------------------------------------

    def _set_held(self, reason: RuntimeHoldReason, who: bytes, amount: int) -> None:
        holds = self.holds.get(who)
        if any(h.id == reason for h in holds):
            holds = [h.replace(amount=amount) if h.id == reason else h for h in holds]
        else:
            holds = [*holds, HoldAmount(reason, amount)]
        holds = [h for h in holds if h.amount]
        if holds:
            self.holds.insert(who, holds)
        else:
            self.holds.remove(who)

    def _check_withdraw(self, who: bytes, amount: int, keep_alive: bool) -> None:
        if not amount:
            return
        info = self.runtime.system.account.get(who)
        left = info.data.free - amount
        if left < 0:
            raise TokenError("FundsUnavailable")
        needed = bool(info.consumers) and info.providers <= 1
        if amount > self.reducible(who) and not needed:
            raise TokenError("Frozen")
        if left < EXISTENTIAL_DEPOSIT:
            if needed:
                raise TokenError("OnlyProvider")
            if keep_alive:
                raise TokenError("NotExpendable")

    def _check_deposit(self, who: bytes, amount: int) -> None:
        if not amount:
            return
        data = self.data(who)
        if data.free + amount > MAX_BALANCE:
            raise ArithmeticError_("Overflow")
        if data.free + amount < EXISTENTIAL_DEPOSIT:
            raise TokenError("BelowMinimum")

    def _decrease(self, who: bytes, amount: int) -> None:
        if amount:
            data = self.data(who)
            self._store(who, data.replace(free=data.free - amount))

    def _increase(self, who: bytes, amount: int) -> None:
        if amount:
            data = self.data(who)
            self._store(who, data.replace(free=data.free + amount))

    def _store(self, who: bytes, data: AccountData) -> None:
        """Write balances; begin or end the account where they call for it."""
        system = self.runtime.system
        info = system.account.get(who)
        old = info.data
        lives = data.free >= EXISTENTIAL_DEPOSIT
        lived = old.free >= EXISTENTIAL_DEPOSIT
        uses = bool(data.reserved or data.frozen)
        used = bool(old.reserved or old.frozen)
        if lives and lived and uses == used:
            system.account.insert(who, info.replace(data=data))
            return
        dust = 0
        if not lives and not data.reserved:
            dust, data = data.free, data.replace(free=0)
        providers = info.providers + lives - lived
        consumers = info.consumers + uses - used
        if lived and not lives and not providers and consumers:
            raise ConsumerRemaining
        if not providers and not info.sufficients and not (data.free or data.reserved):
            system.account.remove(who)
            if lived:
                system.deposit(system.Event.KilledAccount(who))
        else:
            changed = info.replace(data=data, providers=providers, consumers=consumers)
            system.account.insert(who, changed)
            if not lived and lives:
                if not info.providers and not info.sufficients:
                    system.deposit(system.Event.NewAccount(who))
                self.deposit(self.Event.Endowed(who, data.free))
        if dust:
            self.forget(dust)
            self.deposit(self.Event.DustLost(who, dust))

    def change_frozen(self, who: bytes, change: Callable[[int], int]) -> None:
        """Set how much of the balance is frozen."""
        data = self.data(who)
        self._store(who, data.replace(frozen=change(data.frozen)))
