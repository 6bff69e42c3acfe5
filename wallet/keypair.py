"""Key pairs: one account's keys in memory, to sign with and to verify against.

Owns making a key pair from any of its sources and using it. Does not own files (keyfile.py) or
passwords of files (password.py).

A key pair never shows its secrets by accident: they are not in ``repr``, cannot be pickled, and
have no public attribute. ``unsafe_secrets`` is the one way out, for writing a key file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NoReturn

from taokit.wallet import derivation, mnemonic, schemes, ss58
from taokit.wallet.errors import CannotSign, InvalidKey
from taokit.wallet.schemes import CryptoType

__all__ = ["KeySecrets", "Keypair"]

_WRAP_START, _WRAP_END = b"<Bytes>", b"</Bytes>"


@dataclass(frozen=True)
class KeySecrets:
    """Everything secret about a key. ``phrase`` and ``seed`` are None where they are not known.

    ``phrase`` is set only when it alone restores the key (no derivation path, no password), and
    so is ``seed``: readers of key files rebuild the key from these first.
    """

    phrase: str | None = field(repr=False)
    seed: bytes | None = field(repr=False)
    private_key: bytes = field(repr=False)

    def __reduce__(self) -> NoReturn:
        raise TypeError("the secrets of a key are not pickled")


class Keypair:
    """An account's key pair, or its public half only. Immutable.

    Make one with ``generate`` or a ``from_...`` method. ``crypto_type`` is sr25519 unless told;
    ``ss58_prefix`` only decides how the address is written. Two key pairs are equal when they are
    the same account: same scheme, same public key.
    """

    __slots__ = ("_address", "_crypto", "_prefix", "_public", "_secrets")

    _address: str | None
    _crypto: CryptoType
    _prefix: int
    _public: bytes
    _secrets: KeySecrets | None

    def __init__(self) -> None:
        raise TypeError("make a Keypair with Keypair.generate() or one of its from_... methods")

    # Making one

    @classmethod
    def generate(
        cls,
        words: int = 12,
        *,
        crypto_type: int = CryptoType.SR25519,
        ss58_prefix: int = ss58.DEFAULT_PREFIX,
    ) -> Keypair:
        """Return a new random key pair; its phrase is in ``unsafe_secrets()``."""
        phrase = mnemonic.generate_phrase(words)
        return cls.from_mnemonic(phrase, crypto_type=crypto_type, ss58_prefix=ss58_prefix)

    @classmethod
    def from_mnemonic(
        cls,
        phrase: str,
        password: str = "",
        *,
        crypto_type: int = CryptoType.SR25519,
        ss58_prefix: int = ss58.DEFAULT_PREFIX,
    ) -> Keypair:
        """Return the key pair of a BIP-39 phrase (and its own password). Raises InvalidMnemonic."""
        normal = mnemonic.normalize_phrase(phrase)
        seed = mnemonic.seed_from_phrase(normal, password)
        crypto = _crypto_type(crypto_type)
        public, private = schemes.expand_seed(crypto, seed)
        secrets = KeySecrets(None if password else normal, seed, private)
        return cls._make(crypto, public, secrets, ss58_prefix)

    @classmethod
    def from_uri(
        cls,
        uri: str,
        *,
        crypto_type: int = CryptoType.SR25519,
        ss58_prefix: int = ss58.DEFAULT_PREFIX,
    ) -> Keypair:
        """Return the key pair of a secret URI such as ``phrase//hard/soft///password``.

        Raises InvalidSecretUri or InvalidMnemonic.

        >>> Keypair.from_uri("//Alice")
        Keypair(5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY)
        """
        parsed = derivation.SecretUri.parse(uri)
        crypto = _crypto_type(crypto_type)
        seed = parsed.root_seed()
        public, private = schemes.expand_seed(crypto, seed)
        if not parsed.junctions:
            phrase = parsed.phrase if not parsed.password else None
            phrase = mnemonic.normalize_phrase(phrase) if phrase else None
            return cls._make(crypto, public, KeySecrets(phrase, seed, private), ss58_prefix)
        public, private = derivation.derive(crypto, public, private, parsed.junctions)
        # An ed25519 private key is a seed; a derived sr25519 one has none that would be known.
        derived_seed = private if crypto is CryptoType.ED25519 else None
        return cls._make(crypto, public, KeySecrets(None, derived_seed, private), ss58_prefix)

    @classmethod
    def from_seed(
        cls,
        seed: bytes | str,
        *,
        crypto_type: int = CryptoType.SR25519,
        ss58_prefix: int = ss58.DEFAULT_PREFIX,
    ) -> Keypair:
        """Return the key pair of a 32-byte seed, given as bytes or hex. Raises InvalidKey."""
        raw = _bytes(seed, "a seed")
        crypto = _crypto_type(crypto_type)
        public, private = schemes.expand_seed(crypto, raw)
        return cls._make(crypto, public, KeySecrets(None, raw, private), ss58_prefix)

    @classmethod
    def from_private_key(
        cls,
        private_key: bytes | str,
        *,
        crypto_type: int = CryptoType.SR25519,
        ss58_prefix: int = ss58.DEFAULT_PREFIX,
    ) -> Keypair:
        """Return the key pair of a private key, given as bytes or hex. Raises InvalidKey.

        sr25519: the 64 bytes of scalar and nonce. ed25519: the 32-byte seed, or those 32 bytes
        followed by the public key, as NaCl keeps it.
        """
        raw = _bytes(private_key, "a private key")
        crypto = _crypto_type(crypto_type)
        claimed = None
        if crypto is CryptoType.ED25519 and len(raw) == 64:
            raw, claimed = raw[:32], raw[32:]
        public = schemes.public_from_private(crypto, raw)
        if claimed not in (None, public):
            raise InvalidKey("the halves of the ed25519 private key do not belong together")
        seed = raw if crypto is CryptoType.ED25519 else None
        return cls._make(crypto, public, KeySecrets(None, seed, raw), ss58_prefix)

    @classmethod
    def from_public_key(
        cls,
        public_key: bytes | str,
        *,
        crypto_type: int = CryptoType.SR25519,
        ss58_prefix: int = ss58.DEFAULT_PREFIX,
    ) -> Keypair:
        """Return a key pair that can verify but not sign. Raises InvalidKey."""
        raw = _bytes(public_key, "a public key")
        if len(raw) != schemes.PUBLIC_KEY_LENGTH:
            raise InvalidKey(f"a public key has 32 bytes, this one has {len(raw)}")
        return cls._make(_crypto_type(crypto_type), raw, None, ss58_prefix)

    @classmethod
    def from_address(cls, address: str, *, crypto_type: int = CryptoType.SR25519) -> Keypair:
        """Return a key pair that can verify but not sign. Raises InvalidAddress.

        An address does not tell the scheme, so ``crypto_type`` has to.
        """
        prefix, public = ss58.decode_with_prefix(address)
        return cls._make(_crypto_type(crypto_type), public, None, prefix)

    @classmethod
    def _make(
        cls, crypto: CryptoType, public: bytes, secrets: KeySecrets | None, prefix: int
    ) -> Keypair:
        self = object.__new__(cls)
        self._crypto = crypto
        self._public = public
        self._secrets = secrets
        self._prefix = prefix
        self._address = None
        return self

    # What it is

    @property
    def public_key(self) -> bytes:
        """The 32-byte public key."""
        return self._public

    @property
    def ss58_address(self) -> str:
        """The account's address under ``ss58_prefix``."""
        if self._address is None:
            self._address = ss58.encode(self._public, self._prefix)
        return self._address

    @property
    def ss58_prefix(self) -> int:
        """The network prefix that ``ss58_address`` is written with."""
        return self._prefix

    @property
    def crypto_type(self) -> CryptoType:
        """The signature scheme."""
        return self._crypto

    @property
    def can_sign(self) -> bool:
        """Whether the private half is there."""
        return self._secrets is not None

    def public(self) -> Keypair:
        """Return the public half alone."""
        return self._make(self._crypto, self._public, None, self._prefix)

    def unsafe_secrets(self) -> KeySecrets:
        """Return phrase, seed and private key. Never log, print or send the result.

        Raises CannotSign when only the public half is known.
        """
        if self._secrets is None:
            raise self._no_private_key()
        return self._secrets

    # Using it

    def sign(self, payload: bytes) -> bytes:
        """Return the 64-byte signature over exactly these bytes. Raises CannotSign."""
        if self._secrets is None:
            raise self._no_private_key()
        return schemes.sign(self._crypto, self._public, self._secrets.private_key, payload)

    def verify(self, payload: bytes, signature: bytes | str) -> bool:
        """Whether the signature (bytes or hex) is this account's over exactly these bytes."""
        try:
            raw = _bytes(signature, "a signature")
        except InvalidKey:
            return False
        return schemes.verify(self._crypto, self._public, payload, raw)

    def sign_message(self, message: str | bytes) -> bytes:
        """Return a signature over a message for people, wrapped in ``<Bytes>...</Bytes>``.

        Wallets wrap what a user is asked to sign, so that it can never be a transaction. A
        message that is wrapped already is not wrapped twice.
        """
        return self.sign(_wrapped(message))

    def verify_message(self, message: str | bytes, signature: bytes | str) -> bool:
        """Whether this account signed the message, wrapped or (as some tools do) bare."""
        bare = message.encode() if isinstance(message, str) else message
        return self.verify(_wrapped(bare), signature) or self.verify(bare, signature)

    # Object manners

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Keypair):
            return NotImplemented
        return self._crypto == other._crypto and self._public == other._public

    def __hash__(self) -> int:
        return hash((self._crypto, self._public))

    def __repr__(self) -> str:
        return f"Keypair({self.ss58_address})"

    def __copy__(self) -> Keypair:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Keypair:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        if self._secrets is not None:
            raise TypeError("a key pair with a private key is not pickled; use public()")
        return _restore_public, (self._public, int(self._crypto), self._prefix)

    def _no_private_key(self) -> CannotSign:
        return CannotSign(
            f"only the public key of {self.ss58_address} is known", hint="load the private key file"
        )


def _restore_public(public: bytes, crypto_type: int, prefix: int) -> Keypair:
    return Keypair.from_public_key(public, crypto_type=crypto_type, ss58_prefix=prefix)


def _crypto_type(value: int) -> CryptoType:
    try:
        return CryptoType(value)
    except ValueError:
        raise InvalidKey(
            f"there is no signature scheme {value}", hint="0 is ed25519, 1 is sr25519"
        ) from None


def _bytes(value: bytes | str, what: str) -> bytes:
    if not isinstance(value, str):
        return bytes(value)
    try:
        return bytes.fromhex(value.removeprefix("0x"))
    except ValueError:
        # Without the cause: its text could quote a secret.
        raise InvalidKey(f"{what} is given as bytes or as hex digits") from None


def _wrapped(message: str | bytes) -> bytes:
    raw = message.encode() if isinstance(message, str) else bytes(message)
    if raw.startswith(_WRAP_START) and raw.endswith(_WRAP_END):
        return raw
    return _WRAP_START + raw + _WRAP_END
