"""Making extrinsics: what is signed, and how the parts are framed.

Owns the version 4 format that every client of this chain sends:
``compact(length) ‖ 0x84 ‖ address ‖ signature ‖ extra ‖ call``. Does not own keys (a ``Signer``
signs) nor nonces.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from taokit.chain_client.extrinsics.extensions import Signing, extension_bytes
from taokit.chain_client.scale.numbers import write_compact
from taokit.chain_client.transport.base import extrinsic_hash
from taokit.wallet.signer import Signer, signature_from

if TYPE_CHECKING:
    from taokit.chain_client.runtime import Runtime

__all__ = ["SignedExtrinsic", "sign", "signing_payload", "unsigned_stand_in"]

_SIGNED_V4: Final = 0x84
_LONGEST_UNHASHED: Final = 256
_SCHEMES: Final = ("Ed25519", "Sr25519")


@dataclass(frozen=True, slots=True)
class SignedExtrinsic:
    """An extrinsic ready to be sent."""

    raw: bytes
    """With its length in front, as it is submitted and as it stands in a block."""
    signer: str
    nonce: int
    last_block: int | None
    """The last block that may include it; ``None`` if immortal."""
    birth_block: int

    @property
    def hash(self) -> str:
        """Its hash, ``0x`` hex."""
        return extrinsic_hash(self.raw)


def signing_payload(runtime: Runtime, call: bytes, signing: Signing) -> bytes:
    """The bytes a key signs: call ‖ extra ‖ implicit, hashed when longer than 256 bytes.

    The rule is ``sp_runtime::generic::SignedPayload``'s; the hash is blake2b-256.
    """
    extra, implicit = extension_bytes(runtime, signing)
    payload = call + extra + implicit
    if len(payload) > _LONGEST_UNHASHED:
        return hashlib.blake2b(payload, digest_size=32).digest()
    return payload


async def sign(runtime: Runtime, call: bytes, signing: Signing, signer: Signer) -> bytes:
    """The whole extrinsic, signed. Raises what the signer raises."""
    signature = await signature_from(signer, signing_payload(runtime, call, signing))
    return _assemble(runtime, call, signing, signer, signature)


def unsigned_stand_in(runtime: Runtime, call: bytes, signing: Signing, signer: Signer) -> bytes:
    """The extrinsic with a signature of zeros: of the right size for a fee, worth nothing else."""
    return _assemble(runtime, call, signing, signer, bytes(64))


def _assemble(
    runtime: Runtime, call: bytes, signing: Signing, signer: Signer, signature: bytes
) -> bytes:
    body = bytearray((_SIGNED_V4,))
    runtime.address_codec.write({"Id": signer.public_key}, body)
    runtime.signature_codec.write({_SCHEMES[signer.crypto_type]: signature}, body)
    body += extension_bytes(runtime, signing)[0]
    body += call
    framed = bytearray()
    write_compact(len(body), framed)
    return bytes(framed + body)
