"""The calls that publish where a hotkey serves. None of them pays a fee."""

from __future__ import annotations

from taokit.chain_client.scale import Bytes, u8, u16, u32, u128
from taokit.local_chain.frame.call import call
from taokit.local_chain.frame.origin import Origin
from taokit.local_chain.frame.weight import weight
from taokit.local_chain.pallets.subtensor import serving
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.types import AxonInfo, NetUid, PrometheusInfo


class ServingCalls(SubtensorBase):
    """Axons and metrics."""

    @call(4, weight=weight(31_278_000, 4_178, reads=3, writes=1), pays=False)
    def serve_axon(
        self,
        origin: Origin,
        netuid: NetUid,
        version: u32,
        ip: u128,
        port: u16,
        ip_type: u8,
        protocol: u8,
        placeholder1: u8,
        placeholder2: u8,
    ) -> None:
        """Publish where the signing hotkey serves."""
        axon = AxonInfo(0, version, ip, port, ip_type, protocol, placeholder1, placeholder2)
        serving.serve_axon(self, origin, netuid, axon)

    @call(40, weight=weight(30_617_000, 4_149, reads=3, writes=1), pays=False)
    def serve_axon_tls(
        self,
        origin: Origin,
        netuid: NetUid,
        version: u32,
        ip: u128,
        port: u16,
        ip_type: u8,
        protocol: u8,
        placeholder1: u8,
        placeholder2: u8,
        certificate: Bytes,
    ) -> None:
        """Publish where the signing hotkey serves, and its certificate's key."""
        axon = AxonInfo(0, version, ip, port, ip_type, protocol, placeholder1, placeholder2)
        serving.serve_axon(self, origin, netuid, axon, certificate)

    @call(5, weight=weight(29_294_000, 4_277, reads=3, writes=1), pays=False)
    def serve_prometheus(
        self, origin: Origin, netuid: NetUid, version: u32, ip: u128, port: u16, ip_type: u8
    ) -> None:
        """Publish where the signing hotkey's metrics are."""
        info = PrometheusInfo(0, version, ip, port, ip_type)
        serving.serve_prometheus(self, origin, netuid, info)
