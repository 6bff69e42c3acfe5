"""The room as a whole: what it exports, what it imports, what it never does."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import taokit.wallet
from taokit.wallet import errors

HEAVY = ("bip_utils", "cryptography", "keyring", "nacl", "numpy", "rich", "websockets")


def loaded_after(code: str) -> set[str]:
    script = f"{code}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_every_public_name_is_there_and_the_list_is_sorted():
    assert len(set(taokit.wallet.__all__)) == len(taokit.wallet.__all__)
    for name in taokit.wallet.__all__:
        assert getattr(taokit.wallet, name) is not None
    assert set(taokit.wallet.__all__) <= set(dir(taokit.wallet))


def test_importing_the_room_loads_none_of_its_modules():
    done = subprocess.run(
        [sys.executable, "-c", "import sys, taokit.wallet; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert [name for name in done.stdout.split() if name.startswith("taokit.wallet.")] == []


def test_signing_with_a_known_key_loads_nothing_heavy():
    code = (
        "from taokit.wallet import Keypair\n"
        f"key = Keypair.from_private_key({dev_private()!r})\n"
        "assert key.verify(b'payload', key.sign(b'payload'))"
    )
    assert loaded_after(code).isdisjoint(HEAVY)


def test_making_a_phrase_and_a_key_does_not_load_bip_utils():
    assert loaded_after("from taokit.wallet import Keypair; Keypair.generate()").isdisjoint(HEAVY)


def test_listing_wallets_loads_nothing_heavy(tmp_path):
    code = f"from taokit.wallet import WalletStore; WalletStore({str(tmp_path)!r}).entries()"
    assert loaded_after(code).isdisjoint(HEAVY)


def test_each_error_has_a_stable_code_of_its_own_and_stands_in_the_tree():
    kinds = [kind for name in errors.__all__ if (kind := getattr(errors, name))]
    assert len({kind.code for kind in kinds}) == len(kinds)
    for kind in kinds:
        assert issubclass(kind, errors.TaokitError)
        assert kind.__name__ in (errors.__doc__ or "")


def test_the_room_neither_prints_nor_asks():
    for path in Path(inspect.getfile(taokit.wallet)).parent.glob("*.py"):
        source = path.read_text()
        for call in ("print(", "input(", "getpass"):
            assert call not in source, path


def dev_private() -> str:
    return taokit.wallet.dev_key("Alice").unsafe_secrets().private_key.hex()
