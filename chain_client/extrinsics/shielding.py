"""Sending an extrinsic that nobody can read before the block that holds it (MevShield).

Owns encrypting a signed extrinsic to the key that the coming block's author has announced, sending
it inside another one, and finding it again where the author put it, decrypted, behind that one.
Both are paid for. Source of the layout: ``stp_shield`` of Subtensor.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import InvalidArgument, NotFound, NotIncluded, PoolRejected
from taokit.chain_client.extrinsics.submission import Submission, WaitFor
from taokit.chain_client.storage_keys import twox_128

if TYPE_CHECKING:
    from taokit.chain_client.extrinsics.receipt import Receipt

__all__ = ["LONGEST_PERIOD", "ShieldedSubmission", "encrypt", "envelope", "envelope_like", "short"]

LONGEST_PERIOD: Final = 8
"""Blocks that a shielded extrinsic may live: its author's key is a matter of seconds."""

_MOST_BYTES: Final = 8192
_NONCE: Final = 24
_KEM: Final = 1088
_TAG: Final = 16


def encrypt(key: bytes, plain: bytes) -> bytes:
    """What only the holder of ``key`` (ML-KEM-768, 1184 bytes) can read.

    Raises :class:`InvalidArgument` for an extrinsic that is too long, ValueError for a bad key.
    """
    from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
    from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt

    shared, kem = MLKEM768PublicKey.from_public_bytes(key).encapsulate()
    nonce = secrets.token_bytes(_NONCE)
    sealed = crypto_aead_xchacha20poly1305_ietf_encrypt(plain, None, nonce, shared)
    found = twox_128(key) + len(kem).to_bytes(2, "little") + kem + nonce + sealed
    if len(found) > _MOST_BYTES:
        raise InvalidArgument("call", f"{len(plain)} bytes", "too long to be encrypted")
    return found


def envelope(ciphertext: bytes) -> Call:
    """The call that carries an encrypted extrinsic."""
    return Call("MevShield", "submit_encrypted", {"ciphertext": ciphertext})


def envelope_like(size: int) -> Call:
    """As :func:`envelope`, for an extrinsic of that many bytes: to ask what it costs."""
    return envelope(bytes(16 + 2 + _KEM + _NONCE + size + _TAG))


@dataclass
class ShieldedSubmission(Submission):
    """A shielded extrinsic that the pool has accepted, inside its envelope.

    ``extrinsic`` is the inner one, ``statuses`` are the envelope's: both are in one block.
    """

    released: Callable[[bool], None] | None = None
    """Told once whether the inner extrinsic's nonce is used."""

    async def _follow(self, until: WaitFor) -> Receipt:
        try:
            receipt = await super()._follow(until)
        except NotFound as missing:
            self._release(used=False)
            raise NotIncluded(
                status="invalid",
                extrinsic_hash=self.hash,
                detail="its block has it encrypted, and did not open it",
            ) from missing
        except (NotIncluded, PoolRejected):
            self._release(used=False)
            raise
        self._release(used=True)
        return receipt

    def _release(self, *, used: bool) -> None:
        if self.released is not None:
            released, self.released = self.released, None
            released(used)


def short(period: int | None) -> int:
    """The period of a shielded extrinsic where another was asked for."""
    return LONGEST_PERIOD if period is None else min(period, LONGEST_PERIOD)
