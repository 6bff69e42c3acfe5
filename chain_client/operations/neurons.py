"""Operations that a neuron's hotkey signs: serving, and setting weights.

:func:`weights_from_scores` turns scores of any range into what ``SetWeights`` takes.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import InvalidArgument
from taokit.chain_client.operations.base import Operation
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.parameters import Arg, NetUid

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = ["ServeAxon", "SetWeights", "weights_from_scores"]

_FULL = (1 << 16) - 1


@operation("axon.serve", signer="hotkey", danger="mild")
@dataclass(frozen=True)
class ServeAxon(Operation):
    """Announce the address at which a neuron answers."""

    netuid: Annotated[NetUid, Arg("The subnet of the neuron.")]
    ip: Annotated[str, Arg("The public IPv4 or IPv6 address.")]
    port: Annotated[int, Arg("The port (1 to 65535).")]
    protocol: Annotated[int, Arg("The protocol number, by the subnet's convention.")] = 4
    version: Annotated[int, Arg("A version number, by the subnet's convention.")] = 0

    def __post_init__(self) -> None:
        self._address()
        if not 1 <= self.port <= 65535:
            raise InvalidArgument("port", self.port, "between 1 and 65535")

    def call(self) -> Call:
        address = self._address()
        return Call(
            "SubtensorModule",
            "serve_axon",
            {
                "netuid": self.netuid,
                "version": self.version,
                "ip": int(address),
                "port": self.port,
                "ip_type": address.version,
                "protocol": self.protocol,
                "placeholder1": 0,
                "placeholder2": 0,
            },
        )

    def summary(self) -> str:
        shown = f"[{self.ip}]" if self._address().version == 6 else self.ip
        return f"serve at {shown}:{self.port} in subnet {self.netuid}"

    def _address(self) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
        try:
            return ipaddress.ip_address(self.ip)
        except ValueError as error:
            raise InvalidArgument("ip", self.ip, "not an IPv4 or IPv6 address") from error


@operation("weights.set", signer="hotkey", danger="mild")
@dataclass(frozen=True)
class SetWeights(Operation):
    """Set a validator's weights for the neurons of a subnet.

    The chain normalises them; what counts is their proportion.
    """

    netuid: Annotated[NetUid, Arg("The subnet.")]
    uids: Annotated[tuple[int, ...], Arg("The neurons, by uid.", kind="uids")]
    weights: Annotated[
        tuple[int, ...],
        Arg(
            "Their weights, in the same order: whole numbers (0 to 65535) as they are, or "
            "fractions (0.6,0.4), of which the largest becomes 65535 and each other "
            "weight / largest * 65535, rounded to the nearest, a half up.",
            kind="weights",
        ),
    ]
    version_key: Annotated[int, Arg("At least the subnet's weights_version.")] = 0

    def __post_init__(self) -> None:
        if len(self.uids) != len(self.weights):
            raise InvalidArgument("weights", self.weights, f"{len(self.uids)} uids need as many")
        if len(set(self.uids)) != len(self.uids):
            raise InvalidArgument("uids", self.uids, "each uid once")
        for weight in self.weights:
            if not 0 <= weight <= _FULL:
                raise InvalidArgument("weights", weight, f"between 0 and {_FULL}")

    def call(self) -> Call:
        return Call(
            "SubtensorModule",
            "set_weights",
            {
                "netuid": self.netuid,
                "dests": list(self.uids),
                "weights": list(self.weights),
                "version_key": self.version_key,
            },
        )

    def summary(self) -> str:
        return f"set weights for {len(self.uids)} neurons of subnet {self.netuid}"

    async def warnings(self, chain: ChainClient, signer: str) -> tuple[str, ...]:
        from taokit.chain_client.reads.metagraph import uid

        mine = await uid(chain, self.netuid, signer)
        if mine is None:
            return (f"{signer} is not registered in subnet {self.netuid}",)
        by_commit, permits, updates, limit, now = await chain.query_many(
            [
                ("SubtensorModule", "CommitRevealWeightsEnabled", self.netuid),
                ("SubtensorModule", "ValidatorPermit", self.netuid),
                ("SubtensorModule", "LastUpdate", self.netuid),
                ("SubtensorModule", "WeightsSetRateLimit", self.netuid),
                ("System", "Number"),
            ]
        )
        found = []
        if by_commit:
            found.append(f"subnet {self.netuid} takes weights by commit and reveal only")
        if (mine >= len(permits) or not permits[mine]) and self.uids != (mine,):
            found.append(f"{signer} has no validator permit: only weights for itself are taken")
        # check_rate_limit in pallets/subtensor/src/subnets/weights.rs: 0 means never set
        waited = now - updates[mine] if mine < len(updates) and updates[mine] else limit
        if waited < limit:
            found.append(
                f"weights were set, or the neuron registered, {waited} blocks ago: "
                f"{limit - waited} more to wait"
            )
        return tuple(found)


def weights_from_scores(scores: dict[int, float]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """(uids, weights) in the proportion of ``scores``, the largest at 65535, zeros left out.

    Scores are no money: floats are fine. Raises :class:`InvalidArgument` for a score that is
    negative or no number.
    """
    for uid, score in scores.items():
        if not 0 <= score < float("inf"):
            raise InvalidArgument("scores", score, f"of uid {uid}: a finite number from 0")
    highest = max(scores.values(), default=0)
    if not highest:
        return (), ()
    scaled = {uid: round(score / highest * _FULL) for uid, score in sorted(scores.items())}
    kept = {uid: weight for uid, weight in scaled.items() if weight}
    return tuple(kept), tuple(kept.values())
