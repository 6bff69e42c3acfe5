"""Whatever can sign: the seam between operations and keys.

Owns the ``Signer`` protocol and the one place that calls it. Does not own keys: a ``Keypair`` is a
signer, and so can be a hardware device, a remote service or a person with another machine.

``sign`` may be an ordinary function or a coroutine function. A key in memory answers at once, a
device waits for a thumb, and making the first pay for the second (or block the event loop on
it) would serve neither. Callers therefore go through ``signature_from``, which awaits when there
is something to await and checks what came back.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from taokit.wallet import schemes
from taokit.wallet.errors import SignerRefused
from taokit.wallet.schemes import CryptoType

if TYPE_CHECKING:
    from taokit.wallet.keypair import Keypair

__all__ = ["Signer", "UnlockingSigner", "signature_from"]


@runtime_checkable
class Signer(Protocol):
    """An account that can sign. Everything but ``sign`` is public and costs nothing to ask."""

    @property
    def ss58_address(self) -> str:
        """The account's address."""

    @property
    def public_key(self) -> bytes:
        """The account's 32-byte public key."""

    @property
    def crypto_type(self) -> int:
        """The scheme of its signatures: 0 ed25519, 1 sr25519 (see CryptoType)."""

    def sign(self, payload: bytes) -> bytes | Awaitable[bytes]:
        """Return the 64-byte signature over exactly these bytes, now or when awaited.

        A signer that declines raises SignerRefused. It is given the payload as the chain defines
        it: an extrinsic's signing payload arrives already hashed if it is over 256 bytes.
        """


class UnlockingSigner:
    """A signer for a key that is still locked: addresses at once, the key at the first signature.

    ``public`` is the public half; ``unlock`` returns the whole key (it may ask for a password and
    take seconds) and is called once, when the first signature is wanted. Previews, fee estimates
    and dry runs therefore never unlock anything.
    """

    __slots__ = ("_public", "_unlock", "_unlocked")

    def __init__(self, public: Keypair, unlock: Callable[[], Keypair]) -> None:
        self._public = public
        self._unlock = unlock
        self._unlocked: Keypair | None = None

    @property
    def ss58_address(self) -> str:
        """The account's address."""
        return self._public.ss58_address

    @property
    def public_key(self) -> bytes:
        """The account's 32-byte public key."""
        return self._public.public_key

    @property
    def crypto_type(self) -> CryptoType:
        """The scheme of its signatures."""
        return self._public.crypto_type

    def sign(self, payload: bytes) -> bytes:
        """Unlock the key if this is the first signature, then sign."""
        if self._unlocked is None:
            keypair = self._unlock()
            if keypair.public_key != self.public_key:
                raise SignerRefused(
                    f"the key that was unlocked is {keypair.ss58_address}, not {self.ss58_address}",
                    hint="the public file beside the key does not belong to it",
                )
            self._unlocked = keypair
        return self._unlocked.sign(payload)

    def __repr__(self) -> str:
        return f"UnlockingSigner({self.ss58_address})"


async def signature_from(signer: Signer, payload: bytes) -> bytes:
    """Ask a signer for its signature, waiting for it if it is not there at once.

    Raises whatever the signer raises (SignerRefused, WrongPassword, ...), and SignerRefused when
    it returns something that is not 64 bytes long.
    """
    answer = signer.sign(payload)
    signature = await answer if inspect.isawaitable(answer) else answer
    if not isinstance(signature, bytes | bytearray) or len(signature) != schemes.SIGNATURE_LENGTH:
        raise SignerRefused(
            f"the signer of {signer.ss58_address} did not return a "
            f"{schemes.SIGNATURE_LENGTH}-byte signature"
        )
    return bytes(signature)
