"""Who signs: a key of the chosen wallet, or on a local chain a development key.

Owns the choice and when a key is unlocked (once, before sending, where a person can type its
password). Does not own keys.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from taokit.cli import wallets
from taokit.cli.errors import UsageError
from taokit.wallet.errors import CannotSign, WalletNotFound
from taokit.wallet.ss58 import decode, is_address

if TYPE_CHECKING:
    from taokit.cli.context import Run
    from taokit.wallet import Signer

__all__ = ["Elsewhere", "Signing", "signing_key"]


@dataclass(frozen=True)
class Signing:
    """A signer, what to call it, and how to unlock it."""

    signer: Signer
    name: str
    label: str
    unlock: Callable[[], object]


def signing_key(run: Run, key: str, *, offline: bool = False) -> Signing:
    """The signer that the settings name; ``key`` is "coldkey" or "hotkey".

    A wallet name such as ``//Alice`` is a development key, taken on a local chain only (or where
    nothing is sent: ``offline``). An address stands for a key that is elsewhere: it previews and
    writes transactions, and cannot sign.
    """
    name = str(run.settings["wallet.name"])
    if name.startswith("//"):
        return _development(run, name, offline=offline)
    if is_address(name):
        return Signing(Elsewhere(name), name, "a key elsewhere", Elsewhere(name).unlock)
    wallet = wallets.chosen(run)
    try:
        if key == "coldkey":
            signer, label = wallet.coldkey_signer, f"{wallet.name}, coldkey"
            return Signing(signer, wallet.name, label, lambda: wallet.coldkey)
        signer, label = wallet.hotkey_signer, f"{wallet.name}, hotkey {wallet.hotkey_name}"
        return Signing(signer, wallet.name, label, lambda: wallet.hotkey)
    except WalletNotFound as error:
        raise wallets.with_near_names(run, error) from None


class Elsewhere:
    """The signer of a key that is not on this machine."""

    crypto_type = 1

    def __init__(self, address: str) -> None:
        self.ss58_address = address
        self.public_key = decode(address)

    def unlock(self) -> None:
        """Never."""
        raise CannotSign(
            f"the key of {self.ss58_address} is not here",
            hint="--sign-only FILE writes the transaction, to be signed where the key is",
        )

    def sign(self, payload: bytes) -> bytes:
        """Never."""
        self.unlock()
        raise AssertionError("unreachable")


def _development(run: Run, name: str, *, offline: bool) -> Signing:
    from taokit.wallet import Keypair

    if name.count("/") != 2:
        raise UsageError("a secret URI does not belong on a command line", hint="//Alice, for one")
    if not offline and not run.on_local_chain:
        raise UsageError(
            f"{name} is a public development key; it signs on a local chain only",
            hint="choose a wallet with --wallet-name",
        )
    signer = Keypair.from_uri(name)
    return Signing(signer, name, f"{name}, a development key", lambda: signer)
