"""The Proxy pallet: who may act for whom, announcements, accounts without a key, deposits.

Follows Subtensor's fork, `pallets/proxy`. What a proxy may do is in `filters`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from taokit.chain_client.scale import (
    H256,
    AccountId,
    Bool,
    BoundedVec,
    Compact,
    Option,
    Unit,
    Vec,
    u8,
    u16,
    u32,
    u64,
)
from taokit.chain_client.storage_keys import Twox64Concat
from taokit.local_chain.frame.call import Call, PostDispatch, RuntimeCall, RuntimeCallCodec, call
from taokit.local_chain.frame.dispatch_error import DispatchResult, result
from taokit.local_chain.frame.errors import DispatchError, Errors, error
from taokit.local_chain.frame.event import Events, event
from taokit.local_chain.frame.extrinsic import MultiAddress, lookup
from taokit.local_chain.frame.origin import Origin, ensure_signed
from taokit.local_chain.frame.pallet import Constant, Pallet, runtime_api
from taokit.local_chain.frame.storage import StorageMap
from taokit.local_chain.pallets.proxy import weights
from taokit.local_chain.pallets.proxy.filters import (
    FILTERS,
    filter_infos,
    is_superset,
    type_infos,
)
from taokit.local_chain.pallets.proxy.types import (
    Announcement,
    DepositKind,
    ProxyDefinition,
    ProxyFilterInfo,
    ProxyType,
    ProxyTypeInfo,
)

_BATCHES = ("batch", "batch_all", "force_batch")


class Proxy(Pallet, index=16, crate="pallet_subtensor_proxy"):
    """Accounts that act for others."""

    proxy_deposit_base = Constant[u64]("ProxyDepositBase", 60_000_000)
    proxy_deposit_factor = Constant[u64]("ProxyDepositFactor", 33_000_000)
    max_proxies = Constant[u32]("MaxProxies", weights.MAX_PROXIES)
    max_pending = Constant[u32]("MaxPending", weights.MAX_PENDING)
    announcement_deposit_base = Constant[u64]("AnnouncementDepositBase", 36_000_000)
    announcement_deposit_factor = Constant[u64]("AnnouncementDepositFactor", 68_000_000)

    proxies = StorageMap[AccountId, tuple[BoundedVec[ProxyDefinition], u64]](
        "Proxies", Twox64Concat
    )
    announcements = StorageMap[AccountId, tuple[BoundedVec[Announcement], u64]](
        "Announcements", Twox64Concat
    )
    last_call_result = StorageMap[AccountId, DispatchResult](
        "LastCallResult", Twox64Concat, optional=True
    )
    real_pays_fee = StorageMap[tuple[AccountId, AccountId], Unit](
        "RealPaysFee", Twox64Concat, Twox64Concat, optional=True
    )

    class Event(Events):
        """What Proxy reports."""

        ProxyExecuted = event(0, result=DispatchResult)
        PureCreated = event(
            1, pure=AccountId, who=AccountId, proxy_type=ProxyType, disambiguation_index=u16
        )
        PureKilled = event(
            2, pure=AccountId, spawner=AccountId, proxy_type=ProxyType, disambiguation_index=u16
        )
        Announced = event(3, real=AccountId, proxy=AccountId, call_hash=H256)
        ProxyAdded = event(
            4, delegator=AccountId, delegatee=AccountId, proxy_type=ProxyType, delay=u32
        )
        ProxyRemoved = event(
            5, delegator=AccountId, delegatee=AccountId, proxy_type=ProxyType, delay=u32
        )
        DepositPoked = event(6, who=AccountId, kind=DepositKind, old_deposit=u64, new_deposit=u64)
        RealPaysFeeSet = event(7, real=AccountId, delegate=AccountId, pays_fee=Bool)

    class Error(Errors):
        """Why Proxy refuses."""

        TooMany = error(0, "The account has all the proxies or announcements it may have.")
        NotFound = error(1, "There is no such proxy or announcement.")
        NotProxy = error(2, "The sender is not a proxy of the account.")
        Unproxyable = error(3, "The proxy's kind does not allow the call.")
        Duplicate = error(4, "The account is a proxy of this kind already.")
        NoPermission = error(5, "The call would give the proxy more than it has.")
        Unannounced = error(6, "The call was not announced, or not long enough ago.")
        NoSelfProxy = error(7, "An account cannot be its own proxy.")
        AnnouncementDepositInvariantViolated = error(8, "An announcement is left without deposit.")
        InvalidDerivedAccountId = error(9, "No account derives from these values.")

    # -- calls ---------------------------------------------------------------------------

    @call(0, weight=weights.proxy, pays=weights.inner_pays)
    def proxy(
        self,
        origin: Origin,
        real: MultiAddress,
        force_proxy_type: Option[ProxyType],
        call: RuntimeCall,
    ) -> None:
        """Make a call for `real`, by the first of its proxies (of a kind) that the sender is."""
        who = ensure_signed(origin)
        account = lookup(real)
        definition = self._find(account, who, force_proxy_type)
        if definition.delay:
            raise self.Error.Unannounced
        self._run(definition, account, call)

    @call(1, weight=weights.ADD_PROXY)
    def add_proxy(
        self, origin: Origin, delegate: MultiAddress, proxy_type: ProxyType, delay: u32
    ) -> None:
        """Let an account act for the sender. Reserves a deposit."""
        who = ensure_signed(origin)
        self.add_delegate(who, lookup(delegate), proxy_type, delay)

    @call(2, weight=weights.REMOVE_PROXY)
    def remove_proxy(
        self, origin: Origin, delegate: MultiAddress, proxy_type: ProxyType, delay: u32
    ) -> None:
        """No longer let an account act for the sender. Returns its part of the deposit."""
        who = ensure_signed(origin)
        self.remove_delegate(who, lookup(delegate), proxy_type, delay)

    @call(3, weight=weights.REMOVE_PROXIES)
    def remove_proxies(self, origin: Origin) -> None:
        """Let nobody act for the sender. An account made by `create_pure` is lost by this."""
        who = ensure_signed(origin)
        _, deposit = self.proxies.take(who)
        self.runtime.balances.unreserve(who, deposit)
        self.real_pays_fee.clear((who,))

    @call(4, weight=weights.CREATE_PURE)
    def create_pure(self, origin: Origin, proxy_type: ProxyType, delay: u32, index: u16) -> None:
        """Make an account without a key, whose proxy is the sender."""
        who = ensure_signed(origin)
        system = self.runtime.system
        when = (system.block_number(), system.extrinsic_index())
        pure = pure_account(who, proxy_type, index, when)
        if self.proxies.contains(pure):
            raise self.Error.Duplicate
        deposit = self.deposit_for(1)
        self.runtime.balances.reserve(who, deposit)
        self.proxies.insert(pure, ([ProxyDefinition(who, proxy_type, delay)], deposit))
        self.deposit(self.Event.PureCreated(pure, who, proxy_type, index))

    @call(5, weight=weights.KILL_PURE)
    def kill_pure(
        self,
        origin: Origin,
        spawner: MultiAddress,
        proxy_type: ProxyType,
        index: u16,
        height: Compact[u32],
        ext_index: Compact[u32],
    ) -> None:
        """Give up the account made by `create_pure` in an extrinsic; it must be the sender."""
        who = ensure_signed(origin)
        maker = lookup(spawner)
        if pure_account(maker, proxy_type, index, (height, ext_index)) != who:
            raise self.Error.NoPermission
        _, deposit = self.proxies.take(who)
        self.runtime.balances.unreserve(maker, deposit)
        self.deposit(self.Event.PureKilled(who, maker, proxy_type, index))

    @call(6, weight=weights.ANNOUNCE)
    def announce(self, origin: Origin, real: MultiAddress, call_hash: H256) -> None:
        """Tell a call that the sender, a proxy of `real`, means to make later."""
        who = ensure_signed(origin)
        account = lookup(real)
        self._find(account, who, None)
        pending, deposit = self.announcements.get(who)
        if len(pending) >= self.max_pending:
            raise self.Error.TooMany
        made = Announcement(account, call_hash, self.runtime.system.block_number())
        new = self._announcement_deposit(len(pending) + 1)
        self._adjust(who, deposit, new)
        self.announcements.insert(who, ([*pending, made], new))
        self.deposit(self.Event.Announced(account, who, call_hash))

    @call(7, weight=weights.REMOVE_ANNOUNCEMENT)
    def remove_announcement(self, origin: Origin, real: MultiAddress, call_hash: H256) -> None:
        """Take back an announcement of the sender."""
        who = ensure_signed(origin)
        account = lookup(real)
        self._drop(who, lambda made: made.real == account and made.call_hash == call_hash)

    @call(8, weight=weights.REJECT_ANNOUNCEMENT)
    def reject_announcement(self, origin: Origin, delegate: MultiAddress, call_hash: H256) -> None:
        """Refuse what a proxy of the sender announced."""
        who = ensure_signed(origin)
        proxy = lookup(delegate)
        self._drop(proxy, lambda made: made.real == who and made.call_hash == call_hash)

    @call(9, weight=weights.proxy_announced)
    def proxy_announced(
        self,
        origin: Origin,
        delegate: MultiAddress,
        real: MultiAddress,
        force_proxy_type: Option[ProxyType],
        call: RuntimeCall,
    ) -> None:
        """Make an announced call for `real` once its proxy's delay has passed. Anyone may."""
        ensure_signed(origin)
        proxy = lookup(delegate)
        account = lookup(real)
        definition = self._find(account, proxy, force_proxy_type)
        digest = call_hash_of(call)
        now = self.runtime.system.block_number()
        try:
            self._drop(
                proxy,
                lambda made: (
                    made.real == account
                    and made.call_hash == digest
                    and max(now - made.height, 0) >= definition.delay
                ),
            )
        except DispatchError:
            raise self.Error.Unannounced from None
        self._run(definition, account, call)

    @call(10, weight=weights.POKE_DEPOSIT)
    def poke_deposit(self, origin: Origin) -> PostDispatch:
        """Bring the sender's deposits to today's prices; free if that changes one."""
        who = ensure_signed(origin)
        changed = False
        proxies, held = self.proxies.get(who)
        changed |= self._poke(who, DepositKind.Proxies, held, self.deposit_for(len(proxies)))
        if proxies:
            self.proxies.insert(who, (proxies, self.deposit_for(len(proxies))))
        else:
            self.proxies.remove(who)
        pending, held = self.announcements.get(who)
        new = self._announcement_deposit(len(pending))
        changed |= self._poke(who, DepositKind.Announcements, held, new)
        if pending:
            self.announcements.insert(who, (pending, new))
        else:
            self.announcements.remove(who)
        return PostDispatch(pays=not changed)

    @call(11, weight=weights.SET_REAL_PAYS_FEE)
    def set_real_pays_fee(self, origin: Origin, delegate: MultiAddress, pays_fee: Bool) -> None:
        """Pay, or no longer pay, the fees of what a proxy does for the sender."""
        real = ensure_signed(origin)
        proxy = lookup(delegate)
        self._find(real, proxy, None)
        if pays_fee:
            self.real_pays_fee.insert((real, proxy), ())
        else:
            self.real_pays_fee.remove((real, proxy))
        self.deposit(self.Event.RealPaysFeeSet(real, proxy, pays_fee))

    # -- hooks and runtime APIs ----------------------------------------------------------

    def on_finalize(self, block: int) -> None:
        """Results of proxied calls are kept for the block only."""
        self.last_call_result.clear()

    def next_due(self, block: int) -> int | None:
        """Without calls there are no results."""
        return None

    @runtime_api("ProxyFilterRuntimeApi")
    def get_proxy_types(self) -> Vec[ProxyTypeInfo]:
        """Every kind of proxy."""
        return type_infos()

    @runtime_api("ProxyFilterRuntimeApi")
    def get_proxy_filter(self, proxy_type: Option[u8]) -> Vec[ProxyFilterInfo]:
        """What a kind of proxy may do, or all kinds."""
        return filter_infos(proxy_type)

    # -- what other pallets use ----------------------------------------------------------

    def deposit_for(self, count: int) -> int:
        """What an account reserves for `count` proxies (rao)."""
        return self.proxy_deposit_base + self.proxy_deposit_factor * count if count else 0

    def add_delegate(self, who: bytes, delegate: bytes, kind: ProxyType, delay: int) -> None:
        """Let `delegate` act for `who`. Raises NoSelfProxy, Duplicate, TooMany."""
        if who == delegate:
            raise self.Error.NoSelfProxy
        proxies, deposit = self.proxies.get(who)
        made = ProxyDefinition(delegate, kind, delay)
        if made in proxies:
            raise self.Error.Duplicate
        if len(proxies) >= self.max_proxies:
            raise self.Error.TooMany
        new = self.deposit_for(len(proxies) + 1)
        self._adjust(who, deposit, new)
        self.proxies.insert(who, (sorted([*proxies, made], key=_order), new))
        self.deposit(self.Event.ProxyAdded(who, delegate, kind, delay))

    def remove_delegate(self, who: bytes, delegate: bytes, kind: ProxyType, delay: int) -> None:
        """No longer let `delegate` act for `who`. Raises NotFound."""
        proxies, deposit = self.proxies.get(who)
        made = ProxyDefinition(delegate, kind, delay)
        if made not in proxies:
            raise self.Error.NotFound
        kept = [proxy for proxy in proxies if proxy != made]
        new = self.deposit_for(len(kept))
        self._adjust(who, deposit, new)
        if kept:
            self.proxies.insert(who, (kept, new))
        else:
            self.proxies.remove(who)
        self.real_pays_fee.remove((who, delegate))
        self.deposit(self.Event.ProxyRemoved(who, delegate, kind, delay))

    def fee_payer(self, call: Call, signer: bytes) -> bytes:
        """Who pays the fee of an extrinsic: the signer, or an account that took that over.

        Through `proxy` the real account may pay, and through one more `proxy`, or a batch of
        proxies of one account, that account.
        """
        outer = self._real_of(call)
        if outer is None or not self.real_pays_fee.contains((outer, signer)):
            return signer
        inner = call["call"]
        if inner.pallet.name == "Utility" and inner.spec.name in _BATCHES:
            reals = {self._real_of(each) for each in inner["calls"]}
        else:
            reals = {self._real_of(inner)}
        if len(reals) == 1:
            (real,) = reals
            if real is not None and self.real_pays_fee.contains((real, outer)):
                return real
        return outer

    # -- inside --------------------------------------------------------------------------

    def _real_of(self, call: Call) -> bytes | None:
        """The account that a `proxy` call is for; None for any other call."""
        if call.key != ("Proxy", "proxy"):
            return None
        try:
            return lookup(call["real"])
        except DispatchError:
            return None

    def _find(self, real: bytes, delegate: bytes, kind: ProxyType | None) -> ProxyDefinition:
        for proxy in self.proxies.get(real)[0]:
            if proxy.delegate == delegate and kind in (None, proxy.proxy_type):
                return proxy
        raise self.Error.NotProxy

    def _run(self, definition: ProxyDefinition, real: bytes, call: Call) -> None:
        """Make a call for `real`; how it ended is told by event, not by error."""
        failed = None
        try:
            self.runtime.dispatch(call, Origin.signed(real).within(_allows(definition.proxy_type)))
        except DispatchError as caught:
            failed = caught
        self.last_call_result.insert(real, result(failed))
        self.deposit(self.Event.ProxyExecuted(result(failed)))

    def _announcement_deposit(self, count: int) -> int:
        base, factor = self.announcement_deposit_base, self.announcement_deposit_factor
        return base + factor * count if count else 0

    def _adjust(self, who: bytes, held: int, wanted: int) -> None:
        """Reserve or free the difference of two deposits."""
        if wanted > held:
            self.runtime.balances.reserve(who, wanted - held)
        elif wanted < held:
            self.runtime.balances.unreserve(who, held - wanted)

    def _poke(self, who: bytes, kind: DepositKind, held: int, wanted: int) -> bool:
        self._adjust(who, held, wanted)
        if held != wanted:
            self.deposit(self.Event.DepositPoked(who, kind, held, wanted))
        return held != wanted

    def _drop(self, delegate: bytes, which: Callable[[Announcement], bool]) -> None:
        """Remove announcements of a proxy. Raises NotFound if there is none such."""
        pending, deposit = self.announcements.get(delegate)
        kept = [made for made in pending if not which(made)]
        if len(kept) == len(pending):
            raise self.Error.NotFound
        new = self._announcement_deposit(len(kept))
        self._adjust(delegate, deposit, new)
        if kept:
            self.announcements.insert(delegate, (kept, new))
        else:
            self.announcements.remove(delegate)


def _order(proxy: ProxyDefinition) -> tuple[bytes, int, int]:
    """Proxies are kept in this order; the first that fits is the one that acts."""
    return proxy.delegate, proxy.proxy_type, proxy.delay


def pure_account(who: bytes, kind: ProxyType, index: int, when: tuple[int, int]) -> bytes:
    """The account that `create_pure` makes, by maker, kind, index, and block and extrinsic."""
    height, extrinsic = when
    seed = (
        b"modlpy/proxy____"
        + who
        + height.to_bytes(4, "little")
        + extrinsic.to_bytes(4, "little")
        + bytes([kind])
        + index.to_bytes(2, "little")
    )
    return hashlib.blake2b(seed, digest_size=32).digest()


def call_hash_of(call: Call) -> bytes:
    """The hash by which a call is announced: blake2b-256 of its bytes."""
    encoded = RuntimeCallCodec.shared.encode(call)
    return hashlib.blake2b(encoded, digest_size=32).digest()


def _allows(kind: ProxyType) -> Callable[[Call], bool]:
    """The filter that everything dispatched through a proxy of this kind must pass."""

    def allows(call: Call) -> bool:
        if call.pallet is Proxy:
            name = call.spec.name
            if name in ("add_proxy", "remove_proxy") and not is_superset(kind, call["proxy_type"]):
                return False
            if name in ("remove_proxies", "kill_pure") and kind is not ProxyType.Any:
                return False
        return FILTERS[kind].allows(call)

    return allows
