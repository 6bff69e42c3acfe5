"""The metagraph and the rules of a subnet, read from a chain into what neurons use.

Owns these readings. Does not own what they are for (``live_chain``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from taokit.neuron.chain import SubnetRules
from taokit.neuron.metagraph import Endpoint, Neuron, Snapshot

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.reads import metagraph as client_metagraph

__all__ = ["plain_fields", "read_rules", "read_snapshot"]

MODULE = "SubtensorModule"
FULL = 65_535
RAO = 1_000_000_000


async def read_snapshot(client: ChainClient, netuid: int) -> Snapshot:
    """The neurons of a subnet, and its owner's hotkey, all of one block."""
    from taokit.chain_client.reads.metagraph import metagraph

    async with client.snapshot() as block:
        graph = await metagraph(client, netuid)
        owner, trust = await client.query_many(
            [(MODULE, "SubnetOwnerHotkey", netuid), (MODULE, "ValidatorTrust", netuid)]
        )
    return Snapshot(
        netuid,
        block.number,
        block.hash,
        str(owner),
        tuple(
            _neuron(neuron, trust[neuron.uid] if neuron.uid < len(trust) else 0)
            for neuron in graph.neurons
        ),
    )


async def read_rules(client: ChainClient, netuid: int) -> SubnetRules:
    """What a subnet demands of weights."""
    from taokit.chain_client.reads.hyperparameters import hyperparameters

    async with client.snapshot():
        found: dict[str, Any] = {
            entry.name: entry.value for entry in await hyperparameters(client, netuid)
        }
        version, mechanisms, epoch = await client.query_many(
            [
                (MODULE, "CommitRevealWeightsVersion"),
                (MODULE, "MechanismCountCurrent", netuid),
                (MODULE, "SubnetEpochIndex", netuid),
            ]
        )
        following = await client.runtime_call(
            "SubnetInfoRuntimeApi", "get_next_epoch_start_block", netuid
        )
    return SubnetRules(
        netuid=netuid,
        tempo=found["tempo"],
        commit_reveal=found["commit_reveal_weights_enabled"],
        commit_reveal_version=version,
        reveal_period=found["commit_reveal_period"],
        weights_rate_limit=found["weights_rate_limit"],
        min_allowed_weights=found["min_allowed_weights"],
        max_weight_limit=found["max_weights_limit"],
        version_key=found["weights_version"],
        mechanisms=mechanisms,
        immunity_period=found["immunity_period"],
        activity_cutoff=found["activity_cutoff"],
        next_epoch_block=following or 0,
        epoch=epoch,
    )


def plain_fields(info: Any) -> bytes:
    """The bytes of a commitment's fields, joined; flags and what is sealed have none."""
    parts = []
    for entry in info["fields"]:
        if not isinstance(entry, dict):
            continue
        ((kind, value),) = entry.items()
        if kind != "TimelockEncrypted" and isinstance(value, (bytes, bytearray)):
            parts.append(bytes(value))
    return b"".join(parts)


def _neuron(found: client_metagraph.Neuron, trust: int) -> Neuron:
    axon = found.axon
    return Neuron(
        uid=found.uid,
        hotkey=found.hotkey,
        coldkey=found.coldkey,
        stake=found.stake_weight.rao / RAO,
        validator_permit=found.validator_permit,
        active=found.active,
        incentive=found.incentive / FULL,
        dividends=found.dividends / FULL,
        consensus=found.consensus / FULL,
        trust=trust / FULL,
        emission=found.emission.rao / RAO,
        last_update=found.last_update,
        registered_at=found.registered_at,
        endpoint=None if axon is None else Endpoint(axon.address, axon.port, axon.protocol),
    )
