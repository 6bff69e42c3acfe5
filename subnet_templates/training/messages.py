"""What goes over the wire: an update, and an aggregate of updates. Both carry a signature.

Owns the messages and what is signed: all fields but the payload (whose hash is among them) and the
signature. So an update stands for itself, whoever passes it on, and an aggregate can be checked by
somebody who asked nobody: it names its members' updates by hash.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field

from taokit.neuron.auth import claims
from taokit.neuron.messages import Hex32, Hotkey, Message
from taokit.wallet.schemes import verify
from taokit.wallet.signer import Signer

__all__ = ["Aggregate", "Member", "Signed", "Update", "digest", "signed"]

MOST_PAGES = 4096
AnySigned = TypeVar("AnySigned", bound="Signed")


class Signed(Message):
    """A message that says by whom it is. ``signature`` is 64 bytes in hex, once it is signed."""

    hotkey: Hotkey
    crypto: Literal["sr25519", "ed25519"] = "sr25519"
    signature: Annotated[str, Field(pattern=r"^([0-9a-f]{128})?$")] = ""

    def is_signed(self) -> bool:
        """Whether the hotkey that it names has signed it."""
        try:
            key = claims.public_key(self.hotkey)
        except Exception:  # noqa: BLE001 - whatever is wrong with the name, nobody has signed
            return False
        return verify(
            claims.scheme_of(self.crypto), key, _signing(self), bytes.fromhex(self.signature)
        )


class Update(Signed):
    """A miner's contribution to a window.

    ``base`` is the digest of the state it builds upon, ``probe`` a few of that state's parameters
    (float32, hex) at places drawn for this miner. ``pages`` are those it was made on, of ``tokens``
    bytes in all, ``block`` when it was made, ``loss`` the miner's own measure. ``sha256`` is of the
    payload: safetensors (``codec``) in base64.
    """

    window: Annotated[int, Field(ge=0)]
    block: Annotated[int, Field(ge=0)]
    base: Hex32
    codec: str
    pages: Annotated[tuple[int, ...], Field(max_length=MOST_PAGES)]
    tokens: Annotated[int, Field(ge=0)]
    probe: Annotated[str, Field(pattern=r"^[0-9a-f]*$", max_length=1024)]
    loss: Annotated[float, Field(allow_inf_nan=False)]
    sha256: Hex32
    payload: str

    def data(self) -> bytes:
        """The payload's bytes. Raises ValueError where they are not what the hash says."""
        data = base64.b64decode(self.payload, validate=True)
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise ValueError("the payload is not what its hash says")
        return data


class Member(Message):
    """One update in an aggregate: whose, and the digest of its message."""

    hotkey: Hotkey
    update: Hex32


class Aggregate(Signed):
    """What a window came to, by its lead: ``hotkey``.

    ``base`` and ``state`` are digests of the state before and after, ``mean`` of the members' mean;
    ``clip`` is the norm that longer updates were cut to. ``loss`` is the lead's measure of the new
    state, ``tokens`` what the members said they trained on.
    """

    window: Annotated[int, Field(ge=0)]
    base: Hex32
    members: tuple[Member, ...]
    clip: Annotated[float, Field(allow_inf_nan=False)]
    mean: Hex32
    state: Hex32
    loss: Annotated[float, Field(allow_inf_nan=False)]
    tokens: int


def digest(message: Signed) -> str:
    """The hash that names a signed message: sha256 of its JSON."""
    return hashlib.sha256(message.model_dump_json().encode()).hexdigest()


def signed(message: AnySigned, signer: Signer) -> AnySigned:
    """The message, signed by the hotkey that it names."""
    named = message.model_copy(update={"crypto": claims.scheme_name(signer.crypto_type)})
    signature = claims.sign_now(signer, _signing(named))
    return named.model_copy(update={"signature": signature.hex()})


def _signing(message: Signed) -> bytes:
    fields: dict[str, Any] = message.model_dump(mode="json", exclude={"signature", "payload"})
    kind = type(message).__name__.lower()
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return f"taokit training 1 {kind}\n{text}".encode()
