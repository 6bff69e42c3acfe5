"""Serving: where a registered hotkey can be reached, and where its metrics are."""

from __future__ import annotations

from taokit.local_chain.frame.origin import Origin, ensure_signed
from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.pallets.subtensor import rate_limits, uids
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.types import AxonInfo, NeuronCertificate, PrometheusInfo

IPV4, IPV6 = 4, 6
LOCALHOST_V4, BROADCAST_V4 = 0x7F000001, 2**32 - 1
LOCALHOST_V6, LAST_V6 = 1, 2**128 - 1
MAX_CERTIFICATE_BYTES = 65
NO_AXON = AxonInfo(0, 0, 0, 0, 0, 0, 0, 0)
NO_PROMETHEUS = PrometheusInfo(0, 0, 0, 0, 0)


def axon_of(sub: SubtensorBase, netuid: int, hotkey: bytes) -> AxonInfo:
    """What the hotkey serves; all zero if nothing."""
    axon: AxonInfo | None = sub.axons.get((netuid, hotkey))
    return NO_AXON if axon is None else axon


def prometheus_of(sub: SubtensorBase, netuid: int, hotkey: bytes) -> PrometheusInfo:
    """Where the hotkey's metrics are; all zero if nowhere."""
    info: PrometheusInfo | None = sub.prometheus.get((netuid, hotkey))
    return NO_PROMETHEUS if info is None else info


def check_axon(
    sub: SubtensorBase, hotkey: bytes, netuid: int, ip: int, port: int, ip_type: int
) -> None:
    """Raise unless the hotkey may serve there now. A zero address is allowed (it means: stop)."""
    ensure(uids.is_registered(sub, netuid, hotkey), sub.Error.HotKeyNotRegisteredInNetwork)
    ensure(ip_type in (IPV4, IPV6), sub.Error.InvalidIpType)
    ensure(_is_servable(ip_type, ip), sub.Error.InvalidIpAddress)
    last = axon_of(sub, netuid, hotkey).block
    ensure(_limit_passed(sub, netuid, last), sub.Error.ServingRateLimitExceeded)
    ensure(port != 0, sub.Error.InvalidPort)


def check_prometheus(
    sub: SubtensorBase, hotkey: bytes, netuid: int, ip: int, port: int, ip_type: int
) -> None:
    """Raise unless the hotkey may serve metrics there now. Here a zero address is refused."""
    ensure(ip_type in (IPV4, IPV6), sub.Error.InvalidIpType)
    ensure(ip != 0 and _is_servable(ip_type, ip), sub.Error.InvalidIpAddress)
    ensure(uids.is_registered(sub, netuid, hotkey), sub.Error.HotKeyNotRegisteredInNetwork)
    last = prometheus_of(sub, netuid, hotkey).block
    ensure(_limit_passed(sub, netuid, last), sub.Error.ServingRateLimitExceeded)
    ensure(port != 0, sub.Error.InvalidPort)


def serve_axon(
    sub: SubtensorBase,
    origin: Origin,
    netuid: int,
    axon: AxonInfo,
    certificate: bytes | None = None,
) -> None:
    """Publish an axon (its block is set here) and a certificate; one too long is ignored."""
    hotkey = ensure_signed(origin)
    check_axon(sub, hotkey, netuid, axon.ip, axon.port, axon.ip_type)
    if certificate and len(certificate) <= MAX_CERTIFICATE_BYTES:
        known = NeuronCertificate(public_key=certificate[1:], algorithm=certificate[0])
        sub.neuron_certificates.insert((netuid, hotkey), known)
    served = axon.replace(block=sub.runtime.system.block_number())
    sub.axons.insert((netuid, hotkey), served)
    sub.deposit(sub.Event.AxonServed(netuid, hotkey))


def serve_prometheus(sub: SubtensorBase, origin: Origin, netuid: int, info: PrometheusInfo) -> None:
    """Publish where metrics are (the block is set here)."""
    hotkey = ensure_signed(origin)
    check_prometheus(sub, hotkey, netuid, info.ip, info.port, info.ip_type)
    served = info.replace(block=sub.runtime.system.block_number())
    sub.prometheus.insert((netuid, hotkey), served)
    sub.deposit(sub.Event.PrometheusServed(netuid, hotkey))


def _is_servable(ip_type: int, address: int) -> bool:
    if ip_type == IPV4:
        return address < BROADCAST_V4 and address != LOCALHOST_V4
    return address not in (LAST_V6, LOCALHOST_V6)


def _limit_passed(sub: SubtensorBase, netuid: int, last: int) -> bool:
    limit = sub.serving_rate_limit.get(netuid)
    now = sub.runtime.system.block_number()
    if limit == 0 or last == 0 or rate_limits.ignored(sub):
        return True
    return max(now - last, 0) >= limit
