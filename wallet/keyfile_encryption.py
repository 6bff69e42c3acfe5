"""How the content of a key file is encrypted: one way to write, three to read.

Owns telling the formats apart, encrypting and decrypting bytes under a password. Does not own
what is inside (keyfile_json.py) or where the password comes from (password.py).

    $NACL            argon2i "sensitive" (8 passes, 512 MiB) with the ecosystem's fixed salt, then
                     XSalsa20-Poly1305: magic, 24-byte nonce, sealed content. Written and read.
    $ANSIBLE_VAULT   ansible-vault 1.1 and 1.2, AES256. Read.
    gAAAAA           Fernet under PBKDF2-SHA256 with 10,000,000 rounds. Read.

Checked against other readers: the first two with files that bittensor-wallet 4.1.0 wrote, Fernet
with bittensor 11.3.0 (4.1.0 opens no such file). $NACL and Fernet take seconds by intention. None
records anything that would tell a wrong password from altered bytes, so WrongPassword stands for
both; what is visibly incomplete is DamagedKeyfile.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from enum import Enum

from taokit.wallet.errors import DamagedKeyfile, KeyfileError, UnsupportedKeyfile, WrongPassword

__all__ = ["Encryption", "decrypt", "detect", "encrypt"]


class Encryption(Enum):
    """How a key file's content is protected."""

    NONE = "none"
    NACL = "nacl"
    ANSIBLE = "ansible-vault"
    FERNET = "fernet"


_MAGIC = {
    Encryption.NACL: b"$NACL",
    Encryption.ANSIBLE: b"$ANSIBLE_VAULT",
    Encryption.FERNET: b"gAAAAA",
}

_NACL_SALT = bytes.fromhex("137183dff15a09bc9c90b5518739e9b1")
_NACL_NONCE = 24
_NACL_TAG = 16

_FERNET_SALT = b"Iguesscyborgslikemyselfhaveatendencytobeparanoidaboutourorigins"
_FERNET_ROUNDS = 10_000_000
_FERNET_FRAME = 1 + 8 + 16 + 32  # version, time, IV, HMAC

_ANSIBLE_ROUNDS = 10_000
_AES_BLOCK = 16


def detect(data: bytes) -> Encryption:
    """Return how these bytes are encrypted, from how they begin."""
    for encryption, magic in _MAGIC.items():
        if data.startswith(magic):
            return encryption
    return Encryption.NONE


def encrypt(plain: bytes, password: str) -> bytes:
    """Return the bytes sealed in the current ($NACL) format. Takes seconds and 512 MiB."""
    from nacl.bindings import crypto_secretbox

    nonce = secrets.token_bytes(_NACL_NONCE)
    sealed = crypto_secretbox(plain, nonce, _argon2i(password))
    return _MAGIC[Encryption.NACL] + nonce + bytes(sealed)


def decrypt(data: bytes, password: str) -> bytes:
    """Return what a password opens; bytes that are not encrypted come back as they are.

    Raises WrongPassword, DamagedKeyfile or UnsupportedKeyfile.
    """
    encryption = detect(data)
    if encryption is Encryption.NACL:
        return _decrypt_nacl(data, password)
    if encryption is Encryption.ANSIBLE:
        return _decrypt_ansible(data, password)
    if encryption is Encryption.FERNET:
        return _decrypt_fernet(data, password)
    return data


def _wrong_password() -> WrongPassword:
    return WrongPassword(
        "the password does not open the key file",
        hint="try again; if the password is right, the file was altered: restore a copy of it",
    )


def _incomplete() -> DamagedKeyfile:
    return DamagedKeyfile(
        "the encrypted key file is incomplete", hint="restore a copy, or regenerate the key"
    )


def _decrypt_nacl(data: bytes, password: str) -> bytes:
    from nacl.bindings import crypto_secretbox_open
    from nacl.exceptions import CryptoError

    body = data[len(_MAGIC[Encryption.NACL]) :]
    if len(body) <= _NACL_NONCE + _NACL_TAG:
        raise _incomplete()
    key = _argon2i(password)
    try:
        return bytes(crypto_secretbox_open(body[_NACL_NONCE:], body[:_NACL_NONCE], key))
    except CryptoError:
        raise _wrong_password() from None


def _argon2i(password: str) -> bytes:
    from nacl import bindings
    from nacl.exceptions import CryptoError

    try:
        key = bindings.crypto_pwhash_alg(
            32,
            password.encode(),
            _NACL_SALT,
            bindings.crypto_pwhash_argon2i_OPSLIMIT_SENSITIVE,
            bindings.crypto_pwhash_argon2i_MEMLIMIT_SENSITIVE,
            bindings.crypto_pwhash_ALG_ARGON2I13,
        )
    except (CryptoError, MemoryError) as error:
        raise KeyfileError(
            "the key for the file could not be derived from the password",
            hint="this needs 512 MiB of free memory",
        ) from error
    return bytes(key)


def _decrypt_ansible(data: bytes, password: str) -> bytes:
    header, _, body = data.partition(b"\n")
    fields = header.split(b";")
    if len(fields) < 3 or fields[1] not in (b"1.1", b"1.2") or fields[2].strip() != b"AES256":
        raise UnsupportedKeyfile(
            "this version of ansible-vault is not known",
            hint="re-encrypt the file with ansible-vault 1.1 or 1.2 and AES256",
        )
    try:
        parts = bytes.fromhex(b"".join(body.split()).decode("ascii")).split(b"\n")
        salt, digest, sealed = (bytes.fromhex(part.decode("ascii")) for part in parts)
    except ValueError:
        raise _incomplete() from None
    if not sealed or len(sealed) % _AES_BLOCK or len(digest) != 32:
        raise _incomplete()
    stretched = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ANSIBLE_ROUNDS, 80)
    key, mac_key, counter = stretched[:32], stretched[32:64], stretched[64:]
    if not hmac.compare_digest(hmac.digest(mac_key, sealed, "sha256"), digest):
        raise _wrong_password()

    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import CTR

    decryptor = Cipher(AES(key), CTR(counter)).decryptor()
    padded = decryptor.update(sealed) + decryptor.finalize()
    return padded[: -padded[-1]]


def _decrypt_fernet(data: bytes, password: str) -> bytes:
    from cryptography.fernet import Fernet, InvalidToken

    token = data.strip()
    try:
        sealed = len(urlsafe_b64decode(token)) - _FERNET_FRAME
    except ValueError:
        raise _incomplete() from None
    if sealed < _AES_BLOCK or sealed % _AES_BLOCK:
        raise _incomplete()
    key = hashlib.pbkdf2_hmac("sha256", password.encode(), _FERNET_SALT, _FERNET_ROUNDS)
    try:
        return Fernet(urlsafe_b64encode(key)).decrypt(token)
    except InvalidToken:
        raise _wrong_password() from None
