"""Messages that one key can open: libsodium's sealed box, on the X25519 form of an ed25519 key.

Owns encrypting to an address and opening with its key, as other Bittensor wallets do it. Only
ed25519 keys have such a form; an sr25519 address looks the same and nobody could open what was
encrypted to it, so whoever knows the scheme of an address should say so.
"""

from __future__ import annotations

from taokit.wallet import ss58
from taokit.wallet.errors import CannotDecrypt, InvalidKey
from taokit.wallet.keypair import Keypair
from taokit.wallet.schemes import CryptoType

__all__ = ["open_sealed", "seal"]


def seal(address: str, message: bytes) -> bytes:
    """``message``, encrypted to an ed25519 address; 48 bytes longer and different each time.

    Raises :class:`InvalidKey` where the address is no point of that curve.
    """
    from nacl.exceptions import RuntimeError as NaclError
    from nacl.public import SealedBox
    from nacl.signing import VerifyKey

    try:
        key = VerifyKey(ss58.decode(address)).to_curve25519_public_key()
    except NaclError:
        raise InvalidKey(
            f"{address} is not an ed25519 key",
            hint="only ed25519 keys can be encrypted to; `taokit wallet list` shows the type",
        ) from None
    return bytes(SealedBox(key).encrypt(message))


def open_sealed(keypair: Keypair, sealed: bytes) -> bytes:
    """What was encrypted to this key. Raises :class:`InvalidKey`, :class:`CannotDecrypt`."""
    from nacl.exceptions import CryptoError
    from nacl.public import SealedBox
    from nacl.signing import SigningKey

    if keypair.crypto_type is not CryptoType.ED25519:
        raise InvalidKey(
            f"{keypair.ss58_address} is an sr25519 key, and only ed25519 keys can decrypt",
            hint="make one with `taokit wallet new-hotkey --crypto-type ed25519`",
        )
    seed = keypair.unsafe_secrets().private_key
    try:
        return bytes(SealedBox(SigningKey(seed).to_curve25519_private_key()).decrypt(sealed))
    except (CryptoError, ValueError):
        raise CannotDecrypt(
            f"this was not encrypted to {keypair.ss58_address}, or it was changed since",
            hint="choose the key that it was encrypted to: -w NAME, --use-hotkey",
        ) from None
