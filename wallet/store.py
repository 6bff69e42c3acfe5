"""The directory of wallets: what is in it, without opening anything.

Owns listing, finding, renaming and deleting. Decrypts nothing, so listing a hundred wallets takes
milliseconds; a file that cannot be read is a ``problem`` of its entry and never hides the others.
Entries of the OS keyring and ``BT_PW_...`` variables go by a file's path: who renames or deletes
calls ``forget_password`` for the old one.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from taokit.wallet import atomic_file
from taokit.wallet.errors import WalletError, WalletNotFound
from taokit.wallet.keyfile import Keyfile
from taokit.wallet.password import PasswordSources
from taokit.wallet.schemes import CryptoType
from taokit.wallet.wallet import PUBLIC_SUFFIX, Wallet, check_name, default_wallets_path

__all__ = ["KeyEntry", "WalletEntry", "WalletStore"]


@dataclass(frozen=True)
class KeyEntry:
    """One key as its files show it. ``address`` is None where only an encrypted file could tell.

    ``encrypted`` is None when there is no private file: the key is only watched.
    """

    name: str
    address: str | None
    crypto_type: CryptoType | None
    encrypted: bool | None
    problem: WalletError | None = None


@dataclass(frozen=True)
class WalletEntry:
    """One wallet of the directory. ``coldkey`` is None when it has hotkeys only."""

    name: str
    path: Path
    coldkey: KeyEntry | None
    hotkeys: tuple[KeyEntry, ...]


class WalletStore:
    """The wallets under one directory, by default the one that the ecosystem shares."""

    def __init__(self, path: Path | str | None = None) -> None:
        self.path = default_wallets_path() if path is None else Path(path).expanduser()

    def open(
        self, name: str, hotkey: str = "default", *, passwords: PasswordSources | None = None
    ) -> Wallet:
        """Return a wallet of this directory, whether or not its files exist."""
        return Wallet(name, hotkey, self.path, passwords=passwords)

    def entries(self) -> list[WalletEntry]:
        """Return all wallets by name; none if the directory is missing. Raises KeyfileAccess."""
        entries = (self._entry(name) for name in _names(self.path, directories=True))
        return [entry for entry in entries if entry is not None]

    def entry(self, name: str) -> WalletEntry:
        """Return one wallet. Raises WalletNotFound or KeyfileAccess."""
        entry = self._entry(check_name(name))
        if entry is None:
            raise self._not_found(name)
        return entry

    def find(self, address: str) -> list[tuple[str, str | None]]:
        """Return where an address is: ``(wallet, hotkey)``, with None for a coldkey."""
        found: list[tuple[str, str | None]] = []
        for wallet in self.entries():
            if wallet.coldkey is not None and wallet.coldkey.address == address:
                found.append((wallet.name, None))
            found += [(wallet.name, key.name) for key in wallet.hotkeys if key.address == address]
        return found

    def rename(self, name: str, new_name: str) -> None:
        """Rename a wallet with all its keys. Raises WalletNotFound, WalletExists, KeyfileAccess."""
        source, target = self.path / check_name(name), self.path / check_name(new_name)
        if not source.is_dir():
            raise self._not_found(name)
        if os.path.lexists(target):
            raise atomic_file.already_there(target)
        _rename(source, target)

    def rename_hotkey(self, name: str, hotkey: str, new_hotkey: str) -> None:
        """Rename one hotkey of a wallet. Raises WalletNotFound, WalletExists, KeyfileAccess."""
        old, new = self.open(name, hotkey), self.open(name, new_hotkey)
        moves = [
            (old.hotkey_file, new.hotkey_file),
            (old.hotkeypub_file, new.hotkeypub_file),
        ]
        present = [(source, target) for source, target in moves if source.exists()]
        if not present:
            raise _hotkey_not_found(old)
        for _, target in moves:
            target.require_absent()
        for source, target in present:
            _rename(source.path, target.path)

    def delete_hotkey(self, name: str, hotkey: str) -> list[Path]:
        """Delete a hotkey's files and return them. There is no way back without its phrase."""
        wallet = self.open(name, hotkey)
        removed = _remove([wallet.hotkey_file, wallet.hotkeypub_file])
        if not removed:
            raise _hotkey_not_found(wallet)
        return removed

    def delete(self, name: str) -> list[Path]:
        """Delete a wallet's key files and return them. There is no way back without its phrases.

        Files that are not key files are left, and then so is the directory.
        """
        entry = self.entry(name)
        wallet = self.open(name)
        removed = []
        for key in entry.hotkeys:
            hotkey = self.open(name, key.name)
            removed += _remove([hotkey.hotkey_file, hotkey.hotkeypub_file])
        removed += _remove([wallet.coldkey_file, wallet.coldkeypub_file])
        for directory in (wallet.hotkey_file.path.parent, wallet.directory):
            if directory.is_dir() and not any(directory.iterdir()):
                directory.rmdir()
        return removed

    def _entry(self, name: str) -> WalletEntry | None:
        directory = self.path / name
        cold = Keyfile(directory / "coldkey", "coldkey")
        coldpub = Keyfile(directory / f"coldkey{PUBLIC_SUFFIX}", "coldkey")
        coldkey = _key_entry("coldkey", cold, coldpub)
        hotkeys = []
        folder = directory / "hotkeys"
        for hotkey in sorted({n.removesuffix(PUBLIC_SUFFIX) for n in _names(folder)} - {""}):
            key = Keyfile(folder / hotkey, "hotkey")
            public = Keyfile(folder / f"{hotkey}{PUBLIC_SUFFIX}", "hotkey")
            entry = _key_entry(hotkey, key, public)
            if entry is not None:
                hotkeys.append(entry)
        if coldkey is None and not hotkeys:
            return None
        return WalletEntry(name, directory, coldkey, tuple(hotkeys))

    def _not_found(self, name: str) -> WalletNotFound:
        return WalletNotFound(
            f"there is no wallet {name!r} in {self.path}",
            kind="wallet",
            name=name,
            path=self.path / name,
        )


def _key_entry(name: str, key: Keyfile, public: Keyfile) -> KeyEntry | None:
    encrypted: bool | None = None
    problem: WalletError | None = None
    address, crypto = None, None
    if not key.exists() and not public.exists():
        return None
    try:
        if key.exists():
            encrypted = key.is_encrypted()
        shown = public.read_public() if public.exists() else None
        if shown is None and encrypted is False:
            shown = key.read_public()
        if shown is not None:
            address, crypto = shown.ss58_address, shown.crypto_type
    except WalletError as error:
        problem = error
    return KeyEntry(name, address, crypto, encrypted, problem)


def _names(directory: Path, *, directories: bool = False) -> list[str]:
    """The visible names in a directory, of files or of directories; links count as their target."""
    try:
        with os.scandir(directory) as found:
            return sorted(
                item.name
                for item in found
                if not item.name.startswith(".")
                and (item.is_dir() if directories else item.is_file())
            )
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise atomic_file.access_error("list", directory, error) from error


def _remove(files: list[Keyfile]) -> list[Path]:
    present = [file.path for file in files if os.path.lexists(file.path)]
    for path in present:
        atomic_file.remove_file(path)
    return present


def _rename(source: Path, target: Path) -> None:
    try:
        source.rename(target)
    except OSError as error:
        raise atomic_file.access_error("rename", source, error) from error


def _hotkey_not_found(wallet: Wallet) -> WalletNotFound:
    return WalletNotFound(
        f"there is no hotkey {wallet.hotkey_name!r} in wallet {wallet.name!r}",
        kind="hotkey",
        name=f"{wallet.name}/{wallet.hotkey_name}",
        path=wallet.hotkey_file.path,
    )
