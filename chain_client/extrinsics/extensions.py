"""What the transaction extensions of a runtime add to an extrinsic and to what is signed.

Owns the bytes of every extension that the client knows, in the order in which the metadata lists
them. An unknown extension that carries no data is passed over; one that does is an error, because
guessing would sign something else than what was meant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from taokit.chain_client.errors import UnsupportedExtension
from taokit.chain_client.scale import Era, codec
from taokit.chain_client.scale.numbers import write_compact

if TYPE_CHECKING:
    from taokit.chain_client.runtime import Runtime

__all__ = ["Signing", "extension_bytes"]


@dataclass(frozen=True, slots=True)
class Signing:
    """What goes into an extrinsic besides its call. Hashes are ``0x`` hex, ``tip`` in rao."""

    nonce: int
    era: Era
    birth_hash: str
    """The hash of the era's first block; the genesis hash when immortal."""
    tip: int = 0


_Part = Callable[["Runtime", Signing], bytes]


def _nothing(runtime: Runtime, signing: Signing) -> bytes:
    return b""


def _era(runtime: Runtime, signing: Signing) -> bytes:
    return codec(Era).encode(signing.era)


def _nonce(runtime: Runtime, signing: Signing) -> bytes:
    return _compact(signing.nonce)


def _tip(runtime: Runtime, signing: Signing) -> bytes:
    return _compact(signing.tip)


def _tip_without_asset(runtime: Runtime, signing: Signing) -> bytes:
    return _compact(signing.tip) + b"\x00"


def _spec_version(runtime: Runtime, signing: Signing) -> bytes:
    return runtime.spec_version.to_bytes(4, "little")


def _transaction_version(runtime: Runtime, signing: Signing) -> bytes:
    return runtime.transaction_version.to_bytes(4, "little")


def _genesis(runtime: Runtime, signing: Signing) -> bytes:
    return bytes.fromhex(runtime.genesis_hash[2:])


def _birth(runtime: Runtime, signing: Signing) -> bytes:
    return bytes.fromhex(signing.birth_hash[2:])


def _zero(runtime: Runtime, signing: Signing) -> bytes:
    return b"\x00"  # CheckMetadataHash: mode Disabled, and None for the hash


_KNOWN: Final[Mapping[str, tuple[_Part, _Part]]] = {
    "CheckSpecVersion": (_nothing, _spec_version),
    "CheckTxVersion": (_nothing, _transaction_version),
    "CheckGenesis": (_nothing, _genesis),
    "CheckMortality": (_era, _birth),
    "CheckEra": (_era, _birth),
    "CheckNonce": (_nonce, _nothing),
    "ChargeTransactionPayment": (_tip, _nothing),
    "ChargeAssetTxPayment": (_tip_without_asset, _nothing),
    "CheckMetadataHash": (_zero, _zero),
}
"""By identifier: what stands in the extrinsic, and what is signed besides."""


def extension_bytes(runtime: Runtime, signing: Signing) -> tuple[bytes, bytes]:
    """(extra, implicit): the bytes in the extrinsic, and those only signed, over all extensions.

    Raises :class:`UnsupportedExtension`.
    """
    extra, implicit = bytearray(), bytearray()
    for extension in runtime.metadata.extrinsic.extensions:
        known = _KNOWN.get(extension.identifier)
        if known is not None:
            extra += known[0](runtime, signing)
            implicit += known[1](runtime, signing)
        elif any(
            runtime.metadata.types.codec(carried).fixed_size != 0
            for carried in (extension.type, extension.implicit)
        ):
            raise UnsupportedExtension(extension.identifier)
    return bytes(extra), bytes(implicit)


def _compact(number: int) -> bytes:
    out = bytearray()
    write_compact(number, out)
    return bytes(out)
