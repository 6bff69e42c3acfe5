"""Accounts as polkadot.js and the browser wallets export them: one password-protected JSON.

Owns reading and writing that format, version 3, for sr25519 and ed25519. Does not own files: the
text comes in and goes out.

``encoded`` is base64 of ``salt(32) N(u32) p(u32) r(u32) nonce(24) sealed``; the key is the first
32 bytes of scrypt over the password, the seal XSalsa20-Poly1305 (polkadot.js ``jsonEncrypt``).
Inside is a PKCS8-like frame: header, 64-byte secret, divider, public key. The sr25519 secret is
there in ed25519's expanded form, not in the one key files hold. The phrase is not in it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import struct
import time
from base64 import b64decode, b64encode
from typing import Any

from taokit.wallet import schemes, ss58
from taokit.wallet.errors import (
    DamagedKeyfile,
    InvalidAddress,
    InvalidKey,
    UnsupportedKeyfile,
    WrongPassword,
)
from taokit.wallet.keypair import Keypair
from taokit.wallet.schemes import CryptoType

__all__ = ["export_json", "import_json"]

_VERSION = "3"
_ENCRYPTED = ["scrypt", "xsalsa20-poly1305"]
_HEADER = bytes.fromhex("3053020101300506032b657004220420")
_DIVIDER = bytes.fromhex("a123032100")
_SECRET_LENGTH = 64

_SALT_LENGTH = 32
_NONCE_LENGTH = 24
_PARAMETERS = struct.Struct("<III")
# The long-standing defaults of polkadot.js (util-crypto, scrypt/defaults), for its older readers.
_SCRYPT_N, _SCRYPT_P, _SCRYPT_R = 1 << 15, 1, 8
_SCRYPT_MEMORY = 1 << 30  # a file must not make its reader allocate more than this


def export_json(
    keypair: Keypair, password: str, *, name: str = "", created_ms: int | None = None
) -> str:
    """Return a key pair as polkadot.js JSON under a password.

    ``name`` is what wallets show. ``created_ms`` (milliseconds since 1970) defaults to now.
    Raises CannotSign for a public key.
    """
    frame = _HEADER + _expanded_secret(keypair) + _DIVIDER + keypair.public_key
    salt, nonce = secrets.token_bytes(_SALT_LENGTH), secrets.token_bytes(_NONCE_LENGTH)
    key = _scrypt(password, salt, _SCRYPT_N, _SCRYPT_P, _SCRYPT_R)
    from nacl.bindings import crypto_secretbox

    parameters = _PARAMETERS.pack(_SCRYPT_N, _SCRYPT_P, _SCRYPT_R)
    encoded = salt + parameters + nonce + bytes(crypto_secretbox(frame, nonce, key))
    document = {
        "encoded": b64encode(encoded).decode("ascii"),
        "encoding": {
            "content": ["pkcs8", keypair.crypto_type.name.lower()],
            "type": _ENCRYPTED,
            "version": _VERSION,
        },
        "address": keypair.ss58_address,
        "meta": {
            "name": name,
            "whenCreated": int(time.time() * 1000) if created_ms is None else created_ms,
        },
    }
    return json.dumps(document)


def import_json(text: str, password: str) -> Keypair:
    """Return the key pair in polkadot.js JSON.

    Raises WrongPassword, DamagedKeyfile, or UnsupportedKeyfile for other versions, batch exports
    and other schemes (ecdsa, ethereum).
    """
    document = _document(text)
    crypto = _scheme(document["encoding"])
    try:
        encoded = b64decode(document["encoded"], validate=True)
    except ValueError:
        raise _damaged("its content is not base64") from None
    frame = _open(encoded, password)
    secret, public = _unframe(frame)
    keypair = _keypair(crypto, secret)
    if keypair.public_key != public:
        raise _damaged("its private key does not belong to its public key")
    try:
        address_key = ss58.decode(document["address"])
    except InvalidAddress:
        raise _damaged("its address is malformed") from None
    if address_key != public:
        raise _damaged("its address does not belong to its key")
    return keypair


def _document(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise _damaged("it is not complete JSON") from None
    if isinstance(document, dict) and "accounts" in document:
        raise UnsupportedKeyfile(
            "this is a batch export of several accounts", hint="export one account by itself"
        )
    if (
        not isinstance(document, dict)
        or not isinstance(document.get("encoded"), str)
        or not isinstance(document.get("encoding"), dict)
        or not isinstance(document.get("address"), str)
    ):
        raise _damaged("it lacks encoded, encoding or address")
    return document


def _scheme(encoding: dict[str, Any]) -> CryptoType:
    version, kinds, content = (encoding.get(k) for k in ("version", "type", "content"))
    if version != _VERSION or kinds != _ENCRYPTED:
        raise UnsupportedKeyfile(
            f"this polkadot.js JSON is version {version!r} with {kinds!r}",
            hint="export the account again with a current wallet, under a password",
        )
    names = {crypto.name.lower(): crypto for crypto in CryptoType}
    if not isinstance(content, list) or len(content) != 2 or content[0] != "pkcs8":
        raise _damaged("its content type is malformed")
    if content[1] not in names:
        raise UnsupportedKeyfile(
            f"the account's scheme is {content[1]!r}",
            hint="Bittensor accounts are sr25519 or ed25519",
        )
    return names[content[1]]


def _open(encoded: bytes, password: str) -> bytes:
    from nacl.bindings import crypto_secretbox_open
    from nacl.exceptions import CryptoError

    start = _SALT_LENGTH + _PARAMETERS.size
    sealed = encoded[start + _NONCE_LENGTH :]
    if len(sealed) <= 16:
        raise _damaged("it is truncated")
    n, p, r = _PARAMETERS.unpack_from(encoded, _SALT_LENGTH)
    key = _scrypt(password, encoded[:_SALT_LENGTH], n, p, r)
    try:
        return bytes(crypto_secretbox_open(sealed, encoded[start : start + _NONCE_LENGTH], key))
    except CryptoError:
        raise WrongPassword(
            "the password does not open the JSON",
            hint="it is the password chosen at the export; if it is right, the text was altered",
        ) from None


def _unframe(frame: bytes) -> tuple[bytes, bytes]:
    for length in (_SECRET_LENGTH, schemes.SEED_LENGTH):
        middle = len(_HEADER) + length
        end = middle + len(_DIVIDER)
        if (
            frame.startswith(_HEADER)
            and frame[middle:end] == _DIVIDER
            and len(frame) == end + schemes.PUBLIC_KEY_LENGTH
        ):
            return frame[len(_HEADER) : middle], frame[end:]
    raise _damaged("what it holds is not a key pair")


def _keypair(crypto: CryptoType, secret: bytes) -> Keypair:
    try:
        if len(secret) == schemes.SEED_LENGTH:
            return Keypair.from_seed(secret, crypto_type=crypto)
        if crypto is CryptoType.SR25519:
            secret = schemes.sr25519_from_ed25519_form(secret)
        return Keypair.from_private_key(secret, crypto_type=crypto)
    except InvalidKey:
        raise _damaged("its private key is malformed") from None


def _expanded_secret(keypair: Keypair) -> bytes:
    private = keypair.unsafe_secrets().private_key
    if keypair.crypto_type is CryptoType.SR25519:
        return schemes.sr25519_to_ed25519_form(private)
    return private + keypair.public_key


def _scrypt(password: str, salt: bytes, n: int, p: int, r: int) -> bytes:
    memory = 128 * r * (n + p + 2)
    if n < 2 or n & (n - 1) or not r or not p or memory > _SCRYPT_MEMORY:
        raise _damaged("its scrypt parameters are out of range")
    return hashlib.scrypt(
        password.encode(), salt=salt, n=n, r=r, p=p, maxmem=memory + (1 << 20), dklen=64
    )[:32]


def _damaged(what: str) -> DamagedKeyfile:
    return DamagedKeyfile(
        f"the polkadot.js JSON cannot be used: {what}", hint="export the account again"
    )
