"""`sp_runtime::DispatchError` as a SCALE type.

Inside the runtime an error is a Python exception; in an event it is the
exception itself, encoded by what it knows of itself. This codec writes and
reads it, and describes the enum for the metadata.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from taokit.chain_client.errors import DecodeError
from taokit.chain_client.scale import (
    Codec,
    Enum,
    Err,
    FixedBytes,
    Ok,
    Result,
    Struct,
    Unit,
    UnitEnum,
    Variant,
    u8,
)
from taokit.local_chain.frame import errors
from taokit.local_chain.frame.errors import (
    ArithmeticError_,
    DispatchError,
    ModuleError,
    TokenError,
    TransactionalError,
)

if TYPE_CHECKING:
    from taokit.chain_client.metadata import RegistryBuilder, TypeDescription


class ModuleErrorBytes(Struct, path="sp_runtime::ModuleError"):
    """Pallet index, and the error's own encoding padded to four bytes."""

    index: u8
    error: FixedBytes[Literal[4]]


class TokenErrorName(UnitEnum, path="sp_runtime::TokenError"):
    """Why a balance does not allow it."""

    FundsUnavailable = 0
    OnlyProvider = 1
    BelowMinimum = 2
    CannotCreate = 3
    UnknownAsset = 4
    Frozen = 5
    Unsupported = 6
    CannotCreateHold = 7
    NotExpendable = 8
    Blocked = 9


class ArithmeticErrorName(UnitEnum, path="sp_arithmetic::ArithmeticError"):
    """Why a number does not fit."""

    Underflow = 0
    Overflow = 1
    DivisionByZero = 2


class TransactionalErrorName(UnitEnum, path="sp_runtime::TransactionalError"):
    """Why a storage layer could not be opened or closed."""

    LimitReached = 0
    NoLayer = 1


class TrieErrorName(UnitEnum, path="sp_runtime::proving_trie::TrieError"):
    """Why a proof was refused."""

    InvalidStateRoot = 0
    IncompleteDatabase = 1
    ValueAtIncompleteKey = 2
    DecoderError = 3
    InvalidHash = 4
    DuplicateKey = 5
    ExtraneousNode = 6
    ExtraneousValue = 7
    ExtraneousHashReference = 8
    InvalidChildReference = 9
    ValueMismatch = 10
    IncompleteProof = 11
    RootMismatch = 12
    DecodeError = 13


class DispatchErrorShape(Enum, path="sp_runtime::DispatchError"):
    """The enum as the metadata describes it."""

    class Other(Variant, index=0):
        pass

    class CannotLookup(Variant, index=1):
        pass

    class BadOrigin(Variant, index=2):
        pass

    class Module(Variant, index=3, unnamed=True):
        value: ModuleErrorBytes

    class ConsumerRemaining(Variant, index=4):
        pass

    class NoProviders(Variant, index=5):
        pass

    class TooManyConsumers(Variant, index=6):
        pass

    class Token(Variant, index=7, unnamed=True):
        value: TokenErrorName

    class Arithmetic(Variant, index=8, unnamed=True):
        value: ArithmeticErrorName

    class Transactional(Variant, index=9, unnamed=True):
        value: TransactionalErrorName

    class Exhausted(Variant, index=10):
        pass

    class Corruption(Variant, index=11):
        pass

    class Unavailable(Variant, index=12):
        pass

    class RootNotAllowed(Variant, index=13):
        pass

    class Trie(Variant, index=14, unnamed=True):
        value: TrieErrorName


_PLAIN = {
    kind.index: kind
    for kind in (
        errors.Other,
        errors.CannotLookup,
        errors.BadOrigin,
        errors.ConsumerRemaining,
        errors.NoProviders,
        errors.TooManyConsumers,
        errors.Exhausted,
        errors.Corruption,
        errors.Unavailable,
        errors.RootNotAllowed,
    )
}
_LISTED = {kind.index: kind for kind in (TokenError, ArithmeticError_, TransactionalError)}


class DispatchErrorCodec(Codec[DispatchError]):
    """Writes a `DispatchError`, and reads one back as an exception of the same kind."""

    name = "DispatchError"

    def read(self, data: bytes, offset: int) -> tuple[DispatchError, int]:
        index = data[offset]
        if index in _PLAIN:
            return _PLAIN[index](), offset + 1
        if index in _LISTED:
            kind = _LISTED[index]
            return kind(kind.names[data[offset + 1]]), offset + 2
        if index == errors.MODULE:
            body = {"pallet_index": data[offset + 1], "error_index": data[offset + 2]}
            return type("ModuleError", (ModuleError,), body)(), offset + 6
        raise DecodeError(type=self.name, offset=offset, what=f"no dispatch error {index}")

    def write(self, value: DispatchError, out: bytearray) -> None:
        out += value.encode()

    def default(self) -> DispatchError:
        return errors.Other()

    def describe(self, builder: RegistryBuilder) -> TypeDescription:
        """The enum's own description."""
        from taokit.chain_client.scale import codec

        return codec(DispatchErrorShape).describe(builder)


if TYPE_CHECKING:
    DispatchErrorType = DispatchError
else:
    DispatchErrorType = DispatchErrorCodec()
DispatchResult = Result[Unit, DispatchErrorType]


def result(failed: DispatchError | None) -> Ok[tuple[()]] | Err[DispatchError]:
    """A `DispatchResult` of how a call ended."""
    return Ok(()) if failed is None else Err(failed)
