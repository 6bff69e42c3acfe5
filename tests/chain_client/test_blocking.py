"""The blocking client: the same answers, errors and pins without an event loop of one's own."""

from __future__ import annotations

import asyncio
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from recorded_chain import RecordedChain, metadata

from taokit.chain_client import Client, InProcessTransport
from taokit.chain_client.errors import NotFound, TransportClosed, UnknownName
from taokit.chain_client.reads.balances import balance
from taokit.wallet import dev_key

ALICE = dev_key("Alice")


def client_of(chain: RecordedChain) -> Client:
    async def open_transport():
        return InProcessTransport(chain)

    return Client.over(open_transport)


def chain_of_tempos(*tempos: int) -> RecordedChain:
    chain = RecordedChain()
    for tempo in tempos:
        chain.set("SubtensorModule", "Tempo", 1, value=tempo)
        chain.seal()
    return chain


def test_queries_return_values_and_raise_the_same_errors():
    with client_of(chain_of_tempos(7)) as chain:
        assert chain.query("SubtensorModule", "Tempo", 1) == 7
        assert chain.query_many([("SubtensorModule", "Tempo", 2)]) == [360]
        assert chain.constant("Balances", "ExistentialDeposit") == 500
        assert chain.runtime.spec_version == 424
        assert list(chain.entries("SubtensorModule", "Tempo")) == [(1, 7)]
        assert chain.run(balance, address=ALICE.ss58_address).nonce == 0
        with pytest.raises(UnknownName):
            chain.query("System", "Acount")
        with pytest.raises(AttributeError):
            chain.no_such_method()


def test_pins_hold_in_this_thread_only():
    with client_of(chain_of_tempos(1, 2, 3)) as chain:

        def elsewhere() -> int:
            return chain.query("SubtensorModule", "Tempo", 1)

        with chain.at(1) as block, ThreadPoolExecutor() as threads:
            assert block.number == 1
            assert chain.query("SubtensorModule", "Tempo", 1) == 1
            assert list(chain.entries("SubtensorModule", "Tempo")) == [(1, 1)]
            assert threads.submit(elsewhere).result() == 3
        assert chain.query("SubtensorModule", "Tempo", 1) == 3
        with pytest.raises(NotFound), chain.at(99):
            pass


def test_many_threads_share_one_client():
    with client_of(chain_of_tempos(5)) as chain, ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(chain.query, "SubtensorModule", "Tempo", 1) for _ in range(50)]
        assert {future.result() for future in asked} == {5}
    loops = [thread for thread in threading.enumerate() if thread.name == "taokit-blocking"]
    assert len(loops) == 1


def test_streams_and_submissions_can_be_used_without_await():
    recorded = RecordedChain()
    info = {"weight": {"ref_time": 1, "proof_size": 1}, "class": "Normal", "pays_fee": "Yes"}
    success = {"System": {"ExtrinsicSuccess": {"dispatch_info": info}}}
    with client_of(recorded) as chain:
        with chain.heads() as heads:
            head = next(iter(heads))
            assert head.number == 0
        submission = chain.send(chain_call(), ALICE)

        async def seal(client):
            recorded.seal(recorded.pool, [(0, success)])

        chain.run(seal)
        receipt = submission.included()
        assert receipt.success
        assert receipt.extrinsic_hash == submission.hash


def chain_call():
    from taokit.chain_client import Call

    assert "remark" in metadata().pallets["System"].calls
    return Call("System", "remark", {"remark": b"x"})


def test_a_closed_client_says_so():
    chain = client_of(RecordedChain())
    chain.close()
    with pytest.raises(TransportClosed):
        chain.query("Sudo", "Key")


@pytest.mark.skipif(
    threading.current_thread() is not threading.main_thread(), reason="signals reach that one only"
)
def test_an_interrupt_comes_back_when_the_work_has_let_go():
    let_go = []

    async def work(chain):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        try:
            await asyncio.Event().wait()
        finally:
            for _ in range(10):  # as a generator that closes what it has open
                await asyncio.sleep(0)
            let_go.append(True)

    with client_of(RecordedChain()) as chain:
        with pytest.raises(KeyboardInterrupt):
            chain.run(work)
        assert let_go
