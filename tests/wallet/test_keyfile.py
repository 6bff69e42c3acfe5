"""Key files: content, encryption, damage, permissions and what a crash leaves behind."""

from __future__ import annotations

import base64
import json
import os
import signal
import stat
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taokit.wallet import atomic_file, keyfile_encryption, keyfile_json
from taokit.wallet.devkeys import dev_key
from taokit.wallet.errors import (
    DamagedKeyfile,
    KeyfileAccess,
    MissingPassword,
    UnsupportedKeyfile,
    WalletExists,
    WalletNotFound,
    WrongPassword,
)
from taokit.wallet.keyfile import Keyfile
from taokit.wallet.keyfile_encryption import Encryption
from taokit.wallet.keypair import Keypair
from taokit.wallet.mnemonic import DEV_PHRASE

PASSWORD = "Testing.1234"
SEED = "0xfac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e"
PLAIN = b'{"secretSeed":"' + SEED.encode() + b'"}'
ADDRESS = "5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV"

# PLAIN under PASSWORD: the first two written by bittensor-wallet 4.1.0, the third opened by
# bittensor 11.3.0.
NACL = base64.b64decode(
    "JE5BQ0yihRSoYOwoP+C02byKvo594LwJ7E22hpYonpOZKFgq0YrKJvdHr0pSrNmQHNx1VNSys1gRxX6TvKtMRAC4Avq"
    "SIAIBQrKadBO8jiEW54lGBrhFhmcvSwcn4AU+GnrBxERbQlQXR2ubkhTzihHDIdXvOaFZVm1qXqL2ViM="
)
ANSIBLE = b"""$ANSIBLE_VAULT;1.1;AES256
38363332393037636138616363373134643030383666303331323136396566626335633963313730
3230333865636361623833346563353738353035633430310a383132623261666665353033323535
65633065396561393432383931633438646461366661383638663234643536653234323363613031
6134653230653163370a613738396239343061396664653861326332613533366165313630326635
63316163306434303837653736616436656331356164353566323337663634646564336262663937
35633430356465393536343865653663326438623732623637333532356531626434613433623938
66326465306533363364393761393034366133626233623534343261663639323231313431316665
33366331613161343936646162363939653266396336396132343138653938303930633232343234
6561
"""
FERNET = (
    b"gAAAAABrAnI5y3-4I9wnMlkoLfV-vCm1q9vSxBW3NxtOAfZHa8YkVqaZn-rKf0Y_xJTsnbGm6g9huK3vqyUjnn0P"
    b"zC2hqbF44SlxFJcA4jBJOZU9ZId4nTFgNO2SPwh51BdlG7e8lu2SDaV_Sw5Bdu4VPGd0CgnS-xmm0rVOBtMYPn5g"
    b"E_fcCk6F5J8uha9tTzieGueB4WfH"
)


# Content


@pytest.mark.parametrize(
    "keypair",
    [
        Keypair.from_mnemonic(DEV_PHRASE),
        Keypair.from_mnemonic(DEV_PHRASE, crypto_type=0),
        Keypair.from_seed(SEED),
        dev_key("Alice"),
        dev_key("Alice", crypto_type=0),
        Keypair.from_uri("//Alice/soft"),
    ],
)
def test_content_keeps_all_that_is_known_of_a_key(keypair):
    again = keyfile_json.load(keyfile_json.dump(keypair))
    assert again == keypair
    assert again.unsafe_secrets() == keypair.unsafe_secrets()
    assert keyfile_json.load(keyfile_json.dump(keypair.public())) == keypair
    assert not keyfile_json.load(keyfile_json.dump(keypair.public())).can_sign
    assert b"private" not in keyfile_json.dump(keypair.public())


def test_content_has_the_fields_that_the_ecosystem_writes():
    fields = json.loads(keyfile_json.dump(Keypair.from_mnemonic(DEV_PHRASE)))
    key = "0x46ebddef8cd9bb167dc30878d7113b7e168e6f0646beffd77d69d39bad76b47a"
    assert fields == {
        "accountId": key,
        "publicKey": key,
        "privateKey": "0x05d65584630d16cd4af6d0bec10f34bb504a5dcb62dba2122d49f5a663763d0a"
        "fd190cce74df356432b410bd64682309d6dedb27c76845daf388557cbac3ca34",
        "secretPhrase": DEV_PHRASE,
        "secretSeed": SEED,
        "ss58Address": ADDRESS,
        "cryptoType": 1,
    }


@pytest.mark.parametrize(
    "content",
    [
        {"secretPhrase": DEV_PHRASE},
        {"secretSeed": SEED, "secretPhrase": None},
        {"secretSeed": SEED.removeprefix("0x")},
        {"secretSeed": SEED, "accountId": None, "ss58Address": ADDRESS},
    ],
)
def test_old_content_with_few_fields_is_enough(content):
    keypair = keyfile_json.load(json.dumps(content).encode())
    assert keypair.can_sign
    assert keypair.ss58_address == ADDRESS


@pytest.mark.parametrize("text", [SEED, SEED.removeprefix("0x"), DEV_PHRASE, f" {SEED}\n"])
def test_bare_seeds_and_phrases_are_read(text):
    assert keyfile_json.load(text.encode()).ss58_address == ADDRESS


FULL = json.loads(keyfile_json.dump(Keypair.from_mnemonic(DEV_PHRASE)))
ALICE = json.loads(keyfile_json.dump(dev_key("Alice")))

DAMAGED = {
    "empty": b"",
    "blank": b" \n",
    "binary": b"\xff\xfe\x00",
    "not JSON": b"hello",
    "truncated": json.dumps(FULL).encode()[:-20],
    "another JSON": b'["a"]',
    "no key": b"{}",
    "number for text": json.dumps({**FULL, "secretSeed": 7}).encode(),
    "seed cut": json.dumps({"secretSeed": SEED[:-2]}).encode(),
    "seed not hex": json.dumps({"secretSeed": SEED[:-1] + "g"}).encode(),
    "public key cut": json.dumps({**FULL, "publicKey": "0x46"}).encode(),
    "address wrong": json.dumps({**FULL, "ss58Address": ADDRESS[:-1] + "2"}).encode(),
    "address of another": json.dumps({**FULL, "ss58Address": ALICE["ss58Address"]}).encode(),
    "seed of another": json.dumps({**ALICE, "secretSeed": SEED}).encode(),
    "phrase of another": json.dumps({**ALICE, "secretPhrase": DEV_PHRASE}).encode(),
    "private key of another": json.dumps({**FULL, "privateKey": ALICE["privateKey"]}).encode(),
    "scheme changed": json.dumps({**FULL, "cryptoType": 0, "privateKey": None}).encode(),
    "scheme unknown": json.dumps({**FULL, "cryptoType": 2}).encode(),
    "scheme true": json.dumps({**FULL, "cryptoType": True}).encode(),
    "nacl magic alone": b"$NACL",
    "nacl cut": NACL[:40],
    "vault cut": ANSIBLE[:150],
    "vault not hex": ANSIBLE.replace(b"38", b"zz"),
    "fernet cut": FERNET[:60],
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_files_are_named_at_once_without_quoting_secrets(tmp_path, name):
    path = tmp_path / "coldkey"
    path.write_bytes(DAMAGED[name])
    with pytest.raises(DamagedKeyfile) as caught:
        Keyfile(path).read(PASSWORD)
    assert caught.value.path == path
    assert str(path) in caught.value.message
    told = f"{caught.value!r} {caught.value.hint} {caught.value.__cause__!r}"
    assert SEED[2:20] not in told
    assert "bottom drive" not in told


def test_a_polkadot_json_in_place_of_a_key_file_is_named(tmp_path):
    (tmp_path / "coldkey").write_text('{"encoded": "abc", "encoding": {}, "address": ""}')
    with pytest.raises(UnsupportedKeyfile):
        Keyfile(tmp_path / "coldkey").read()


# Encryption


@pytest.mark.parametrize(
    ("data", "encryption"),
    [(NACL, "NACL"), (ANSIBLE, "ANSIBLE"), (FERNET, "FERNET"), (PLAIN, "NONE")],
)
def test_each_encryption_is_told_apart(data, encryption):
    assert keyfile_encryption.detect(data) is Encryption[encryption]


@pytest.mark.parametrize("data", [NACL, ANSIBLE, FERNET], ids=["nacl", "ansible", "fernet"])
def test_files_of_each_encryption_are_opened(data):
    assert keyfile_encryption.decrypt(data, PASSWORD) == PLAIN


def test_a_wrong_password_is_told_for_the_full_strength_format():
    with pytest.raises(WrongPassword):
        keyfile_encryption.decrypt(NACL, "testing.1234")


def test_wrong_passwords_and_altered_content_are_told_for_the_vault():
    altered = ANSIBLE.replace(b"616\n", b"615\n").replace(b"6561\n", b"6562\n")
    for data, password in ((ANSIBLE, "wrong"), (altered, PASSWORD)):
        with pytest.raises(WrongPassword):
            keyfile_encryption.decrypt(data, password)


def test_an_unknown_vault_version_is_named():
    with pytest.raises(UnsupportedKeyfile):
        keyfile_encryption.decrypt(ANSIBLE.replace(b"1.1;", b"9.9;"), PASSWORD)


def test_a_key_sealed_at_full_strength_opens_again(tmp_path):
    file = Keyfile(tmp_path / "coldkey")
    file.write(dev_key("Alice"), PASSWORD)
    assert file.path.read_bytes().startswith(b"$NACL")
    assert file.read(PASSWORD) == dev_key("Alice")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(plain=st.binary(max_size=200), password=st.text(min_size=1), other=st.text(min_size=1))
def test_only_the_same_password_opens(quick_argon2, plain, password, other):
    sealed = keyfile_encryption.encrypt(plain, password)
    assert sealed != keyfile_encryption.encrypt(plain, password)
    if plain:
        assert keyfile_encryption.decrypt(sealed, password) == plain
        if other != password:
            with pytest.raises(WrongPassword):
                keyfile_encryption.decrypt(sealed, other)


def test_an_encrypted_file_without_a_password_says_so(tmp_path):
    (tmp_path / "coldkey").write_bytes(NACL)
    file = Keyfile(tmp_path / "coldkey")
    assert file.is_encrypted()
    assert file.read_public() is None
    with pytest.raises(MissingPassword):
        file.read()


# The disk


def test_files_and_the_directories_made_for_them_are_private(tmp_path):
    before = os.umask(0)
    try:
        file = Keyfile(tmp_path / "a" / "b" / "key")
        file.write(dev_key("Alice"))
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.path.parent.parent.stat().st_mode) == 0o700
    assert file.exposed_to() is None
    file.path.chmod(0o640)
    assert file.exposed_to() == "group"
    file.path.chmod(0o644)
    assert file.exposed_to() == "others"


def test_an_existing_file_is_never_written_over_unasked(tmp_path, quick_argon2):
    file = Keyfile(tmp_path / "key")
    file.write(dev_key("Alice"))
    before = file.path.read_bytes()
    with pytest.raises(WalletExists) as caught:
        file.write(dev_key("Bob"), PASSWORD)
    assert caught.value.path == file.path
    assert file.path.read_bytes() == before
    file.write(dev_key("Bob"), overwrite=True)
    assert file.read() == dev_key("Bob")


def test_a_file_that_appears_at_the_last_moment_is_not_written_over(tmp_path, monkeypatch):
    path = tmp_path / "key"
    temporary = atomic_file._write_temporary

    def rival(target, data):
        path.write_bytes(b"theirs")
        return temporary(target, data)

    monkeypatch.setattr(atomic_file, "_write_temporary", rival)
    with pytest.raises(WalletExists):
        atomic_file.write_file(path, b"ours", overwrite=False)
    assert path.read_bytes() == b"theirs"
    assert os.listdir(tmp_path) == ["key"]


def test_a_file_system_without_hard_links_is_served_just_as_safely(tmp_path, monkeypatch):
    import errno

    def no_links(source, target):
        raise OSError(errno.ENOTSUP, "not supported")

    monkeypatch.setattr(os, "link", no_links)
    path = tmp_path / "key"
    atomic_file.write_file(path, b"ours", overwrite=False)
    with pytest.raises(FileExistsError):
        atomic_file._move_to_free_name(atomic_file._write_temporary(path, b"more"), path)
    assert path.read_bytes() == b"ours"


def test_a_symbolic_link_keeps_pointing_to_its_file(tmp_path):
    (tmp_path / "vault").mkdir()
    (tmp_path / "key").symlink_to(tmp_path / "vault" / "real")
    atomic_file.write_file(tmp_path / "key", b"one", overwrite=True)
    assert (tmp_path / "key").is_symlink()
    assert (tmp_path / "vault" / "real").read_bytes() == b"one"


CRASH = """
import os, signal, sys
from pathlib import Path
from taokit.wallet import atomic_file
def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(os, sys.argv[1], die)
atomic_file.write_file(Path(sys.argv[2]), b"new" * 100, overwrite=sys.argv[3] == "over")
"""


@pytest.mark.skipif(os.name != "posix", reason="kills a process by signal")
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_crash_before_the_last_step_leaves_the_old_file(tmp_path, step):
    path = tmp_path / "key"
    path.write_bytes(b"old")
    done = subprocess.run([sys.executable, "-c", CRASH, step, str(path), "over"], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"old"
    (left,) = set(os.listdir(tmp_path)) - {"key"}
    assert left.startswith(".key.")
    assert stat.S_IMODE((tmp_path / left).stat().st_mode) == 0o600


@pytest.mark.skipif(os.name != "posix", reason="kills a process by signal")
def test_a_crash_before_the_last_step_leaves_no_half_written_new_file(tmp_path):
    path = tmp_path / "key"
    done = subprocess.run([sys.executable, "-c", CRASH, "link", str(path), "new"], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not path.exists()


def test_a_full_disk_is_an_error_that_leaves_everything_as_it_was(tmp_path, monkeypatch):
    import errno

    path = tmp_path / "key"
    path.write_bytes(b"old")

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KeyfileAccess, match="no space left"):
        atomic_file.write_file(path, b"new", overwrite=True)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["key"]


def test_a_refusal_by_the_operating_system_is_named(tmp_path, monkeypatch):
    path = tmp_path / "key"
    path.write_bytes(PLAIN)

    def refuse(*args, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(KeyfileAccess, match="permission denied") as caught:
        Keyfile(path).read()
    assert caught.value.path == path


def test_missing_files_and_directories_in_the_way_are_named(tmp_path):
    with pytest.raises(WalletNotFound):
        Keyfile(tmp_path / "nothing").read()
    with pytest.raises(KeyfileAccess):
        Keyfile(tmp_path).read()


@pytest.mark.skipif(os.name != "posix", reason="pipes and devices as files are POSIX")
@pytest.mark.timeout(10)
def test_a_pipe_or_a_device_is_refused_and_not_waited_for(tmp_path):
    pipe, device = tmp_path / "pipe", tmp_path / "device"
    os.mkfifo(pipe)
    device.symlink_to("/dev/zero")
    for path in (pipe, device):
        with pytest.raises(KeyfileAccess, match="not an ordinary file"):
            Keyfile(path).read()


def test_an_enormous_file_is_not_read_to_its_end(tmp_path):
    path = tmp_path / "key"
    with path.open("wb") as file:
        file.truncate(1 << 40)  # no file system block is used
    with pytest.raises(DamagedKeyfile, match="too large"):
        Keyfile(path).read()
