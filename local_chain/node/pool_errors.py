"""Why the pool refuses a transaction, in the numbers and words of a Subtensor node.

Owns the mapping to JSON-RPC codes, messages and data. Source: `sc-rpc-api`'s author errors, and
the texts of `sp_runtime::transaction_validity`.
"""

from __future__ import annotations

from taokit.local_chain.errors import PoolError
from taokit.local_chain.node.runtime_protocol import InvalidTransaction

__all__ = [
    "already_imported",
    "bad_format",
    "banned",
    "check_length_prefix",
    "cycle_detected",
    "immediately_dropped",
    "invalid",
    "no_tags",
    "too_low_priority",
    "verification_failed",
]

TEXTS = {
    "Call": "Transaction call is not expected",
    "Payment": "Inability to pay some fees (e.g. account balance too low)",
    "Future": "Transaction will be valid in the future",
    "Stale": "Transaction is outdated",
    "BadProof": "Transaction has a bad signature",
    "AncientBirthBlock": "Transaction has an ancient birth block",
    "ExhaustsResources": "Transaction would exhaust the block limits",
    "BadMandatory": "A call was labelled as mandatory, but resulted in an Error.",
    "MandatoryValidation": "Transaction dispatch is mandatory; transactions must not be validated.",
    "BadSigner": "Invalid signing address",
    "IndeterminateImplicit": "The implicit data was unable to be calculated",
    "UnknownOrigin": "The transaction extension did not authorize any origin",
}
UNKNOWN_VALIDITY = {"CannotLookup", "NoUnsignedValidator"}


def invalid(reason: InvalidTransaction) -> PoolError:
    """The refusal of a transaction that the runtime called invalid."""
    kind, custom = reason.kind, reason.custom
    if kind in UNKNOWN_VALIDITY:
        return PoolError("Unknown Transaction Validity", rpc_code=1011, kind=kind, rpc_data=kind)
    data = f"Custom error: {custom}" if kind == "Custom" else TEXTS.get(kind, kind)
    return PoolError("Invalid Transaction", rpc_code=1010, kind=kind, rpc_data=data)


def verification_failed(why: str) -> PoolError:
    """The runtime could not read the extrinsic."""
    return PoolError(f"Verification Error: {why}", rpc_code=1002, kind="Verification", rpc_data=why)


def bad_format(why: str) -> PoolError:
    """The bytes are not a length-prefixed extrinsic."""
    return PoolError(
        f"Extrinsic has invalid format: {why}", rpc_code=1001, kind="BadFormat", rpc_data=None
    )


def banned() -> PoolError:
    """Refused or included a short while ago."""
    return PoolError("Transaction is temporarily banned", rpc_code=1012, kind="TemporarilyBanned")


def already_imported(hash: bytes) -> PoolError:
    """The same bytes are in the pool."""
    return PoolError(
        "Transaction Already Imported",
        rpc_code=1013,
        kind="AlreadyImported",
        rpc_data="0x" + hash.hex(),
    )


def too_low_priority(old: int, new: int) -> PoolError:
    """Another transaction of the same nonce pays as much or more."""
    return PoolError(
        f"Priority is too low: ({old} vs {new})",
        rpc_code=1014,
        kind="TooLowPriority",
        rpc_data="The transaction has too low priority to replace another transaction already in "
        "the pool.",
    )


def cycle_detected() -> PoolError:
    """The transaction requires what only it provides."""
    return PoolError("Cycle Detected", rpc_code=1015, kind="CycleDetected")


def immediately_dropped() -> PoolError:
    """The pool is full of transactions that are worth more."""
    return PoolError(
        "Immediately Dropped",
        rpc_code=1016,
        kind="ImmediatelyDropped",
        rpc_data="The transaction couldn't enter the pool because of the limit",
    )


def no_tags() -> PoolError:
    """The transaction provides no tag to know it by."""
    return PoolError(
        "No tags provided",
        rpc_code=1019,
        kind="NoTagsProvided",
        rpc_data="Transaction does not provide any tags, so the pool can't identify it",
    )


def check_length_prefix(extrinsic: bytes) -> None:
    """Raise `PoolError` unless the compact length that leads says how many bytes follow."""
    if not extrinsic:
        raise bad_format("Not enough data to fill buffer")
    mode = extrinsic[0] & 3
    if mode == 3:
        raise bad_format("Length prefix is out of range")
    size = (1, 2, 4)[mode]
    length = int.from_bytes(extrinsic[:size], "little") >> 2
    if len(extrinsic) < size or len(extrinsic) - size < length:
        raise bad_format("Not enough data to fill buffer")
    if len(extrinsic) - size > length:
        raise bad_format("Input buffer has still data left after decoding!")
