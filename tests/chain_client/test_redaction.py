"""Addresses of nodes are shown without what they may hold of secrets."""

from __future__ import annotations

import pytest

from taokit.chain_client.errors import ConnectionFailed, InvalidArgument
from taokit.chain_client.networks import NETWORKS, find_network
from taokit.chain_client.redaction import redacted

SECRET = "s3cr3t"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("ws://127.0.0.1:9944", "ws://127.0.0.1:9944"),
        ("wss://[::1]:9944/", "wss://[::1]:9944/"),
        ("wss://me:s3cr3t@node.example:443", "wss://***@node.example:443"),
        ("wss://me:a/s3cr3t?@b@node.example", "wss://***@node.example"),
        ("wss://node.example/?key=s3cr3t", "wss://node.example/?***"),
        ("wss://node.example?key=s3cr3t#s3cr3t", "wss://node.example?***"),
        ("wss://node.example/s3cr3t/ws", "wss://node.example/***"),
        ("WSS://s3cr3t@node.example", "WSS://***@node.example"),
        ("http://me:s3cr3t@node.example/path?a", "http://***@node.example/path?***"),
    ],
)
def test_only_scheme_host_and_port_of_a_node_are_shown(url: str, shown: str) -> None:
    assert redacted(url) == shown
    assert redacted(f"no answer from '{url}': it ended") == f"no answer from '{shown}': it ended"


def test_text_without_an_address_stays_as_it_is() -> None:
    assert redacted("//Alice, me@example.org?a=b") == "//Alice, me@example.org?a=b"
    for network in NETWORKS.values():
        assert redacted(network.urls[0]) == network.urls[0]


def test_an_error_of_the_transport_holds_no_secret_of_its_address() -> None:
    error = ConnectionFailed(url=f"wss://me:{SECRET}@node.example/?k={SECRET}", reason="refused")
    assert SECRET not in f"{error} {error!r} {error.data}"
    assert error.url == "wss://***@node.example/?***"


def test_a_network_is_connected_to_by_its_whole_address_and_shown_without_secrets() -> None:
    url = f"wss://node.example/?key={SECRET}"
    network = find_network(url)
    assert (network.name, network.urls) == ("wss://node.example/?***", (url,))
    with pytest.raises(InvalidArgument) as refused:
        find_network(f"http://me:{SECRET}@node.example")
    assert SECRET not in f"{refused.value} {refused.value.data}"
