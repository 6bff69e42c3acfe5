"""The development accounts: Alice, Bob and the others that every Substrate dev chain knows.

Owns their names. Their keys derive from a public phrase, so anyone can spend what they hold:
they are for local chains only.
"""

from __future__ import annotations

from functools import cache

from taokit.wallet.errors import WalletError
from taokit.wallet.keypair import Keypair
from taokit.wallet.schemes import CryptoType

__all__ = ["DEV_NAMES", "dev_key", "dev_keys"]

DEV_NAMES = ("Alice", "Bob", "Charlie", "Dave", "Eve", "Ferdie", "One", "Two")
"""In the order in which chains endow them."""


def dev_key(name: str, *, crypto_type: int = CryptoType.SR25519) -> Keypair:
    """Return a development key pair by name, in any case: ``dev_key("alice")`` is ``//Alice``.

    Raises WalletError for a name that is not in DEV_NAMES; any other derived key comes from
    ``Keypair.from_uri("//name")``.
    """
    proper = name.capitalize()
    if proper not in DEV_NAMES:
        raise WalletError(
            f"there is no development account called {name!r}",
            hint=f"there are {', '.join(DEV_NAMES)}",
        )
    return _derived(proper, CryptoType(crypto_type))


def dev_keys(*, crypto_type: int = CryptoType.SR25519) -> dict[str, Keypair]:
    """Return all development key pairs by name, in the order of DEV_NAMES."""
    return {name: dev_key(name, crypto_type=crypto_type) for name in DEV_NAMES}


@cache
def _derived(name: str, crypto: CryptoType) -> Keypair:
    return Keypair.from_uri(f"//{name}", crypto_type=crypto)
