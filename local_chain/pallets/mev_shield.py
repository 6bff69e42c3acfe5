"""MevShield: extrinsics that nobody reads before the block that holds them.

Owns the keys that authors announce and the queue of stored calls. Who decrypts is the node, which
has the secret keys (`node.shield_keys`). Source: Subtensor `pallets/shield`.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, ClassVar, Literal

from taokit.chain_client.errors import DecodeError
from taokit.chain_client.scale import (
    H256,
    AccountId,
    Bool,
    BoundedBytesVec,
    Bytes,
    Compact,
    FixedBytes,
    Option,
    Struct,
    codec,
    u32,
    u64,
)
from taokit.chain_client.storage_keys import Identity, Twox64Concat, twox_128
from taokit.local_chain.extensions import OpaqueExtrinsic
from taokit.local_chain.frame.call import Call, call
from taokit.local_chain.frame.dispatch_error import DispatchErrorType
from taokit.local_chain.frame.errors import DispatchError, Errors, Invalid, error
from taokit.local_chain.frame.event import Events, event
from taokit.local_chain.frame.extrinsic import with_length
from taokit.local_chain.frame.origin import Origin, ensure_none, ensure_root, ensure_signed
from taokit.local_chain.frame.pallet import Pallet, runtime_api
from taokit.local_chain.frame.storage import StorageMap, StorageValue
from taokit.local_chain.frame.weight import Weight, weight
from taokit.local_chain.pallets.aura import AuraId
from taokit.local_chain.shielded import ShieldedParts, opened

if TYPE_CHECKING:
    from taokit.local_chain.frame.extrinsic import Extrinsic

KEY_LENGTH = 1184
MAX_ON_INITIALIZE_WEIGHT = 2_000_000_000_000
STORE_WEIGHT = 20_000_000_000
READ, WRITE = weight(0, reads=1), weight(0, writes=1)
_REMOVAL = weight(0, reads=1, writes=2)

ShieldKey = BoundedBytesVec[Literal[2048]]
Ciphertext = BoundedBytesVec[Literal[8192]]


class PendingExtrinsic(Struct, path="pallet_shield::pallet::PendingExtrinsic"):
    """A stored call, who stored it, and the block at which."""

    who: AccountId
    encrypted_call: Ciphertext
    submitted_at: u32


class ShieldedTransaction(Struct, path="stp_shield::shielded_tx::ShieldedTransaction"):
    """A ciphertext in its parts."""

    key_hash: FixedBytes[Literal[16]]
    kem_ct: Bytes
    aead_ct: Bytes
    nonce: FixedBytes[Literal[24]]


class MevShield(Pallet, index=30, crate="pallet_shield"):
    """Encryption keys of the block authors, and what is encrypted to them."""

    inherents: ClassVar[frozenset[str]] = frozenset({"announce_next_key"})

    current_key = StorageValue[ShieldKey]("CurrentKey", optional=True)
    pending_key = StorageValue[ShieldKey]("PendingKey", optional=True)
    next_key = StorageValue[ShieldKey]("NextKey", optional=True)
    author_keys = StorageMap[AuraId, ShieldKey]("AuthorKeys", Twox64Concat, optional=True)
    pending_key_expires_at = StorageValue[u32]("PendingKeyExpiresAt", optional=True)
    next_key_expires_at = StorageValue[u32]("NextKeyExpiresAt", optional=True)
    has_migration_run = StorageMap[BoundedBytesVec[Literal[128]], Bool]("HasMigrationRun", Identity)
    max_pending_extrinsics = StorageValue[u32]("MaxPendingExtrinsicsLimit", default=100)
    extrinsic_lifetime = StorageValue[u32]("ExtrinsicLifetime", default=10)
    on_initialize_weight = StorageValue[u64]("OnInitializeWeight", default=500_000_000_000)
    max_extrinsic_weight = StorageValue[u64]("MaxExtrinsicWeight", default=50_000_000_000)
    pending_extrinsics = StorageMap[u32, PendingExtrinsic](
        "PendingExtrinsics", Identity, optional=True
    )
    pending_count = StorageValue[u32]("CounterForPendingExtrinsics")
    next_pending_index = StorageValue[u32]("NextPendingExtrinsicIndex")

    class Event(Events):
        """What MevShield reports."""

        EncryptedSubmitted = event(0, id=H256, who=AccountId)
        ExtrinsicStored = event(1, index=u32, who=AccountId)
        ExtrinsicDecodeFailed = event(2, index=u32)
        ExtrinsicDispatchFailed = event(3, index=u32, error=DispatchErrorType)
        ExtrinsicDispatched = event(4, index=u32)
        ExtrinsicExpired = event(5, index=u32)
        ExtrinsicPostponed = event(6, index=u32)
        MaxPendingExtrinsicsNumberSet = event(7, value=u32)
        OnInitializeWeightSet = event(8, value=u64)
        ExtrinsicLifetimeSet = event(9, value=u32)
        MaxExtrinsicWeightSet = event(10, value=u64)
        ExtrinsicWeightExceeded = event(11, index=u32)

    class Error(Errors):
        """Why MevShield refuses."""

        BadEncKeyLen = error(0, "An ML-KEM-768 encapsulation key has 1184 bytes.")
        Unreachable = error(1, "The block has no known author.")
        TooManyPendingExtrinsics = error(2, "The queue of stored extrinsics is full.")
        WeightExceedsAbsoluteMax = error(3, "The weight is more than half of a block's.")

    # -- calls ---------------------------------------------------------------------------

    @call(0, weight=weight(33_661_000, 5_555, reads=4, writes=6))
    def announce_next_key(self, origin: Origin, enc_key: Option[ShieldKey]) -> None:
        """Move the announced keys on by a block and take the author's next one. An inherent.

        Clients encrypt to `NextKey`: what the author of the block after the next announced last.
        Without a key the author drops out until it announces again.
        """
        ensure_none(origin)
        author = self.runtime.aura.author()
        if author is None:
            raise self.Error.Unreachable
        _store(self.current_key, self.pending_key.get())
        _store(self.pending_key, self.next_key.get())
        later = self.runtime.aura.author(slots_ahead=2)
        _store(self.next_key, self.author_keys.get(later) if later else None)
        if enc_key is None:
            self.author_keys.remove(author)
        elif len(enc_key) != KEY_LENGTH:
            raise self.Error.BadEncKeyLen
        elif self.author_keys.get(author) != enc_key:
            self.author_keys.insert(author, enc_key)
        now = self.runtime.system.block_number()
        for key, expiry, blocks in (
            (self.pending_key, self.pending_key_expires_at, 2),
            (self.next_key, self.next_key_expires_at, 3),
        ):
            _store(expiry, now + blocks if key.exists() else None)

    @call(1, weight=Weight(207_223_000))
    def submit_encrypted(self, origin: Origin, ciphertext: Ciphertext) -> None:
        """Submit an extrinsic encrypted to `NextKey`; the block's author includes it decrypted.

        See `ShieldedParts` for the layout. The era must be mortal, of at most 8 blocks.
        """
        who = ensure_signed(origin)
        sealed = who + codec(Ciphertext).encode(ciphertext)
        identifier = hashlib.blake2b(sealed, digest_size=32).digest()
        self.deposit(self.Event.EncryptedSubmitted(identifier, who))

    @call(2, weight=Weight(STORE_WEIGHT))
    def store_encrypted(self, origin: Origin, encrypted_call: Ciphertext) -> None:
        """Store an encrypted call for a later block to run."""
        who = ensure_signed(origin)
        if self.pending_count.get() >= self.max_pending_extrinsics.get():
            raise self.Error.TooManyPendingExtrinsics
        index = self.next_pending_index.get()
        now = self.runtime.system.block_number()
        self.pending_extrinsics.insert(index, PendingExtrinsic(who, encrypted_call, now))
        self.pending_count.update(lambda count: count + 1)
        self.next_pending_index.put(min(index + 1, 2**32 - 1))
        self.deposit(self.Event.ExtrinsicStored(index, who))

    @call(3, weight=weight(4_206_000, writes=1))
    def set_max_pending_extrinsics_number(self, origin: Origin, value: u32) -> None:
        """Set how many stored calls may wait. Root only."""
        ensure_root(origin)
        self.max_pending_extrinsics.put(value)
        self.deposit(self.Event.MaxPendingExtrinsicsNumberSet(value))

    @call(4, weight=weight(4_066_000, writes=1))
    def set_on_initialize_weight(self, origin: Origin, value: u64) -> None:
        """Set how much reference time (ps) a block may give to stored calls. Root only."""
        ensure_root(origin)
        self._ensure_below_half(value)
        self.on_initialize_weight.put(value)
        self.deposit(self.Event.OnInitializeWeightSet(value))

    @call(5, weight=weight(3_906_000, writes=1))
    def set_stored_extrinsic_lifetime(self, origin: Origin, value: u32) -> None:
        """Set for how many blocks a stored call may wait. Root only."""
        ensure_root(origin)
        self.extrinsic_lifetime.put(value)
        self.deposit(self.Event.ExtrinsicLifetimeSet(value))

    @call(6, weight=weight(4_037_000, writes=1))
    def set_max_extrinsic_weight(self, origin: Origin, value: u64) -> None:
        """Set how much reference time (ps) one stored call may take. Root only."""
        ensure_root(origin)
        self._ensure_below_half(value)
        self.max_extrinsic_weight.put(value)
        self.deposit(self.Event.MaxExtrinsicWeightSet(value))

    def _ensure_below_half(self, value: int) -> None:
        if value > MAX_ON_INITIALIZE_WEIGHT:
            raise self.Error.WeightExceedsAbsoluteMax

    # -- stored calls --------------------------------------------------------------------

    def on_initialize(self, block: int) -> Weight:
        """Run the stored calls, oldest first, until the block's weight for them is used."""
        count = self.pending_count.get()
        used = READ.plus(READ)
        if not count:
            return used
        end = self.next_pending_index.get()
        for index in range(max(end - count, 0), end):
            pending = self.pending_extrinsics.get(index)
            if pending is None:
                used = used.plus(READ)
                continue
            stored = self._runnable(index, pending, block)
            if stored is not None:
                need = stored.weight.plus(WRITE).plus(WRITE)
                total = used.plus(need)
                if total.ref_time > self.on_initialize_weight.get() or total.proof_size:
                    self.deposit(self.Event.ExtrinsicPostponed(index))
                    break
            self.pending_extrinsics.remove(index)
            self.pending_count.update(lambda count: count - 1)
            used = used.plus(_REMOVAL)
            if stored is not None:
                used = used.plus(self._run(index, pending.who, stored))
        return used

    def next_due(self, block: int) -> int | None:
        """Every block, while stored calls wait."""
        return block if self.pending_count.get() else None

    def _runnable(self, index: int, pending: PendingExtrinsic, block: int) -> Call | None:
        """The call to run; None, with an event of the reason, for one to be dropped."""
        if block - pending.submitted_at > self.extrinsic_lifetime.get():
            self.deposit(self.Event.ExtrinsicExpired(index))
            return None
        stored = self.decrypt(pending.encrypted_call)
        if stored is None:
            self.deposit(self.Event.ExtrinsicDecodeFailed(index))
            return None
        limit = Weight(self.max_extrinsic_weight.get())
        if stored.weight.ref_time > limit.ref_time or stored.weight.proof_size > limit.proof_size:
            self.deposit(self.Event.ExtrinsicWeightExceeded(index))
            return None
        return stored

    def _run(self, index: int, who: bytes, stored: Call) -> Weight:
        try:
            done = self.runtime.dispatch(stored, Origin.signed(who))
        except DispatchError as failed:
            self.deposit(self.Event.ExtrinsicDispatchFailed(index, failed))
            return stored.weight
        self.deposit(self.Event.ExtrinsicDispatched(index))
        return done.actual_weight or stored.weight

    def decrypt(self, stored: bytes) -> Call | None:
        """The call in a stored ciphertext. Runtime 424 has no decryptor: always None."""
        return None

    # -- what the node asks --------------------------------------------------------------

    def shielded(self, extrinsic: Extrinsic) -> ShieldedParts | None:
        """The ciphertext of a `submit_encrypted`; None for any other extrinsic."""
        if extrinsic.call.key != (self.name, "submit_encrypted"):
            return None
        return ShieldedParts.parse(extrinsic.call["ciphertext"])

    @runtime_api("ShieldApi")
    def try_decode_shielded_tx(self, uxt: OpaqueExtrinsic) -> Option[ShieldedTransaction]:
        """The ciphertext of a correctly signed `submit_encrypted`; None for any other."""
        system, head = self.runtime.system, self.runtime.system.block_number()
        system.number.put(head + 1)  # it is for the next block; an API's writes are dropped
        if self.runtime.head_hash is not None:
            system.block_hash.insert(head, self.runtime.head_hash)
        try:
            extrinsic = self.runtime.decode(with_length(uxt))
            if extrinsic.signer is not None:
                self.runtime.check_signature(extrinsic)
        except (DecodeError, Invalid):
            return None
        parts = self.shielded(extrinsic)
        if parts is None:
            return None
        return ShieldedTransaction(parts.key_hash, parts.kem_ct, parts.aead_ct, parts.nonce)

    @runtime_api("ShieldApi")
    def is_shielded_using_current_key(self, key_hash: FixedBytes[Literal[16]]) -> Bool:
        """Whether the author of the next block announced the key of this hash."""
        key = self.pending_key.get()
        return key is not None and twox_128(key) == key_hash

    @runtime_api("ShieldApi")
    def try_unshield_tx(
        self, dec_key_bytes: Bytes, shielded_tx: ShieldedTransaction
    ) -> Option[OpaqueExtrinsic]:
        """What was encrypted, opened with an expanded ML-KEM-768 key; None if it does not open."""
        from taokit.local_chain.ml_kem import decapsulate

        try:
            shared = decapsulate(dec_key_bytes, shielded_tx.kem_ct)
        except ValueError:
            return None
        plaintext = opened(shared, shielded_tx.nonce, shielded_tx.aead_ct)
        if plaintext is None:
            return None
        try:
            length, start = codec(Compact[u32]).read(plaintext, 0)
            self.runtime.decode(plaintext[: start + length])
        except (DecodeError, Invalid):
            return None
        return plaintext[start : start + length]


def _store(item: StorageValue[bytes] | StorageValue[int], value: bytes | int | None) -> None:
    if value is None:
        item.kill()
    elif item.get() != value:  # the same key serves for many short blocks
        item.put(value)  # type: ignore[arg-type]
