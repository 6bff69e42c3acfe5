"""Errors: the root of every taokit exception, and the wallet's own family.

Owns ``TaokitError``, from which the other rooms derive theirs, and what can go wrong with keys.
Does not own text for people: ``message`` is one plain sentence, and only the command line turns
an error into colours, JSON and an exit status. No error ever carries a secret.

    TaokitError
    └── WalletError
        ├── InvalidAddress          not an SS58 address, or one of another network
        ├── InvalidMnemonic         wrong word, wrong count or wrong checksum
        ├── InvalidSecretUri        a secret URI that cannot be read
        ├── InvalidKey              key bytes of the wrong length, kind or value
        ├── InvalidName             a wallet or hotkey name that cannot be a file name
        ├── CannotSign              only the public half is known
        ├── CannotDecrypt           a message was not encrypted to this key, or was changed
        ├── SignerRefused           a device, service or person declined to sign
        ├── WalletNotFound          no such wallet, hotkey or key file
        ├── WalletExists            something is already there and was not touched
        ├── KeyfileError
        │   ├── DamagedKeyfile      truncated, not JSON, fields missing or contradictory
        │   ├── UnsupportedKeyfile  a format or an encryption that taokit does not know
        │   └── KeyfileAccess       the operating system refused to read or write
        └── PasswordError
            ├── WrongPassword       the file is whole, the password does not open it
            ├── MissingPassword     a password is needed and none was given
            └── PasswordSource      a named source (file, keyring, variable) cannot be used
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

__all__ = [
    "CannotDecrypt",
    "CannotSign",
    "DamagedKeyfile",
    "InvalidAddress",
    "InvalidKey",
    "InvalidMnemonic",
    "InvalidName",
    "InvalidSecretUri",
    "KeyfileAccess",
    "KeyfileError",
    "MissingPassword",
    "PasswordError",
    "PasswordSource",
    "SignerRefused",
    "TaokitError",
    "UnsupportedKeyfile",
    "WalletError",
    "WalletExists",
    "WalletNotFound",
    "WrongPassword",
]


class TaokitError(Exception):
    """Anything that taokit reports on purpose.

    ``code`` is a stable snake_case name for programs. ``retryable`` says whether the same request
    may succeed later without any change. ``message`` says what happened, ``hint`` what to do
    about it. Subclasses add typed attributes; :attr:`data` gives them as one mapping.
    """

    code: ClassVar[str] = "error"
    retryable: bool = False

    message: str
    hint: str | None

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def data(self) -> dict[str, Any]:
        """The error's own fields, without ``message``, ``hint`` and ``retryable``."""
        shown = {"message", "hint", "retryable"}
        return {k: v for k, v in vars(self).items() if k not in shown and not k.startswith("_")}

    def __reduce__(self) -> tuple[Any, ...]:
        # Subclasses take their data by keyword, which Exception's own pickling does not know.
        return _rebuild, (type(self), self.args, dict(vars(self)))


def _rebuild(kind: type[TaokitError], args: tuple[Any, ...], state: dict[str, Any]) -> TaokitError:
    error = kind.__new__(kind, *args)
    vars(error).update(state)
    return error


class WalletError(TaokitError):
    """Anything about keys, addresses, key files and their passwords."""

    code = "wallet_error"


class InvalidAddress(WalletError):
    """The text is not an SS58 address, or belongs to another network."""

    code = "invalid_address"

    def __init__(self, message: str, *, address: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.address = address


class InvalidMnemonic(WalletError):
    """The words are not a BIP-39 phrase. The words themselves are never in the error."""

    code = "invalid_mnemonic"


class InvalidSecretUri(WalletError):
    """A secret URI cannot be read. The URI itself is never in the error."""

    code = "invalid_secret_uri"


class InvalidKey(WalletError):
    """Key bytes have the wrong length, kind or value."""

    code = "invalid_key"


class InvalidName(WalletError):
    """A wallet or hotkey name that cannot be used as a file name."""

    code = "invalid_name"

    def __init__(self, message: str, *, name: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.name = name


class CannotSign(WalletError):
    """Only the public half of the key is known."""

    code = "cannot_sign"


class CannotDecrypt(WalletError):
    """A message was not encrypted to this key, or it was changed since."""

    code = "cannot_decrypt"


class SignerRefused(WalletError):
    """A device, a remote service or a person declined to sign."""

    code = "signer_refused"


class WalletNotFound(WalletError):
    """No such wallet, hotkey or key file. ``kind`` is "wallet", "coldkey", "hotkey" or "file"."""

    code = "wallet_not_found"

    def __init__(
        self, message: str, *, kind: str, name: str, path: Path, hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.kind = kind
        self.name = name
        self.path = path


class WalletExists(WalletError):
    """Something is already there; it was not touched, and nothing was generated."""

    code = "wallet_exists"

    def __init__(self, message: str, *, path: Path, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.path = path


class KeyfileError(WalletError):
    """A key file cannot be used. ``path`` is None for content that never was in a file."""

    code = "keyfile_error"

    def __init__(self, message: str, *, path: Path | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.path = path


class DamagedKeyfile(KeyfileError):
    """Truncated, not JSON, or with fields missing or contradicting each other."""

    code = "damaged_keyfile"


class UnsupportedKeyfile(KeyfileError):
    """A format or an encryption that taokit does not know."""

    code = "unsupported_keyfile"


class KeyfileAccess(KeyfileError):
    """The operating system refused to read or write the file."""

    code = "keyfile_access"


class PasswordError(WalletError):
    """A password is missing, wrong or out of reach."""

    code = "password_error"

    def __init__(self, message: str, *, path: Path | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.path = path


class WrongPassword(PasswordError):
    """The file is whole, but the password does not open it."""

    code = "wrong_password"


class MissingPassword(PasswordError):
    """A password is needed and no source gave one."""

    code = "missing_password"


class PasswordSource(PasswordError):
    """A source that was named (file, descriptor, keyring, variable) cannot be used."""

    code = "password_source"
