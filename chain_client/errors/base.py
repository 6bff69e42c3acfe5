"""The two roots: what fails on the way to a chain, and what a chain refuses."""

from __future__ import annotations

from taokit.wallet.errors import TaokitError

__all__ = [
    "ChainError",
    "ClientError",
]


class ClientError(TaokitError):
    """Anything about talking to a chain."""

    code = "client_error"


class ChainError(TaokitError):
    """The chain itself refused or undid what was asked of it."""

    code = "chain_error"
