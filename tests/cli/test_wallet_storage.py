"""What is done with key files: exporting, renaming, deleting, remembering their passwords."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked, PasswordDeleteError

from taokit.wallet import Keypair, Wallet, import_json
from taokit.wallet.password import stored_password

from .conftest import Cli, done


class MemoryKeyring(KeyringBackend):
    """A keyring of one test."""

    priority = 1

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


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    path = tmp_path / "wallets"
    monkeypatch.setenv("TAOKIT_WALLET_PATH", str(path))
    return path


@pytest.fixture
def no_ring() -> Iterator[None]:
    """A machine without a keyring."""
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def ring() -> Iterator[MemoryKeyring]:
    before, ours = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(ours)
    yield ours
    keyring.set_keyring(before)


@pytest.fixture
def alice(cli: Cli, folder: Path) -> Path:
    """A wallet "alice" of development keys that are not encrypted; its folder."""
    done(cli, "wallet", "create", "alice", "--uri", "//Alice", "--no-use-password")
    return folder / "alice"


@pytest.fixture
def locked(cli: Cli, folder: Path, _quick_argon2: None) -> Path:
    """A wallet "locked" whose keys have the password "right" (in the file right.txt)."""
    Path("right.txt").write_text("right\n")
    Path("wrong.txt").write_text("wrong\n")
    argv = ("--uri", "//Bob", "--use-password", "--password-file", "right.txt")
    done(cli, "wallet", "new-coldkey", "locked", *argv)
    done(cli, "wallet", "new-hotkey", "locked", *argv)
    return folder / "locked"


def test_an_export_is_private_and_opens_under_its_own_password(cli: Cli, alice: Path) -> None:
    Path("pw.txt").write_text("long enough\n")
    argv = ("--out", "a.json", "--json-password-file", "pw.txt")
    said = done(cli, "wallet", "export", "alice", *argv, "--json").document
    assert said["address"] == Keypair.from_uri("//Alice").ss58_address
    assert stat.S_IMODE(Path("a.json").stat().st_mode) == 0o600
    text = Path("a.json").read_text()
    assert import_json(text, "long enough") == Keypair.from_uri("//Alice")
    assert json.loads(text)["meta"]["name"] == "alice"
    again = ("--json-file", "a.json", "--json-password-file", "pw.txt", "--no-use-password")
    done(cli, "wallet", "regen-coldkey", "again", *again)
    assert Wallet("again", path=alice.parent).coldkey == Keypair.from_uri("//Alice")


@pytest.mark.parametrize("meant", [["alice/h"], ["alice", "--hotkey", "h"], ["-w", "alice/h"]])
def test_a_hotkey_is_exported_where_one_is_named(meant: list[str], cli: Cli, alice: Path) -> None:
    argv = ("--uri", "//Dave", "--no-use-password")
    done(cli, "wallet", "new-hotkey", "alice", "--hotkey", "h", *argv)
    Path("pw.txt").write_text("p\n")
    argv = ("--out", "h.json", "--json-password-file", "pw.txt")
    done(cli, "wallet", "export", *meant, *argv)
    assert import_json(Path("h.json").read_text(), "p") == Keypair.from_uri("//Dave")


def test_an_export_never_replaces_a_file_unasked(cli: Cli, alice: Path) -> None:
    Path("a.json").write_text("mine")
    Path("pw.txt").write_text("p\n")
    argv = ("wallet", "export", "alice", "--out", "a.json", "--json-password-file", "pw.txt")
    refused = cli(*argv)
    assert refused.status == 1
    assert "--overwrite" in refused.err
    assert Path("a.json").read_text() == "mine"
    done(cli, *argv, "--overwrite")
    assert "encoded" in Path("a.json").read_text()


def test_an_export_wants_a_file_and_a_password_and_writes_nothing_without(
    cli: Cli, alice: Path
) -> None:
    Path("empty.txt").write_text("\n")
    for argv, status in (
        ((), 2),
        (("--out", "a.json"), 2),
        (("--out", "a.json", "--json-password-file", "empty.txt"), 2),
        (("--out", "a.json", "--json-password-file", "missing.txt"), 1),
    ):
        assert cli("wallet", "export", "alice", *argv).status == status
        assert not Path("a.json").exists()
    assert cli("wallet", "export", "alice/none", "--out", "a.json").status == 3


def test_a_renamed_wallet_keeps_its_keys_and_its_remembered_passwords(
    cli: Cli, locked: Path, ring: MemoryKeyring
) -> None:
    for what in ("locked", "locked/default"):
        done(cli, "wallet", "remember", what, "--password-file", "right.txt")
    said = done(cli, "wallet", "rename", "locked", "bob", "--json").document
    new = locked.parent / "bob"
    assert said == {"kind": "wallet", "from": "locked", "to": "bob", "path": str(new)}
    assert not locked.exists()
    assert Wallet("bob", path=locked.parent).coldkeypub == Keypair.from_uri("//Bob").public()
    kept = {("taokit-wallet", str(new / f)): "right" for f in ("coldkey", "hotkeys/default")}
    assert ring.entries == kept
    assert done(cli, "wallet", "sign", "-w", "bob", "--message", "m").status == 0


def test_a_hotkey_is_renamed_alone(cli: Cli, alice: Path) -> None:
    done(cli, "wallet", "rename", "alice/default", "miner1")
    done(cli, "wallet", "rename", "alice", "miner2", "--hotkey", "miner1")
    shown = done(cli, "wallet", "show", "alice", "--json").document
    assert [key["name"] for key in shown["hotkeys"]] == ["miner2"]
    assert (alice / "coldkey").exists()


def test_a_rename_never_replaces_and_never_leaves_the_folder(cli: Cli, alice: Path) -> None:
    done(cli, "wallet", "create", "bob", "--uri", "//Bob", "--no-use-password")
    for argv, status in (
        (("alice", "bob"), 1),
        (("alcie", "carol"), 3),
        (("alice/none", "x"), 3),
        (("alice", "../out"), 2),
        (("alice/default", "a/b"), 2),
    ):
        assert cli("wallet", "rename", *argv).status == status, argv
    assert Wallet("alice", path=alice.parent).coldkey == Keypair.from_uri("//Alice")
    assert Wallet("bob", path=alice.parent).coldkey == Keypair.from_uri("//Bob")


def test_a_setting_that_still_names_the_old_wallet_is_pointed_out(cli: Cli, alice: Path) -> None:
    done(cli, "config", "set", "wallet.name", "alice")
    assert "taokit config set wallet.name bob" in done(cli, "wallet", "rename", "alice", "bob").err


def test_a_remembered_password_opens_the_key_until_it_is_forgotten(
    cli: Cli, locked: Path, ring: MemoryKeyring
) -> None:
    sign = ("wallet", "sign", "-w", "locked", "--message", "m")
    assert cli(*sign).status == 4
    done(cli, "wallet", "remember", "locked", "--password-file", "right.txt")
    assert stored_password(locked / "coldkey") == "right"
    done(cli, *sign)
    assert cli(*sign, "--use-hotkey").status == 4
    assert done(cli, "wallet", "forget", "locked", "--json").document["forgotten"] is True
    assert ring.entries == {}
    assert cli(*sign).status == 4
    assert done(cli, "wallet", "forget", "locked", "--json").document["forgotten"] is False


def test_a_password_that_does_not_open_the_key_is_not_remembered(
    cli: Cli, locked: Path, ring: MemoryKeyring
) -> None:
    wrong = cli("wallet", "remember", "locked", "--password-file", "wrong.txt")
    assert wrong.status == 4
    assert "the file wrong.txt" in wrong.err.splitlines()[-1]
    assert cli("wallet", "remember", "locked").status == 4
    assert ring.entries == {}


def test_without_a_keyring_that_keeps_it_remembering_fails(
    cli: Cli, locked: Path, no_ring: None
) -> None:
    result = cli("wallet", "remember", "locked", "--password-file", "right.txt", "--json")
    assert result.status == 4
    assert result.error["code"] == "password_source"


def test_a_key_without_a_password_has_none_to_remember(cli: Cli, alice: Path) -> None:
    result = cli("wallet", "remember", "alice")
    assert result.status == 2
    assert "not encrypted" in result.err


def test_deleting_a_wallet_drops_what_was_remembered_of_it(
    cli: Cli, locked: Path, ring: MemoryKeyring
) -> None:
    done(cli, "wallet", "remember", "locked", "--password-file", "right.txt")
    declined = cli("wallet", "delete", "locked", "--confirm", "other")
    assert declined.status == 1
    assert "nothing was changed" in declined.err
    assert ring.entries
    done(cli, "wallet", "delete", "locked", "--confirm", "locked")
    assert ring.entries == {}
    assert not locked.exists()


def test_a_keyring_that_refuses_is_a_warning_after_the_deed(
    cli: Cli, locked: Path, ring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object) -> None:
        raise KeyringLocked

    monkeypatch.setattr(ring, "get_password", refuse)
    for argv in (("rename", "locked", "bob"), ("delete", "bob", "--confirm", "bob")):
        result = done(cli, "wallet", *argv)
        assert "warning:" in result.err
    assert not (locked.parent / "bob").exists()
