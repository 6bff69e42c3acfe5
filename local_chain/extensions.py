"""The transaction extensions of the runtime, in the order that clients sign them.

Where the real runtime wraps an upstream extension (mortality, nonce, payment),
the wrapper's rule is here and the metadata keeps the identifier that clients
know. Sources: Subtensor `runtime/src/lib.rs` (`TransactionExtensions`) and the
modules it names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from taokit.chain_client.scale import (
    H256,
    Bytes,
    Compact,
    Era,
    FixedBytes,
    NewType,
    Option,
    Struct,
    UnitEnum,
    u32,
    u64,
)
from taokit.chain_client.scale.names import tuple_of
from taokit.local_chain.frame.call import Call, RuntimeCall
from taokit.local_chain.frame.errors import DispatchError, Invalid
from taokit.local_chain.frame.extension import Extension, Outcome, Validity
from taokit.local_chain.frame.extrinsic import Extrinsic, MultiAddress, MultiSignature
from taokit.local_chain.frame.weight import DispatchClass
from taokit.local_chain.pallets.subtensor import alpha_fees
from taokit.local_chain.pallets.subtensor.alpha_fees import AlphaFee
from taokit.local_chain.shielded import ShieldedParts
from taokit.local_chain.version import SPEC_VERSION, TRANSACTION_VERSION

if TYPE_CHECKING:
    from taokit.local_chain.runtime import Runtime

EraField = Annotated[Era, Era]
SHIELDED = ("MevShield", "submit_encrypted")
MAX_SHIELDED_ERA = 8
FAILED_SHIELDED_TX_PARSING = 23
PRIORITY_NORMAL = 1
PRIORITY_OPERATIONAL = 10_000_000_000
PRIORITY_OF_PULSES = 10_000


class CheckNonZeroSender(Extension):
    """The zero account signs nothing."""

    identifier = "CheckNonZeroSender"
    path = "frame_system::extensions::check_non_zero_sender::CheckNonZeroSender"

    def validate(self, runtime: Runtime, extrinsic: Extrinsic, validity: Validity) -> None:
        if extrinsic.signer == bytes(32):
            raise Invalid("BadSigner")


class CheckSpecVersion(Extension):
    """Signed for this spec version."""

    identifier = "CheckSpecVersion"
    path = "frame_system::extensions::check_spec_version::CheckSpecVersion"
    implicit = u32

    def implicit_value(self, runtime: Runtime, extrinsic: Extrinsic) -> Any:
        return SPEC_VERSION


class CheckTxVersion(Extension):
    """Signed for this transaction version."""

    identifier = "CheckTxVersion"
    path = "frame_system::extensions::check_tx_version::CheckTxVersion"
    implicit = u32

    def implicit_value(self, runtime: Runtime, extrinsic: Extrinsic) -> Any:
        return TRANSACTION_VERSION


class CheckGenesis(Extension):
    """Signed for this chain."""

    identifier = "CheckGenesis"
    path = "frame_system::extensions::check_genesis::CheckGenesis"
    implicit = H256

    def implicit_value(self, runtime: Runtime, extrinsic: Extrinsic) -> Any:
        return runtime.system.block_hash.get(0)


class CheckMortality(Extension):
    """Signed for a span of blocks whose first is still known; a short one if shielded."""

    identifier = "CheckMortality"
    path = "node_subtensor_runtime::check_mortality::CheckMortality"
    extra = EraField
    implicit = H256

    def implicit_value(self, runtime: Runtime, extrinsic: Extrinsic) -> Any:
        era: Era = extrinsic.extras[self.identifier]
        birth = era.birth(runtime.system.block_number())
        if not runtime.system.block_hash.contains(birth):
            raise Invalid("AncientBirthBlock")
        return runtime.system.block_hash.get(birth)

    def validate(self, runtime: Runtime, extrinsic: Extrinsic, validity: Validity) -> None:
        era: Era = extrinsic.extras[self.identifier]
        if extrinsic.call.key == SHIELDED and not 0 < era.period <= MAX_SHIELDED_ERA:
            raise Invalid("Stale")
        current = runtime.system.block_number()
        death = era.death(current)
        if death is not None:
            validity.longevity = min(validity.longevity, max(death - current, 0))


class CheckNonce(Extension):
    """Signed with the account's next nonce; a paying account must exist."""

    identifier = "CheckNonce"
    path = "node_subtensor_runtime::check_nonce::CheckNonce"
    extra = Compact[u32]

    def validate(self, runtime: Runtime, extrinsic: Extrinsic, validity: Validity) -> None:
        who, nonce = _signer(extrinsic), extrinsic.extras[self.identifier]
        info = runtime.system.account.get(who)
        if extrinsic.call.pays and not info.providers and not info.sufficients:
            raise Invalid("Payment")
        if nonce < info.nonce:
            raise Invalid("Stale")
        validity.provides.append(who + nonce.to_bytes(4, "little"))
        if nonce > info.nonce:
            validity.requires.append(who + (nonce - 1).to_bytes(4, "little"))

    def prepare(self, runtime: Runtime, extrinsic: Extrinsic) -> Any:
        who, nonce = _signer(extrinsic), extrinsic.extras[self.identifier]
        if nonce > runtime.system.account.get(who).nonce:
            raise Invalid("Future")
        runtime.system.inc_nonce(who)


class CheckWeight(Extension):
    """Fits the block."""

    identifier = "CheckWeight"
    path = "frame_system::extensions::check_weight::CheckWeight"
    unsigned = True

    def validate(self, runtime: Runtime, extrinsic: Extrinsic, validity: Validity) -> None:
        runtime.system.check_fits(extrinsic.call, len(extrinsic.encoded))

    def prepare(self, runtime: Runtime, extrinsic: Extrinsic) -> Any:
        runtime.system.check_room(extrinsic.call, len(extrinsic.encoded))

    def settle(
        self, runtime: Runtime, extrinsic: Extrinsic, prepared: Any, outcome: Outcome
    ) -> None:
        unused = extrinsic.call.weight.less(outcome.weight)
        if unused.ref_time or unused.proof_size:
            runtime.system.give_back(unused, outcome.dispatch_class)


class ChargeTransactionPayment(Extension):
    """The fee, taken before the call and settled after it; all of it is the author's.

    Who has no TAO for a call that takes stake out pays in that stake, before the call and for good.
    """

    identifier = "ChargeTransactionPayment"
    path = "pallet_transaction_payment::ChargeTransactionPayment"
    extra = Compact[u64]

    def _fee(self, runtime: Runtime, extrinsic: Extrinsic) -> int:
        call = extrinsic.call
        payment = runtime.transaction_payment
        tip: int = extrinsic.extras[self.identifier]
        return payment.fee(len(extrinsic.encoded), call.weight, tip, pays=call.pays)

    def validate(self, runtime: Runtime, extrinsic: Extrinsic, validity: Validity) -> None:
        operational = extrinsic.call.dispatch_class is DispatchClass.Operational
        validity.priority = PRIORITY_OPERATIONAL if operational else PRIORITY_NORMAL
        fee = self._fee(runtime, extrinsic)
        who = runtime.proxy.fee_payer(extrinsic.call, _signer(extrinsic))
        if fee <= runtime.balances.reducible(who, keep_alive=True):
            return
        if not alpha_fees.can_pay(runtime.subtensor, who, extrinsic.call, fee):
            raise Invalid("Payment")

    def prepare(self, runtime: Runtime, extrinsic: Extrinsic) -> Any:
        fee = self._fee(runtime, extrinsic)
        who = runtime.proxy.fee_payer(extrinsic.call, _signer(extrinsic))
        if not fee:
            return who, 0, None
        try:
            runtime.balances.withdraw(who, fee, keep_alive=True)
        except DispatchError:
            return who, fee, self._take_alpha(runtime, who, extrinsic.call, fee)
        return who, fee, None

    def _take_alpha(self, runtime: Runtime, who: bytes, call: Call, fee: int) -> AlphaFee:
        try:
            paid = alpha_fees.pay(runtime.subtensor, who, call, fee)
        except DispatchError:
            paid = None
        if paid is None:
            raise Invalid("Payment")
        return paid

    def settle(
        self, runtime: Runtime, extrinsic: Extrinsic, prepared: Any, outcome: Outcome
    ) -> None:
        tip: int = extrinsic.extras[self.identifier]
        payment = runtime.transaction_payment
        who, taken, in_alpha = prepared
        length = len(extrinsic.encoded)
        actual = payment.fee(length, outcome.weight, tip, pays=outcome.pays)
        actual = min(actual, taken)
        if in_alpha is not None:
            sub = runtime.subtensor
            alpha, tao, netuid = in_alpha
            sub.deposit(sub.Event.TransactionFeePaidWithAlpha(who, netuid, alpha, tao))
        else:
            self._pay_author(runtime, who, taken, actual)
        event = payment.Event.TransactionFeePaid(who, actual, tip if taken else 0)
        payment.deposit(event)

    def _pay_author(self, runtime: Runtime, who: bytes, taken: int, actual: int) -> None:
        if not taken:
            return
        # Who ended during the call gets nothing back: then all of it is the author's.
        kept = taken - runtime.balances.give_back(who, taken - actual)
        if kept:
            author = runtime.aura.author()
            if author is None or not runtime.balances.resolve(author, kept):
                runtime.balances.forget(kept)


class SudoTransactionExtension(Extension):
    """Sudo calls come from the sudo key, or not at all."""

    identifier = "SudoTransactionExtension"
    path = "node_subtensor_runtime::sudo_wrapper::SudoTransactionExtension"

    def validate(self, runtime: Runtime, extrinsic: Extrinsic, validity: Validity) -> None:
        if extrinsic.call.pallet.name == "Sudo" and extrinsic.signer != runtime.sudo.key.get():
            raise Invalid("BadSigner")


class CheckShieldedTxValidity(Extension):
    """Shielded extrinsics are well formed. Whose key they use is for the block's author."""

    identifier = "CheckShieldedTxValidity"
    path = "pallet_shield::extension::CheckShieldedTxValidity"

    def validate(self, runtime: Runtime, extrinsic: Extrinsic, validity: Validity) -> None:
        call = extrinsic.call
        if call.key == SHIELDED and ShieldedParts.parse(call["ciphertext"]) is None:
            raise Invalid("Custom", FAILED_SHIELDED_TX_PARSING)


class SubtensorTransactionExtension(Extension):
    """Subtensor's own guards, asked before the pool takes a call in."""

    identifier = "SubtensorTransactionExtension"
    path = "pallet_subtensor::extensions::subtensor::SubtensorTransactionExtension"

    def validate(self, runtime: Runtime, extrinsic: Extrinsic, validity: Validity) -> None:
        runtime.check_pool_guards(extrinsic.call, _signer(extrinsic))


class DrandPriority(Extension):
    """Pulses that an account signs for go first; unsigned ones have a priority of their own."""

    identifier = "DrandPriority"
    path = "pallet_drand::drand_priority::DrandPriority"

    def validate(self, runtime: Runtime, extrinsic: Extrinsic, validity: Validity) -> None:
        if extrinsic.call.key == ("Drand", "write_pulse"):
            validity.priority += PRIORITY_OF_PULSES


class MetadataHashMode(UnitEnum, path="frame_metadata_hash_extension::Mode"):
    """Whether a metadata hash was signed."""

    Disabled = 0
    Enabled = 1


class MetadataHash(Struct, path="frame_metadata_hash_extension::CheckMetadataHash"):
    """The mode that the signer chose."""

    mode: MetadataHashMode


class CheckMetadataHash(Extension):
    """Signed without a metadata hash: this chain cannot know the hash that a client computed."""

    identifier = "CheckMetadataHash"
    path = "frame_metadata_hash_extension::CheckMetadataHash"
    extra = MetadataHash
    implicit = Option[FixedBytes[Literal[32]]]

    def implicit_value(self, runtime: Runtime, extrinsic: Extrinsic) -> Any:
        if extrinsic.extras[self.identifier].mode != MetadataHashMode.Disabled:
            raise Invalid("BadProof")
        return None


def _signer(extrinsic: Extrinsic) -> bytes:
    assert extrinsic.signer is not None
    return extrinsic.signer


EXTENSIONS: tuple[Extension, ...] = (
    CheckNonZeroSender(),
    CheckSpecVersion(),
    CheckTxVersion(),
    CheckGenesis(),
    CheckMortality(),
    CheckNonce(),
    CheckWeight(),
    ChargeTransactionPayment(),
    SudoTransactionExtension(),
    CheckShieldedTxValidity(),
    SubtensorTransactionExtension(),
    DrandPriority(),
    CheckMetadataHash(),
)

_EXTRA = tuple_of(
    [
        tuple_of([extension.extra_codec for extension in EXTENSIONS[:7]]),
        tuple_of([extension.extra_codec for extension in EXTENSIONS[7:12]]),
        EXTENSIONS[12].extra_codec,
    ]
)
_PARAMETERS = {"Address": MultiAddress, "Call": RuntimeCall, "Signature": MultiSignature}
INNER_EXTRINSIC = NewType(
    "UncheckedExtrinsic",
    Bytes,
    path="sp_runtime::generic::unchecked_extrinsic::UncheckedExtrinsic",
    params={**_PARAMETERS, "Extra": _EXTRA},
)
OUTER_EXTRINSIC = NewType(
    "UncheckedExtrinsic",
    INNER_EXTRINSIC,
    path="fp_self_contained::unchecked_extrinsic::UncheckedExtrinsic",
    params={**_PARAMETERS, "Extension": _EXTRA},
)
if TYPE_CHECKING:
    OpaqueExtrinsic = bytes
else:
    OpaqueExtrinsic = OUTER_EXTRINSIC
