"""The bytes of an extrinsic: reading one, and what its signature covers.

Version 4 signed (what every client sends) and bare 4 or 5 (inherents) are
read; general version 5 extrinsics are refused, as no client sends them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any, Literal

from taokit.chain_client.errors import DecodeError
from taokit.chain_client.scale import (
    AccountId,
    Bytes,
    Compact,
    Enum,
    FixedBytes,
    Unit,
    Variant,
    codec,
    u32,
)
from taokit.local_chain.frame.call import Call, RuntimeCallCodec
from taokit.local_chain.frame.errors import CannotLookup, Invalid
from taokit.local_chain.frame.extension import Extension

BARE_V4, BARE_V5, SIGNED_V4 = 0x04, 0x05, 0x84


class MultiAddress(
    Enum,
    path="sp_runtime::multiaddress::MultiAddress",
    params={"AccountId": AccountId, "AccountIndex": Unit},
):
    """How a call names an account. This chain looks up `Id` only."""

    class Id(Variant, index=0, unnamed=True):
        value: AccountId

    class Index(Variant, index=1, unnamed=True):
        value: Compact[Unit]

    class Raw(Variant, index=2, unnamed=True):
        value: Bytes

    class Address32(Variant, index=3, unnamed=True):
        value: FixedBytes[Literal[32]]

    class Address20(Variant, index=4, unnamed=True):
        value: FixedBytes[Literal[20]]


class MultiSignature(Enum, path="sp_runtime::MultiSignature"):
    """A signature of one of the three schemes."""

    class Ed25519(Variant, index=0, unnamed=True):
        value: FixedBytes[Literal[64]]

    class Sr25519(Variant, index=1, unnamed=True):
        value: FixedBytes[Literal[64]]

    class Ecdsa(Variant, index=2, unnamed=True):
        value: FixedBytes[Literal[65]]


def lookup(address: MultiAddress) -> bytes:
    """The account of an address; CannotLookup for the forms that this chain does not index."""
    if isinstance(address, MultiAddress.Id):
        return address.value
    raise CannotLookup


@dataclass
class Extrinsic:
    """A decoded extrinsic and what validation learned of it."""

    encoded: bytes
    call: Call
    call_bytes: bytes
    signer: bytes | None = None
    signature: Any = None
    extra_bytes: bytes = b""
    extras: dict[str, Any] = field(default_factory=dict)

    @property
    def hash(self) -> bytes:
        """The transaction hash: blake2-256 of the length-prefixed bytes."""
        return hashlib.blake2b(self.encoded, digest_size=32).digest()

    def payload(self, implicit: bytes) -> bytes:
        """What the signature covers: the call, the extras, the implicit data; hashed if long."""
        payload = self.call_bytes + self.extra_bytes + implicit
        if len(payload) > 256:
            return hashlib.blake2b(payload, digest_size=32).digest()
        return payload


def decode_extrinsic(encoded: bytes, extensions: tuple[Extension, ...]) -> Extrinsic:
    """Read an extrinsic with its length prefix. DecodeError says what is wrong where."""
    length, offset = codec(Compact[u32]).read(encoded, 0)
    if offset + length != len(encoded):
        raise _bad(0, f"length says {length} bytes, {len(encoded) - offset} follow")
    if not length:
        raise _bad(offset, "an extrinsic has at least its version")
    version = encoded[offset]
    offset += 1
    extrinsic = Extrinsic(encoded, None, b"")  # type: ignore[arg-type]
    if version == SIGNED_V4:
        address, offset = codec(MultiAddress).read(encoded, offset)
        try:
            extrinsic.signer = lookup(address)
        except CannotLookup:
            raise Invalid("CannotLookup") from None
        extrinsic.signature, offset = codec(MultiSignature).read(encoded, offset)
        start = offset
        for extension in extensions:
            extra, offset = extension.extra_codec.read(encoded, offset)
            extrinsic.extras[extension.identifier] = extra
        extrinsic.extra_bytes = encoded[start:offset]
    elif version not in (BARE_V4, BARE_V5):
        raise _bad(offset - 1, f"unknown extrinsic version {version}")
    extrinsic.call, end = RuntimeCallCodec.shared.read(encoded, offset)
    if end != len(encoded):
        raise _bad(end, f"{len(encoded) - end} bytes left over")
    extrinsic.call_bytes = encoded[offset:end]
    return extrinsic


def _bad(offset: int, what: str) -> DecodeError:
    return DecodeError(type="UncheckedExtrinsic", offset=offset, what=what)


def bare(call: Call) -> bytes:
    """An inherent's bytes: version 5, no signature."""
    return with_length(bytes([BARE_V5]) + RuntimeCallCodec.shared.encode(call))


def with_length(body: bytes) -> bytes:
    """An extrinsic's body with its length before it, as it travels."""
    return codec(Compact[u32]).encode(len(body)) + body
