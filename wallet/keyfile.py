"""One key file on disk: what it is, what it holds, writing it anew.

Owns the path and ties together content (keyfile_json.py), encryption (keyfile_encryption.py) and
the disk (atomic_file.py). Does not know wallets: which file is whose is wallet.py's.
"""

from __future__ import annotations

import os
from pathlib import Path

from taokit.wallet import atomic_file, keyfile_encryption, keyfile_json
from taokit.wallet.errors import MissingPassword, WalletError, WrongPassword
from taokit.wallet.keyfile_encryption import Encryption
from taokit.wallet.keypair import Keypair
from taokit.wallet.password import PasswordSources

__all__ = ["Keyfile"]


class Keyfile:
    """A key file at a path, which may or may not exist. Holds no key and no password.

    ``kind`` ("coldkey", "hotkey" or "file") and ``name`` (by default the file's) are what errors
    call it.
    """

    __slots__ = ("kind", "name", "path")

    def __init__(self, path: Path, kind: str = "file", name: str | None = None) -> None:
        self.path = path
        self.kind = kind
        self.name = path.name if name is None else name

    def exists(self) -> bool:
        """Whether there is a file to read (a dangling link is none). Raises KeyfileAccess."""
        try:
            return self.path.exists()
        except OSError as error:
            raise atomic_file.access_error("look at", self.path, error) from error

    def encryption(self) -> Encryption:
        """Return how the file is encrypted. Raises WalletNotFound or KeyfileAccess."""
        return keyfile_encryption.detect(self._data())

    def is_encrypted(self) -> bool:
        """Whether a password is needed to read it. Raises like ``encryption``."""
        return self.encryption() is not Encryption.NONE

    def exposed_to(self) -> str | None:
        """Return who else may read the file, "group" or "others", or None (always off POSIX)."""
        mode = self.path.stat().st_mode if os.name == "posix" else 0
        if mode & 0o007:
            return "others"
        return "group" if mode & 0o070 else None

    def read(self, password: str | None = None) -> Keypair:
        """Return the key pair in the file; an encrypted file takes seconds.

        Raises WalletNotFound, KeyfileAccess, MissingPassword, WrongPassword, DamagedKeyfile or
        UnsupportedKeyfile.
        """
        data = self._data()
        if keyfile_encryption.detect(data) is Encryption.NONE:
            return keyfile_json.load(data, self.path)
        if password is None:
            raise MissingPassword(f"{self.path} is encrypted", path=self.path)
        return self._open(data, password)

    def unlock(self, sources: PasswordSources) -> Keypair:
        """Return the key pair, asking the sources for a password only if one is needed.

        Raises like ``read``, and PasswordSource. A wrong password's error names its source.
        """
        data = self._data()
        if keyfile_encryption.detect(data) is Encryption.NONE:
            return keyfile_json.load(data, self.path)
        password = sources.find(self.path)
        try:
            return self._open(data, password.value)
        except WrongPassword as error:
            error.hint = f"it came from {password.source}; {error.hint}"
            raise

    def read_public(self) -> Keypair | None:
        """Return the public half without decrypting anything, None if the file is encrypted."""
        data = self._data()
        if keyfile_encryption.detect(data) is not Encryption.NONE:
            return None
        return keyfile_json.load_public(data, self.path)

    def write(
        self, keypair: Keypair, password: str | None = None, *, overwrite: bool = False
    ) -> None:
        """Write the key pair, encrypted if a password is given, atomically and with mode 0600.

        Raises WalletExists (before anything is computed) or KeyfileAccess.
        """
        if not overwrite:
            self.require_absent()
        atomic_file.write_file(self.path, self.content(keypair, password), overwrite=overwrite)

    def content(self, keypair: Keypair, password: str | None = None) -> bytes:
        """Return the bytes that ``write`` would put into the file; encrypting takes seconds."""
        plain = keyfile_json.dump(keypair)
        return plain if password is None else keyfile_encryption.encrypt(plain, password)

    def require_absent(self) -> None:
        """Raise WalletExists if there is something at the path, even a dangling link."""
        if self.exists() or self.path.is_symlink():
            raise atomic_file.already_there(self.path)

    def _data(self) -> bytes:
        return atomic_file.read_file(self.path, self.kind, self.name)

    def _open(self, data: bytes, password: str) -> Keypair:
        try:
            plain = keyfile_encryption.decrypt(data, password)
        except WalletError as error:
            error.message = f"{error.message} ({self.path})"
            error.args = (error.message,)
            vars(error)["path"] = self.path
            raise
        return keyfile_json.load(plain, self.path)

    def __repr__(self) -> str:
        return f"Keyfile({str(self.path)!r})"
