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
    from taokit.wallet.keypair import Keypair, KeySecrets
    from taokit.wallet.mnemonic import DEV_PHRASE, generate_phrase
    from taokit.wallet.schemes import CryptoType
    from taokit.wallet.signer import Signer, UnlockingSigner, signature_from

__all__ = [
    "DEV_NAMES",
    "DEV_PHRASE",
    "CryptoType",
    "KeySecrets",
    "Keypair",
    "SecretUri",
    "Signer",
    "TaokitError",
    "UnlockingSigner",
    "WalletError",
    "dev_key",
    "dev_keys",
    "generate_phrase",
    "signature_from",
]

_HOMES = {
    "DEV_NAMES": "devkeys",
    "DEV_PHRASE": "mnemonic",
    "CryptoType": "schemes",
    "KeySecrets": "keypair",
    "Keypair": "keypair",
    "SecretUri": "derivation",
    "Signer": "signer",
    "TaokitError": "errors",
    "UnlockingSigner": "signer",
    "WalletError": "errors",
    "dev_key": "devkeys",
    "dev_keys": "devkeys",
    "generate_phrase": "mnemonic",
    "signature_from": "signer",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
