"""What a program does to its own chain that no call can."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from taokit.chain_client.blocking import run_on_client_loop
from taokit.chain_client.calls import Call
from taokit.chain_client.errors import (
    ConnectionLost,
    PoolRejected,
    RequestTimeout,
    TooManyRequests,
)
from taokit.chain_client.money import Tao
from taokit.chain_client.operations.transfers import Transfer
from taokit.chain_client.reads.balances import balance
from taokit.chain_client.transport.inprocess import InProcessTransport
from taokit.local_chain import LocalChain
from taokit.local_chain.errors import LocalChainError
from taokit.wallet.keypair import Keypair
from taokit.wallet.ss58 import encode

RAO = 10**9
NOBODY = encode(b"\x07" * 32)


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


def test_an_account_without_a_key_acts_while_it_is_impersonated(chain: LocalChain) -> None:
    bob = chain.accounts.bob.ss58_address
    chain.set_balance(NOBODY, 100)
    before = held(chain, bob)
    with chain.impersonate(NOBODY) as whale:
        assert whale.ss58_address == NOBODY
        chain.client().submit(Transfer(to=bob, amount=Tao.parse("5")), whale).raise_for_failure()
    assert held(chain, bob) == before + 5 * RAO
    with pytest.raises(PoolRejected):
        chain.client().submit(Transfer(to=bob, amount=Tao.parse("5")), whale)


def test_storage_is_set_by_name_and_by_key(chain: LocalChain) -> None:
    chain.set_storage({"System": {"Account": [[[NOBODY], {"data": {"free": 3 * RAO}}]]}})
    assert held(chain, NOBODY) == 3 * RAO
    key = chain.client().runtime.storage("System", "Account").key(NOBODY)
    chain.set_storage({key: None})
    assert held(chain, NOBODY) == 0
    with pytest.raises(ValueError, match="do not go together"):
        chain.set_storage({key: None, "System": {}})


def test_a_subnet_fills_at_once_and_its_keys_set_weights_without_limits(
    chain: LocalChain,
) -> None:
    subnet = chain.subnet(validators=1, miners=1, commit_reveal=False)
    made = chain.register(subnet.netuid, 4)
    assert [one.uid for one in subnet.metagraph().neurons[-4:]] == [one.uid for one in made]
    validator = subnet.validators[0]
    subnet.set_weights(validator, {made[0].uid: 1.0})
    subnet.set_hyperparameter("weights_set_rate_limit", 500)
    with pytest.raises(PoolRejected):
        subnet.set_weights(validator, {made[1].uid: 1.0})
    chain.ignore_rate_limits()
    try:
        chain.mine()
        subnet.set_weights(validator, {made[1].uid: 1.0})
    finally:
        chain.ignore_rate_limits(False)


def test_a_stake_is_exactly_what_was_set(chain: LocalChain) -> None:
    subnet = chain.subnet(validators=1, miners=0)
    (neuron,) = chain.register(subnet.netuid)
    chain.set_stake(neuron.hotkey, neuron.coldkey, subnet.netuid, 12.5)
    told = next(one for one in subnet.metagraph().neurons if one.uid == neuron.uid)
    assert told.alpha_stake.rao == 12_500_000_000
    assert Keypair.from_uri(neuron.hotkey_uri).ss58_address == told.hotkey


def test_transactions_wait_while_blocks_are_paused(chain: LocalChain) -> None:
    chain.pause()
    height = chain.height
    call = Call("System", "remark", {"remark": b"later"})
    chain.client().send(call, chain.accounts.alice)
    assert chain.height == height
    chain.resume()
    assert chain.mine() > height


def test_two_halvings_are_two_blocks(chain: LocalChain) -> None:
    height = chain.height
    assert chain.travel(halvings=2) == height + 2
    with pytest.raises(ValueError, match="one of them"):
        chain.travel(halvings=1, blocks=1)


def test_what_cannot_be_is_refused_and_changes_nothing(chain: LocalChain) -> None:
    height = chain.height
    with pytest.raises(LocalChainError, match="no subnet"):
        chain.register(77)
    with pytest.raises(LocalChainError, match="no pallet"):
        chain.set_storage({"Nothing": {"At": 1}})
    assert chain.height == height


def test_every_switch_is_set_back_at_once(chain: LocalChain) -> None:
    chain.ignore_rate_limits()
    chain.stall_finality()
    chain.set_block_time("manual")
    chain.pause()
    chain.do(lambda: chain.node.chain.dev.impersonate(b"\x07" * 32))
    chain.reset_switches()
    dev = chain.node.chain.dev
    assert (dev.paused, str(dev.block_time), dev.switches.impersonated) == (False, "instant", [])
    assert not dev.switches.rate_limits_ignored
    assert chain.node.chain.finalized == chain.node.chain.head


def test_a_client_in_the_process_is_asked_too_much(chain: LocalChain) -> None:
    client = chain.client()
    head = client.run(lambda found: found.transport.send("chain_getHeader"))
    with chain.fault("429", "chain_getHeader", count=2):
        for _ in range(2):
            with pytest.raises(TooManyRequests):
                client.run(lambda found: found.transport.send("chain_getHeader"))
        assert client.run(lambda found: found.transport.send("system_chain")) == "Bittensor"
        assert client.run(lambda found: found.transport.send("chain_getHeader")) == head


def test_a_client_in_the_process_waits_in_vain_or_for_long(chain: LocalChain) -> None:
    async def lateness() -> float:
        async with await chain.connect() as client:
            asked = time.monotonic()
            header = await client.transport.send("chain_getHeader")
            assert header["number"]
            return time.monotonic() - asked

    async def patience() -> None:
        transport = InProcessTransport(chain.node.handler, request_timeout=0.05)
        with pytest.raises(RequestTimeout):
            await transport.send("system_chain")
        await transport.close()

    with chain.fault("slow", "chain_getHeader", seconds=0.05):
        assert run_on_client_loop(lateness()) >= 0.05
    with chain.fault("hang"):
        run_on_client_loop(patience())


def test_a_client_whose_connection_was_cut_is_replaced(chain: LocalChain) -> None:
    cut = chain.client()
    with chain.fault("drop", "system_chain", count=1):
        with pytest.raises(ConnectionLost, match="on purpose"):
            cut.run(lambda found: found.transport.send("system_chain"))
        with pytest.raises(ConnectionLost):
            cut.run(lambda found: found.transport.send("system_name"))
        assert chain.client() is not cut
        assert chain.client() is chain.client()
        told = chain.client().run(lambda found: found.transport.send("system_chain"))
        assert told == "Bittensor"


def test_faults_of_a_program_end_with_their_block_and_have_names(chain: LocalChain) -> None:
    faults = chain.node.handler.node.faults
    with chain.fault("hang", "one"), chain.fault("429", "two"):
        assert [fault.kind for fault in faults.on] == ["hang", "429"]
    assert not faults.on
    with pytest.raises(ValueError, match="no fault 'burn'"), chain.fault("burn"):
        pass
