"""Making, signing and sending offline transactions.

Owns the three steps, each possible on another machine. Does not own their form (``transaction``)
nor how they are read (``reading``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from taokit.chain_client import runtime_loading
from taokit.chain_client.addresses import ss58_of
from taokit.chain_client.calls import Call
from taokit.chain_client.errors import InvalidTransactionFile, WrongChain
from taokit.chain_client.extrinsics.signing import sign
from taokit.chain_client.extrinsics.submitter import Terms
from taokit.chain_client.offline.reading import readable
from taokit.chain_client.offline.transaction import OfflineTransaction, metadata_hash

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.extrinsics.submission import Submission
    from taokit.chain_client.operations import Operation
    from taokit.chain_client.runtime import Runtime
    from taokit.wallet.signer import Signer

__all__ = ["OfflineGuard", "fetch_metadata", "signed", "submit", "unsigned"]


class OfflineGuard(Protocol):
    """What is asked before a signature where there is no chain."""

    async def admit_offline(
        self, runtime: Runtime, call: bytes, signer: str, *, nonce: int, tip: int
    ) -> None:
        """Let it be signed, or raise."""


async def fetch_metadata(chain: ChainClient) -> bytes:
    """The chain's metadata, as it encodes it."""
    return await runtime_loading.fetch_metadata(chain.transport)


async def unsigned(
    chain: ChainClient, what: Operation | Call, signer: Any, terms: Terms | None = None
) -> OfflineTransaction:
    """A transaction to be signed elsewhere; ``signer`` is an address or a signer."""
    address = ss58_of(signer)
    call = what if isinstance(what, Call) else (await what.prepared_for(chain, address)).call()
    signing, birth, _ = await chain.submitter.unsigned(address, terms or Terms())
    metadata = await fetch_metadata(chain)
    runtime = chain.runtime
    return OfflineTransaction(
        genesis_hash=runtime.genesis_hash,
        spec_name=runtime.spec_name,
        spec_version=runtime.spec_version,
        transaction_version=runtime.transaction_version,
        signer=address,
        call=chain.encode_call(call),
        nonce=signing.nonce,
        tip=signing.tip,
        period=None if signing.era.is_immortal else signing.era.period,
        birth_block=birth.number,
        birth_hash=birth.hash,
        metadata_hash=metadata_hash(metadata),
        metadata=metadata,
    )


async def signed(
    transaction: OfflineTransaction,
    signer: Signer,
    *,
    metadata: bytes | None = None,
    guard: OfflineGuard | None = None,
) -> OfflineTransaction:
    """The transaction with a signature; no network is needed.

    Raises :class:`InvalidTransactionFile` for one that is not what it says, or is for another
    signer; what ``guard`` and the signer raise.
    """
    found = readable(transaction, metadata)
    if signer.ss58_address != transaction.signer:
        raise InvalidTransactionFile(
            f"it is to be signed by {transaction.signer}, not by {signer.ss58_address}",
            hint="choose the wallet of that address",
        )
    if guard is not None:
        await guard.admit_offline(
            found.runtime,
            transaction.call,
            transaction.signer,
            nonce=transaction.nonce,
            tip=transaction.tip,
        )
    raw = await sign(found.runtime, transaction.call, transaction.signing, signer)
    return replace(transaction, raw=raw)


async def submit(chain: ChainClient, transaction: OfflineTransaction) -> Submission:
    """Send a signed transaction. Raises :class:`WrongChain`, :class:`InvalidTransactionFile` and
    what :meth:`ChainClient.send_signed` does."""
    extrinsic = transaction.extrinsic
    genesis = chain.runtime.genesis_hash
    if transaction.genesis_hash != genesis:
        error = WrongChain(expected=transaction.genesis_hash, got=genesis)
        error.hint = "choose the network that the transaction was made for: --network NAME"
        raise error
    if transaction.spec_version != chain.runtime.spec_version:
        raise InvalidTransactionFile(
            f"it was made for runtime {transaction.spec_version}, and the chain runs"
            f" {chain.runtime.spec_version} by now",
            hint="make and sign it anew",
        )
    return await chain.send_signed(extrinsic)
