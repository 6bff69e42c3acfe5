"""`SessionKeys`: an authority's keys for Aura and Grandpa, in this order."""

from __future__ import annotations

from typing import Annotated, Literal

from taokit.chain_client.scale import Bytes, FixedBytes, NewType, Option, Vec
from taokit.local_chain.chain_spec import account
from taokit.local_chain.errors import ExecutionFailed
from taokit.local_chain.frame.pallet import runtime_api
from taokit.local_chain.frame.runtime import RuntimeBase
from taokit.wallet.errors import TaokitError
from taokit.wallet.schemes import CryptoType

KeyTypeId = Annotated[
    bytes, NewType("KeyTypeId", FixedBytes[Literal[4]], path="sp_core::crypto::KeyTypeId")
]
KEY_LENGTH = 32
KINDS = ((b"aura", CryptoType.SR25519), (b"gran", CryptoType.ED25519))


class SessionKeyApis(RuntimeBase):
    """Session keys."""

    @runtime_api("SessionKeys")
    def generate_session_keys(self, seed: Option[Bytes]) -> Bytes:
        """The public keys of a secret URI, given as UTF-8.

        Without one a node would make keys and keep their secrets: this node keeps none, so that
        fails.
        """
        if seed is None:
            raise ExecutionFailed("this node keeps no keys: name a secret URI as the seed")
        try:
            uri = seed.decode()
            return b"".join(account(uri, crypto) for _, crypto in KINDS)
        except (UnicodeDecodeError, TaokitError, ValueError) as malformed:
            raise ExecutionFailed("the seed is not a secret URI") from malformed

    @runtime_api("SessionKeys")
    def decode_session_keys(self, encoded: Bytes) -> Option[Vec[tuple[Bytes, KeyTypeId]]]:
        """The public keys in encoded session keys, and their kinds; None if there are too few."""
        if len(encoded) < KEY_LENGTH * len(KINDS):
            return None
        starts = range(0, KEY_LENGTH * len(KINDS), KEY_LENGTH)
        return [
            (encoded[start : start + KEY_LENGTH], kind) for start, (kind, _) in zip(starts, KINDS)
        ]
