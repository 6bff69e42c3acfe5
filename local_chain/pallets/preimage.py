"""Preimage: bytes kept on chain under their hash, for whoever pays or whom the chain asks.

Follows `pallet_preimage`, with the traits by which other pallets keep large calls here
(`frame_support::traits::preimages`). Weights are upstream's published benchmarks.
"""

from __future__ import annotations

import hashlib
from typing import Literal

from taokit.chain_client.errors import DecodeError
from taokit.chain_client.scale import (
    H256,
    AccountId,
    BoundedBytesVec,
    Bytes,
    Enum,
    Option,
    Struct,
    Variant,
    Vec,
    u32,
    u64,
)
from taokit.chain_client.storage_keys import Identity
from taokit.local_chain.frame.call import Call, PostDispatch, RuntimeCall, RuntimeCallCodec, call
from taokit.local_chain.frame.errors import (
    Corruption,
    DispatchError,
    Errors,
    Exhausted,
    Unavailable,
    error,
)
from taokit.local_chain.frame.event import Events, event
from taokit.local_chain.frame.extension import EmptyComposite
from taokit.local_chain.frame.origin import (
    Origin,
    ensure_root,
    ensure_signed,
    ensure_signed_or_root,
)
from taokit.local_chain.frame.pallet import Pallet
from taokit.local_chain.frame.storage import StorageMap
from taokit.local_chain.frame.weight import Weight, weight
from taokit.local_chain.pallets.balance_types import PreimageHold, RuntimeHoldReason

MAX_SIZE = 4 * 1024 * 1024
MAX_INLINE = 128
MAX_UPDATES = 1_024
BASE_DEPOSIT = 104_000_000
BYTE_DEPOSIT = 1_000_000
HOLD = RuntimeHoldReason.Preimage(PreimageHold.Preimage)


class Ticket(
    Struct,
    path="frame_support::traits::tokens::fungible::HoldConsideration",
    params=dict.fromkeys(("A", "F", "R", "D", "Fp")),
    unnamed=True,
):
    """What is held for a preimage (rao)."""

    amount: u64


class OldRequestStatus(
    Enum,
    path="pallet_preimage::OldRequestStatus",
    params={"AccountId": AccountId, "Balance": u64},
):
    """A preimage's status as it was kept once, with reserved deposits."""

    class Unrequested(Variant, index=0):
        deposit: tuple[AccountId, u64]
        len: u32

    class Requested(Variant, index=1):
        deposit: Option[tuple[AccountId, u64]]
        count: u32
        len: Option[u32]


class RequestStatus(
    Enum,
    path="pallet_preimage::RequestStatus",
    params={"AccountId": AccountId, "Ticket": Ticket},
):
    """Whose a preimage is, or how often the chain asked for it."""

    class Unrequested(Variant, index=0):
        ticket: tuple[AccountId, Ticket]
        len: u32

    class Requested(Variant, index=1):
        maybe_ticket: Option[tuple[AccountId, Ticket]]
        count: u32
        maybe_len: Option[u32]


class BoundedCall(
    Enum,
    path="frame_support::traits::preimages::Bounded",
    params={
        "T": RuntimeCall,
        "H": EmptyComposite("BlakeTwo256", "sp_runtime::traits::BlakeTwo256"),
    },
):
    """A call, or the hash of one that is kept as a preimage."""

    class Legacy(Variant, index=0):
        hash: H256

    class Inline(Variant, index=1, unnamed=True):
        data: BoundedBytesVec[Literal[128]]

    class Lookup(Variant, index=2):
        hash: H256
        len: u32


def lookup_hash(bounded: BoundedCall) -> bytes | None:
    """The hash that a bounded call is kept under; None if it is held as it is."""
    if isinstance(bounded, (BoundedCall.Legacy, BoundedCall.Lookup)):
        return bounded.hash
    return None


def _hash(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=32).digest()


def _note_weight(data: bytes) -> Weight:
    return weight(50_499_000 + 13_491 * len(data), 28_584, reads=5, writes=3)


def _update_weight(hashes: list[bytes]) -> Weight:
    count = len(hashes)
    cost, proof = 56_817_000 + 59_397_441 * count, 28_584 + 2_902 * count
    return weight(cost, proof, reads=2 + 3 * count, writes=4 * count)


class Preimage(Pallet, index=14):
    """Bytes by their hash."""

    status_for = StorageMap[H256, OldRequestStatus]("StatusFor", Identity, optional=True)
    request_status_for = StorageMap[H256, RequestStatus](
        "RequestStatusFor", Identity, optional=True
    )
    preimage_for = StorageMap[tuple[H256, u32], BoundedBytesVec[Literal[4194304]]](
        "PreimageFor", Identity, optional=True
    )

    class Event(Events):
        """What Preimage reports."""

        Noted = event(0, hash=H256)
        Requested = event(1, hash=H256)
        Cleared = event(2, hash=H256)

    class Error(Errors):
        """Why Preimage refuses."""

        TooBig = error(0, "The preimage is larger than the chain keeps.")
        AlreadyNoted = error(1, "The chain keeps this preimage already.")
        NotAuthorized = error(2, "The preimage is someone else's.")
        NotNoted = error(3, "The chain keeps no such preimage.")
        Requested = error(4, "The chain asks for this preimage.")
        NotRequested = error(5, "The chain does not ask for this preimage.")
        TooMany = error(6, "These are more hashes than one call may update.")
        TooFew = error(7, "There is no hash to update.")

    # -- calls ---------------------------------------------------------------------------

    @call(0, weight=_note_weight)
    def note_preimage(self, origin: Origin, bytes: Bytes) -> PostDispatch:
        """Keep bytes. Holds a deposit, but for root, or if the chain asked for them."""
        who = ensure_signed_or_root(origin)
        requested = self._note(bytes, who)
        return PostDispatch(pays=not requested)

    @call(1, weight=weight(50_830_000, 3_892, reads=3, writes=3))
    def unnote_preimage(self, origin: Origin, hash: H256) -> None:
        """Drop bytes of the sender, or any as root. They stay while the chain asks for them."""
        who = ensure_signed_or_root(origin)
        self._ensure_updated(hash)
        status = self.request_status_for.get(hash)
        if status is None:
            raise self.Error.NotNoted
        owned = status.maybe_ticket if isinstance(status, RequestStatus.Requested) else None
        if isinstance(status, RequestStatus.Unrequested):
            owned = status.ticket
        if who is not None and (owned is None or owned[0] != who):
            raise self.Error.NotAuthorized
        if owned is not None:
            self.runtime.balances.release(HOLD, owned[0], owned[1].amount)
        if isinstance(status, RequestStatus.Unrequested):
            self.request_status_for.remove(hash)
            self._clear(hash, status.len)
        elif isinstance(status, RequestStatus.Requested) and owned is not None:
            self.request_status_for.insert(hash, status.replace(maybe_ticket=None))
        else:
            self.unrequest(hash)

    @call(2, weight=weight(19_292_000, 3_556, reads=2, writes=1))
    def request_preimage(self, origin: Origin, hash: H256) -> None:
        """Ask for bytes to be kept, free for who brings them. Root only."""
        ensure_root(origin)
        self.request(hash)

    @call(3, weight=weight(20_209_000, 3_556, reads=2, writes=2))
    def unrequest_preimage(self, origin: Origin, hash: H256) -> None:
        """Ask once less for bytes. Root only."""
        ensure_root(origin)
        self.unrequest(hash)

    @call(4, weight=_update_weight)
    def ensure_updated(self, origin: Origin, hashes: Vec[H256]) -> PostDispatch:
        """Bring statuses to their present form; free if nine in ten needed it."""
        ensure_signed(origin)
        if not hashes:
            raise self.Error.TooFew
        if len(hashes) > MAX_UPDATES:
            raise self.Error.TooMany
        updated = sum([self._ensure_updated(each) for each in hashes])
        return PostDispatch(pays=updated * 10**9 // len(hashes) < 900_000_000)

    # -- what other pallets use ----------------------------------------------------------

    def request(self, hash: bytes) -> None:
        """Ask for bytes once more."""
        self._ensure_updated(hash)
        status = self.request_status_for.get(hash)
        if isinstance(status, RequestStatus.Requested):
            changed = status.replace(count=min(status.count + 1, 2**32 - 1))
        elif isinstance(status, RequestStatus.Unrequested):
            changed = RequestStatus.Requested(status.ticket, 1, status.len)
        else:
            changed = RequestStatus.Requested(None, 1, None)
        self.request_status_for.insert(hash, changed)
        if changed.count == 1:
            self.deposit(self.Event.Requested(hash))

    def unrequest(self, hash: bytes) -> None:
        """Ask once less for bytes; after the last they go, or are their owner's again."""
        self._ensure_updated(hash)
        status = self.request_status_for.get(hash)
        if not isinstance(status, RequestStatus.Requested):
            raise self.Error.NotRequested
        if status.count > 1:
            self.request_status_for.insert(hash, status.replace(count=status.count - 1))
        elif status.maybe_len is None:
            self.request_status_for.remove(hash)
        elif status.maybe_ticket is None:
            self.request_status_for.remove(hash)
            self._clear(hash, status.maybe_len)
        else:
            kept = RequestStatus.Unrequested(status.maybe_ticket, status.maybe_len)
            self.request_status_for.insert(hash, kept)

    def fetch(self, hash: bytes, length: int | None) -> bytes:
        """The bytes of a hash. Raises Unavailable."""
        if length is None:
            self._ensure_updated(hash)
            status = self.request_status_for.get(hash)
            if isinstance(status, RequestStatus.Requested):
                length = status.maybe_len
            elif isinstance(status, RequestStatus.Unrequested):
                length = status.len
        data = None if length is None else self.preimage_for.get((hash, length))
        if data is None:
            raise Unavailable
        return data

    def bound(self, inner: Call) -> BoundedCall:
        """A call as other pallets keep it: as it is up to 128 bytes, else as a preimage."""
        encoded = RuntimeCallCodec.shared.encode(inner)
        if len(encoded) <= MAX_INLINE:
            return BoundedCall.Inline(encoded)
        if len(encoded) > MAX_SIZE:
            raise Exhausted
        self._note(encoded, None)
        return BoundedCall.Lookup(_hash(encoded), len(encoded))

    def peek(self, bounded: BoundedCall) -> tuple[Call, int | None]:
        """The call, and its length if it was looked up. Raises Unavailable, Corruption."""
        if isinstance(bounded, BoundedCall.Inline):
            data, length = bounded.data, None
        elif isinstance(bounded, BoundedCall.Lookup):
            data = self.fetch(bounded.hash, bounded.len)
            length = len(data)
        else:
            assert isinstance(bounded, BoundedCall.Legacy)
            data = self.fetch(bounded.hash, None)
            length = len(data)
        try:
            return RuntimeCallCodec.shared.read(data, 0)[0], length
        except DecodeError:
            raise Corruption from None

    def drop(self, bounded: BoundedCall) -> None:
        """A call is no longer needed."""
        hash = lookup_hash(bounded)
        if hash is not None:
            try:
                self.unrequest(hash)
            except DispatchError:
                # Nobody asks for it any more, which is what was wanted.
                return

    # -- inside --------------------------------------------------------------------------

    def _note(self, data: bytes, who: bytes | None) -> bool:
        """Keep bytes; True if the chain asks for them, so that they are free."""
        hash, length = _hash(data), len(data)
        if length > MAX_SIZE:
            raise self.Error.TooBig
        self._ensure_updated(hash)
        found = self.request_status_for.get(hash)
        status: RequestStatus
        if isinstance(found, RequestStatus.Requested):
            status = found.replace(maybe_len=length)
        elif isinstance(found, RequestStatus.Unrequested):
            if who is not None:
                raise self.Error.AlreadyNoted
            status = RequestStatus.Requested(found.ticket, 1, found.len)
        elif who is None:
            status = RequestStatus.Requested(None, 1, length)
        else:
            status = RequestStatus.Unrequested((AccountId(who), self._take(who, length)), length)
        self.request_status_for.insert(hash, status)
        self.preimage_for.insert((hash, length), data)
        self.deposit(self.Event.Noted(hash))
        return isinstance(status, RequestStatus.Requested)

    def _take(self, who: bytes, length: int) -> Ticket:
        amount = BASE_DEPOSIT + BYTE_DEPOSIT * length
        self.runtime.balances.hold(HOLD, who, amount)
        return Ticket(amount)

    def _clear(self, hash: bytes, length: int) -> None:
        self.preimage_for.remove((hash, length))
        self.deposit(self.Event.Cleared(hash))

    def _ensure_updated(self, hash: bytes) -> bool:
        """Turn a status of the old form into the new one; True if there was one."""
        old = self.status_for.take(hash)
        if old is None:
            return False
        balances = self.runtime.balances
        status: RequestStatus
        if isinstance(old, OldRequestStatus.Unrequested):
            who, amount = old.deposit
            balances.unreserve(who, amount)
            status = RequestStatus.Unrequested((who, self._take(who, old.len)), old.len)
        else:
            assert isinstance(old, OldRequestStatus.Requested)
            ticket = None
            if old.deposit is not None:
                who, amount = old.deposit
                balances.unreserve(who, amount)
                if old.len is not None:
                    ticket = (who, self._take(who, old.len))
            status = RequestStatus.Requested(ticket, old.count, old.len)
        self.request_status_for.insert(hash, status)
        return True
