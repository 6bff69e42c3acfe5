"""Neurons on a local chain: what they read, and weights in the open, by hash and timelocked."""

from __future__ import annotations

import pytest
from subnet_on_chain import ALICE, NETUID, SubnetOnChain, subnet_on_chain

from taokit.local_chain import LocalNode, ManualClock, NodeConfig
from taokit.neuron.chain import Chain, WeightsReceipt
from taokit.neuron.errors import NeuronError, WeightsError
from taokit.neuron.live_chain import LiveChain
from taokit.wallet import Keypair

VALIDATOR, MINER, OTHER = (Keypair.from_uri(f"//neuron//{name}") for name in "vmo")
WEIGHTS = {MINER.ss58_address: 3.0, OTHER.ss58_address: 1.0}
HELD = {MINER.ss58_address: 65_535, OTHER.ss58_address: 21_845}


async def with_a_validator(subnet: SubnetOnChain, **options: object) -> LiveChain:
    """A validator that has its permit, and two miners."""
    await subnet.register([VALIDATOR, MINER, OTHER])
    await subnet.stake(VALIDATOR, 100)
    await subnet.next_epoch()
    return subnet.view(VALIDATOR, **options)


async def test_a_neuron_registers_serves_commits_and_is_seen() -> None:
    async with subnet_on_chain() as subnet:
        mine = subnet.view(MINER)
        assert isinstance(mine, Chain)
        assert await mine.register() == 1
        assert await mine.register() == 1
        await mine.serve("127.0.0.2", 8091)
        height = subnet.node.chain.head.number
        await mine.serve("127.0.0.2", 8091)
        assert subnet.node.chain.head.number == height
        with pytest.raises(NeuronError, match="ServingRateLimitExceeded"):
            await mine.serve("127.0.0.2", 8092)
        await mine.commit(b"tk1:https://example.org")
        snapshot = await mine.snapshot()
        commitments = await mine.commitments()
        head = await mine.head()
    neuron = snapshot.by_hotkey[MINER.ss58_address]
    assert neuron.endpoint is not None
    assert neuron.endpoint.url == "http://127.0.0.2:8091"
    assert snapshot.owner_hotkey == subnet.owner.ss58_address
    assert snapshot.hotkeys == (subnet.owner.ss58_address, MINER.ss58_address)
    assert commitments[MINER.ss58_address].data == b"tk1:https://example.org"
    assert (snapshot.block, snapshot.block_hash) == (head.number, head.hash)
    assert neuron.registered_at < head.number


async def test_without_a_coldkey_nobody_is_registered_and_an_address_sends_nothing() -> None:
    async with subnet_on_chain() as subnet:
        with pytest.raises(NeuronError, match="not registered"):
            await LiveChain(subnet.client, NETUID, MINER).register()
        with pytest.raises(NeuronError, match="only its address"):
            await LiveChain(subnet.client, NETUID, MINER.ss58_address).commit(b"x")
        with pytest.raises(NeuronError, match="128"):
            await subnet.view(MINER).commit(b"x" * 129)


async def test_weights_in_the_open_are_held_as_they_were_given() -> None:
    async with subnet_on_chain() as subnet:
        mine = await with_a_validator(subnet)
        await subnet.sudo("sudo_set_min_allowed_weights", netuid=NETUID, min_allowed_weights=1_024)
        remembered: list[WeightsReceipt] = []
        receipt = await mine.set_weights(WEIGHTS, remember=remembered.append)
        held = await mine.weights_of(VALIDATOR.ss58_address)
        snapshot = await mine.snapshot()
        with pytest.raises(WeightsError, match="not registered"):
            await mine.set_weights({ALICE.ss58_address: 1.0})
        with pytest.raises(WeightsError, match="NeuronNoValidatorPermit"):
            await subnet.view(MINER).set_weights({OTHER.ss58_address: 1.0})
    assert receipt.scheme == "plain"
    assert held == HELD
    # A vector of every uid is asked for: it was filled with zeros.
    assert receipt.uids == (0, 1, 2, 3)
    assert snapshot.by_hotkey[VALIDATOR.ss58_address].last_update == receipt.block
    assert [r.values for r in remembered] == [receipt.values]


async def test_too_soon_is_an_error_with_the_chains_reason() -> None:
    async with subnet_on_chain(rate_limit=50) as subnet:
        mine = await with_a_validator(subnet)
        subnet.seal(50)
        await mine.set_weights(WEIGHTS)
        with pytest.raises(WeightsError, match="RateLimitExceeded"):
            await mine.set_weights(WEIGHTS)


async def test_weights_by_hash_are_revealed_in_their_epoch() -> None:
    async with subnet_on_chain(commit_reveal=True) as subnet:
        await subnet.sudo("sudo_set_commit_reveal_version", version=3)
        mine = await with_a_validator(subnet)
        receipt = await mine.set_weights(WEIGHTS)
        (pending,) = await mine.pending_commits(VALIDATOR.ss58_address)
        assert (receipt.scheme, pending.hash) == ("hash", receipt.commit_hash)
        assert (pending.epoch, pending.block) == (receipt.epoch, receipt.block)
        assert len(receipt.salt) == 8
        with pytest.raises(WeightsError):
            await mine.reveal_weights(receipt)
        assert await mine.weights_of(VALIDATOR.ss58_address) == {}
        await subnet.next_epoch()
        assert (await mine.rules()).epoch == receipt.epoch + 1
        await mine.reveal_weights(receipt)
        assert await mine.weights_of(VALIDATOR.ss58_address) == HELD
        assert await mine.pending_commits(VALIDATOR.ss58_address) == ()


async def test_a_hash_can_be_asked_for_where_the_chain_would_timelock() -> None:
    async with subnet_on_chain(commit_reveal=True) as subnet:
        mine = await with_a_validator(subnet, scheme="hash")
        assert (await mine.set_weights(WEIGHTS)).scheme == "hash"


async def test_timelocked_weights_are_revealed_by_the_chain() -> None:
    async with subnet_on_chain(commit_reveal=True, tempo=40) as subnet:
        mine = await with_a_validator(subnet)
        receipt = await mine.set_weights(WEIGHTS)
        (pending,) = await mine.pending_commits(VALIDATOR.ss58_address)
        assert (receipt.scheme, pending.reveal_round) == ("timelocked", receipt.reveal_round)
        assert pending.epoch == receipt.epoch
        assert await mine.weights_of(VALIDATOR.ss58_address) == {}
        await subnet.next_epoch()
        subnet.seal(20)
        assert await mine.weights_of(VALIDATOR.ss58_address) == HELD
        assert await mine.pending_commits(VALIDATOR.ss58_address) == ()


async def test_blocks_are_followed_and_waited_for() -> None:
    async with subnet_on_chain() as subnet:
        mine = subnet.view(MINER)
        first = await mine.head()
        seen = []
        async for head in mine.heads():
            seen.append(head)
            if len(seen) == 3:
                break
            subnet.seal()
        assert [head.number - first.number for head in seen] == [0, 1, 2]
        assert [head.hash for head in seen] == [await mine.block_hash(h.number) for h in seen]
        assert seen[0].time_ms < seen[1].time_ms
        assert await mine.block_hash(10_000) is None
        assert (await mine.wait_block(first.number)).number >= first.number


async def test_a_node_that_went_away_and_came_back_is_followed_on() -> None:
    config = NodeConfig(ports=(0,), block_time="manual")
    async with LocalNode(config, clock=ManualClock()) as first:
        port, chain = first.ports[0], first.chain
        mine = await LiveChain.connect(f"ws://127.0.0.1:{port}", 1, MINER.ss58_address)
        heads = mine.heads()
        assert (await anext(heads)).number == 0
    same = NodeConfig(ports=(port,), block_time="manual")
    async with LocalNode(same, chain=chain), mine:
        chain.seal(2)
        seen = await anext(heads)
        while seen.number < 2:
            seen = await anext(heads)
        assert (await mine.snapshot()).block == 2
        assert (await mine.wait_block(2)) == seen
        await heads.aclose()  # type: ignore[attr-defined]
