"""A wallet: one coldkey and one of its hotkeys, as files in the ecosystem's layout.

Owns which file is whose, making and replacing keys without ever losing one by accident, and
loading them when they are first used. Does not own the directory of wallets (store.py) or what is
in a file (keyfile.py).

    <path>/<name>/coldkey                  the coldkey, usually encrypted
    <path>/<name>/coldkeypub.txt           its public half
    <path>/<name>/hotkeys/<hotkey>         a hotkey, usually plain
    <path>/<name>/hotkeys/<hotkey>pub.txt  its public half
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from taokit.wallet import atomic_file
from taokit.wallet.errors import DamagedKeyfile, InvalidName, WalletNotFound
from taokit.wallet.keyfile import Keyfile
from taokit.wallet.keypair import Keypair
from taokit.wallet.password import PasswordSources
from taokit.wallet.schemes import CryptoType
from taokit.wallet.signer import UnlockingSigner

__all__ = ["NewKey", "Wallet", "check_name", "default_wallets_path"]

PUBLIC_SUFFIX = "pub.txt"

_NAME = re.compile(r"[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]*")
_LONGEST_NAME = 200


def default_wallets_path() -> Path:
    """Return the directory that the ecosystem's tools share: ``~/.bittensor/wallets``."""
    return Path.home() / ".bittensor" / "wallets"


def check_name(name: str) -> str:
    """Return the name if it can be a wallet's or a hotkey's. Raises InvalidName."""
    fits = _NAME.fullmatch(name) and len(os.fsencode(name)) <= _LONGEST_NAME
    if not fits or name.endswith(PUBLIC_SUFFIX) or name != name.strip():
        raise InvalidName(
            f"{name!r} cannot be the name of a wallet or a hotkey",
            name=name,
            hint="it is a file name: no slash or control character, no dot or space in front, "
            f"not ending in {PUBLIC_SUFFIX}",
        )
    return name


@dataclass(frozen=True)
class NewKey:
    """A key that was just generated and is safely on disk, with the phrase that restores it."""

    keypair: Keypair
    phrase: str = field(repr=False)


class Wallet:
    """A coldkey and a hotkey by name. Making the object touches no file.

    ``path`` is the directory of wallets (default ``~/.bittensor/wallets``). ``passwords`` says
    where passwords come from; by default the OS keyring and the ``BT_PW_...`` variables. Keys are
    read on first use and then kept; ``lock`` forgets them.
    """

    def __init__(
        self,
        name: str = "default",
        hotkey: str = "default",
        path: Path | str | None = None,
        *,
        passwords: PasswordSources | None = None,
    ) -> None:
        self.name = check_name(name)
        self.hotkey_name = check_name(hotkey)
        self.path = default_wallets_path() if path is None else Path(path).expanduser()
        self.directory = self.path / self.name
        self.coldkey_file = self._keyfile("coldkey")
        self.coldkeypub_file = self._keyfile(f"coldkey{PUBLIC_SUFFIX}")
        self.hotkey_file = self._hotkeyfile(self.hotkey_name)
        self.hotkeypub_file = self._hotkeyfile(f"{self.hotkey_name}{PUBLIC_SUFFIX}")
        self._passwords = passwords or PasswordSources()
        self._loaded: dict[Path, Keypair] = {}

    @classmethod
    def parse(
        cls, text: str, path: Path | str | None = None, *, passwords: PasswordSources | None = None
    ) -> Wallet:
        """Return the wallet written as ``name`` or ``name/hotkey``. Raises InvalidName."""
        name, slash, hotkey = text.partition("/")
        return cls(name, hotkey if slash else "default", path, passwords=passwords)

    # Loading

    @property
    def coldkey(self) -> Keypair:
        """The coldkey, unlocked. Raises like Keyfile.unlock, and DamagedKeyfile (see below).

        A public file beside the key that belongs to another key is an error: every tool takes
        the account's address from it.
        """
        return self._unlocked(self.coldkey_file, self.coldkeypub_file)

    @property
    def hotkey(self) -> Keypair:
        """The hotkey, unlocked. Raises like ``coldkey``."""
        return self._unlocked(self.hotkey_file, self.hotkeypub_file)

    @property
    def coldkeypub(self) -> Keypair:
        """The coldkey's public half, without a password. Raises WalletNotFound."""
        return self._public(self.coldkey_file, self.coldkeypub_file)

    @property
    def hotkeypub(self) -> Keypair:
        """The hotkey's public half, without a password. Raises WalletNotFound."""
        return self._public(self.hotkey_file, self.hotkeypub_file)

    @property
    def coldkey_signer(self) -> UnlockingSigner:
        """A signer that unlocks the coldkey when it first signs."""
        return UnlockingSigner(self.coldkeypub, lambda: self.coldkey)

    @property
    def hotkey_signer(self) -> UnlockingSigner:
        """A signer that unlocks the hotkey when it first signs."""
        return UnlockingSigner(self.hotkeypub, lambda: self.hotkey)

    def lock(self) -> None:
        """Forget the keys that were loaded; the next use reads the files again."""
        self._loaded.clear()

    # Making and replacing

    def create_coldkey(
        self,
        words: int = 12,
        *,
        encrypt: bool = True,
        crypto_type: int = CryptoType.SR25519,
        overwrite: bool = False,
    ) -> NewKey:
        """Generate a coldkey, write its files, and only then return it with its phrase.

        Refuses before anything is generated or asked: WalletExists if a coldkey or its public
        file is there and ``overwrite`` is not set. Then MissingPassword or PasswordSource when
        ``encrypt`` and there is no password, KeyfileAccess when the disk refuses.
        """
        files = (self.coldkey_file, self.coldkeypub_file)
        return self._create(files, words, encrypt, crypto_type, overwrite)

    def create_hotkey(
        self,
        words: int = 12,
        *,
        encrypt: bool = False,
        crypto_type: int = CryptoType.SR25519,
        overwrite: bool = False,
    ) -> NewKey:
        """Generate a hotkey; like ``create_coldkey``, but plain unless told otherwise."""
        files = (self.hotkey_file, self.hotkeypub_file)
        return self._create(files, words, encrypt, crypto_type, overwrite)

    def save_coldkey(
        self, keypair: Keypair, *, encrypt: bool = True, overwrite: bool = False
    ) -> None:
        """Write a coldkey that exists already (from a phrase, a seed, a JSON) and its public file.

        A public file of the same key may be there, so a watch-only wallet can get its key back.
        Raises like ``create_coldkey``, and CannotSign for a public key.
        """
        self._save((self.coldkey_file, self.coldkeypub_file), keypair, encrypt, overwrite)

    def save_hotkey(
        self, keypair: Keypair, *, encrypt: bool = False, overwrite: bool = False
    ) -> None:
        """Write a hotkey that exists already; like ``save_coldkey``."""
        self._save((self.hotkey_file, self.hotkeypub_file), keypair, encrypt, overwrite)

    def save_coldkeypub(self, keypair: Keypair, *, overwrite: bool = False) -> None:
        """Write only the public half, for a wallet that watches. Raises WalletExists.

        Beside a coldkey file, which it might contradict, ``restore_coldkeypub`` is the way.
        """
        self._save_public((self.coldkey_file, self.coldkeypub_file), keypair, overwrite)

    def save_hotkeypub(self, keypair: Keypair, *, overwrite: bool = False) -> None:
        """Write only the public half of a hotkey; like ``save_coldkeypub``."""
        self._save_public((self.hotkey_file, self.hotkeypub_file), keypair, overwrite)

    def restore_coldkeypub(self) -> Keypair:
        """Write the coldkey's public file anew from the unlocked coldkey, and return it."""
        return self._restore_public(self.coldkey_file, self.coldkeypub_file)

    def restore_hotkeypub(self) -> Keypair:
        """Write the hotkey's public file anew from the unlocked hotkey, and return it."""
        return self._restore_public(self.hotkey_file, self.hotkeypub_file)

    def change_coldkey_password(self, new: PasswordSources | None) -> None:
        """Encrypt the coldkey file under another password; None leaves it plain."""
        self._change_password(self.coldkey_file, self.coldkey, new)

    def change_hotkey_password(self, new: PasswordSources | None) -> None:
        """Encrypt the hotkey file under another password; None leaves it plain."""
        self._change_password(self.hotkey_file, self.hotkey, new)

    # Behind them

    def _unlocked(self, key: Keyfile, public: Keyfile) -> Keypair:
        if key.path not in self._loaded:
            keypair = key.unlock(self._passwords)
            if public.exists() and public.read_public() != keypair.public():
                raise DamagedKeyfile(
                    f"{public.path} does not belong to {keypair.ss58_address}, the key beside it",
                    path=public.path,
                    hint="restore the public file from the key",
                )
            self._loaded[key.path] = keypair
        return self._loaded[key.path]

    def _public(self, key: Keyfile, public: Keyfile) -> Keypair:
        for file in (public, key):
            keypair = file.read_public() if file.exists() else None
            if keypair is not None:
                return keypair
        # Nothing readable: either nothing there at all, or an encrypted key by itself.
        hint = "create it, or regenerate it from its phrase"
        if key.exists():
            hint = "the key beside it is encrypted: unlock it to restore the public file"
        raise WalletNotFound(
            f"there is no {public.path}",
            kind=key.kind,
            name=key.name,
            path=public.path,
            hint=hint,
        )

    def _create(
        self,
        files: tuple[Keyfile, Keyfile],
        words: int,
        encrypt: bool,
        crypto_type: int,
        overwrite: bool,
    ) -> NewKey:
        key, public = files
        if not overwrite:
            key.require_absent()
            public.require_absent()
        password = self._new_password(key, encrypt)
        keypair = Keypair.generate(words, crypto_type=crypto_type)
        phrase = keypair.unsafe_secrets().phrase
        assert phrase is not None
        self._write(files, keypair, password, overwrite)
        return NewKey(keypair, phrase)

    def _save(
        self, files: tuple[Keyfile, Keyfile], keypair: Keypair, encrypt: bool, overwrite: bool
    ) -> None:
        key, public = files
        keypair.unsafe_secrets()  # a public key is refused before anything is touched
        if not overwrite:
            key.require_absent()
            if public.exists() and public.read_public() != keypair.public():
                public.require_absent()
        self._write(files, keypair, self._new_password(key, encrypt), overwrite)

    def _write(
        self,
        files: tuple[Keyfile, Keyfile],
        keypair: Keypair,
        password: str | None,
        overwrite: bool,
    ) -> None:
        """Write key, then public file, so that at no moment a public file belies its key.

        When another key is replaced its public file goes first: a crash in between leaves a key
        without one, which can be restored, and never a foreign address.
        """
        key, public = files
        content = key.content(keypair, password)
        stale = atomic_file.read_file(public.path) if overwrite and public.exists() else None
        if stale is not None:
            atomic_file.remove_file(public.path)
        try:
            atomic_file.write_file(key.path, content, overwrite=overwrite)
        except BaseException:
            if stale is not None:
                atomic_file.write_file(public.path, stale, overwrite=True)
            raise
        self._loaded.pop(key.path, None)
        public.write(keypair.public(), overwrite=True)

    def _save_public(
        self, files: tuple[Keyfile, Keyfile], keypair: Keypair, overwrite: bool
    ) -> None:
        key, public = files
        key.require_absent()
        public.write(keypair.public(), overwrite=overwrite)

    def _restore_public(self, key: Keyfile, public: Keyfile) -> Keypair:
        keypair = self._loaded.get(key.path) or key.unlock(self._passwords)
        public.write(keypair.public(), overwrite=True)
        self._loaded[key.path] = keypair
        return keypair.public()

    def _change_password(self, key: Keyfile, keypair: Keypair, new: PasswordSources | None) -> None:
        password = new.choose(key.path).value if new is not None else None
        key.write(keypair, password, overwrite=True)

    def _new_password(self, key: Keyfile, encrypt: bool) -> str | None:
        return self._passwords.choose(key.path).value if encrypt else None

    def _keyfile(self, filename: str) -> Keyfile:
        return Keyfile(self.directory / filename, "coldkey", self.name)

    def _hotkeyfile(self, filename: str) -> Keyfile:
        path = self.directory / "hotkeys" / filename
        return Keyfile(path, "hotkey", f"{self.name}/{self.hotkey_name}")

    def __repr__(self) -> str:
        return f"Wallet({self.name!r}, {self.hotkey_name!r}, {str(self.path)!r})"
