"""Sealing for a chain by its own beacon: the round to seal for, and what the chain then reveals."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from taokit.chain_client import Call, ChainClient, InProcessTransport
from taokit.chain_client.errors import InvalidArgument, NotFound
from taokit.chain_client.operations.subnets import CreateSubnet
from taokit.chain_client.timelocked import REVEAL_BLOCKS, Beacon, Epochs, Timelock
from taokit.local_chain import ManualClock
from taokit.local_chain.beacon import LocalBeacon
from taokit.local_chain.local_node import LocalNode
from taokit.local_chain.node_config import NodeConfig
from taokit.wallet import Keypair, dev_key

ALICE, HOTKEY = dev_key("Alice"), Keypair.from_uri("//Alice//hotkey")
FOLDER = Path(__file__).parents[1] / "data" / "vectors"
CASES = json.loads((FOLDER / "drand.json").read_text())["reveal_blocks"]["cases"]
NETUID = 2


@pytest.mark.parametrize("case", CASES, ids=[str(n) for n in range(len(CASES))])
def test_the_block_of_the_reveal_is_the_one_that_bittensor_drand_expects(
    case: dict[str, int],
) -> None:
    epochs = Epochs(case["block"], case["tempo"], case["last"], case["pending"], case["since_step"])
    reveal = epochs.reveal_block(case["period"])
    assert reveal - case["block"] + REVEAL_BLOCKS == case["blocks"]


def test_a_round_has_come_by_the_block_and_has_not_come_now() -> None:
    beacon = Beacon("any", b"", genesis=1_000, period=3)
    lock = Timelock(beacon, last_round=34, block=5, timestamp_ms=1_100_000, slot_ms=12_000)
    assert beacon.round_at(lock.timestamp_ms) == 34
    # As bittensor_drand: the seconds since genesis, of 10 blocks later, by those of a round.
    assert lock.round_in(10) == (100 + 120) // 3
    assert (lock.round_in(0), lock.round_in(1)) == (35, 37)
    assert beacon.time_of(1) == 1_000_000


@asynccontextmanager
async def a_chain(
    tempo: int = 40, clock: ManualClock | None = None
) -> AsyncIterator[tuple[LocalNode, ChainClient]]:
    """A chain whose blocks come only when told, and a subnet of Alice's that wants commits."""
    config, clock = NodeConfig(ports=(), block_time="manual"), clock or ManualClock()
    async with LocalNode(config, clock=clock) as node:
        chain = await ChainClient.over(InProcessTransport(node.handler))
        await done(node, chain, CreateSubnet(HOTKEY.ss58_address), ALICE)
        await done(node, chain, Call("SubtensorModule", "start_call", {"netuid": NETUID}), ALICE)
        for name, args in (
            ("sudo_set_admin_freeze_window", {"window": 0}),
            ("sudo_set_tempo", {"netuid": NETUID, "tempo": tempo}),
        ):
            await done(
                node, chain, Call("Sudo", "sudo", {"call": Call("AdminUtils", name, args)}), ALICE
            )
        yield node, chain
        await chain.close()


async def done(node: LocalNode, chain: ChainClient, what: Any, who: Keypair) -> None:
    sent = await chain.send(what, who)
    node.chain.seal()
    (await sent.wait("inclusion", 10)).raise_for_failure()


async def weights_of(chain: ChainClient) -> Any:
    return await chain.query("SubtensorModule", "Weights", NETUID, 0)


@pytest.mark.parametrize("tempo", [40, 10])
@pytest.mark.parametrize("wait", [101, 107, 120])
async def test_weights_sealed_for_the_chain_are_revealed_in_their_epoch(
    tempo: int, wait: int
) -> None:
    async with a_chain(tempo) as (node, chain):
        node.chain.seal(wait)  # the limit between registering and setting weights
        lock = await chain.weights_timelock(NETUID)
        assert lock.timelock.beacon.key == LocalBeacon().public_key
        assert lock.timelock.last_round == await chain.query("Drand", "LastStoredRound")
        await done(node, chain, lock.commit(HOTKEY.ss58_address, [0], [65_535]), HOTKEY)
        assert lock.timelock.last_round < lock.round or tempo == 10
        while node.chain.head.number < lock.reveal_block - 1:
            assert await weights_of(chain) in (None, [])
            node.chain.seal()
        index = await chain.query("SubtensorModule", "SubnetEpochIndex", NETUID)
        node.chain.seal(1)
        assert await chain.query("SubtensorModule", "SubnetEpochIndex", NETUID) == index + 1
        node.chain.seal(lock.end_block - 1 - node.chain.head.number)
        assert await weights_of(chain) == [(0, 65_535)]


async def test_weights_are_committed_to_a_chain_that_stood_still_and_then_revealed() -> None:
    clock = ManualClock()
    async with a_chain(clock=clock) as (node, chain):
        node.chain.seal(101)
        lock = await chain.weights_timelock(NETUID)
        clock.advance(3_600_000)
        await done(node, chain, lock.commit(HOTKEY.ss58_address, [0], [65_535]), HOTKEY)
        assert await chain.query("Drand", "LastStoredRound") < lock.round
        node.chain.seal(lock.end_block - 1 - node.chain.head.number)
        assert await weights_of(chain) == [(0, 65_535)]


async def test_a_text_sealed_for_the_chain_is_revealed_when_its_round_has_come() -> None:
    async with a_chain() as (node, chain):
        lock = await chain.timelock()
        number = lock.round_in(blocks=40)
        await done(node, chain, lock.commitment(NETUID, b"the answer is 42", number), HOTKEY)
        key = (NETUID, HOTKEY.ss58_address)
        blocks = 0
        while (await chain.query("Commitments", "RevealedCommitments", *key)) is None:
            assert blocks < 40
            node.chain.seal()
            blocks += 1
        ((text, block),) = await chain.query("Commitments", "RevealedCommitments", *key)
        assert (text, block) == (b"the answer is 42", node.chain.head.number)
        assert await chain.query("Drand", "LastStoredRound") >= number
        async with chain.at(block - 2):
            assert await chain.query("Drand", "LastStoredRound") < number


async def test_what_cannot_be_sealed_for() -> None:
    async with a_chain() as (_, chain):
        with pytest.raises(NotFound):
            await chain.weights_timelock(99)
        with pytest.raises(InvalidArgument):
            (await chain.weights_timelock(NETUID)).commit(HOTKEY.ss58_address, [0, 1], [1])
