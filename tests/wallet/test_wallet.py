"""Wallets: making, replacing, loading; and the directory that holds them."""

from __future__ import annotations

import os
import stat

import pytest

from taokit.wallet import (
    Keypair,
    PasswordSources,
    Wallet,
    WalletStore,
    atomic_file,
    dev_key,
    keyfile_encryption,
)
from taokit.wallet import wallet as wallet_module
from taokit.wallet.errors import (
    CannotSign,
    DamagedKeyfile,
    InvalidName,
    KeyfileAccess,
    MissingPassword,
    WalletExists,
    WalletNotFound,
    WrongPassword,
)

PASSWORD = "Testing.1234"
NO_PASSWORD = PasswordSources(environment={}, keyring=False)

pytestmark = pytest.mark.usefixtures("quick_argon2")


def wallet_at(path, name="cold", hotkey="hot", password=PASSWORD) -> Wallet:
    return Wallet(name, hotkey, path, passwords=PasswordSources(password))


def tree(path) -> dict[str, bytes]:
    return {
        str(found.relative_to(path)): found.read_bytes()
        for found in sorted(path.rglob("*"))
        if found.is_file()
    }


def test_new_keys_are_in_the_ecosystems_places_with_private_modes(wallets):
    wallet = wallet_at(wallets)
    cold, hot = wallet.create_coldkey(), wallet.create_hotkey(24)
    assert set(tree(wallets)) == {
        "cold/coldkey",
        "cold/coldkeypub.txt",
        "cold/hotkeys/hot",
        "cold/hotkeys/hotpub.txt",
    }
    for found in wallets.rglob("*"):
        mode = stat.S_IMODE(found.stat().st_mode)
        assert mode == (0o700 if found.is_dir() else 0o600)
    assert len(cold.phrase.split()) == 12
    assert len(hot.phrase.split()) == 24
    again = wallet_at(wallets)
    assert again.coldkey == again.coldkeypub == cold.keypair == Keypair.from_mnemonic(cold.phrase)
    assert again.hotkey == again.hotkeypub == hot.keypair
    assert wallet.coldkey_file.is_encrypted()
    assert not wallet.hotkey_file.is_encrypted()
    assert again.coldkey_signer.ss58_address == cold.keypair.ss58_address


def test_making_the_object_touches_no_file(wallets):
    Wallet("cold", "hot", wallets)
    assert not wallets.exists()


def test_existing_keys_are_refused_before_anything_is_asked_or_generated(wallets, monkeypatch):
    wallet_at(wallets).create_coldkey()
    wallet_at(wallets).create_hotkey()
    before = tree(wallets)
    asked = []
    sources = PasswordSources(environment={}, keyring=False, prompt=asked.append)
    wallet = Wallet("cold", "hot", wallets, passwords=sources)

    def generate(*args, **kwargs):
        raise AssertionError("a key was generated")

    monkeypatch.setattr(Keypair, "generate", generate)
    for attempt in (
        wallet.create_coldkey,
        wallet.create_hotkey,
        lambda: wallet.save_coldkey(dev_key("Bob")),
        lambda: wallet.save_hotkey(dev_key("Bob")),
        lambda: wallet.save_coldkeypub(dev_key("Bob"), overwrite=True),
    ):
        with pytest.raises(WalletExists):
            attempt()
    assert asked == []
    assert tree(wallets) == before


def test_a_missing_password_is_told_before_anything_is_generated(wallets, monkeypatch):
    wallet = Wallet("cold", "hot", wallets, passwords=NO_PASSWORD)
    monkeypatch.setattr(Keypair, "generate", lambda *a, **k: pytest.fail("generated"))
    with pytest.raises(MissingPassword, match="protect") as caught:
        wallet.create_coldkey()
    assert "BT_PW_" in (caught.value.hint or "")
    assert not wallets.exists()


def test_a_phrase_is_not_given_out_when_its_file_could_not_be_written(wallets, monkeypatch):
    def refuse(*args, **kwargs):
        raise KeyfileAccess("no space left")

    monkeypatch.setattr(atomic_file, "write_file", refuse)
    with pytest.raises(KeyfileAccess) as caught:
        wallet_at(wallets).create_hotkey()
    assert len(str(caught.value).split()) < 12


def test_replacing_a_key_when_told_replaces_both_files(wallets):
    wallet = wallet_at(wallets)
    first = wallet.create_coldkey().keypair
    assert wallet.coldkey == first
    second = wallet.create_coldkey(overwrite=True).keypair
    assert first != second
    assert wallet.coldkey == wallet.coldkeypub == second


@pytest.mark.parametrize("failing_write", [1, 2])
def test_a_failed_replacement_never_leaves_a_public_file_of_another_key(
    wallets, monkeypatch, failing_write
):
    wallet = wallet_at(wallets)
    wallet.save_coldkey(dev_key("Alice"))
    write, calls = atomic_file.write_file, []

    def failing(path, data, *, overwrite):
        calls.append(path)
        if len(calls) == failing_write:
            raise KeyfileAccess("no space left", path=path)
        write(path, data, overwrite=overwrite)

    with monkeypatch.context() as patch:
        patch.setattr(atomic_file, "write_file", failing)
        with pytest.raises(KeyfileAccess):
            wallet.save_coldkey(dev_key("Bob"), overwrite=True)
    if failing_write == 1:
        assert wallet_at(wallets).coldkey == wallet_at(wallets).coldkeypub == dev_key("Alice")
    else:
        assert wallet_at(wallets).coldkey == dev_key("Bob")
        assert not wallet.coldkeypub_file.exists()


def test_saved_keys_come_from_any_source(wallets):
    wallet = wallet_at(wallets)
    wallet.save_coldkey(dev_key("Alice", crypto_type=0))
    assert wallet_at(wallets).coldkey == dev_key("Alice", crypto_type=0)
    assert wallet_at(wallets).coldkeypub.crypto_type == 0
    with pytest.raises(CannotSign):
        wallet.save_hotkey(dev_key("Bob").public())


def test_a_watched_wallet_gets_its_own_key_back_and_no_other(wallets):
    wallet = wallet_at(wallets)
    wallet.save_coldkeypub(Keypair.from_address(dev_key("Alice").ss58_address))
    with pytest.raises(WalletExists):
        wallet.create_coldkey()
    with pytest.raises(WalletExists):
        wallet.save_coldkey(dev_key("Bob"))
    with pytest.raises(WalletNotFound):
        _ = wallet.coldkey
    wallet.save_coldkey(dev_key("Alice"))
    assert wallet.coldkey.can_sign


def test_a_public_file_of_another_key_is_noticed_and_can_be_restored(wallets):
    wallet = wallet_at(wallets)
    wallet.save_coldkey(dev_key("Alice"))
    wallet.coldkeypub_file.write(dev_key("Bob").public(), overwrite=True)
    with pytest.raises(DamagedKeyfile):
        _ = wallet.coldkey
    assert wallet.restore_coldkeypub() == dev_key("Alice")
    assert wallet_at(wallets).coldkey == wallet_at(wallets).coldkeypub == dev_key("Alice")


def test_a_missing_public_file_is_told_apart_from_a_missing_key(wallets):
    wallet = wallet_at(wallets)
    with pytest.raises(WalletNotFound) as caught:
        _ = wallet.hotkeypub
    assert (caught.value.kind, caught.value.name) == ("hotkey", "cold/hot")
    with pytest.raises(WalletNotFound) as caught:
        _ = wallet.hotkey
    assert (caught.value.kind, caught.value.name) == ("hotkey", "cold/hot")
    with pytest.raises(WalletNotFound) as caught:
        _ = wallet.coldkey
    assert (caught.value.kind, caught.value.name) == ("coldkey", "cold")
    wallet.save_coldkey(dev_key("Alice"))
    wallet.save_hotkey(dev_key("Bob"))
    os.unlink(wallet.coldkeypub_file.path)
    os.unlink(wallet.hotkeypub_file.path)
    assert wallet.hotkeypub == dev_key("Bob")
    with pytest.raises(WalletNotFound, match="coldkeypub") as caught:
        _ = wallet.coldkeypub
    assert "restore" in (caught.value.hint or "")
    wallet.restore_hotkeypub()
    assert wallet.hotkeypub_file.exists()


def test_a_wrong_password_names_the_source_and_not_the_password(wallets):
    wallet_at(wallets).save_coldkey(dev_key("Alice"))
    with pytest.raises(WrongPassword) as caught:
        _ = wallet_at(wallets, password="Wr0ng.Secret").coldkey
    assert caught.value.code == "wrong_password"
    assert caught.value.path == wallets / "cold" / "coldkey"
    assert "the caller" in (caught.value.hint or "")
    assert "Wr0ng" not in f"{caught.value!r} {caught.value.hint} {caught.value.data}"


def test_passwords_are_changed_and_taken_off(wallets):
    wallet = wallet_at(wallets)
    wallet.save_coldkey(dev_key("Alice"))
    wallet.change_coldkey_password(PasswordSources("Another.1"))
    assert wallet_at(wallets, password="Another.1").coldkey == dev_key("Alice")
    wallet.change_coldkey_password(None)
    assert wallet.coldkey_file.read() == dev_key("Alice")


def test_keys_are_opened_once_until_they_are_locked(wallets, monkeypatch):
    wallet = wallet_at(wallets)
    wallet.save_coldkey(dev_key("Alice"))
    decrypt, opened = keyfile_encryption.decrypt, []
    monkeypatch.setattr(keyfile_encryption, "decrypt", lambda *a: opened.append(1) or decrypt(*a))
    _ = wallet.coldkey, wallet.coldkey, wallet.coldkeypub
    assert opened == [1]
    wallet.lock()
    _ = wallet.coldkey
    assert opened == [1, 1]


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".hidden", "a/b", "a\\b", "a\0b", "a\n", " a", "apub.txt", "x" * 300]
)
def test_names_that_are_no_file_names_are_refused(name):
    with pytest.raises(InvalidName):
        Wallet(name)
    with pytest.raises(InvalidName):
        Wallet("cold", name)


def test_a_wallet_is_written_as_name_and_hotkey(wallets):
    parsed = Wallet.parse("cold/hot", wallets)
    assert (parsed.name, parsed.hotkey_name) == ("cold", "hot")
    assert Wallet.parse("cold").hotkey_name == "default"
    for wrong in ("cold/", "/hot", "a/b/c"):
        with pytest.raises(InvalidName):
            Wallet.parse(wrong)


def test_the_default_directory_is_the_one_everybody_shares(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Wallet("a").path == tmp_path / ".bittensor" / "wallets"
    assert Wallet("a", path="~/w").path == tmp_path / "w"


# The directory


def filled(wallets) -> WalletStore:
    wallet_at(wallets, "alpha", "one").save_coldkey(dev_key("Alice"))
    wallet_at(wallets, "alpha", "one").save_hotkey(dev_key("Bob"))
    wallet_at(wallets, "alpha", "two").save_hotkey(dev_key("Charlie"))
    wallet_at(wallets, "beta").save_coldkeypub(dev_key("Dave", crypto_type=0))
    return WalletStore(wallets)


def test_listing_shows_every_key_and_opens_none(wallets, monkeypatch):
    store = filled(wallets)
    (wallets / "alpha" / "hotkeys" / "twopub.txt").unlink()
    (wallets / "alpha" / "hotkeys" / ".one.0123.tmp").write_text("left by a crash")
    (wallets / "empty").mkdir()
    (wallets / "notes.txt").write_text("")
    monkeypatch.setattr(keyfile_encryption, "decrypt", lambda *a: pytest.fail("decrypted"))
    alpha, beta = store.entries()
    assert (alpha.name, beta.name) == ("alpha", "beta")
    assert alpha.coldkey is not None
    assert alpha.coldkey.address == dev_key("Alice").ss58_address
    assert alpha.coldkey.encrypted is True
    assert [(key.name, key.address, key.encrypted) for key in alpha.hotkeys] == [
        ("one", dev_key("Bob").ss58_address, False),
        ("two", dev_key("Charlie").ss58_address, False),
    ]
    assert beta.coldkey is not None
    assert (beta.coldkey.encrypted, beta.coldkey.crypto_type) == (None, 0)


def test_a_damaged_file_is_a_problem_of_its_entry_only(wallets):
    store = filled(wallets)
    (wallets / "alpha" / "coldkeypub.txt").write_text("{")
    alpha, beta = store.entries()
    assert alpha.coldkey is not None
    assert isinstance(alpha.coldkey.problem, DamagedKeyfile)
    assert alpha.hotkeys[0].problem is None
    assert beta.coldkey is not None
    assert beta.coldkey.problem is None


def test_a_missing_directory_holds_no_wallets(tmp_path):
    store = WalletStore(tmp_path / "nowhere")
    assert store.entries() == []
    with pytest.raises(WalletNotFound):
        store.entry("cold")


def test_addresses_are_found(wallets):
    store = filled(wallets)
    assert store.find(dev_key("Alice").ss58_address) == [("alpha", None)]
    assert store.find(dev_key("Charlie").ss58_address) == [("alpha", "two")]
    assert store.find(dev_key("Eve").ss58_address) == []


def test_wallets_and_hotkeys_are_renamed_and_never_onto_others(wallets):
    store = filled(wallets)
    before = tree(wallets)
    for attempt in (
        lambda: store.rename("alpha", "beta"),
        lambda: store.rename_hotkey("alpha", "one", "two"),
    ):
        with pytest.raises(WalletExists):
            attempt()
    for missing in (
        lambda: store.rename("gamma", "delta"),
        lambda: store.rename_hotkey("alpha", "three", "four"),
    ):
        with pytest.raises(WalletNotFound):
            missing()
    assert tree(wallets) == before
    store.rename("alpha", "gamma")
    store.rename_hotkey("gamma", "one", "three")
    assert [key.name for key in store.entry("gamma").hotkeys] == ["three", "two"]
    assert store.open("gamma", "three").hotkey == dev_key("Bob")
    with pytest.raises(WalletNotFound):
        store.entry("alpha")


def test_deleting_removes_key_files_and_nothing_else(wallets):
    store = filled(wallets)
    (wallets / "alpha" / "notes.txt").write_text("mine")
    assert len(store.delete_hotkey("alpha", "two")) == 2
    with pytest.raises(WalletNotFound):
        store.delete_hotkey("alpha", "two")
    assert len(store.delete("alpha")) == 4
    assert set(tree(wallets)) == {"alpha/notes.txt", "beta/coldkeypub.txt"}
    store.delete("beta")
    assert not (wallets / "beta").exists()
    with pytest.raises(WalletNotFound):
        store.delete("beta")


def test_no_secret_is_in_the_text_of_any_object(wallets):
    wallet = wallet_at(wallets)
    new = wallet.create_coldkey()
    secrets = new.keypair.unsafe_secrets()
    shown = f"{wallet!r} {new!r} {wallet.coldkey_file!r} {WalletStore(wallets).entries()!r}"
    shown += repr(PasswordSources(PASSWORD)) + repr(PasswordSources(PASSWORD).find(wallets))
    for secret in (new.phrase, secrets.private_key.hex(), PASSWORD):
        assert secret not in shown
    assert wallet_module.NewKey is type(new)
