"""Accounts as the caller has them: SS58 text, hex, bytes or anything with an address.

Owns turning those into the 32 bytes of an account and back. SS58 itself is the wallet's.
"""

from __future__ import annotations

from taokit.wallet import ss58
from taokit.wallet.errors import InvalidAddress

__all__ = ["account_bytes", "ss58_of"]

_ACCOUNT_LENGTH = 32


def account_bytes(account: object) -> bytes:
    """The 32 bytes of an account.

    Takes SS58 text of any prefix, ``0x`` hex, bytes, or an object with ``ss58_address`` (a key
    pair, a signer). Raises :class:`InvalidAddress`.
    """
    if isinstance(account, (bytes, bytearray)):
        raw = bytes(account)
    elif isinstance(account, str) and account.startswith("0x"):
        try:
            raw = bytes.fromhex(account[2:])
        except ValueError:
            raise InvalidAddress(f"not hex: {account!r}", address=account) from None
    elif isinstance(account, str):
        return ss58.decode(account)
    elif isinstance(address := getattr(account, "ss58_address", None), str):
        return ss58.decode(address)
    else:
        raise InvalidAddress(f"not an account: {account!r}", address=repr(account))
    if len(raw) != _ACCOUNT_LENGTH:
        raise InvalidAddress(
            f"an account has {_ACCOUNT_LENGTH} bytes, not {len(raw)}", address="0x" + raw.hex()
        )
    return raw


def ss58_of(account: object) -> str:
    """The SS58 address (prefix 42) of what :func:`account_bytes` takes."""
    return ss58.encode(account_bytes(account))
