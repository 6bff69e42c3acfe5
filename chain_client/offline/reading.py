"""Reading an offline transaction: what it does, from the metadata, before anybody signs it.

Owns that the metadata is the one that the transaction was made with, that it is of the runtime
that is signed for, and that the call read from it gives the same bytes again. Does not own keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import CodecError, InvalidTransactionFile, MetadataError
from taokit.chain_client.extrinsics.decoding import decode_extrinsic
from taokit.chain_client.money import Alpha, Tao
from taokit.chain_client.offline.transaction import OfflineTransaction, metadata_hash
from taokit.chain_client.policy.rules import GENESIS
from taokit.chain_client.runtime import Runtime
from taokit.chain_client.runtime_cache import RuntimeKey
from taokit.chain_client.scale.account import AccountId

__all__ = ["Readable", "readable", "runtime_of"]

_TAO = ("TaoBalance", "BalanceOf", "T::Balance")


@dataclass(frozen=True)
class Readable:
    """A transaction that was read. ``call`` has its amounts as amounts, nested calls too."""

    transaction: OfflineTransaction
    runtime: Runtime
    call: Call

    @property
    def network(self) -> str:
        """The chain's name, where its first block is known."""
        genesis = self.transaction.genesis_hash
        return GENESIS.get(genesis, f"the chain that begins with {genesis}")


def runtime_of(transaction: OfflineTransaction, metadata: bytes | None = None) -> Runtime:
    """The runtime that it is for, from the metadata it carries or from ``metadata``.

    Raises :class:`InvalidTransactionFile` when that is missing, or is another one.
    """
    from taokit.chain_client.metadata import Metadata

    given = metadata if metadata is not None else transaction.metadata
    if given is None:
        raise InvalidTransactionFile(
            "the metadata of the chain is needed to read this transaction",
            hint="taokit tx metadata FILE, where there is a network; then --metadata FILE here",
        )
    if metadata_hash(given) != transaction.metadata_hash:
        raise InvalidTransactionFile(
            "the metadata is not the one that the transaction was made with",
            hint="do not sign it unless you know why: fetch both anew",
        )
    try:
        found = Metadata.decode(given)
    except (MetadataError, CodecError) as error:
        said = f"the metadata cannot be read: {error.message}"
        raise InvalidTransactionFile(said) from error
    key = RuntimeKey(transaction.genesis_hash, transaction.spec_version, "")
    runtime = Runtime(key, transaction.spec_name, transaction.transaction_version, found)
    version = runtime.constant("System", "Version")
    told = (version["spec_name"], version["spec_version"], version["transaction_version"])
    signed_for = (
        transaction.spec_name,
        transaction.spec_version,
        transaction.transaction_version,
    )
    if told != signed_for:
        raise InvalidTransactionFile(
            f"the metadata is of runtime {told[0]} {told[1]}, not {signed_for[0]} {signed_for[1]}"
        )
    return runtime


def readable(transaction: OfflineTransaction, metadata: bytes | None = None) -> Readable:
    """The transaction, read and checked. Raises :class:`InvalidTransactionFile`."""
    runtime = runtime_of(transaction, metadata)
    try:
        value = runtime.call_codec.decode(transaction.call)
        again = runtime.call_codec.encode(value)
    except CodecError as error:
        raise InvalidTransactionFile(f"its call cannot be read: {error.message}") from error
    if again != transaction.call:
        raise InvalidTransactionFile("its call does not read back as the same bytes")
    if transaction.raw is not None:
        _check_signed(runtime, transaction)
    return Readable(transaction, runtime, _with_amounts(runtime, value))


def _check_signed(runtime: Runtime, transaction: OfflineTransaction) -> None:
    """Whether the extrinsic is of the call and the terms that stand beside it."""
    assert transaction.raw is not None
    try:
        found = decode_extrinsic(runtime, transaction.raw, 0)
    except CodecError as error:
        raise InvalidTransactionFile(f"its extrinsic cannot be read: {error.message}") from error
    same = (
        found.signer == transaction.signer
        and found.nonce == transaction.nonce
        and found.tip == transaction.tip
        and found.era == transaction.era
        and transaction.raw.endswith(transaction.call)
        and runtime.call_codec.encode(found.call.value()) == transaction.call
    )
    if not same:
        raise InvalidTransactionFile(
            "what is signed is not what the file says", hint="do not send it: the file was changed"
        )


def _with_amounts(runtime: Runtime, value: Any) -> Call:
    call = Call.from_value(value)
    fields = runtime.metadata.pallets[call.pallet].calls[call.name].fields
    kinds = {str(field.name): str(field.type_name) for field in fields}
    args = {
        name: _shown(runtime, given, kinds.get(name, ""), call.args)
        for name, given in call.args.items()
    }
    return Call(call.pallet, call.name, args)


def _shown(runtime: Runtime, value: Any, kind: str, args: Any) -> Any:
    if "RuntimeCall" in kind and value is not None:
        if isinstance(value, (list, tuple)):
            return [_with_amounts(runtime, inner) for inner in value]
        return _with_amounts(runtime, value)
    if type(value) is int and any(money in kind for money in _TAO):
        return Tao(value)
    if isinstance(value, AccountId):
        return str(value)
    if isinstance(value, dict) and isinstance(value.get("Id"), AccountId):
        return str(value["Id"])
    netuid = args.get("netuid", args.get("origin_netuid"))
    if type(value) is int and "AlphaBalance" in kind and isinstance(netuid, int):
        return Alpha(value, netuid)
    return value
