"""A chain in the program: clients of any thread and loop, time, money, snapshots, subnets."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from taokit.chain_client import Client
from taokit.chain_client.money import Tao
from taokit.chain_client.operations.transfers import Transfer
from taokit.chain_client.reads.balances import balance
from taokit.chain_client.storage_keys import storage_prefix
from taokit.local_chain import LocalChain
from taokit.local_chain.errors import LocalChainError, SnapshotError

RAO = 10**9


@pytest.fixture(scope="module")
def shared() -> Iterator[LocalChain]:
    with LocalChain() as chain:
        yield chain


@pytest.fixture
def chain(shared: LocalChain) -> Iterator[LocalChain]:
    with shared.anchor():
        yield shared


def held(chain: LocalChain, address: str) -> int:
    return chain.client().run(balance, address).free.rao


def test_a_transaction_seals_its_block_and_the_client_reads_it(chain: LocalChain) -> None:
    alice, fresh = chain.accounts.alice, chain.accounts.fresh(tao=0)
    height = chain.height
    transfer = Transfer(to=fresh.ss58_address, amount=Tao.parse("2"))
    receipt = chain.client().submit(transfer, alice)
    receipt.raise_for_failure()
    assert receipt.block.number == chain.height == height + 1
    assert held(chain, fresh.ss58_address) == 2 * RAO


def test_clients_of_other_event_loops_and_of_a_socket_see_the_same_chain(
    chain: LocalChain,
) -> None:
    who = chain.accounts.fresh(tao=7).ss58_address

    async def elsewhere() -> tuple[int, int]:
        async with await chain.connect() as client:
            heads = await client.heads()
            await asyncio.to_thread(chain.mine)
            newest = await heads.__anext__()
            while newest.number < chain.height:
                newest = await heads.__anext__()
            await heads.aclose()
            return (await balance(client, who)).free.rao, newest.number

    assert asyncio.run(elsewhere()) == (7 * RAO, chain.height)
    with Client.connect(chain.serve()) as client:
        assert client.run(balance, who).free.rao == 7 * RAO


def test_threads_may_use_it_together(chain: LocalChain) -> None:
    addresses = [chain.accounts.fresh(tao=0).ss58_address for _ in range(8)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda address: chain.fund(address, 1), addresses))
        assert list(threads.map(lambda a: held(chain, a), addresses)) == [RAO] * 8


def test_money_made_by_a_snapshot_is_gone_after_it_and_names_begin_anew(chain: LocalChain) -> None:
    with chain.anchor():
        first = chain.accounts.fresh(tao=5)
        assert held(chain, first.ss58_address) == 5 * RAO
    assert held(chain, first.ss58_address) == 0
    assert chain.accounts.fresh(tao=0) == first
    name = chain.snapshot("here")
    height = chain.height
    chain.mine(5)
    assert chain.revert(name) == height
    with pytest.raises(SnapshotError):
        chain.revert("nowhere")


def test_time_travels_by_blocks_by_seconds_and_not_back(chain: LocalChain) -> None:
    def now() -> int:
        return int(chain.client().query("Timestamp", "Now"))

    chain.mine()
    before, height = now(), chain.height
    assert chain.travel(blocks=3) == height + 3
    assert chain.travel(seconds=3600) == height + 4
    assert now() - before >= 3_600_000
    for wrong in ({"seconds": -1}, {"seconds": 1, "blocks": 1}, {"epochs": 1}):
        with pytest.raises(ValueError, match=r"time|travel|netuid"):
            chain.travel(**wrong)  # type: ignore[arg-type]
    with pytest.raises(LocalChainError, match="no epochs"):
        chain.travel(epochs=1, netuid=77)


def test_a_subnet_comes_registered_staked_permitted_and_pays_by_weights(chain: LocalChain) -> None:
    subnet = chain.subnet(validators=2, miners=3, commit_reveal=False, stake=[3000, 1000])
    neurons = subnet.metagraph().neurons
    assert [neuron.hotkey for neuron in neurons] == [n.hotkey.ss58_address for n in subnet.neurons]
    assert all(neurons[one.uid].validator_permit for one in subnet.validators)
    assert not any(neurons[one.uid].validator_permit for one in subnet.miners)
    for validator in subnet.validators:
        subnet.set_weights(validator, {subnet.miners[0].uid: 0.75, subnet.miners[1].uid: 0.25})
    chain.travel(epochs=2, netuid=subnet.netuid)
    incentive = [int(subnet.metagraph().neurons[one.uid].incentive) for one in subnet.miners]
    assert incentive[0] > 2 * incentive[1] > 0 == incentive[2]


def test_a_subnet_is_as_it_was_asked_for(chain: LocalChain) -> None:
    subnet = chain.subnet(validators=1, miners=0, tempo=23, max_allowed_uids=77)
    client = chain.client()
    ask = lambda item: client.query("SubtensorModule", item, subnet.netuid)  # noqa: E731
    assert (ask("Tempo"), ask("MaxAllowedUids")) == (23, 77)
    assert ask("CommitRevealWeightsEnabled") is True
    subnet.set_hyperparameter("tempo", 11)
    assert ask("Tempo") == 11
    with pytest.raises(ValueError, match="2 validators"):
        chain.subnet(validators=2, stake=[1])


def test_equal_programs_make_equal_states() -> None:
    """But for the hashes of blocks: sr25519 signs the same thing differently each time."""
    prefix = storage_prefix("SubtensorModule", "Alpha")[:16]

    def state() -> dict[bytes, bytes | None]:
        with LocalChain() as chain:
            chain.subnet(validators=1, miners=1)
            node = chain.node.chain
            return {key: node.storage(key) for key in node.storage_keys(prefix)}

    first = state()
    assert len(first) > 100
    assert first == state()


def test_a_subnet_is_refused_where_no_block_would_come() -> None:
    refused = pytest.raises(LocalChainError, match="blocks manual")
    with LocalChain(block_time="manual") as chain, refused:
        chain.subnet()


def test_a_closed_chain_says_so_and_closing_twice_is_fine() -> None:
    chain = LocalChain(block_time="manual")
    chain.close()
    chain.close()
    with pytest.raises(LocalChainError, match="closed"):
        chain.mine()
