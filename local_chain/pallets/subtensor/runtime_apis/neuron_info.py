"""NeuronInfoRuntimeApi: everything about the neurons of a subnet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from taokit.chain_client.scale import AccountId, Bool, Compact, Option, Struct, Vec, u16, u64
from taokit.local_chain.frame.pallet import runtime_api
from taokit.local_chain.pallets.subtensor import serving
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.types import AxonInfo, NetUid, PrometheusInfo
from taokit.local_chain.pallets.subtensor.uids import at

NO_PRUNING_SCORE = 65_535


class NeuronInfo(
    Struct,
    path="pallet_subtensor::rpc_info::neuron_info::NeuronInfo",
    params={"AccountId": AccountId},
):
    """One neuron. What is no longer computed is 0; the pruning score is 65535."""

    hotkey: AccountId
    coldkey: AccountId
    uid: Compact[u16]
    netuid: Compact[u16]
    active: Bool
    axon_info: AxonInfo
    prometheus_info: PrometheusInfo
    stake: Vec[tuple[AccountId, Compact[u64]]]
    rank: Compact[u16]
    emission: Compact[u64]
    incentive: Compact[u16]
    consensus: Compact[u16]
    trust: Compact[u16]
    validator_trust: Compact[u16]
    dividends: Compact[u16]
    last_update: Compact[u64]
    validator_permit: Bool
    weights: Vec[tuple[Compact[u16], Compact[u16]]]
    bonds: Vec[tuple[Compact[u16], Compact[u16]]]
    pruning_score: Compact[u16]


class NeuronInfoLite(
    Struct,
    path="pallet_subtensor::rpc_info::neuron_info::NeuronInfoLite",
    params={"AccountId": AccountId},
):
    """One neuron without its weights and bonds."""

    hotkey: AccountId
    coldkey: AccountId
    uid: Compact[u16]
    netuid: Compact[u16]
    active: Bool
    axon_info: AxonInfo
    prometheus_info: PrometheusInfo
    stake: Vec[tuple[AccountId, Compact[u64]]]
    rank: Compact[u16]
    emission: Compact[u64]
    incentive: Compact[u16]
    consensus: Compact[u16]
    trust: Compact[u16]
    validator_trust: Compact[u16]
    dividends: Compact[u16]
    last_update: Compact[u64]
    validator_permit: Bool
    pruning_score: Compact[u16]


class NeuronInfoApi(SubtensorBase):
    """Neurons by subnet and uid. Stake is the hotkey's whole stake, under its owner's name."""

    @runtime_api("NeuronInfoRuntimeApi")
    def get_neurons(self, netuid: NetUid) -> Vec[NeuronInfo]:
        """Every neuron of a subnet, by uid; none if there is no such subnet."""
        return list(_neurons(self, netuid, _full))

    @runtime_api("NeuronInfoRuntimeApi")
    def get_neuron(self, netuid: NetUid, uid: u16) -> Option[NeuronInfo]:
        """One neuron, or nothing."""
        found = self.networks_added.get(netuid) and self.keys.contains((netuid, uid))
        return _full(self, netuid, uid, _Vectors(self, netuid)) if found else None

    @runtime_api("NeuronInfoRuntimeApi")
    def get_neurons_lite(self, netuid: NetUid) -> Vec[NeuronInfoLite]:
        """Every neuron of a subnet, without weights and bonds."""
        return list(_neurons(self, netuid, _lite))

    @runtime_api("NeuronInfoRuntimeApi")
    def get_neuron_lite(self, netuid: NetUid, uid: u16) -> Option[NeuronInfoLite]:
        """One neuron without weights and bonds, or nothing."""
        found = self.networks_added.get(netuid) and self.keys.contains((netuid, uid))
        return _lite(self, netuid, uid, _Vectors(self, netuid)) if found else None


class _Vectors:
    """The vectors that a subnet's epoch writes, read once."""

    def __init__(self, sub: SubtensorBase, netuid: int) -> None:
        self.active = sub.active.get(netuid)
        self.emission = sub.emission.get(netuid)
        self.incentive = sub.incentive.get(netuid)
        self.consensus = sub.consensus.get(netuid)
        self.validator_trust = sub.validator_trust.get(netuid)
        self.dividends = sub.dividends.get(netuid)
        self.last_update = sub.last_update.get(netuid)
        self.validator_permit = sub.validator_permit.get(netuid)


N = TypeVar("N")


def _neurons(
    sub: SubtensorBase, netuid: int, make: Callable[[SubtensorBase, int, int, _Vectors], N]
) -> Iterator[N]:
    if not sub.networks_added.get(netuid):
        return
    vectors = _Vectors(sub, netuid)
    for uid in range(sub.subnetwork_n.get(netuid)):
        if not sub.keys.contains((netuid, uid)):
            return
        yield make(sub, netuid, uid, vectors)


def _common(sub: SubtensorBase, netuid: int, uid: int, vectors: _Vectors) -> dict[str, Any]:
    hotkey = sub.keys.get((netuid, uid))
    coldkey = sub.owner.get(hotkey)
    return {
        "hotkey": hotkey,
        "coldkey": coldkey,
        "uid": uid,
        "netuid": netuid,
        "active": at(vectors.active, uid, False),
        "axon_info": serving.axon_of(sub, netuid, hotkey),
        "prometheus_info": serving.prometheus_of(sub, netuid, hotkey),
        "stake": [(coldkey, sub.total_hotkey_alpha.get((hotkey, netuid)))],
        "rank": 0,
        "emission": at(vectors.emission, uid, 0),
        "incentive": at(vectors.incentive, uid, 0),
        "consensus": at(vectors.consensus, uid, 0),
        "trust": 0,
        "validator_trust": at(vectors.validator_trust, uid, 0),
        "dividends": at(vectors.dividends, uid, 0),
        "last_update": at(vectors.last_update, uid, 0),
        "validator_permit": at(vectors.validator_permit, uid, False),
        "pruning_score": NO_PRUNING_SCORE,
    }


def _lite(sub: SubtensorBase, netuid: int, uid: int, vectors: _Vectors) -> NeuronInfoLite:
    return NeuronInfoLite(**_common(sub, netuid, uid, vectors))


def _full(sub: SubtensorBase, netuid: int, uid: int, vectors: _Vectors) -> NeuronInfo:
    return NeuronInfo(
        **_common(sub, netuid, uid, vectors),
        weights=[pair for pair in sub.weights.get((netuid, uid)) if pair[1] > 0],
        bonds=[pair for pair in sub.bonds.get((netuid, uid)) if pair[1] > 0],
    )
