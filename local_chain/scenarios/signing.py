"""Extrinsics of a scenario's people, signed with their own keys.

Owns putting a call, a nonce and a signature together from the runtime's own declarations. Does not
own the pool that takes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from taokit.chain_client.scale import codec
from taokit.local_chain.extensions import EXTENSIONS, CheckNonce
from taokit.local_chain.frame.call import Call, RuntimeCallCodec
from taokit.local_chain.frame.extrinsic import (
    SIGNED_V4,
    MultiAddress,
    MultiSignature,
    with_length,
)
from taokit.local_chain.scenarios.errors import ScenarioError
from taokit.wallet.keypair import Keypair

if TYPE_CHECKING:
    from taokit.local_chain.runtime import Runtime

__all__ = ["call_of", "signed"]


def call_of(pallet: str, name: str, /, **args: Any) -> Call:
    """A call by name. Raises `ScenarioError` if the runtime has none such."""
    found = next(one for one in RuntimeCallCodec.shared.pallets.values() if one.name == pallet)
    spec = next((spec for spec in found.calls.values() if spec.name == name), None)
    if spec is None:
        raise ScenarioError(f"there is no call {pallet}.{name}")
    return Call(found, spec, tuple(args[field] for field, _ in spec.fields))


def signed(runtime: Runtime, key: Keypair, call: Call, nonce: int) -> bytes:
    """The call as an extrinsic of that key, good for as long as the chain lasts."""
    head = bytearray([SIGNED_V4])
    codec(MultiAddress).write(MultiAddress.Id(key.public_key), head)
    rest = bytearray()
    for extension in EXTENSIONS:
        told = nonce if isinstance(extension, CheckNonce) else extension.extra_codec.default()
        extension.extra_codec.write(told, rest)
    RuntimeCallCodec.shared.write(call, rest)

    def whole(signature: bytes) -> bytes:
        body = bytearray(head)
        codec(MultiSignature).write(MultiSignature.Sr25519(signature), body)
        return with_length(bytes(body + rest))

    unsigned = runtime.decode(whole(bytes(64)))
    return whole(key.sign(unsigned.payload(runtime.implicit(unsigned))))
