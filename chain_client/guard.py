"""What a client asks before it signs anything, so that a rule cannot be walked around.

Owns the shape only. The rules that users write are in ``policy``; whoever embeds the client may
bring others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.wallet.errors import TaokitError

__all__ = ["Guard"]


class Guard(Protocol):
    """Lets signatures happen, or raises. Calls are SCALE bytes; money is in rao."""

    async def problem(
        self, chain: ChainClient, call: bytes, signer: str, *, tip: int = 0
    ) -> TaokitError | None:
        """Why this would not be admitted now, if so; counts nothing."""

    async def admit(
        self, chain: ChainClient, call: bytes, signer: str, *, nonce: int, tip: int
    ) -> None:
        """Let it be signed and count what it spends, or raise.

        A second one with the nonce of an earlier one replaces it: only one of them can happen.
        """

    def withdraw(self, genesis_hash: str, signer: str, nonce: int) -> None:
        """What was admitted with this nonce was certainly not sent: it does not count."""
