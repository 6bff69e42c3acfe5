"""SafeMode: root stops all but a few calls, for a while.

Follows `pallet_safe_mode` as Subtensor configures it: nobody enters by a deposit, root enters for
a day and extends by half a day. Weights are upstream's published benchmarks.
"""

from __future__ import annotations

from taokit.chain_client.scale import AccountId, Option, UnitEnum, u32, u64
from taokit.chain_client.storage_keys import Twox64Concat
from taokit.local_chain.frame.call import Call, call
from taokit.local_chain.frame.errors import DispatchError, Errors, error
from taokit.local_chain.frame.event import Events, event
from taokit.local_chain.frame.origin import Origin, ensure_root, ensure_signed
from taokit.local_chain.frame.pallet import Constant, Pallet
from taokit.local_chain.frame.storage import StorageMap, StorageValue
from taokit.local_chain.frame.weight import Weight, weight
from taokit.local_chain.pallets.balance_types import RuntimeHoldReason, SafeModeHold

ROOT_ENTERS_FOR = 7_200
ROOT_EXTENDS_BY = 3_600
HOLD = RuntimeHoldReason.SafeMode(SafeModeHold.EnterOrExtend)
# Calls that pass while the mode is entered: whole pallets, and single calls.
OPEN_PALLETS = frozenset({"Sudo", "Multisig", "System", "SafeMode", "Timestamp"})
OPEN_CALLS = frozenset(
    {
        ("SubtensorModule", "set_weights"),
        ("SubtensorModule", "serve_axon"),
        ("Commitments", "set_commitment"),
    }
)


class ExitReason(UnitEnum, path="pallet_safe_mode::pallet::ExitReason"):
    """Why the mode ended."""

    Timeout = 0
    Force = 1


class SafeMode(Pallet, index=20):
    """The mode in which only a few calls pass."""

    enter_duration = Constant[u32]("EnterDuration", 0)
    extend_duration = Constant[u32]("ExtendDuration", 0)
    enter_deposit_amount = Constant[Option[u64]]("EnterDepositAmount", None)
    extend_deposit_amount = Constant[Option[u64]]("ExtendDepositAmount", None)
    release_delay = Constant[Option[u32]]("ReleaseDelay", None)

    entered_until = StorageValue[u32]("EnteredUntil", optional=True)
    deposits = StorageMap[tuple[AccountId, u32], u64](
        "Deposits", Twox64Concat, Twox64Concat, optional=True
    )

    class Event(Events):
        """What SafeMode reports."""

        Entered = event(0, until=u32)
        Extended = event(1, until=u32)
        Exited = event(2, reason=ExitReason)
        DepositPlaced = event(3, account=AccountId, amount=u64)
        DepositReleased = event(4, account=AccountId, amount=u64)
        DepositSlashed = event(5, account=AccountId, amount=u64)
        CannotDeposit = event(6)
        CannotRelease = event(7)

    class Error(Errors):
        """Why SafeMode refuses."""

        Entered = error(0, "The mode is entered.")
        Exited = error(1, "The mode is not entered.")
        NotConfigured = error(2, "This chain does not offer that.")
        NoDeposit = error(3, "There is no such deposit.")
        AlreadyDeposited = error(4, "The account holds a deposit already.")
        CannotReleaseYet = error(5, "The deposit must stay longer.")
        CurrencyError = error(6, "The deposit cannot be held or released.")

    # -- calls ---------------------------------------------------------------------------

    @call(0, weight=weight(44_471_000, 3_892, reads=2, writes=3))
    def enter(self, origin: Origin) -> None:
        """Enter the mode for a deposit. Not offered on this chain."""
        who = ensure_signed(origin)
        self._ensure_exited()
        self._place_deposit(who, self.enter_deposit_amount)
        self._enter(self.enter_duration)

    @call(1, weight=weight(5_200_000, 1_489, reads=1, writes=1))
    def force_enter(self, origin: Origin) -> None:
        """Enter the mode for a day. Root only."""
        ensure_root(origin)
        self._ensure_exited()
        self._enter(ROOT_ENTERS_FOR)

    @call(2, weight=weight(46_411_000, 3_892, reads=2, writes=3))
    def extend(self, origin: Origin) -> None:
        """Make the mode last longer for a deposit. Not offered on this chain."""
        who = ensure_signed(origin)
        until = self._until()
        self._place_deposit(who, self.extend_deposit_amount)
        self._extend(until, self.extend_duration)

    @call(3, weight=weight(7_011_000, 1_489, reads=1, writes=1))
    def force_extend(self, origin: Origin) -> None:
        """Make the mode last half a day longer. Root only."""
        ensure_root(origin)
        self._extend(self._until(), ROOT_EXTENDS_BY)

    @call(4, weight=weight(6_180_000, 1_489, reads=1, writes=1))
    def force_exit(self, origin: Origin) -> None:
        """End the mode. Root only."""
        ensure_root(origin)
        self._until()
        self._exit(ExitReason.Force)

    @call(5, weight=weight(28_905_000, 3_892, reads=2, writes=2))
    def force_slash_deposit(self, origin: Origin, account: AccountId, block: u32) -> None:
        """Destroy what an account deposited at a block. Root only."""
        ensure_root(origin)
        amount = self._take_deposit(account, block)
        self.runtime.balances.burn_held(HOLD, account, amount)
        self.deposit(self.Event.DepositSlashed(account, amount))

    @call(6, weight=weight(37_735_000, 3_892, reads=3, writes=2))
    def release_deposit(self, origin: Origin, account: AccountId, block: u32) -> None:
        """Give a deposit back once the mode is over. Not offered on this chain."""
        ensure_signed(origin)
        amount = self._take_deposit(account, block)
        self._ensure_exited()
        delay = self.release_delay
        if delay is None:
            raise self.Error.NotConfigured
        if self.runtime.system.block_number() <= block + delay:
            raise self.Error.CannotReleaseYet
        self._release(account, amount)

    @call(7, weight=weight(36_454_000, 3_892, reads=2, writes=2))
    def force_release_deposit(self, origin: Origin, account: AccountId, block: u32) -> None:
        """Give a deposit back. Root only."""
        ensure_root(origin)
        self._release(account, self._take_deposit(account, block))

    # -- hooks, and what the runtime asks ------------------------------------------------

    def on_initialize(self, block: int) -> Weight:
        """The mode ends by itself after its last block."""
        until = self.entered_until.get()
        if until is not None and block > until:
            self._exit(ExitReason.Timeout)
            return weight(4_926_000, 1_489, reads=1, writes=1)
        return weight(733_000, 1_489, reads=1)

    def next_due(self, block: int) -> int | None:
        """The block in which the mode ends."""
        until = self.entered_until.get()
        return None if until is None else max(until + 1, block)

    def allows(self, call: Call) -> bool:
        """True if a call passes now."""
        if call.pallet.name in OPEN_PALLETS or call.key in OPEN_CALLS:
            return True
        return not self.entered_until.exists()

    # -- inside --------------------------------------------------------------------------

    def _ensure_exited(self) -> None:
        if self.entered_until.exists():
            raise self.Error.Entered

    def _until(self) -> int:
        until = self.entered_until.get()
        if until is None:
            raise self.Error.Exited
        return until

    def _enter(self, duration: int) -> None:
        until = min(self.runtime.system.block_number() + duration, 2**32 - 1)
        self.entered_until.put(until)
        self.deposit(self.Event.Entered(until))

    def _extend(self, until: int, duration: int) -> None:
        until = min(until + duration, 2**32 - 1)
        self.entered_until.put(until)
        self.deposit(self.Event.Extended(until))

    def _exit(self, reason: ExitReason) -> None:
        self.entered_until.kill()
        self.deposit(self.Event.Exited(reason))

    def _place_deposit(self, who: bytes, amount: int | None) -> None:
        if amount is None:
            raise self.Error.NotConfigured
        balances = self.runtime.balances
        if balances.held(HOLD, who):
            raise self.Error.AlreadyDeposited
        try:
            balances.hold(HOLD, who, amount)
        except DispatchError:
            raise self.Error.CurrencyError from None
        self.deposits.insert((who, self.runtime.system.block_number()), amount)
        self.deposit(self.Event.DepositPlaced(who, amount))

    def _take_deposit(self, account: bytes, block: int) -> int:
        amount = self.deposits.take((account, block))
        if amount is None:
            raise self.Error.NoDeposit
        return amount

    def _release(self, account: bytes, amount: int) -> None:
        released = self.runtime.balances.release(HOLD, account, amount)
        self.deposit(self.Event.DepositReleased(account, released))
