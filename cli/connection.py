"""Connecting: from the network setting to a client, and a useful error when nobody answers.

Owns network names of the user's own (``networks.NAME`` settings), the hint that offers
``taokit localnet start``, and what counts as a chain of one's own. Does not own the client.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from taokit.cli.errors import UnknownName

if TYPE_CHECKING:
    from taokit.chain_client.blocking import Client
    from taokit.chain_client.networks import Network
    from taokit.cli.context import Run

__all__ = [
    "connect",
    "has_real_money",
    "is_local",
    "network_named",
    "network_of",
    "on_local_chain",
    "where_a_chain_is",
]

# Block 0 of the main network, whatever address or tunnel it is reached by.
_FINNEY = "0x2f0555cc76fc2840a25a6ea3b9637146806f1f44b090c175ffde2a7e5ab36c03"


def network_of(run: Run) -> Network:
    """The network that the settings mean: a known name, one of the user's, or a URL."""
    return network_named(run, run.network)


def network_named(run: Run, wanted: str) -> Network:
    """A network by a known name, one of the user's, or a URL; or several of one chain.

    With commas between them, they are tried in that order. Raises `UnknownName`.
    """
    from taokit.chain_client.errors import InvalidArgument
    from taokit.chain_client.networks import NETWORKS, find_network, join_networks
    from taokit.chain_client.redaction import redacted

    own = run.settings.networks()
    found = []
    for name in wanted.split(","):
        known = own.get(name.strip(), name.strip())
        try:
            found += [find_network(one) for one in known.split(",")]
        except InvalidArgument:
            shown = redacted(name.strip())
            raise UnknownName(
                "network", shown, [*NETWORKS, *own], see="taokit help settings"
            ) from None
    if len(found) == 1:
        return found[0]
    return join_networks([url for network in found for url in network.urls])


def is_local(network: Network) -> bool:
    """Whether the node is on this machine; its chain may still be any (:func:`on_local_chain`)."""
    hosts = [urlsplit(url).hostname or "" for url in network.urls]
    here = all(host == "localhost" or _is_loopback(host) for host in hosts)
    return here and not network.mainnet


def on_local_chain(run: Run) -> bool:
    """Whether the chain is a development chain on this machine, so that nothing of value moves.

    The address alone does not tell: people run nodes of the real network, or tunnels to one, on
    the default port. So the chain itself is asked what it is.
    """
    from taokit.chain_client.errors import RpcError

    if not is_local(network_of(run)) or has_real_money(run):
        return False
    try:
        kind = run.ask(lambda chain: chain.transport.send("system_chainType", []))
    except RpcError:  # a node that does not say
        return False
    return kind in ("Local", "Development")


def has_real_money(run: Run) -> bool:
    """Whether it is the main network, by its name or by its genesis block."""
    return network_of(run).mainnet or run.client.runtime.genesis_hash == _FINNEY


def _is_loopback(host: str) -> bool:
    from ipaddress import ip_address

    try:
        return ip_address(host).is_loopback
    except ValueError:  # a name; one such as 127.example.org may be anywhere
        return False


def where_a_chain_is(urls: Sequence[str]) -> str:
    """What to do where no chain answers at addresses of this machine."""
    from taokit.cli.localnet_records import running

    others = [chain.endpoint for chain in running() if chain.endpoint not in urls]
    if others:
        return f"a local chain is running elsewhere: --network {' or '.join(others)}"
    return "start a chain with `taokit localnet start`, or choose one: --network test"


def connect(run: Run) -> Client:
    """A connected client; the run closes it."""
    from taokit.chain_client.blocking import Client
    from taokit.chain_client.errors import ConnectionFailed, EndpointBusy
    from taokit.chain_client.redaction import redacted
    from taokit.cli.policy import UserGuard

    network = network_of(run)
    run.out.detail(f"connecting to {', '.join(redacted(url) for url in network.urls)}")
    try:
        with run.out.phase(f"connecting to {network.name}"):
            client = Client.connect(
                network.urls,
                connect_timeout=run.settings["timeout.connect"],
                request_timeout=run.settings["timeout.read"],
            )
    except EndpointBusy:
        raise
    except ConnectionFailed as error:
        if is_local(network):
            error.hint = where_a_chain_is(network.urls)
        else:
            error.hint = "check the network and its URL: `taokit config get network`"
        raise
    client.chain.guard = UserGuard(run)
    return client
