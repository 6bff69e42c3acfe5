"""Passwords: the order of sources, the ecosystem's variables, the keyring."""

from __future__ import annotations

import os
from pathlib import Path

import keyring
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked

from taokit.wallet import password
from taokit.wallet.errors import MissingPassword, PasswordSource
from taokit.wallet.password import PasswordSources

PATH = Path("/tmp/wallets/my wal-let.x/coldkey")
NAME = "BT_PW__TMP_WALLETS_MY WAL-LET_X_COLDKEY"


def everything(tmp_path) -> dict[str, object]:
    (tmp_path / "file").write_text("from-file\nsecond line\n")
    reader, writer = os.pipe()
    os.write(writer, b"from-descriptor\nrest")
    os.close(writer)
    password.store_password(PATH, "from-keyring")
    return {
        "explicit": "from-caller",
        "file": tmp_path / "file",
        "descriptor": reader,
        "keyring": True,
        "environment": {NAME: password.encode_environment_password(NAME, "from-variable")},
        "prompt": lambda request: "from-prompt",
    }


def test_sources_are_asked_in_the_documented_order(tmp_path):
    given_sources = everything(tmp_path)
    reader = given_sources["descriptor"]
    found = []
    for source in list(given_sources):
        found.append(PasswordSources(**given_sources).find(PATH).value)
        given_sources[source] = {"keyring": False, "environment": {}}.get(source)
    assert found == [
        "from-caller",
        "from-file",
        "from-descriptor",
        "from-keyring",
        "from-variable",
        "from-prompt",
    ]
    assert os.read(reader, 10) == b"rest"
    os.close(reader)


def test_a_new_password_never_comes_from_an_old_keyring_entry():
    password.store_password(PATH, "old")
    asked = []

    def prompt(request):
        asked.append((request.path, request.new))
        return "new"

    sources = PasswordSources(environment={}, prompt=prompt)
    assert sources.choose(PATH).value == "new"
    assert sources.find(PATH).value == "old"
    assert asked == [(PATH, True)]


def test_a_descriptor_is_read_once_and_serves_every_file():
    reader, writer = os.pipe()
    os.write(writer, b"pw\r\n")
    os.close(writer)
    sources = PasswordSources(descriptor=reader, keyring=False, environment={})
    assert [sources.find(PATH).value, sources.choose(PATH / "other").value] == ["pw", "pw"]
    os.close(reader)


def test_no_source_at_all_names_the_ways_to_give_one():
    with pytest.raises(MissingPassword) as caught:
        PasswordSources(environment={}).find(PATH)
    hint = caught.value.hint or ""
    assert NAME in hint
    assert "keyring" in hint
    assert "file" in hint
    with pytest.raises(MissingPassword):
        PasswordSources(environment={}, prompt=lambda request: None).find(PATH)


def test_sources_that_were_named_and_fail_are_errors_and_not_skipped(tmp_path):
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\n")
    (tmp_path / "endless").write_bytes(bytes(1 << 17))
    for wrong in (
        {"file": tmp_path / "missing"},
        {"file": tmp_path / "empty"},
        {"file": tmp_path / "binary"},
        {"descriptor": 987},
        {"descriptor": -1},
        {"descriptor": 1 << 40},
        {"file": tmp_path / "endless"},
        {"explicit": ""},
        {"environment": {NAME: "plain text"}},
        {"environment": {NAME: "abcd1234"}},
    ):
        with pytest.raises(PasswordSource):
            PasswordSources(**wrong, prompt=lambda request: "fallback").find(PATH)


def test_variables_are_named_and_encoded_as_the_ecosystem_does():
    # Name and value as bittensor-wallet 4.1.0 sets them for this path and password.
    path, name = Path("/tmp/wi/wallets/w2/coldkey"), "BT_PW__TMP_WI_WALLETS_W2_COLDKEY"
    assert password.environment_name(path) == name
    assert password.encode_environment_password(name, "Testing.1234") == "FjEsJD4xOHp8Ymxj"
    sources = PasswordSources(environment={name: "FjEsJD4xOHp8Ymxj"}, keyring=False)
    assert sources.find(path).value == "Testing.1234"


def test_a_relative_path_is_found_under_its_absolute_name_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = password.environment_name(tmp_path / "w" / "coldkey")
    value = password.encode_environment_password(name, "pw")
    assert PasswordSources(environment={name: value}).find(Path("w/coldkey")).value == "pw"


@given(st.text(min_size=1), st.from_regex(r"BT_PW_[A-Z_]{1,40}", fullmatch=True))
def test_every_password_comes_back_from_its_variable(secret, name):
    encoded = password.encode_environment_password(name, secret)
    assert password.decode_environment_password(name, encoded) == secret


def test_the_keyring_keeps_gives_and_forgets(memory_keyring):
    assert password.forget_password(PATH) is False
    password.store_password(PATH, "pw")
    assert memory_keyring.entries == {("taokit-wallet", str(PATH)): "pw"}
    assert password.stored_password(PATH) == "pw"
    assert password.forget_password(PATH) is True
    assert memory_keyring.entries == {}


def test_a_machine_without_a_keyring_goes_on_to_the_next_source():
    keyring.set_keyring(NoKeyring())
    assert password.stored_password(PATH) is None
    sources = PasswordSources(environment={}, prompt=lambda request: "asked")
    assert sources.find(PATH).value == "asked"
    with pytest.raises(PasswordSource):
        password.store_password(PATH, "pw")


def test_a_locked_keyring_is_an_error(memory_keyring, monkeypatch):
    def locked(*args):
        raise KeyringLocked("locked")

    monkeypatch.setattr(memory_keyring, "get_password", locked)
    with pytest.raises(PasswordSource, match="keyring"):
        PasswordSources(environment={}).find(PATH)


def test_without_the_keyring_it_is_not_even_imported():
    import subprocess
    import sys

    script = (
        "import sys; from pathlib import Path; from taokit.wallet import PasswordSources;"
        "PasswordSources('x').find(Path('a')); assert 'keyring' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
