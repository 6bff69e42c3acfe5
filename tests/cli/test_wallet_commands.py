"""Making, listing and restoring keys from the command line, without ever leaking a secret."""

from __future__ import annotations

import itertools
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from taokit.wallet import Keypair, Wallet

from .conftest import Cli


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    path = tmp_path / "wallets"
    monkeypatch.setenv("TAOKIT_WALLET_PATH", str(path))
    return path


def create(cli: Cli, name: str, *more: str) -> dict[str, str]:
    """Make a wallet; gives its phrases."""
    out = f"{name}.txt"
    argv = ("wallet", "create", name, "--no-use-password", "--mnemonic-out", out)
    result = cli(*argv, *more)
    assert result.status == 0, result.err
    lines = Path(out).read_text().splitlines()
    return dict(line.split(": ") for line in lines)


def test_create_writes_keys_and_phrases_that_only_the_user_reads(cli: Cli, folder: Path) -> None:
    phrases = create(cli, "alice")
    assert set(phrases) == {"coldkey", "hotkey"}
    for path in (folder / "alice/coldkey", folder / "alice/hotkeys/default", Path("alice.txt")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    wallet = Wallet("alice", path=folder)
    for key, phrase in ((wallet.coldkey, "coldkey"), (wallet.hotkey, "hotkey")):
        assert Keypair.from_mnemonic(phrases[phrase]) == key.public()


def test_no_stream_ever_shows_a_phrase(cli: Cli, folder: Path) -> None:
    argv = ("wallet", "create", "a", "--no-use-password", "--mnemonic-out", "a.txt")
    for extra in ((), ("--json",), ("-vvv",), ("--plain",)):
        result = cli(*argv, *extra)
        words = Path("a.txt").read_text().split()
        for text in (result.out, result.err):
            assert not any(f" {one} {two}" in text for one, two in itertools.pairwise(words))
        Path("a.txt").unlink()
        assert cli("wallet", "delete", "a", "--confirm", "a").status == 0


def test_json_of_create_is_one_document_without_secrets(cli: Cli, folder: Path) -> None:
    result = cli("wallet", "create", "a", "--no-use-password", "--mnemonic-out", "a.txt", "--json")
    assert set(result.document) == {"wallet", "path", "coldkey", "hotkey", "mnemonic_file"}
    assert result.document["coldkey"]["address"].startswith("5")
    assert result.err == ""


def test_off_a_terminal_create_wants_to_know_where_the_phrase_goes_and_makes_nothing(
    cli: Cli, folder: Path
) -> None:
    result = cli("wallet", "create", "a", "--no-use-password")
    assert result.status == 2
    assert "--mnemonic-out FILE" in result.err
    assert not folder.exists()


def test_off_a_terminal_a_password_is_never_asked_for(cli: Cli, folder: Path) -> None:
    result = cli("wallet", "create", "a", "--mnemonic-out", "a.txt")
    assert result.status == 4
    assert not (folder / "a").exists()
    assert not Path("a.txt").exists()


@pytest.mark.usefixtures("_quick_argon2")
def test_a_password_file_encrypts_and_opens_and_a_wrong_one_exits_4(cli: Cli, folder: Path) -> None:
    Path("right").write_text("correct horse\n")
    Path("wrong").write_text("other words\n")
    argv = ("wallet", "new-coldkey", "a", "--mnemonic-out", "p", "--password-file", "right")
    assert cli(*argv).status == 0
    assert cli("wallet", "show", "a", "--json").document["coldkey"]["encrypted"] is True
    sign = ("wallet", "sign", "-w", "a", "--message", "x", "--password-file")
    assert cli(*sign, "right").status == 0
    refused = cli(*sign, "wrong", "--json")
    assert refused.status == 4
    assert refused.error["code"] == "wrong_password"
    assert "other words" not in refused.err


def test_an_existing_wallet_is_refused_before_a_key_or_a_phrase_is_made(
    cli: Cli, folder: Path
) -> None:
    create(cli, "alice")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    result = cli("wallet", "create", "alice", "--no-use-password", "--mnemonic-out", "again.txt")
    assert result.status == 1
    assert "new-hotkey -w alice" in result.err
    assert not Path("again.txt").exists()
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


def test_overwriting_a_key_wants_the_wallets_name(cli: Cli, folder: Path) -> None:
    create(cli, "alice")
    key = (folder / "alice/hotkeys/default").read_bytes()
    argv = ("wallet", "new-hotkey", "-w", "alice", "--overwrite", "--mnemonic-out", "n.txt")
    assert cli(*argv, "--yes").status == 2
    assert cli(*argv, "--confirm", "bob").status == 1
    assert (folder / "alice/hotkeys/default").read_bytes() == key
    assert cli(*argv, "--confirm", "alice").status == 0
    assert (folder / "alice/hotkeys/default").read_bytes() != key


@pytest.mark.parametrize("kind", ["coldkey", "hotkey"])
def test_a_key_comes_back_from_its_phrase(kind: str, cli: Cli, folder: Path) -> None:
    create(cli, "alice")
    result = cli(
        "wallet", f"regen-{kind}", "-w", "back", "--no-use-password",
        "--mnemonic-file", "alice.txt", "--json",
    )  # fmt: skip
    assert result.status == 0, result.err
    known = cli("wallet", "show", "alice", "--json").document
    expected = known["coldkey"] if kind == "coldkey" else known["hotkeys"][0]
    assert result.document[kind]["address"] == expected["address"]


@pytest.mark.parametrize(
    "argv",
    [
        ("regen-coldkey", "--mnemonic", "some words of a phrase"),
        ("regen-hotkey", "--seed", "0x" + "11" * 32),
        ("create", "--uri", "some words//hard"),
    ],
)
def test_a_secret_in_an_argument_is_refused_and_not_repeated(
    argv: tuple[str, ...], cli: Cli, folder: Path
) -> None:
    result = cli("wallet", *argv, "-w", "a", "--json")
    assert result.status == 2
    assert argv[-1] not in result.err
    assert not folder.exists()


def test_list_is_empty_and_then_complete(cli: Cli, folder: Path) -> None:
    assert cli("wallet", "list", "--json").document == []
    create(cli, "alice")
    create(cli, "bob", "--hotkey", "h1")
    names = [(w["wallet"], w["hotkeys"][0]["name"]) for w in cli("w", "list", "--json").document]
    assert names == [("alice", "default"), ("bob", "h1")]
    assert len(cli("wallet", "list", "--plain").out.splitlines()) == 4
    assert len(cli("wallet", "list", "--plain", "--coldkeys-only").out.splitlines()) == 2


def test_a_wrong_name_is_answered_with_the_nearest(cli: Cli, folder: Path) -> None:
    create(cli, "alice")
    result = cli("wallet", "show", "alcie")
    assert result.status == 3
    assert "did you mean alice?" in result.err


@pytest.mark.parametrize(
    "spelled",
    [
        ["--wallet-name", "bob", "--wallet-path", "PATH", "--hotkey", "h1"],
        ["--wallet.name", "bob", "--wallet.path", "PATH", "--wallet.hotkey", "h1"],
        ["--wallet_name", "bob", "--wallet_path", "PATH", "--wallet_hotkey", "h1"],
        ["--name", "bob", "-p", "PATH", "-H", "h1"],
        ["-w", "bob", "-p", "PATH", "--wallet-hotkey", "h1"],
    ],
)
def test_the_spellings_of_other_tools_mean_the_same(
    spelled: list[str], cli: Cli, tmp_path: Path
) -> None:
    path = str(tmp_path / "elsewhere")
    words = [path if word == "PATH" else word for word in spelled]
    out = ("--no-use-password", "--mnemonic-out", "b.txt")
    result = cli("wallet", "create", *words, *out)
    assert result.status == 0, result.err
    assert (tmp_path / "elsewhere/bob/hotkeys/h1").exists()
    told = any("." in word or "_" in word for word in spelled)
    assert ("its name here is --wallet-name" in result.err) == told


def test_options_are_taken_before_and_after_the_verb(cli: Cli, folder: Path) -> None:
    create(cli, "alice")
    after = cli("wallet", "show", "alice", "--json").out
    assert cli("--json", "wallet", "show", "alice").out == after
    assert cli("wallet", "--json", "show", "-w", "alice").out == after


def test_signatures_verify_and_others_do_not(cli: Cli, folder: Path) -> None:
    create(cli, "alice")
    for extra in ((), ("--bare",), ("--use-hotkey",)):
        signed = cli("wallet", "sign", "-w", "alice", "-m", "hello", "--json", *extra).document
        who = signed["address"]
        argv = ("wallet", "verify", "--signature", signed["signature"], "--address", who)
        assert cli(*argv, "-m", "hello").status == 0
        other = cli(*argv, "-m", "hullo", "--json")
        assert (other.status, other.document["valid"]) == (1, False)
        assert cli(*argv, "-m", "-", stdin="hello").status == 0


def test_a_watched_wallet_needs_only_an_address(cli: Cli, folder: Path) -> None:
    alice = Keypair.from_uri("//Alice").ss58_address
    argv = ("wallet", "regen-coldkeypub", "-w", "watched", "--ss58-address", alice)
    assert cli(*argv).status == 0
    assert cli("wallet", "show", "watched", "--json").document["coldkey"] == {
        "address": alice,
        "crypto_type": "sr25519",
        "encrypted": None,
        "problem": None,
    }
    assert cli("wallet", "sign", "-w", "watched", "-m", "x").status == 3


def test_deleting_wants_the_name_and_then_leaves_nothing(cli: Cli, folder: Path) -> None:
    create(cli, "alice")
    assert cli("wallet", "delete", "alice", "--yes").status == 2
    assert (folder / "alice/coldkey").exists()
    assert cli("wallet", "delete", "alice", "--confirm", "alice").status == 0
    assert not (folder / "alice").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_on_a_terminal_the_phrase_is_shown_there_once_and_not_on_stdout(folder: Path) -> None:
    import pty

    leader, follower = pty.openpty()
    done = subprocess.Popen(
        [sys.executable, "-m", "taokit.cli", "wallet", "new-hotkey", "-w", "a"],
        stdin=follower,
        stderr=follower,
        stdout=subprocess.PIPE,
        env=dict(os.environ),
        start_new_session=True,
        preexec_fn=_own_terminal,
    )
    os.close(follower)
    assert done.stdout is not None
    answer = done.stdout.read().decode()
    seen = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:
            break
        if not piece:
            break
        seen += piece
    assert done.wait(60) == 0
    os.close(leader)
    phrase = Wallet("a", path=folder).hotkey.unsafe_secrets().phrase
    assert phrase is not None
    assert seen.decode().count(phrase) == 1
    assert phrase not in answer


def _own_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@pytest.mark.parametrize(
    "argv",
    [
        ("wallet", "delete", "", "--confirm", "default"),
        ("wallet", "create", "", "--no-use-password", "--mnemonic-out", "x.txt"),
        ("wallet", "show", ""),
        ("wallet", "show", "-w", ""),
        ("wallet", "delete", "--wallet-name=", "--confirm", "default"),
        ("wallet", "delete", "--hotkey=", "--confirm", "default"),
        ("wallet", "list", "-w", ""),
        ("wallet", "balance", ""),
    ],
    ids=lambda argv: " ".join(argv[1:4]),
)
def test_an_empty_name_is_a_usage_error_and_not_the_default_wallet(
    argv: tuple[str, ...], cli: Cli, folder: Path
) -> None:
    create(cli, "default")
    before = sorted(folder.rglob("*"))
    assert cli(*argv).status == 2
    assert sorted(folder.rglob("*")) == before


def test_a_development_account_has_no_files_and_this_is_what_is_said(
    cli: Cli, folder: Path
) -> None:
    result = cli("wallet", "sign", "-w", "//Alice", "-m", "x", "--json")
    assert result.status == 2
    assert "//Alice is a development account" in result.error["message"]
    assert "--hotkey ADDRESS" in result.error["hint"]
    secret = cli("wallet", "sign", "-w", "//Alice///hunter2", "-m", "x")
    assert secret.status == 2
    assert "hunter2" not in secret.err


@pytest.mark.parametrize("way", [("--password-file", "-"), ("--password-fd", "0")])
def test_a_message_and_a_password_cannot_both_come_from_stdin(
    way: tuple[str, str], cli: Cli, folder: Path
) -> None:
    create(cli, "a")
    result = cli("wallet", "sign", "-w", "a", "-m", "-", *way, "--json", stdin="text")
    assert (result.status, result.error["code"]) == (2, "usage")
    assert "--password-file FILE" in result.error["hint"]
    assert cli("wallet", "sign", "-w", "a", "-m", "-", stdin="text").status == 0
