"""Runtime APIs that belong to the runtime as a whole: its version, metadata, and validity.

The others of the runtime itself are joined here: `block_apis`, `genesis_apis`, `session_key_apis`
and `babe_apis`.
"""

from __future__ import annotations

from typing import Annotated, Any

from taokit.chain_client.errors import DecodeError
from taokit.chain_client.scale import (
    H256,
    Bool,
    Bytes,
    Enum,
    Err,
    NewType,
    Ok,
    Option,
    Result,
    Struct,
    UnitEnum,
    Variant,
    Vec,
    u8,
    u32,
    u64,
)
from taokit.local_chain.babe_apis import BabeApis
from taokit.local_chain.block_apis import BlockApis
from taokit.local_chain.extensions import OpaqueExtrinsic
from taokit.local_chain.frame.dispatch_error import DispatchResult, result
from taokit.local_chain.frame.errors import Invalid
from taokit.local_chain.frame.extrinsic import with_length
from taokit.local_chain.frame.pallet import runtime_api
from taokit.local_chain.frame.types import RuntimeVersion
from taokit.local_chain.genesis_apis import GenesisApis
from taokit.local_chain.session_key_apis import SessionKeyApis
from taokit.local_chain.version import RUNTIME_VERSION

METADATA_VERSIONS = [14, 15, 16]
_VALIDITY = "sp_runtime::transaction_validity::"
OpaqueMetadata = Annotated[bytes, NewType("OpaqueMetadata", Bytes, path="sp_core::OpaqueMetadata")]


class TransactionSource(UnitEnum, path=_VALIDITY + "TransactionSource"):
    """Where an extrinsic came from."""

    InBlock = 0
    Local = 1
    External = 2


class ValidTransaction(Struct, path=_VALIDITY + "ValidTransaction"):
    """Where the pool may put an extrinsic."""

    priority: u64
    requires: Vec[Bytes]
    provides: Vec[Bytes]
    longevity: u64
    propagate: Bool


class InvalidTransaction(Enum, path=_VALIDITY + "InvalidTransaction"):
    """Why an extrinsic is not valid."""

    class Call(Variant, index=0):
        pass

    class Payment(Variant, index=1):
        pass

    class Future(Variant, index=2):
        pass

    class Stale(Variant, index=3):
        pass

    class BadProof(Variant, index=4):
        pass

    class AncientBirthBlock(Variant, index=5):
        pass

    class ExhaustsResources(Variant, index=6):
        pass

    class Custom(Variant, index=7, unnamed=True):
        code: u8

    class BadMandatory(Variant, index=8):
        pass

    class MandatoryValidation(Variant, index=9):
        pass

    class BadSigner(Variant, index=10):
        pass

    class IndeterminateImplicit(Variant, index=11):
        pass

    class UnknownOrigin(Variant, index=12):
        pass


class UnknownTransaction(Enum, path=_VALIDITY + "UnknownTransaction"):
    """Why validity cannot be told."""

    class CannotLookup(Variant, index=0):
        pass

    class NoUnsignedValidator(Variant, index=1):
        pass

    class Custom(Variant, index=2, unnamed=True):
        code: u8


class TransactionValidityError(Enum, path=_VALIDITY + "TransactionValidityError"):
    """Not valid, or not to be told."""

    class Invalid(Variant, index=0, unnamed=True):
        why: InvalidTransaction

    class Unknown(Variant, index=1, unnamed=True):
        why: UnknownTransaction


def refused(invalid: Invalid) -> Any:
    """An `Invalid` as the SCALE enum."""
    if invalid.kind in Invalid.UNKNOWN:
        return TransactionValidityError.Unknown(getattr(UnknownTransaction, invalid.kind)())
    variant = getattr(InvalidTransaction, invalid.kind)
    why = variant() if invalid.custom is None else variant(invalid.custom)
    return TransactionValidityError.Invalid(why)


class StandardApis(BlockApis, GenesisApis, SessionKeyApis, BabeApis):
    """APIs of every Substrate runtime that clients call."""

    @runtime_api("Core", "version", version=5)
    def core_version(self) -> RuntimeVersion:
        """The runtime's version."""
        return RUNTIME_VERSION

    @runtime_api("Metadata", "metadata", version=2)
    def api_metadata(self) -> OpaqueMetadata:
        """Metadata version 14."""
        found = self.metadata(14)
        assert found is not None
        return found

    @runtime_api("Metadata", version=2)
    def metadata_at_version(self, version: u32) -> Option[OpaqueMetadata]:
        """Metadata of a version, if offered."""
        return self.metadata(version)

    @runtime_api("Metadata", version=2)
    def metadata_versions(self) -> Vec[u32]:
        """The versions offered."""
        return METADATA_VERSIONS

    @runtime_api("BlockBuilder", "apply_extrinsic", version=6)
    def try_extrinsic(
        self, extrinsic: OpaqueExtrinsic
    ) -> Result[DispatchResult, TransactionValidityError]:
        """How an extrinsic would end in the block after this state; nothing is kept of it."""
        logs = self.system.logs()
        parent = self.head_hash or self.system.parent_hash.get()
        self.system.initialize(self.system.block_number() + 1, parent, logs)
        ended = self.apply_extrinsic(with_length(extrinsic))
        return Ok(result(ended.error)) if ended.invalid is None else Err(refused(ended.invalid))

    @runtime_api("TaggedTransactionQueue", version=3)
    def validate_transaction(
        self, source: TransactionSource, tx: OpaqueExtrinsic, block_hash: H256
    ) -> Result[ValidTransaction, TransactionValidityError]:
        """Whether an extrinsic is valid for the block after `block_hash`, which is this state's."""
        try:
            verdict = self.validate(with_length(tx), block_hash)
        except DecodeError:
            return Err(refused(Invalid("Call")))
        if isinstance(verdict, Invalid):
            return Err(refused(verdict))
        return Ok(
            ValidTransaction(
                verdict.priority,
                verdict.requires,
                verdict.provides,
                verdict.longevity,
                verdict.propagate,
            )
        )
