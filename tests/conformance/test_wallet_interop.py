"""Key files go both ways between taokit, bittensor-wallet 4.1.0 and bittensor 11.3.0."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
from peers import python_peer, run_in_peer

from taokit.wallet import (
    Keypair,
    PasswordSources,
    Wallet,
    WalletStore,
    dev_key,
    environment_name,
    export_json,
    keyfile_encryption,
)
from taokit.wallet.password import encode_environment_password

pytestmark = [pytest.mark.peer, pytest.mark.timeout(900)]

PASSWORD = "Pässw0rd ✓ long"
PHRASE = "caution juice atom organ advance problem want pledge someone senior holiday very"
ADDRESS = "5Gv8YYFu8H1btvmrJy9FjjAWfb99wrhV3uhPFoNEr918utyR"
SEED = "0xc8fa03532fb22ee1f7f6908b9c02b4e72483f0dbd66e4cd456b8f34c6230b849"
PAYLOAD = b"a payload to sign"

PEERS = {
    "bittensor-wallet==4.1.0": (
        "from bittensor_wallet import Keyfile, Keypair, Wallet\n"
        "from bittensor_wallet import keyfile as formats\n"
    ),
    "bittensor==11.3.0": (
        "from bittensor.keyfiles import Keyfile, Keypair\n"
        "from bittensor.wallet import Wallet\n"
        "import bittensor.sp_core as formats\n"
    ),
}

READ = """
found = []
for path in request["paths"]:
    key = Keyfile(path, "key").get_keypair()
    payload = bytes.fromhex(request["payload"])
    signature = bytes(key.sign(payload)).hex() if request["sign"] else None
    found.append([key.ss58_address, key.crypto_type, signature])
answer(found)
"""

WRITE = """
import ctypes
wallet = Wallet(name="theirs", hotkey="hot", path=request["path"])
wallet.regenerate_coldkey(
    mnemonic=request["phrase"], use_password=True, overwrite=True, suppress=True,
    coldkey_password=request["password"],
)
wallet.regenerate_hotkey(
    mnemonic=request["phrase"], use_password=False, overwrite=True, suppress=True
)
seeded = Wallet(name="theirs", hotkey="seeded", path=request["path"])
seeded.regenerate_hotkey(
    seed=request["seed"], use_password=False, overwrite=True, suppress=True
)
keys = {"uri": Keypair.create_from_uri("//Alice"), "ed": Keypair.create_from_uri("//Alice", 0)}
keys["edphrase"] = Keypair.create_from_mnemonic(request["phrase"], 0)
for name, key in keys.items():
    other = Wallet(name="theirs", hotkey=name, path=request["path"])
    other.hotkey_file.set_keypair(key, encrypt=False, overwrite=True)
file = wallet.coldkey_file
file.save_password_to_env(request["password"])
getenv = ctypes.CDLL(None).getenv
getenv.restype = ctypes.c_char_p
answer([file.env_var_name(), getenv(file.env_var_name().encode()).decode()])
"""


@pytest.fixture(scope="module", params=PEERS)
def peer(request):
    """Run a script in one of the peers, with its imports in place."""
    python, imports = python_peer(request.param), PEERS[request.param]

    def run(script, request_, environment=None):
        return run_in_peer(python, imports + script, request_, environment)

    run.name = request.param
    return run


@pytest.fixture(scope="module")
def ours(tmp_path_factory) -> Path:
    """A directory of wallets that taokit wrote, with every kind of key."""
    path = tmp_path_factory.mktemp("ours")
    wallet = Wallet("ours", "hot", path, passwords=PasswordSources(PASSWORD))
    wallet.save_coldkey(Keypair.from_mnemonic(PHRASE))
    wallet.save_hotkey(Keypair.from_mnemonic(PHRASE))
    keys = {
        "seeded": Keypair.from_seed(SEED),
        "uri": dev_key("Alice"),
        "soft": Keypair.from_uri("//Alice/soft"),
        "pw": Keypair.from_mnemonic(PHRASE, "with a password of its own"),
        "ed": dev_key("Alice", crypto_type=0),
        "edphrase": Keypair.from_mnemonic(PHRASE, crypto_type=0),
    }
    for name, keypair in keys.items():
        Wallet("ours", name, path).save_hotkey(keypair)
    return path


def test_what_we_write_is_read_there_and_signs(peer, ours):
    names = ("hot", "seeded", "uri", "soft", "pw", "ed", "edphrase")
    wallets = [Wallet("ours", name, ours) for name in names]
    request = {
        "paths": [str(wallet.hotkey_file.path) for wallet in wallets],
        "payload": PAYLOAD.hex(),
        "sign": True,
    }
    for wallet, (address, crypto_type, signature) in zip(wallets, peer(READ, request), strict=True):
        assert (address, crypto_type) == (wallet.hotkey.ss58_address, wallet.hotkey.crypto_type)
        assert wallet.hotkeypub.verify(PAYLOAD, signature)


def test_our_public_files_are_read_there(peer, ours):
    wallets = [Wallet("ours", name, ours) for name in ("hot", "ed")]
    paths = [wallets[0].coldkeypub_file.path, *(wallet.hotkeypub_file.path for wallet in wallets)]
    request = {"paths": list(map(str, paths)), "payload": "", "sign": False}
    expected = [wallets[0].coldkeypub, *(wallet.hotkeypub for wallet in wallets)]
    assert [(row[0], row[1]) for row in peer(READ, request)] == [
        (key.ss58_address, key.crypto_type) for key in expected
    ]


def test_our_encrypted_coldkey_opens_there_by_our_variable(peer, ours):
    path = Wallet("ours", "hot", ours).coldkey_file.path
    name = environment_name(path)
    request = {"paths": [str(path)], "payload": PAYLOAD.hex(), "sign": True}
    ((address, _, signature),) = peer(
        READ, request, {name: encode_environment_password(name, PASSWORD)}
    )
    assert address == ADDRESS
    assert Keypair.from_address(ADDRESS).verify(PAYLOAD, signature)


def test_what_they_write_is_read_here_and_their_variable_opens_it(peer, tmp_path):
    name, value = peer(
        WRITE,
        {"path": str(tmp_path), "phrase": PHRASE, "seed": SEED, "password": PASSWORD},
    )
    sources = PasswordSources(environment={name: value}, keyring=False)
    wallet = Wallet("theirs", "hot", tmp_path, passwords=sources)
    assert wallet.coldkey == wallet.coldkeypub == Keypair.from_mnemonic(PHRASE)
    secrets = wallet.coldkey.unsafe_secrets()
    assert (secrets.phrase, "0x" + (secrets.seed or b"").hex()) == (PHRASE, SEED)
    expected = {
        "hot": Keypair.from_mnemonic(PHRASE),
        "seeded": Keypair.from_seed(SEED),
        "uri": dev_key("Alice"),
        "ed": dev_key("Alice", crypto_type=0),
        "edphrase": Keypair.from_mnemonic(PHRASE, crypto_type=0),
    }
    for hotkey, keypair in expected.items():
        found = Wallet("theirs", hotkey, tmp_path).hotkey
        assert found == keypair
        assert keypair.verify(PAYLOAD, found.sign(PAYLOAD))
    (entry,) = WalletStore(tmp_path).entries()
    assert entry.coldkey is not None
    assert (entry.coldkey.address, entry.coldkey.encrypted) == (ADDRESS, True)
    assert {key.name: key.address for key in entry.hotkeys} == {
        hotkey: keypair.ss58_address for hotkey, keypair in expected.items()
    }


def test_signatures_hold_on_the_other_side(peer):
    keys = [dev_key("Alice"), dev_key("Bob", crypto_type=0)]
    script = """
answer([
    [Keypair(ss58_address=address, crypto_type=crypto).verify(payload, bytes.fromhex(signature))
     for payload in (bytes.fromhex(request["payload"]), b"another")]
    for address, crypto, signature in request["keys"]
])
"""
    rows = [(key.ss58_address, int(key.crypto_type), key.sign(PAYLOAD).hex()) for key in keys]
    assert peer(script, {"keys": rows, "payload": PAYLOAD.hex()}) == [[True, False]] * 2


def test_our_polkadot_json_is_imported_there(peer):
    script = """
key = Keypair.create_from_encrypted_json(request["json"], request["password"])
answer([key.ss58_address, key.crypto_type])
"""
    keys = [dev_key("Alice")]
    if peer.name.startswith("bittensor=="):  # bittensor-wallet 4.1.0 takes every JSON for sr25519
        keys.append(dev_key("Alice", crypto_type=0))
    for key in keys:
        request = {"json": export_json(key, PASSWORD), "password": PASSWORD}
        assert peer(script, request) == [key.ss58_address, key.crypto_type]


def test_their_older_vault_encryption_opens_here(peer):
    if not peer.name.startswith("bittensor-wallet"):
        pytest.skip("bittensor 11 writes only the current encryption")
    script = """
data = formats.legacy_encrypt_keyfile_data(b'{"a": 1}', request["password"])
answer(bytes(data).decode())
"""
    data = peer(script, {"password": PASSWORD}).encode()
    assert keyfile_encryption.decrypt(data, PASSWORD) == b'{"a": 1}'


def test_the_oldest_encryption_is_the_one_read_there(peer):
    if not peer.name.startswith("bittensor=="):
        pytest.skip("bittensor-wallet 4.1.0 does not open these files with the right password")
    from cryptography.fernet import Fernet

    salt = b"Iguesscyborgslikemyselfhaveatendencytobeparanoidaboutourorigins"
    key = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), salt, 10_000_000)
    token = Fernet(urlsafe_b64encode(key)).encrypt(b'{"a": 1}').decode()
    script = """
data = formats.decrypt_keyfile_data(request["token"].encode(), request["password"])
answer(bytes(data).decode())
"""
    assert peer(script, {"token": token, "password": PASSWORD}) == '{"a": 1}'
