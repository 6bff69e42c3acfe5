"""The subnet in memory: its slots, permits, limits and commits, and that its numbers are true."""

from __future__ import annotations

import asyncio

import pytest
from subnet_on_chain import subnet_on_chain

from taokit.neuron.chain import Chain
from taokit.neuron.errors import NeuronError, WeightsError
from taokit.neuron.memory_chain import MemoryChain, address_of
from taokit.wallet import Keypair

V1, V2, M1, M2, M3 = (address_of(name.encode()) for name in ("v1", "v2", "m1", "m2", "m3"))


async def a_subnet(**options: object) -> MemoryChain:
    """Two validators of 60 and 40, three miners, one block old."""
    chain = MemoryChain(**options)  # type: ignore[arg-type]
    chain.join(V1, 60.0, "validator")
    chain.join(V2, 40.0, "validator")
    for miner in (M1, M2, M3):
        chain.join(miner)
    await chain.advance()
    return chain


async def test_weights_become_incentive_when_the_epoch_ends() -> None:
    chain = await a_subnet(tempo=10)
    mine = chain.view(V1)
    assert isinstance(mine, Chain)
    receipt = await mine.set_weights({M1: 3, M2: 1})
    assert await mine.weights_of(V1) == {M1: 65_535, M2: 21_845}
    assert receipt.scheme == "plain"
    await chain.advance(8)
    assert all(neuron.incentive == 0 for neuron in (await mine.snapshot()).neurons)
    await chain.advance(1)
    snapshot = await mine.snapshot()
    assert snapshot.by_hotkey[M1].incentive == pytest.approx(0.75, abs=1e-4)
    assert snapshot.by_hotkey[M2].incentive == pytest.approx(0.25, abs=1e-4)
    assert snapshot.by_hotkey[V1].dividends == pytest.approx(1.0, abs=1e-4)
    assert chain.earned[M1] == pytest.approx(0.82 * 10 * 0.75 / 2, abs=1e-3)


async def test_two_runs_are_the_same_and_another_seed_is_another_chain() -> None:
    one, two = await a_subnet(), await a_subnet()
    assert one.head() == two.head()
    assert one.snapshot() == two.snapshot()
    assert (await a_subnet(seed=b"x")).head().hash != one.head().hash
    hashes = {one.block(number).hash for number in range(100)}
    assert len(hashes) == 100


async def test_a_minority_cannot_lift_its_miner() -> None:
    chain = await a_subnet()
    await chain.view(V1).set_weights({M1: 1})
    await chain.view(V2).set_weights({M1: 1, M2: 9})
    await chain.next_epoch()
    snapshot = chain.snapshot()
    assert snapshot.by_hotkey[M2].incentive == 0.0
    assert snapshot.by_hotkey[V1].dividends > snapshot.by_hotkey[V2].dividends


async def test_permits_go_by_stake_and_the_owner_has_one_always() -> None:
    chain = await a_subnet(max_validators=1)
    await chain.next_epoch()
    permitted = {neuron.hotkey for neuron in chain.snapshot().validators()}
    assert permitted == {V1, chain.owner}
    chain.set_stake(V2, 100.0)
    await chain.next_epoch()
    assert {n.hotkey for n in chain.snapshot().validators()} == {V2, chain.owner}
    with pytest.raises(WeightsError, match="NeuronNoValidatorPermit"):
        await chain.view(V1).set_weights({M1: 1})


async def test_a_full_subnet_replaces_whoever_earns_least() -> None:
    chain = await a_subnet(max_uids=6)
    await chain.view(V1).set_weights({M1: 1, M3: 1})
    await chain.next_epoch()
    uid, newcomer = chain.uid_of(M2), address_of(b"newcomer")
    before = chain.snapshot()
    await chain.advance()
    # V2 has set no weights and earns as little, and has been there for longer.
    assert await chain.view(newcomer).register() == chain.snapshot().by_hotkey[newcomer].uid
    gone = before.hotkeys[chain.snapshot().by_hotkey[newcomer].uid]
    assert gone in (V2, M2)
    changes = chain.snapshot().since(before)
    assert (changes.joined, changes.left) == ({newcomer}, {gone})
    assert chain.paid[newcomer] == chain.registration_cost
    assert uid is not None


async def test_nobody_is_replaced_while_all_are_immune() -> None:
    chain = await a_subnet(max_uids=6, immunity_period=1_000)
    with pytest.raises(NeuronError, match="immune"):
        chain.join(address_of(b"newcomer"))


async def test_a_newcomer_gets_nothing_of_weights_set_before_it_came() -> None:
    chain = await a_subnet()
    await chain.view(V1).set_weights({M1: 1, M2: 1})
    await chain.advance()
    newcomer = address_of(b"newcomer")
    uid = chain.join(newcomer)
    chain.rows[0, chain.uid_of(V1) or 0][uid] = 65_535
    await chain.next_epoch()
    assert chain.snapshot().by_hotkey[newcomer].incentive == 0.0


async def test_the_rate_limits_hold() -> None:
    chain = await a_subnet(weights_rate_limit=5)
    await chain.advance(5)
    mine = chain.view(V1)
    await mine.set_weights({M1: 1})
    await chain.advance(4)
    with pytest.raises(WeightsError, match="SettingWeightsTooFast"):
        await mine.set_weights({M1: 1})
    await chain.advance(1)
    await mine.set_weights({M1: 1})
    await mine.serve("127.0.0.1", 1)
    await mine.serve("127.0.0.1", 1)
    with pytest.raises(NeuronError, match="ServingRateLimitExceeded"):
        await mine.serve("127.0.0.1", 2)


async def test_timelocked_weights_stay_closed_until_the_next_epoch() -> None:
    chain = await a_subnet(commit_reveal=True)
    mine = chain.view(V1)
    receipt = await mine.set_weights({M1: 1})
    assert receipt.scheme == "timelocked"
    assert await mine.weights_of(V1) == {}
    (pending,) = await mine.pending_commits(V1)
    assert pending.epoch == receipt.epoch == 0
    await chain.next_epoch()
    assert await mine.weights_of(V1) == {M1: 65_535}
    assert await mine.pending_commits(V1) == ()
    assert chain.snapshot().by_hotkey[M1].incentive == 0.0
    await chain.next_epoch()
    assert chain.snapshot().by_hotkey[M1].incentive == 1.0


async def test_a_hash_is_revealed_in_its_epoch_or_never() -> None:
    chain = await a_subnet(commit_reveal=True, commit_reveal_version=3)
    mine = chain.view(V1)
    receipt = await mine.set_weights({M1: 1})
    with pytest.raises(WeightsError, match="RevealTooEarly"):
        await mine.reveal_weights(receipt)
    await chain.next_epoch()
    await mine.reveal_weights(receipt)
    assert await mine.weights_of(V1) == {M1: 65_535}
    second = await mine.set_weights({M2: 1})
    await chain.next_epoch()
    await chain.next_epoch()
    with pytest.raises(WeightsError, match="NoWeightsCommitFound"):
        await mine.reveal_weights(second)


async def test_commitments_are_read_by_everyone_and_have_a_quota() -> None:
    chain = await a_subnet()
    mine = chain.view(M1)
    await mine.commit(b"here")
    assert (await chain.view(V1).commitments())[M1].data == b"here"
    for _ in range(30):
        await mine.commit(b"again")
    with pytest.raises(NeuronError, match="SpaceLimitExceeded"):
        await mine.commit(b"again")
    await chain.next_epoch()
    await mine.commit(b"x" * 128)
    with pytest.raises(NeuronError, match="128"):
        await mine.commit(b"x" * 129)


async def test_blocks_are_followed_and_waited_for() -> None:
    chain = await a_subnet()
    mine = chain.view(M1)
    waiting = asyncio.ensure_future(mine.wait_block(4))
    heads = mine.heads()
    assert (await anext(heads)).number == 1
    await chain.advance(3)
    assert (await waiting).number == 4
    assert [(await anext(heads)).number for _ in range(3)] == [2, 3, 4]
    await heads.aclose()  # type: ignore[attr-defined]
    assert await mine.block_hash(4) == chain.head().hash
    assert await mine.block_hash(5) is None


async def test_the_numbers_are_those_of_the_chain() -> None:
    """Three epochs with the same stakes and weights, here and on a local chain, within 1e-3."""
    keys = [Keypair.from_uri(f"//yuma//{name}") for name in range(8)]
    validators, miners = keys[:3], [key.ss58_address for key in keys[3:]]
    tables = [
        [{0: 5, 1: 3, 2: 1}, {0: 4, 1: 4, 3: 2}, {4: 9, 1: 1}],
        [{0: 1}, {0: 3, 2: 1}, {4: 1}],
        [{1: 7, 2: 7, 3: 1}, {1: 2, 2: 5}, {0: 1, 1: 1, 2: 1, 3: 1, 4: 1}],
    ]
    async with subnet_on_chain(tempo=30) as subnet:
        await subnet.register(keys)
        for key, tao in zip(validators, (300, 200, 100)):
            await subnet.stake(key, tao)
        await subnet.next_epoch()
        for table in tables:
            for key, row in zip(validators, table):
                await subnet.view(key).set_weights({miners[n]: w for n, w in row.items()})
            before = await subnet.view(validators[0]).snapshot()
            await subnet.next_epoch()
            real = await subnet.view(validators[0]).snapshot()
            if table is tables[0]:
                copy = MemoryChain(tempo=30, owner=subnet.owner.ss58_address)
                for key in keys:
                    copy.join(key.ss58_address)
            for neuron in before.neurons:
                permit = neuron.validator_permit
                copy.change(neuron.hotkey, stake=neuron.stake, validator_permit=permit)
            await copy.advance()
            for key, row in zip(validators, table):
                await copy.view(key).set_weights({miners[n]: w for n, w in row.items()})
            await copy.next_epoch()
            for neuron in real.neurons:
                ours = copy.snapshot().by_hotkey[neuron.hotkey]
                for column in ("incentive", "dividends", "consensus", "trust"):
                    assert getattr(ours, column) == pytest.approx(
                        getattr(neuron, column), abs=1e-3
                    ), column
                assert ours.validator_permit == neuron.validator_permit
    assert sum(neuron.incentive for neuron in real.neurons) == pytest.approx(1.0, abs=1e-3)
