"""The content of a key file: a JSON object, shared with the ecosystem's other tools.

Owns the fields and the check that they agree with each other. Does not own encryption
(keyfile_encryption.py) or the file itself (keyfile.py).

    accountId, publicKey   the public key, 0x and hex
    ss58Address            the same as an address
    cryptoType             0 ed25519, 1 sr25519 (taken as 1 where older files lack it)
    privateKey             0x and hex; absent in public files and in old ones
    secretSeed             the 32-byte seed, where known
    secretPhrase           the mnemonic, where it alone restores the key

Readers differ in which secret they trust (bittensor-wallet 4.1.0 and bittensor 11.3.0 take the
phrase, then the seed, then the private key), so a file whose fields disagree is a different
account to each of them. It is refused here whichever field is wrong.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from taokit.wallet import ss58
from taokit.wallet.errors import (
    DamagedKeyfile,
    InvalidAddress,
    InvalidKey,
    InvalidMnemonic,
    UnsupportedKeyfile,
)
from taokit.wallet.keypair import Keypair
from taokit.wallet.schemes import CryptoType

__all__ = ["dump", "load", "load_public"]

_RAW_SECRET = re.compile(r"(?:0x)?(?:[0-9a-fA-F]{64}){1,2}")


def dump(keypair: Keypair) -> bytes:
    """Return a key pair as key file content; without a private key, as public content."""
    public = "0x" + keypair.public_key.hex()
    fields: dict[str, Any] = {"accountId": public, "publicKey": public}
    if keypair.can_sign:
        secrets = keypair.unsafe_secrets()
        fields["privateKey"] = "0x" + secrets.private_key.hex()
        if secrets.phrase is not None:
            fields["secretPhrase"] = secrets.phrase
        if secrets.seed is not None:
            fields["secretSeed"] = "0x" + secrets.seed.hex()
    fields["ss58Address"] = keypair.ss58_address
    fields["cryptoType"] = int(keypair.crypto_type)
    return json.dumps(fields).encode()


def load(data: bytes, path: Path | None = None) -> Keypair:
    """Return the key pair in decrypted content, with all that is known of it.

    Besides JSON it takes what bittensor 11 does: a bare seed or private key in hex, or a bare
    phrase. ``path`` is for errors only. Raises DamagedKeyfile, and UnsupportedKeyfile for a
    polkadot.js JSON, which has its own password and is imported with polkadot_json.py.
    """
    text = _text(data, path)
    if not text.startswith("{"):
        return _load_bare(text, path)
    fields = _fields(text, path)
    crypto = _crypto(fields, path)
    public = _public(fields, crypto, path)
    try:
        candidates = _private_candidates(fields, crypto)
    except (InvalidKey, InvalidMnemonic):
        raise _damaged("a secret in the key file is malformed", path) from None
    if not candidates:
        if public is None:
            raise _damaged("the key file holds no key", path)
        return public
    expected = public or candidates[0][1]
    for name, candidate in candidates:
        if candidate != expected:
            raise _damaged(f"{name} does not belong to {expected.ss58_address}", path)
    return candidates[0][1]


def load_public(data: bytes, path: Path | None = None) -> Keypair:
    """Return the public half from plain content without touching its secrets, if it names it.

    Content with secrets only (an old file) is read like ``load``. Raises DamagedKeyfile.
    """
    text = _text(data, path)
    if text.startswith("{"):
        fields = _fields(text, path)
        public = _public(fields, _crypto(fields, path), path)
        if public is not None:
            return public
    return load(data, path).public()


def _private_candidates(fields: dict[str, Any], crypto: CryptoType) -> list[tuple[str, Keypair]]:
    """Every key pair that a secret field gives, the most complete one first."""
    found = []
    if phrase := fields.get("secretPhrase"):
        try:
            found.append(("secretPhrase", Keypair.from_mnemonic(phrase, crypto_type=crypto)))
        except InvalidMnemonic:
            # Perhaps words of another language: the other secrets may still hold the key.
            if not (fields.get("secretSeed") or fields.get("privateKey")):
                raise
    if seed := fields.get("secretSeed"):
        found.append(("secretSeed", Keypair.from_seed(seed, crypto_type=crypto)))
    if private := fields.get("privateKey"):
        found.append(("privateKey", Keypair.from_private_key(private, crypto_type=crypto)))
    return found


def _public(fields: dict[str, Any], crypto: CryptoType, path: Path | None) -> Keypair | None:
    """The public half that the fields agree on, None if none of them tells it."""
    keys: list[bytes] = []
    try:
        keys += [
            Keypair.from_public_key(value).public_key
            for name in ("publicKey", "accountId")
            if (value := fields.get(name))
        ]
        if address := fields.get("ss58Address"):
            keys.append(ss58.decode(address))
    except (InvalidKey, InvalidAddress):
        raise _damaged("the public key or the address in the key file is malformed", path) from None
    if not keys:
        return None
    if len(set(keys)) > 1:
        raise _damaged("the public key and the address in the key file disagree", path)
    return Keypair.from_public_key(keys[0], crypto_type=crypto)


def _crypto(fields: dict[str, Any], path: Path | None) -> CryptoType:
    value = fields.get("cryptoType")
    if value is None:
        return CryptoType.SR25519
    if type(value) is int and value in (0, 1):
        return CryptoType(value)
    raise _damaged("the key file names a signature scheme that does not exist", path)


def _text(data: bytes, path: Path | None) -> str:
    try:
        text = data.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise _damaged("the key file is not text", path) from None
    if not text:
        raise _damaged("the key file is empty", path)
    return text


def _fields(text: str, path: Path | None) -> dict[str, Any]:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise _damaged("the key file is not complete JSON", path) from None
    if "encoded" in fields:
        raise UnsupportedKeyfile(
            "this is a polkadot.js JSON, not a key file",
            path=path,
            hint="import it with the password it was exported under",
        )
    texts = ("accountId", "publicKey", "privateKey", "secretPhrase", "secretSeed", "ss58Address")
    if any(not isinstance(fields.get(name), str | None) for name in texts):
        raise _damaged("a field of the key file is not text", path)
    return dict(fields)


def _load_bare(text: str, path: Path | None) -> Keypair:
    try:
        if not _RAW_SECRET.fullmatch(text):
            return Keypair.from_mnemonic(text)
        is_seed = len(text.removeprefix("0x")) == 64
        return Keypair.from_seed(text) if is_seed else Keypair.from_private_key(text)
    except (InvalidKey, InvalidMnemonic):
        raise _damaged("the file is not a key file", path) from None


def _damaged(what: str, path: Path | None) -> DamagedKeyfile:
    where = f" ({path})" if path else ""
    return DamagedKeyfile(
        what + where,
        path=path,
        hint="restore a copy of the file, or regenerate the key from its phrase",
    )
