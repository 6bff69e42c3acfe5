"""The Subtensor runtime: its pallets in index order, over one state.

Owns the composition and what ties pallets together: signatures, guards,
inherents, and the order of a block. What a pallet does is the pallet's.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from taokit.chain_client.errors import DecodeError
from taokit.chain_client.scale import Compact, codec, u32
from taokit.local_chain import evm_chain_id
from taokit.local_chain.chain_spec import ChainSpec
from taokit.local_chain.errors import ExecutionFailed
from taokit.local_chain.extensions import EXTENSIONS, CheckNonce
from taokit.local_chain.frame.call import Call, RuntimeCallCodec
from taokit.local_chain.frame.errors import Invalid, ModuleError
from taokit.local_chain.frame.extension import Outcome, Validity
from taokit.local_chain.frame.extrinsic import Extrinsic, MultiSignature, bare
from taokit.local_chain.frame.origin import Origin
from taokit.local_chain.frame.runtime import ApplyResult
from taokit.local_chain.frame.weight import DispatchClass
from taokit.local_chain.pallets.admin_utils.pallet import AdminUtils
from taokit.local_chain.pallets.alpha_assets import AlphaAssets
from taokit.local_chain.pallets.aura import Aura
from taokit.local_chain.pallets.balances import Balances
from taokit.local_chain.pallets.commitments import Commitments
from taokit.local_chain.pallets.crowdloan import Crowdloan
from taokit.local_chain.pallets.drand import Drand
from taokit.local_chain.pallets.grandpa import Grandpa
from taokit.local_chain.pallets.limit_orders import LimitOrders
from taokit.local_chain.pallets.mev_shield import MevShield
from taokit.local_chain.pallets.multisig import Multisig
from taokit.local_chain.pallets.preimage import Preimage
from taokit.local_chain.pallets.proxy.pallet import Proxy
from taokit.local_chain.pallets.randomness_collective_flip import RandomnessCollectiveFlip
from taokit.local_chain.pallets.safe_mode import SafeMode
from taokit.local_chain.pallets.scheduler import Scheduler
from taokit.local_chain.pallets.subtensor import guards
from taokit.local_chain.pallets.subtensor.pallet import SubtensorModule
from taokit.local_chain.pallets.sudo import Sudo
from taokit.local_chain.pallets.swap.pallet import Swap
from taokit.local_chain.pallets.system import System
from taokit.local_chain.pallets.system_code import HEAP_PAGES
from taokit.local_chain.pallets.timestamp import Timestamp
from taokit.local_chain.pallets.transaction_payment import TransactionPayment
from taokit.local_chain.pallets.utility import Utility
from taokit.local_chain.shielded import ShieldedParts
from taokit.local_chain.standard_apis import StandardApis
from taokit.local_chain.state.base import Base
from taokit.local_chain.state.history import History
from taokit.local_chain.state.overlay import Overlay
from taokit.local_chain.switches import Switches
from taokit.local_chain.version import version_json
from taokit.wallet.schemes import CryptoType, verify

CODE_KEY = b":code"
_CRYPTO = {
    MultiSignature.Ed25519: CryptoType.ED25519,
    MultiSignature.Sr25519: CryptoType.SR25519,
}
_SHIELDED = bytes([MevShield.index, 1])
_LENGTH = codec(Compact[u32])
_BATCHES = ("batch", "batch_all", "force_batch")


def drawn_from(parent_hash: bytes, number: int) -> bytes:
    """What stands for the parent's hash in a block that is passed over."""
    return blake2b(parent_hash + number.to_bytes(8, "little"), digest_size=32).digest()


class Runtime(StandardApis):
    """Every pallet of the chain, as attributes. Adding a pallet is adding a line."""

    system: System
    randomness: RandomnessCollectiveFlip
    timestamp: Timestamp
    aura: Aura
    grandpa: Grandpa
    balances: Balances
    transaction_payment: TransactionPayment
    subtensor: SubtensorModule
    utility: Utility
    sudo: Sudo
    multisig: Multisig
    preimage: Preimage
    crowdloan: Crowdloan
    scheduler: Scheduler
    proxy: Proxy
    commitments: Commitments
    admin_utils: AdminUtils
    safe_mode: SafeMode
    drand: Drand
    swap: Swap
    mev_shield: MevShield
    alpha_assets: AlphaAssets
    limit_orders: LimitOrders

    extensions = EXTENSIONS

    def __init__(
        self, overlay: Overlay, chain_spec: ChainSpec, switches: Switches | None = None
    ) -> None:
        self.chain_spec = chain_spec
        self.switches = switches or Switches()
        super().__init__(overlay, chain_spec.preset)
        self.evm_chain_id = evm_chain_id.bound_to(overlay, chain_spec.preset)

    @classmethod
    def new(cls, chain_spec: ChainSpec, base: Base | None = None) -> Runtime:
        """A runtime over a state of its own, empty or on what is below it."""
        return cls(Overlay(History(base)), chain_spec)

    def at(self, number: int) -> Runtime:
        """A read-only runtime over the state after block `number`; this one for the head."""
        history = self.overlay.history
        if self.overlay.at is None and number == history.height:
            return self
        return type(self)(Overlay(history, number), self.chain_spec, self.switches)

    # -- what the node asks ----------------------------------------------------------------

    def version(self) -> dict[str, Any]:
        """`RuntimeVersion` in its JSON form."""
        return version_json()

    def metadata(self, version: int) -> bytes | None:
        """Metadata bytes that begin with `meta`; None for a version not offered."""
        from taokit.local_chain.frame.metadata import metadata_bytes

        return metadata_bytes(type(self), self.preset, version)

    def genesis(self) -> None:
        """Write the genesis state; `:code` is the metadata's hash, which names this runtime."""
        from taokit.local_chain.frame.metadata import metadata_hash

        self.overlay.raw_put(CODE_KEY, metadata_hash(type(self), self.preset))
        self.overlay.raw_put(HEAP_PAGES, (64).to_bytes(8, "little"))
        self.evm_chain_id.put(evm_chain_id.LOCALNET)
        super().genesis()

    def initialize_block(
        self, number: int, parent_hash: bytes, digest_logs: Sequence[bytes]
    ) -> None:
        """Begin block `number`: its header data, then what every block does by itself."""
        self.system.initialize(number, parent_hash, digest_logs)
        self.system.note_begun(self.on_initialize(number))

    def pass_over(
        self, numbers: range, parent_hash: bytes, timestamp_ms: int, slot_ms: int
    ) -> None:
        """Do what blocks of these numbers do by themselves, the first of them at that time.

        None of them has a hash: what is drawn from that of a parent (root claims) is drawn from
        the last block's and the number instead.
        """
        system, now = self.system, self.timestamp.now
        system.forget_hashes(numbers)
        system.block_hash.insert(numbers[0] - 1, parent_hash)
        kinds = [pallet for pallet in self._in_order if pallet.passes]
        draws = self.subtensor.num_staking_coldkeys.get()
        for number in numbers:
            self.events.clear()
            system.number.put(number)
            if draws:
                system.parent_hash.put(drawn_from(parent_hash, number))
            for pallet in kinds:
                pallet.pass_over(number)
            now.put(timestamp_ms)
            timestamp_ms += slot_ms

    def inherents(self, timestamp_ms: int, shield_key: bytes | None = None) -> list[bytes]:
        """The bare extrinsics that open the block; without a key its author announces none."""
        return [
            bare(Call(Timestamp, Timestamp.calls[0], (timestamp_ms,))),
            bare(Call(MevShield, MevShield.calls[0], (shield_key,))),
        ]

    def shielded(self, extrinsic: bytes) -> ShieldedParts | None:
        """The ciphertext of an extrinsic that carries another one; None for any other."""
        if _SHIELDED not in extrinsic:
            return None
        try:
            return self.mev_shield.shielded(self.decode(extrinsic))
        except (DecodeError, Invalid):
            return None

    def unshielded(self, plaintext: bytes) -> tuple[bytes, bytes] | None:
        """The signed extrinsic that was encrypted, and its nonce's tag; None if there is none."""
        try:
            length, offset = _LENGTH.read(plaintext, 0)
            extrinsic = self.decode(plaintext[: offset + length])
        except (DecodeError, Invalid):
            return None
        if extrinsic.signer is None:
            return None
        nonce = extrinsic.extras[CheckNonce.identifier]
        return extrinsic.encoded, extrinsic.signer + nonce.to_bytes(4, "little")

    def apply_extrinsic(self, extrinsic: bytes) -> ApplyResult:
        """Apply one extrinsic of the block; leaves no trace if it is not included."""
        try:
            decoded = self.decode(extrinsic)
        except DecodeError:
            return ApplyResult(Invalid("Call"))
        except Invalid as invalid:
            return ApplyResult(invalid)
        events = len(self.events)
        self.system.begin_extrinsic()
        result = self.apply(decoded)
        if not result.included:
            self.system.abandon_extrinsic(events)
        return result

    def awaited_rounds(self) -> set[int]:
        """The beacon's rounds that something on the chain waits for."""
        weights = self.subtensor.timelocked_weight_commits.values()
        return self.commitments.awaited_rounds() | {
            committed[3] for commits in weights for committed in commits
        }

    def finalize_block(self) -> list[bytes]:
        """End the block; the digest of its header."""
        self.on_finalize(self.system.block_number())
        self.system.finalize()
        return self.system.logs()

    def fresh(self) -> Runtime:
        """A runtime of its own over the same sealed state, to be thrown away."""
        history, at = self.overlay.history, self.overlay.at
        overlay = Overlay(history, history.height if at is None else at)
        return type(self)(overlay, self.chain_spec, self.switches)

    def validate(self, extrinsic: bytes, head_hash: bytes | None = None) -> Validity | Invalid:
        """Check an extrinsic for the block after the head; changes nothing.

        Bytes that do not decode raise DecodeError. `head_hash` is the hash of the head's header.
        """
        try:
            decoded = self.decode(extrinsic)
        except Invalid as invalid:
            return invalid
        mark = self.overlay.mark()
        try:
            head = self.system.block_number()
            self.system.number.put(head + 1)
            if head_hash is not None:
                self.system.block_hash.insert(head, head_hash)
            if decoded.call.dispatch_class is DispatchClass.Mandatory:  # for authors only
                if decoded.signer is not None:
                    self.check_signature(decoded)
                return Invalid("MandatoryValidation")
            return self.check(decoded)
        except Invalid as invalid:
            return invalid
        finally:
            self.overlay.rollback(mark)

    def call(self, method: str, data: bytes) -> bytes:
        """Run a runtime API method; malformed arguments and faults raise `ExecutionFailed`."""
        try:
            return super().call(method, data)
        except (DecodeError, RuntimeError) as fault:
            raise ExecutionFailed(f"{method}: {fault}") from fault

    # -- what the executive asks -----------------------------------------------------------

    def check_signature(self, extrinsic: Extrinsic) -> None:
        """Raise `Invalid("BadProof")` unless the signer signed exactly this."""
        crypto = _CRYPTO.get(type(extrinsic.signature))
        payload = extrinsic.payload(self.implicit(extrinsic))
        signer, signature = extrinsic.signer, extrinsic.signature.value
        if self.switches.accept(signer, signature):
            return
        if crypto is None or signer is None or not verify(crypto, signer, payload, signature):
            raise Invalid("BadProof")

    def filter_call(self, call: Call, origin: Origin) -> None:
        """Safe mode stops most calls; batches hold no batches; a proxy makes calls of its kind."""
        if not self.safe_mode.allows(call):
            raise System.Error.CallFiltered
        if origin.allows is not None and not origin.allows(call):
            raise System.Error.CallFiltered
        if call.pallet is Utility and call.spec.name in _BATCHES:
            for inner in call["calls"]:
                if inner.pallet is Utility and inner.spec.name in _BATCHES:
                    raise System.Error.CallFiltered

    def guard(self, call: Call, origin: Origin) -> None:
        """Subtensor's guards, on every dispatch from a signed origin, nested ones included."""
        if origin.who is not None:
            guards.check(self.subtensor, origin.who, call)

    def check_pool_guards(self, call: Call, signer: bytes) -> None:
        """The same guards before a call enters the pool, as `Custom` codes.

        Before spec 423 the pool did not ask them: nor does it if the chain's guards say `dispatch`.
        """
        if self.chain_spec.guards == "dispatch":
            return
        try:
            guards.check(self.subtensor, signer, call)
        except ModuleError as error:
            raise Invalid("Custom", guards.custom_code(error)) from None

    def note_applied(self, extrinsic: Extrinsic, outcome: Outcome) -> None:
        """Record success or failure."""
        self.system.note_applied(outcome)


# The weight of every dispatch, nested ones included, holds that of the guards before it.
RuntimeCallCodec.shared.added_weight = guards.extension_weight
