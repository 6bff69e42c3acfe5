"""Operations that tell where a neuron answers: its axon, certificate and metrics."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import InvalidArgument, WouldFail
from taokit.chain_client.operations.base import Effect, Operation
from taokit.chain_client.operations.refusals import not_registered, refusal, too_soon
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.parameters import Arg, NetUid

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.wallet.errors import TaokitError

__all__ = ["ResetAxon", "ServeAxon", "ServeCertificate", "ServePrometheus"]

_MOST_CERTIFICATE = 65
_IP = Arg("The public IPv4 or IPv6 address.")
_PORT = Arg("The port (1 to 65535).")
_PROTOCOL = Arg("The protocol number, by the subnet's convention.")
_VERSION = Arg("A version number, by the subnet's convention.")


class _Serving(Operation):
    """What all of these share: an address, checked here and by the chain."""

    netuid: int
    ip: str
    port: int
    item = "Axons"

    def __post_init__(self) -> None:
        self._address()
        if not 1 <= self.port <= 65535:
            raise InvalidArgument("port", self.port, "between 1 and 65535")

    def _address(self) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
        try:
            return ipaddress.ip_address(self.ip)
        except ValueError as error:
            raise InvalidArgument("ip", self.ip, "not an IPv4 or IPv6 address") from error

    @property
    def _shown(self) -> str:
        host = f"[{self.ip}]" if self._address().version == 6 else self.ip
        return f"{host}:{self.port}"

    def _args(self, **further: Any) -> dict[str, Any]:
        address = self._address()
        return {
            "netuid": self.netuid,
            "ip": int(address),
            "port": self.port,
            "ip_type": address.version,
            **further,
        }

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.reads.values import Axon

        found = await chain.query("SubtensorModule", self.item, self.netuid, signer)
        known = None if found is None else Axon.from_value({"protocol": 0, **found})
        before = None if known is None else f"{known.address}:{known.port}"
        return (Effect(f"{self._what} in subnet {self.netuid}", before, self._shown),)

    @property
    def _what(self) -> str:
        return "axon"

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        module = "SubtensorModule"
        uid, served, limit, now = await chain.query_many(
            [
                (module, "Uids", self.netuid, signer),
                (module, self.item, self.netuid, signer),
                (module, "ServingRateLimit", self.netuid),
                ("System", "Number"),
            ]
        )
        unknown = None
        if uid is None:
            unknown = not_registered(signer, self.netuid, "HotKeyNotRegisteredInNetwork")
        wrong = self._unreachable()
        found = (wrong or unknown) if self.item == "Prometheus" else (unknown or wrong)
        if found is not None:
            return found
        last = served["block"] if served else 0
        since = now + 1 - last
        if limit and last and since < limit:
            what = f"the {self._what} was served"
            return too_soon("ServingRateLimitExceeded", what, since=since, limit=limit)
        return None

    def _unreachable(self) -> WouldFail | None:
        address = self._address()
        forbidden = ["127.0.0.1", "255.255.255.255"]
        if address.version == 6:
            forbidden = ["::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"]
        if self.item == "Prometheus":
            forbidden += ["0.0.0.0", "::"]
        if any(address == ipaddress.ip_address(other) for other in forbidden):
            return refusal("InvalidIpAddress", f"nobody else can reach {self.ip}")
        return None


@operation("axon.set", signer="hotkey", danger="mild")
@dataclass(frozen=True)
class ServeAxon(_Serving):
    """Announce the address at which a neuron answers."""

    netuid: Annotated[NetUid, Arg("The subnet of the neuron.")]
    ip: Annotated[str, _IP]
    port: Annotated[int, _PORT]
    protocol: Annotated[int, _PROTOCOL] = 4
    version: Annotated[int, _VERSION] = 0

    def call(self) -> Call:
        placeholders = {"placeholder1": 0, "placeholder2": 0}
        args = self._args(version=self.version, protocol=self.protocol, **placeholders)
        return Call("SubtensorModule", "serve_axon", args)

    def summary(self) -> str:
        return f"serve at {self._shown} in subnet {self.netuid}"


@operation("axon.reset", signer="hotkey", danger="mild")
@dataclass(frozen=True)
class ResetAxon(_Serving):
    """Announce that a neuron answers nowhere: address 0.0.0.0, port 1."""

    netuid: Annotated[NetUid, Arg("The subnet of the neuron.")]

    ip = "0.0.0.0"
    port = 1  # the chain refuses 0

    def call(self) -> Call:
        nothing = {"version": 0, "protocol": 4, "placeholder1": 0, "placeholder2": 0}
        return Call("SubtensorModule", "serve_axon", self._args(**nothing))

    def summary(self) -> str:
        return f"no longer serve in subnet {self.netuid}"

    @property
    def _shown(self) -> str:
        return "nowhere"


@operation("axon.certificate", signer="hotkey", danger="mild")
@dataclass(frozen=True)
class ServeCertificate(_Serving):
    """Announce where a neuron answers together with the key of its TLS certificate."""

    netuid: Annotated[NetUid, Arg("The subnet of the neuron.")]
    ip: Annotated[str, _IP]
    port: Annotated[int, _PORT]
    certificate: Annotated[
        str, Arg("Hex: a byte for the algorithm, then its public key, 65 bytes together at most.")
    ]
    protocol: Annotated[int, _PROTOCOL] = 4
    version: Annotated[int, _VERSION] = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 < len(self._bytes) <= _MOST_CERTIFICATE:
            why = f"2 to {_MOST_CERTIFICATE} bytes: the chain passes over longer ones"
            raise InvalidArgument("certificate", self.certificate, why)

    @property
    def _bytes(self) -> bytes:
        try:
            return bytes.fromhex(self.certificate.removeprefix("0x"))
        except ValueError:
            raise InvalidArgument("certificate", self.certificate, "not hex") from None

    def call(self) -> Call:
        further = {"placeholder1": 0, "placeholder2": 0, "certificate": self._bytes}
        args = self._args(version=self.version, protocol=self.protocol, **further)
        return Call("SubtensorModule", "serve_axon_tls", args)

    def summary(self) -> str:
        return f"serve at {self._shown} in subnet {self.netuid}, with a certificate"


@operation("axon.prometheus", signer="hotkey", danger="mild")
@dataclass(frozen=True)
class ServePrometheus(_Serving):
    """Announce the address at which a neuron's metrics are."""

    item = "Prometheus"
    netuid: Annotated[NetUid, Arg("The subnet of the neuron.")]
    ip: Annotated[str, _IP]
    port: Annotated[int, _PORT]
    version: Annotated[int, _VERSION] = 0

    def call(self) -> Call:
        return Call("SubtensorModule", "serve_prometheus", self._args(version=self.version))

    def summary(self) -> str:
        return f"show metrics at {self._shown} in subnet {self.netuid}"

    @property
    def _what(self) -> str:
        return "metrics"
