"""A transaction outside a client: everything that is signed, and the signature once there is one.

Owns its two forms. The JSON form is for files and may carry the chain's metadata; the text form is
one line of capital letters, digits and dashes, which QR codes hold densely, with a checksum. Does
not own making, reading or signing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zlib
from dataclasses import dataclass, replace
from typing import Any, Final

from taokit.chain_client.addresses import ss58_of
from taokit.chain_client.errors import InvalidTransactionFile
from taokit.chain_client.extrinsics.extensions import Signing
from taokit.chain_client.extrinsics.signing import SignedExtrinsic
from taokit.chain_client.scale import Era
from taokit.wallet import ss58
from taokit.wallet.errors import InvalidAddress

__all__ = ["OfflineTransaction", "metadata_hash"]

_FORMAT: Final = "taokit-transaction"
_VERSION: Final = 1
_PREFIX: Final = "TAOKIT-TX:"
_LONGEST: Final = 16 * 1024 * 1024
_LARGEST_METADATA: Final = 64 * 1024 * 1024
_CHECKSUM: Final = 4


@dataclass(frozen=True)
class OfflineTransaction:
    """A transaction. Hashes are ``0x`` hex, ``tip`` is in rao, ``call`` SCALE bytes.

    ``period`` is ``None`` for an immortal one. ``raw`` is the whole extrinsic once it is signed;
    ``metadata`` the chain's, as it encodes it, where it is carried along.
    """

    genesis_hash: str
    spec_name: str
    spec_version: int
    transaction_version: int
    signer: str
    call: bytes
    nonce: int
    tip: int
    period: int | None
    birth_block: int
    birth_hash: str
    metadata_hash: str
    raw: bytes | None = None
    metadata: bytes | None = None

    @property
    def era(self) -> Era:
        """Its mortality."""
        if self.period is None:
            return Era()
        return Era.mortal(self.period, current=self.birth_block)

    @property
    def last_block(self) -> int | None:
        """The last block that may include it; ``None`` if immortal."""
        return None if self.period is None else self.birth_block + self.era.period - 1

    @property
    def signing(self) -> Signing:
        """What is signed beside the call."""
        return Signing(self.nonce, self.era, self.birth_hash, self.tip)

    @property
    def extrinsic(self) -> SignedExtrinsic:
        """The signed extrinsic. Raises :class:`InvalidTransactionFile` if it is not signed."""
        if self.raw is None:
            said = "the transaction is not signed"
            raise InvalidTransactionFile(said, hint="taokit tx sign FILE, where the key is")
        return SignedExtrinsic(self.raw, self.signer, self.nonce, self.last_block, self.birth_block)

    # -- JSON -------------------------------------------------------------------------------------

    def document(self) -> dict[str, Any]:
        """The JSON form."""
        found: dict[str, Any] = {
            "format": _FORMAT,
            "version": _VERSION,
            "genesis_hash": self.genesis_hash,
            "spec_name": self.spec_name,
            "spec_version": self.spec_version,
            "transaction_version": self.transaction_version,
            "signer": self.signer,
            "call": "0x" + self.call.hex(),
            "nonce": self.nonce,
            "tip": str(self.tip),
            "period": self.period,
            "birth_block": self.birth_block,
            "birth_hash": self.birth_hash,
            "metadata_hash": self.metadata_hash,
            "extrinsic": None if self.raw is None else "0x" + self.raw.hex(),
        }
        if self.metadata is not None:
            packed = zlib.compress(self.metadata, 9)
            found["metadata"] = base64.b64encode(packed).decode()
        return found

    @classmethod
    def parse(cls, text: str) -> OfflineTransaction:
        """A transaction from either form. Raises :class:`InvalidTransactionFile`."""
        if len(text) > _LONGEST:
            raise InvalidTransactionFile("far too large for a transaction")
        stripped = text.strip()
        if stripped.upper().startswith(_PREFIX):
            return _from_text(stripped)
        try:
            found = json.loads(stripped)
        except ValueError as error:
            raise InvalidTransactionFile(
                "there is no transaction in it", hint=f"it begins with {{ or with {_PREFIX}"
            ) from error
        if not isinstance(found, dict) or found.get("format") != _FORMAT:
            raise InvalidTransactionFile("it is not a transaction of taokit")
        if found.get("version") != _VERSION:
            raise InvalidTransactionFile(f"version {found.get('version')} is not known here")
        try:
            return _from_document(found).checked()
        except (KeyError, TypeError, ValueError, binascii.Error, zlib.error) as error:
            said = f"the transaction cannot be read: {type(error).__name__}: {error}"
            raise InvalidTransactionFile(said) from error

    def checked(self) -> OfflineTransaction:
        """Itself, its parts being what they claim. Raises :class:`InvalidTransactionFile`."""
        try:
            ss58_of(self.signer)
        except (InvalidAddress, ValueError, TypeError) as error:
            raise InvalidTransactionFile(f"{self.signer!r} is not an address") from error
        ranges = {
            "nonce": (self.nonce, 32),
            "tip": (self.tip, 64),
            "birth block": (self.birth_block, 32),
            "spec version": (self.spec_version, 32),
            "transaction version": (self.transaction_version, 32),
        }
        for name, (value, bits) in ranges.items():
            if type(value) is not int or not 0 <= value < 1 << bits:
                raise InvalidTransactionFile(f"the {name} makes no sense: {value!r}")
        if self.period is not None and not 4 <= self.period <= 1 << 16:
            raise InvalidTransactionFile(f"the period makes no sense: {self.period!r}")
        for name in ("genesis_hash", "birth_hash", "metadata_hash"):
            if len(bytes.fromhex(getattr(self, name)[2:])) != 32:
                raise InvalidTransactionFile(f"the {name} is not a hash")
        if self.metadata is not None and metadata_hash(self.metadata) != self.metadata_hash:
            raise InvalidTransactionFile(
                "the metadata in the file is not what its hash says",
                hint="do not sign it: the file was changed",
            )
        return self

    # -- text -------------------------------------------------------------------------------------

    def text(self) -> str:
        """The text form; metadata is left out, and has to be where it is read."""
        flags = (self.period is not None) | ((self.raw is not None) << 1)
        name = self.spec_name.encode()
        parts = [
            bytes([_VERSION, flags, len(name)]),
            name,
            self.spec_version.to_bytes(4, "little"),
            self.transaction_version.to_bytes(4, "little"),
            bytes.fromhex(self.genesis_hash[2:]),
            bytes.fromhex(self.metadata_hash[2:]),
            self.nonce.to_bytes(4, "little"),
            self.tip.to_bytes(8, "little"),
            ss58.decode(self.signer),
        ]
        if self.period is not None:
            parts.append(self.period.to_bytes(4, "little"))
            parts.append(self.birth_block.to_bytes(4, "little"))
            parts.append(bytes.fromhex(self.birth_hash[2:]))
        parts.append(len(self.call).to_bytes(4, "little") + self.call)
        parts.append(self.raw or b"")
        content = b"".join(parts)
        encoded = base64.b32encode(content + _checksum(content)).decode().rstrip("=")
        return _PREFIX + encoded


def metadata_hash(metadata: bytes) -> str:
    """The blake2b-256 of metadata as the chain encodes it, ``0x`` hex."""
    return "0x" + hashlib.blake2b(metadata, digest_size=32).hexdigest()


def _checksum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_CHECKSUM).digest()


def _from_document(found: dict[str, Any]) -> OfflineTransaction:
    packed, raw, metadata = found.get("metadata"), found["extrinsic"], None
    if packed is not None:
        unpacking = zlib.decompressobj()
        metadata = unpacking.decompress(base64.b64decode(packed, validate=True), _LARGEST_METADATA)
        if unpacking.unconsumed_tail:
            raise InvalidTransactionFile("the metadata is far too large")
    return OfflineTransaction(
        genesis_hash=found["genesis_hash"],
        spec_name=found["spec_name"],
        spec_version=found["spec_version"],
        transaction_version=found["transaction_version"],
        signer=found["signer"],
        call=bytes.fromhex(found["call"][2:]),
        nonce=found["nonce"],
        tip=int(found["tip"]),
        period=found["period"],
        birth_block=found["birth_block"],
        birth_hash=found["birth_hash"],
        metadata_hash=found["metadata_hash"],
        raw=None if raw is None else bytes.fromhex(raw[2:]),
        metadata=metadata,
    )


class _Cursor:
    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def take(self, length: int) -> bytes:
        part = self._content[self._at : self._at + length]
        if len(part) != length:
            raise InvalidTransactionFile("the text is cut off")
        self._at += length
        return part

    def number(self, length: int) -> int:
        return int.from_bytes(self.take(length), "little")

    def rest(self) -> bytes:
        return self.take(len(self._content) - self._at)


def _from_text(text: str) -> OfflineTransaction:
    encoded = "".join(text[len(_PREFIX) :].split()).upper()
    try:
        whole = base64.b32decode(encoded + "=" * (-len(encoded) % 8))
    except (binascii.Error, ValueError) as error:
        raise InvalidTransactionFile("the text has letters that do not belong in it") from error
    content, checksum = whole[:-_CHECKSUM], whole[-_CHECKSUM:]
    if _checksum(content) != checksum:
        raise InvalidTransactionFile("the text is damaged: its checksum is wrong")
    cursor = _Cursor(content)
    version, flags, length = cursor.take(3)
    if version != _VERSION:
        raise InvalidTransactionFile(f"version {version} is not known here")
    found = OfflineTransaction(
        spec_name=cursor.take(length).decode(errors="replace"),
        spec_version=cursor.number(4),
        transaction_version=cursor.number(4),
        genesis_hash="0x" + cursor.take(32).hex(),
        metadata_hash="0x" + cursor.take(32).hex(),
        nonce=cursor.number(4),
        tip=cursor.number(8),
        signer=ss58.encode(cursor.take(32)),
        period=None,
        birth_block=0,
        birth_hash="0x",
        call=b"",
    )
    if flags & 1:
        found = replace(
            found,
            period=cursor.number(4),
            birth_block=cursor.number(4),
            birth_hash="0x" + cursor.take(32).hex(),
        )
    else:
        found = replace(found, birth_hash=found.genesis_hash)
    call = cursor.take(cursor.number(4))
    raw = cursor.rest()
    return replace(found, call=call, raw=raw if flags & 2 else None).checked()
