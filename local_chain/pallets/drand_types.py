"""What a drand beacon publishes, and how it comes to the chain. Owns the types of the Drand pallet.

Source: Subtensor `pallets/drand/src/types.rs`.
"""

from __future__ import annotations

from typing import Literal

from taokit.chain_client import timelock
from taokit.chain_client.scale import (
    BoundedBytesVec,
    Enum,
    FixedBytes,
    Struct,
    Variant,
    Vec,
    u32,
    u64,
)


class MultiSigner(Enum, path="sp_runtime::MultiSigner"):
    """A public key of one of the three schemes."""

    class Ed25519(Variant, index=0, unnamed=True):
        value: FixedBytes[Literal[32]]

    class Sr25519(Variant, index=1, unnamed=True):
        value: FixedBytes[Literal[32]]

    class Ecdsa(Variant, index=2, unnamed=True):
        value: FixedBytes[Literal[33]]


class Metadata(Struct, path="pallet_drand::types::Metadata"):
    """The name of a beacon."""

    beacon_id: BoundedBytesVec[Literal[32]]


class BeaconConfiguration(Struct, path="pallet_drand::types::BeaconConfiguration"):
    """A beacon: its key (a point of G2), the seconds of a round, the time of round 1 (s)."""

    public_key: BoundedBytesVec[Literal[96]]
    period: u32
    genesis_time: u32
    hash: BoundedBytesVec[Literal[32]]
    group_hash: BoundedBytesVec[Literal[32]]
    scheme_id: BoundedBytesVec[Literal[32]]
    metadata: Metadata


class Pulse(Struct, path="pallet_drand::types::Pulse"):
    """A round: the beacon's signature of its number, and that signature's SHA-256."""

    round: u64
    randomness: BoundedBytesVec[Literal[32]]
    signature: BoundedBytesVec[Literal[144]]


_PAYLOAD_PARAMS = {"Public": MultiSigner, "BlockNumber": u32}


class PulsesPayload(Struct, path="pallet_drand::types::PulsesPayload", params=_PAYLOAD_PARAMS):
    """Pulses, under the key of the node that brings them."""

    block_number: u32
    pulses: Vec[Pulse]
    public: MultiSigner


class BeaconConfigurationPayload(
    Struct, path="pallet_drand::types::BeaconConfigurationPayload", params=_PAYLOAD_PARAMS
):
    """A beacon, under the key of whoever proposes it."""

    block_number: u32
    config: BeaconConfiguration
    public: MultiSigner


QUICKNET = BeaconConfiguration(
    public_key=timelock.QUICKNET_KEY,
    period=timelock.QUICKNET_PERIOD,
    genesis_time=timelock.QUICKNET_GENESIS,
    hash=bytes.fromhex("52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"),
    group_hash=bytes.fromhex("f477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e"),
    scheme_id=b"bls-unchained-g1-rfc9380",
    metadata=Metadata(b"quicknet"),
)
"""The beacon of the public network, which the pallet expects unless another is set."""
