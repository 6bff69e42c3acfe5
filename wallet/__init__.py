"""Keys and where they are kept: key pairs, addresses, key files, wallets, passwords, signers.

Owns everything secret. Knows no network, prints nothing and asks nothing: what a person has to be
asked for arrives as an argument or through a callback. Names are imported when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from taokit.wallet.derivation import SecretUri
    from taokit.wallet.devkeys import DEV_NAMES, dev_key, dev_keys
    from taokit.wallet.errors import TaokitError, WalletError
    from taokit.wallet.keyfile import Keyfile
    from taokit.wallet.keyfile_encryption import Encryption
    from taokit.wallet.keypair import Keypair, KeySecrets
    from taokit.wallet.mnemonic import DEV_PHRASE, generate_phrase
    from taokit.wallet.password import (
        Password,
        PasswordRequest,
        PasswordSources,
        environment_name,
        forget_password,
        store_password,
    )
    from taokit.wallet.polkadot_json import export_json, import_json
    from taokit.wallet.schemes import CryptoType
    from taokit.wallet.signer import Signer, UnlockingSigner, signature_from
    from taokit.wallet.store import KeyEntry, WalletEntry, WalletStore
    from taokit.wallet.wallet import NewKey, Wallet, default_wallets_path

__all__ = [
    "DEV_NAMES",
    "DEV_PHRASE",
    "CryptoType",
    "Encryption",
    "KeyEntry",
    "KeySecrets",
    "Keyfile",
    "Keypair",
    "NewKey",
    "Password",
    "PasswordRequest",
    "PasswordSources",
    "SecretUri",
    "Signer",
    "TaokitError",
    "UnlockingSigner",
    "Wallet",
    "WalletEntry",
    "WalletError",
    "WalletStore",
    "default_wallets_path",
    "dev_key",
    "dev_keys",
    "environment_name",
    "export_json",
    "forget_password",
    "generate_phrase",
    "import_json",
    "signature_from",
    "store_password",
]

_HOMES = {
    "SecretUri": "derivation",
    "DEV_NAMES": "devkeys",
    "dev_key": "devkeys",
    "dev_keys": "devkeys",
    "TaokitError": "errors",
    "WalletError": "errors",
    "Keyfile": "keyfile",
    "Encryption": "keyfile_encryption",
    "KeySecrets": "keypair",
    "Keypair": "keypair",
    "DEV_PHRASE": "mnemonic",
    "generate_phrase": "mnemonic",
    "Password": "password",
    "PasswordRequest": "password",
    "PasswordSources": "password",
    "environment_name": "password",
    "forget_password": "password",
    "store_password": "password",
    "export_json": "polkadot_json",
    "import_json": "polkadot_json",
    "CryptoType": "schemes",
    "Signer": "signer",
    "UnlockingSigner": "signer",
    "signature_from": "signer",
    "KeyEntry": "store",
    "WalletEntry": "store",
    "WalletStore": "store",
    "NewKey": "wallet",
    "Wallet": "wallet",
    "default_wallets_path": "wallet",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
