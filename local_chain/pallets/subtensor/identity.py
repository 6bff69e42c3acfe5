"""Identities: what a coldkey and a subnet say about themselves."""

from __future__ import annotations

from taokit.local_chain.frame.origin import Origin, ensure_signed
from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.pallets.subtensor import uids
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.types import ChainIdentityV2, SubnetIdentityV3

CHAIN_LIMITS = {
    "name": 256,
    "url": 256,
    "github_repo": 256,
    "image": 1024,
    "discord": 256,
    "description": 1024,
    "additional": 1024,
}
SUBNET_LIMITS = {
    "subnet_name": 256,
    "github_repo": 1024,
    "subnet_contact": 1024,
    "subnet_url": 1024,
    "discord": 256,
    "description": 1024,
    "logo_url": 1024,
    "additional": 1024,
}


def is_valid_chain_identity(identity: ChainIdentityV2) -> bool:
    """True if every field is within its limit of bytes."""
    return all(len(getattr(identity, field)) <= most for field, most in CHAIN_LIMITS.items())


def is_valid_subnet_identity(identity: SubnetIdentityV3) -> bool:
    """True if every field is within its limit of bytes."""
    return all(len(getattr(identity, field)) <= most for field, most in SUBNET_LIMITS.items())


def set_identity(sub: SubtensorBase, origin: Origin, identity: ChainIdentityV2) -> None:
    """Set the coldkey's identity; it must own a hotkey that is registered somewhere."""
    coldkey = ensure_signed(origin)
    owned = sub.owned_hotkeys.get(coldkey)
    ensure(
        any(uids.is_registered_anywhere(sub, hotkey) for hotkey in owned),
        sub.Error.HotKeyNotRegisteredInNetwork,
    )
    ensure(is_valid_chain_identity(identity), sub.Error.InvalidIdentity)
    sub.identities_v2.insert(coldkey, identity)
    sub.deposit(sub.Event.ChainIdentitySet(coldkey))


def set_subnet_identity(
    sub: SubtensorBase, origin: Origin, netuid: int, identity: SubnetIdentityV3
) -> None:
    """Set a subnet's identity; only its owner may."""
    coldkey = ensure_signed(origin)
    ensure(sub.subnet_owner.get(netuid) == coldkey, sub.Error.NotSubnetOwner)
    ensure(is_valid_subnet_identity(identity), sub.Error.InvalidIdentity)
    sub.subnet_identities_v3.insert(netuid, identity)
    sub.deposit(sub.Event.SubnetIdentitySet(netuid))
