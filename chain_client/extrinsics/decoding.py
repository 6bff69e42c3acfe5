"""Reading extrinsics: from a block's bytes to signer, terms and call.

Owns the parsing of the formats that blocks of this chain hold: signed version 4, and bare ones of
version 4 or 5 (inherents). Does not own fetching blocks (``client``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import DecodeError
from taokit.chain_client.scale import Era
from taokit.chain_client.scale.numbers import read_compact
from taokit.chain_client.transport.base import extrinsic_hash

if TYPE_CHECKING:
    from taokit.chain_client.runtime import Runtime

__all__ = ["Extrinsic", "decode_extrinsic"]

_SIGNED_V4: Final = 0x84
_BARE: Final = (0x04, 0x05)


@dataclass(frozen=True)
class Extrinsic:
    """One extrinsic of a block. The fields from ``signer`` to ``tip`` are ``None`` when bare."""

    index: int
    hash: str
    call: Call
    signer: str | None = None
    signature: bytes | None = None
    era: Era | None = None
    nonce: int | None = None
    tip: int | None = None


def decode_extrinsic(runtime: Runtime, raw: bytes, index: int) -> Extrinsic:
    """Decode the extrinsic at position ``index`` of a block. Raises :class:`DecodeError`."""
    length, start = read_compact(raw, 0)
    if start + length != len(raw) or not length:
        raise DecodeError(type="Extrinsic", offset=0, what=f"its length says {length} bytes")
    version = raw[start]
    if version in _BARE:
        call = runtime.call_codec.decode(raw[start + 1 :])
        return Extrinsic(index, extrinsic_hash(raw), Call.from_value(call))
    if version != _SIGNED_V4:
        raise DecodeError(type="Extrinsic", offset=start, what=f"unknown format {version:#x}")
    return _signed(runtime, raw, start + 1, index)


def _signed(runtime: Runtime, raw: bytes, offset: int, index: int) -> Extrinsic:
    address, offset = runtime.address_codec.read(raw, offset)
    signature, offset = runtime.signature_codec.read(raw, offset)
    carried: dict[str, Any] = {}
    for extension in runtime.metadata.extrinsic.extensions:
        codec = runtime.metadata.types.codec(extension.type)
        carried[extension.identifier], offset = codec.read(raw, offset)
    call, offset = runtime.call_codec.read(raw, offset)
    if offset != len(raw):
        raise DecodeError(type="Extrinsic", offset=offset, what="bytes left after the call")
    tip = carried.get("ChargeTransactionPayment")
    return Extrinsic(
        index,
        extrinsic_hash(raw),
        Call.from_value(call),
        signer=_address(address),
        signature=next(iter(signature.values())),
        era=carried.get("CheckMortality"),
        nonce=carried.get("CheckNonce"),
        tip=tip if isinstance(tip, int) else None,
    )


def _address(address: Any) -> str:
    inner = address["Id"] if isinstance(address, dict) and "Id" in address else address
    return str(inner)
