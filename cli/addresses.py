"""Addresses as people give them: SS58, a wallet or its hotkey, a name of the address book, //Alice.

Owns turning such text into an SS58 address without opening any key. Does not own addresses
themselves (``taokit.wallet.ss58``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from taokit.cli import wallets
from taokit.cli.address_book import lookup
from taokit.cli.errors import UsageError
from taokit.wallet.errors import InvalidName, WalletNotFound

if TYPE_CHECKING:
    from taokit.cli.context import Run

__all__ = ["resolve", "resolve_hotkey"]


def resolve(run: Run, text: str) -> str:
    """The address of ``5F...``, ``0x...``, ``//Alice``, ``wallet`` or ``wallet/hotkey``.

    A name that no wallet has may be one of the address book.
    """
    direct = _direct(text)
    if direct is not None:
        return direct
    name, slash, hotkey = text.partition("/")
    try:
        return _of_wallet(run, name, hotkey if slash else None, text)
    except (UsageError, WalletNotFound):
        known = lookup(run, text)
        if known is None:
            raise
        return known


def resolve_hotkey(run: Run, text: str | None) -> str:
    """Like :func:`resolve`, but a bare name is a hotkey of the chosen wallet.

    None is the hotkey that the settings name.
    """
    if text is not None:
        direct = _direct(text)
        if direct is not None:
            return direct
        name, slash, hotkey = text.partition("/")
        if slash:
            return _of_wallet(run, name, hotkey, text)
    try:
        return _own_hotkey(run, text)
    except (UsageError, WalletNotFound):
        known = None if text is None else lookup(run, text)
        if known is None:
            raise
        return known


def _own_hotkey(run: Run, name: str | None) -> str:
    wallet = wallets.chosen(run, hotkey=name)
    try:
        return wallet.hotkeypub.ss58_address
    except WalletNotFound as error:
        raise wallets.with_near_names(run, error) from None


def _direct(text: str) -> str | None:
    from taokit.wallet import ss58

    if text.startswith("//"):
        from taokit.wallet import Keypair

        if text.count("/") == 2:  # a plain development account; anything longer may be a secret
            return Keypair.from_uri(text).ss58_address
        raise UsageError(f"{text!r} is not the address of an account", hint="//Alice, for one")
    if text.startswith("0x") and len(text) == 66:
        try:
            return ss58.encode(bytes.fromhex(text[2:]))
        except ValueError:
            return None
    if ss58.is_address(text):
        return text
    if len(text) >= 46 and text.isalnum():
        ss58.decode(text)  # looks like an address: let the error say what is wrong with it
    return None


def _of_wallet(run: Run, name: str, hotkey: str | None, text: str) -> str:
    try:
        wallet = wallets.chosen(run, name, hotkey)
        return (wallet.hotkeypub if hotkey else wallet.coldkeypub).ss58_address
    except WalletNotFound as error:
        raise wallets.with_near_names(run, error) from None
    except InvalidName:
        raise UsageError(
            f"{text!r} is neither an address nor a wallet",
            hint="give an SS58 address, wallet, wallet/hotkey, //Alice, or a name you gave one "
            "(`taokit config addresses`)",
        ) from None
