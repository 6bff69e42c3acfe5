"""The networks known by name, and what else can stand where a network is named.

Owns names and addresses. Does not own which one is the default of a command (the command line
does).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from taokit.chain_client.errors import InvalidArgument
from taokit.chain_client.redaction import redacted

__all__ = ["NETWORKS", "Network", "find_network", "join_networks"]


@dataclass(frozen=True)
class Network:
    """A chain that can be connected to: ``urls`` are tried in order.

    ``name`` is for showing; of an address it is the address without its secrets.
    """

    name: str
    urls: tuple[str, ...]
    mainnet: bool = False
    """Whether real money is at stake."""


NETWORKS: Final[Mapping[str, Network]] = MappingProxyType(
    {
        network.name: network
        for network in (
            Network("local", ("ws://127.0.0.1:9944",)),
            Network("finney", ("wss://entrypoint-finney.opentensor.ai:443",), mainnet=True),
            Network("test", ("wss://test.finney.opentensor.ai:443",)),
            Network("archive", ("wss://archive.chain.opentensor.ai:443",), mainnet=True),
        )
    }
)
"""``archive`` serves the same chain as ``finney``, with the state of every block."""


def find_network(name_or_url: str) -> Network:
    """The network of that name, or one made of a ``ws://`` or ``wss://`` address.

    Raises :class:`InvalidArgument`.
    """
    if name_or_url in NETWORKS:
        return NETWORKS[name_or_url]
    if _is_address(name_or_url):
        for network in NETWORKS.values():
            if name_or_url.rstrip("/") in network.urls:
                return network
        return Network(redacted(name_or_url), (name_or_url,))
    raise InvalidArgument(
        "network",
        redacted(name_or_url),
        f"use one of {', '.join(NETWORKS)}, or a ws:// or wss:// address",
    )


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("ws", "wss") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that do not match, a port out of range
        return False


def join_networks(names_or_urls: Sequence[str]) -> Network:
    """Several endpoints of one chain as one network, tried in this order.

    It is called by the first one's name. Raises :class:`InvalidArgument`.
    """
    if not names_or_urls:
        raise InvalidArgument("network", names_or_urls, "at least one is needed")
    found = [find_network(name) for name in names_or_urls]
    urls = tuple(dict.fromkeys(url for network in found for url in network.urls))
    return Network(found[0].name, urls, any(network.mainnet for network in found))
