"""Pieces of chain values that several reads share: text, fixed point, addresses, endpoints.

Owns those conversions. Declares no read.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from taokit.chain_client.money import RAO_PER_TAO
from taokit.chain_client.prices import Price

__all__ = ["Axon", "Identity", "price_from_bits", "text"]


@dataclass(frozen=True, slots=True)
class Axon:
    """Where a neuron serves. ``block`` is when it announced that."""

    address: str
    port: int
    protocol: int
    version: int
    block: int

    @classmethod
    def from_value(cls, value: Mapping[str, Any] | None) -> Axon | None:
        """From the chain's ``AxonInfo``; ``None`` where nothing was ever announced."""
        if value is None or (not value["ip"] and not value["port"]):
            return None
        number = value["ip"]
        address: ipaddress.IPv4Address | ipaddress.IPv6Address
        if value["ip_type"] == 6 or number >= 1 << 32:
            address = ipaddress.IPv6Address(number)
        else:
            address = ipaddress.IPv4Address(number)
        return cls(str(address), value["port"], value["protocol"], value["version"], value["block"])


@dataclass(frozen=True, slots=True)
class Identity:
    """What a subnet's owner says about it."""

    name: str
    github_repo: str
    contact: str
    url: str
    discord: str
    description: str
    logo_url: str
    additional: str

    @classmethod
    def from_value(cls, value: Mapping[str, Any] | None) -> Identity | None:
        """From the chain's ``SubnetIdentityV3``."""
        if value is None:
            return None
        return cls(
            text(value["subnet_name"]),
            text(value["github_repo"]),
            text(value["subnet_contact"]),
            text(value["subnet_url"]),
            text(value["discord"]),
            text(value["description"]),
            text(value["logo_url"]),
            text(value["additional"]),
        )


def text(raw: bytes | list[int]) -> str:
    """Text that anybody may have put on the chain: broken UTF-8 is replaced, not an error."""
    return bytes(raw).decode("utf-8", errors="replace")


def price_from_bits(value: Mapping[str, int] | int, netuid: int, fraction_bits: int = 32) -> Price:
    """A price that the runtime keeps as fixed point (I96F32), rounded down to a rao."""
    bits = value if isinstance(value, int) else value["bits"]
    return Price(bits * RAO_PER_TAO >> fraction_bits, netuid)
