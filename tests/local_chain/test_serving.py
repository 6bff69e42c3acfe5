"""Serving: which endpoints are taken, how often, and what is remembered."""

from __future__ import annotations

from typing import Any

import pytest
from subnet_setup import jump_to, key, new_subnet
from vector_files import load

from taokit.local_chain.chain_spec import account
from taokit.local_chain.pallets.subtensor.types import AxonInfo, NeuronCertificate

VECTORS = load("subnets")
HOTKEY = account("//Alice_hk")
IP = 134_744_072


@pytest.fixture
def subnet(chain: Any) -> tuple[Any, int]:
    """A subnet with the owner's neuron, in an open block."""
    chain.run_block(1)
    chain.begin_block()
    return chain, new_subnet(chain)


def axon(netuid: int, **changes: Any) -> dict[str, Any]:
    """Arguments of `serve_axon`."""
    given: dict[str, Any] = {
        "netuid": netuid,
        "version": 2,
        "ip": IP,
        "port": 8080,
        "ip_type": 4,
        "protocol": 0,
        "placeholder1": 0,
        "placeholder2": 0,
    }
    return given | changes


def prometheus(netuid: int, **changes: Any) -> dict[str, Any]:
    """Arguments of `serve_prometheus`."""
    return {"netuid": netuid, "version": 2, "ip": IP, "port": 8080, "ip_type": 4} | changes


def test_an_axon_is_stored_with_its_block(subnet: Any) -> None:
    chain, netuid = subnet
    chain.call(HOTKEY, "SubtensorModule", "serve_axon", **axon(netuid, protocol=4))
    now = chain.runtime.system.block_number()
    stored = chain.runtime.subtensor.axons.get((netuid, HOTKEY))
    assert stored == AxonInfo(now, 2, IP, 8080, 4, 4, 0, 0)
    assert chain.events("SubtensorModule.AxonServed") == [(netuid, HOTKEY)]


@pytest.mark.parametrize("vector", VECTORS["axon_ip"], ids=lambda v: v["source"])
def test_addresses_are_taken_or_refused_as_the_runtime_does(
    subnet: Any, vector: dict[str, Any]
) -> None:
    chain, netuid = subnet
    given = axon(netuid, ip=vector["ip"], ip_type=vector["type"])
    if vector["valid"]:
        chain.call(HOTKEY, "SubtensorModule", "serve_axon", **given)
    else:
        refused = chain.refusal(HOTKEY, "SubtensorModule", "serve_axon", **given)
        assert refused == "InvalidIpAddress"


def test_axons_are_refused_in_the_order_of_the_runtime(subnet: Any) -> None:
    chain, netuid = subnet

    def refused(who: bytes, **changes: Any) -> str:
        return str(chain.refusal(who, "SubtensorModule", "serve_axon", **axon(netuid, **changes)))

    bad = {"ip_type": 5, "ip": 2**32, "port": 0}
    assert refused(key(1), **bad) == "HotKeyNotRegisteredInNetwork"
    assert refused(HOTKEY, **bad) == "InvalidIpType"
    assert refused(HOTKEY, **bad | {"ip_type": 4}) == "InvalidIpAddress"
    assert refused(HOTKEY, port=0) == "InvalidPort"
    chain.call(HOTKEY, "SubtensorModule", "serve_axon", **axon(netuid))
    assert refused(HOTKEY, port=0) == "ServingRateLimitExceeded"


def test_serving_again_waits_for_the_limit(subnet: Any) -> None:
    """serving::test_axon_serving_rate_limit_exceeded."""
    chain, netuid = subnet
    now = chain.runtime.system.block_number()
    for name, given in (("serve_axon", axon(netuid)), ("serve_prometheus", prometheus(netuid))):
        jump_to(chain, now)
        chain.call(HOTKEY, "SubtensorModule", name, **given)
        jump_to(chain, now + 49)
        refused = chain.refusal(HOTKEY, "SubtensorModule", name, **given)
        assert refused == "ServingRateLimitExceeded"
        jump_to(chain, now + 50)
        chain.call(HOTKEY, "SubtensorModule", name, **given)


def test_metrics_want_an_address_and_look_at_it_before_the_hotkey(subnet: Any) -> None:
    chain, netuid = subnet

    def refused(who: bytes, **changes: Any) -> str:
        given = prometheus(netuid, **changes)
        return str(chain.refusal(who, "SubtensorModule", "serve_prometheus", **given))

    assert refused(key(1), ip=0) == "InvalidIpAddress"
    assert refused(key(1)) == "HotKeyNotRegisteredInNetwork"
    assert refused(HOTKEY, port=0) == "InvalidPort"
    chain.call(HOTKEY, "SubtensorModule", "serve_prometheus", **prometheus(netuid))
    assert chain.events("SubtensorModule.PrometheusServed") == [(netuid, HOTKEY)]


@pytest.mark.parametrize(
    ("certificate", "stored"),
    [
        (b"\x01" + b"k" * 64, NeuronCertificate(b"k" * 64, 1)),
        (b"\x01" + b"k" * 65, None),
        (b"", None),
        (b"\x07", NeuronCertificate(b"", 7)),
    ],
    ids=["longest", "too long", "empty", "only an algorithm"],
)
def test_a_certificate_of_a_wrong_length_is_passed_over(
    subnet: Any, certificate: bytes, stored: NeuronCertificate | None
) -> None:
    chain, netuid = subnet
    given = axon(netuid) | {"certificate": certificate}
    chain.call(HOTKEY, "SubtensorModule", "serve_axon_tls", **given)
    assert chain.runtime.subtensor.neuron_certificates.get((netuid, HOTKEY)) == stored
    assert chain.runtime.subtensor.axons.contains((netuid, HOTKEY))
