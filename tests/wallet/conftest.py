"""What the wallet's tests share: a keyring in memory, a wallet directory, a quick argon2."""

from __future__ import annotations

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError


class MemoryKeyring(KeyringBackend):
    """A keyring that forgets everything at the end of the test."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.entries.pop((service, username), None) is None:
            raise PasswordDeleteError(username)


@pytest.fixture(autouse=True)
def memory_keyring():
    """No test touches the keyring of the person who runs it."""
    before, ours = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(ours)
    yield ours
    keyring.set_keyring(before)


@pytest.fixture
def quick_argon2(monkeypatch):
    """Run argon2i at its cheapest, for tests of what surrounds it and not of the format."""
    from nacl import bindings

    for name, value in (("OPSLIMIT", 3), ("MEMLIMIT", 8192)):
        monkeypatch.setattr(bindings, f"crypto_pwhash_argon2i_{name}_SENSITIVE", value)


@pytest.fixture
def wallets(tmp_path):
    """An empty directory of wallets that does not exist yet."""
    return tmp_path / "wallets"
