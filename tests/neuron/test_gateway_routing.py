"""Who is asked: by merit and speed, another one on failure, nobody who failed; billed once."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from gateway_market import ROUTE, Answer, Miner, Question, doubling, market

from taokit.neuron.errors import HandlerRefused
from taokit.neuron.gateway import Gateway, credits
from taokit.neuron.gateway.answering import Desk
from taokit.neuron.gateway.breaker import Breakers
from taokit.neuron.gateway.charges import Charges
from taokit.neuron.gateway.latencies import Latencies
from taokit.neuron.messages import Reason
from taokit.neuron.results import Ok
from taokit.neuron.serving.listening import Listener
from taokit.neuron.store import Store
from taokit.wallet import Keypair

HERE = Path(__file__).parent


async def broken(question: Question) -> Answer:
    raise RuntimeError("broken")


async def refusing(question: Question) -> Answer:
    raise HandlerRefused("not this one")


def miner(name: str, answer: Any = doubling) -> Miner:
    return Miner(Keypair.from_uri(f"//market//{name}"), answer)


def first_of(*miners: Miner) -> dict[str, float]:
    """Shares by which they are asked in this order, as good as always."""
    return {one.hotkey: 1e-9**place for place, one in enumerate(miners)}


async def test_the_next_miner_is_asked_when_one_fails_and_the_buyer_is_billed_once() -> None:
    bad, good = miner("bad", broken), miner("good")
    async with market(miners=[bad, good], shares=first_of(bad, good)) as m:
        said = await m.buy(10)
        assert said.status_code == 200
        assert said.headers["x-taokit-miner"] == good.hotkey
        assert (bad.asked, good.asked) == (1, 1)
        assert m.balance == credits(1) - 120


async def test_a_miner_that_fails_again_and_again_gets_no_traffic_until_its_pause_is_over() -> None:
    now = [0.0]
    breakers = Breakers(failures=3, pause=30.0, clock=lambda: now[0])
    bad, good = miner("bad", broken), miner("good")
    options: dict[str, Any] = {"breakers": breakers, "shares": first_of(bad, good)}
    async with market(miners=[bad, good], **options) as m:
        for _ in range(8):
            assert (await m.buy(1)).status_code == 200
        assert bad.asked == 3
        why = (await m.http.get(f"/v1/why/{bad.hotkey}")).json()
        assert why["routing"]["left_alone"]
        now[0] = 31.0
        for _ in range(4):
            await m.buy(1)
        assert bad.asked == 4  # one try, which failed
        now[0] = 31.0 + 61.0
        bad.answer = doubling
        for _ in range(4):
            await m.buy(1)
        assert bad.asked == 8
        assert m.balance == credits(1) - 16 * 102


async def test_one_answer_that_the_miner_did_not_sign_is_enough() -> None:
    thief, good = miner("thief"), miner("good")
    async with market(miners=[thief, good], shares=first_of(thief, good), audit_rate=1.0) as m:
        assert thief.server is not None
        await thief.server.stop()
        address = m.snapshot.by_hotkey[thief.hotkey].endpoint
        assert address is not None
        app = FastAPI()
        app.add_api_route("/double", lambda: {"twice": 2}, methods=["POST"])  # nobody signs it
        impostor = Listener(app, connections=10, drain_s=1.0)
        await impostor.start("127.0.0.1", address.port)
        try:
            said = await m.buy(1)
        finally:
            await impostor.stop()
        assert said.headers["x-taokit-miner"] == good.hotkey
        assert not m.gateway.router.breakers.allows(thief.hotkey)
        assert [a.result.reason for a in drained(m.audits)] == [Reason.OK, Reason.BAD_SIGNATURE]
        assert m.balance == credits(1) - 102


async def test_a_request_that_everybody_declines_shuts_nobody_out() -> None:
    one, two = miner("one", refusing), miner("two", refusing)
    async with market(miners=[one, two], audit_rate=1.0) as m:
        for _ in range(4):
            said = await m.buy(1)
            assert said.status_code == 422
            assert "not this one" in said.json()["error"]["message"]
        assert (one.asked, two.asked) == (4, 4)
        assert m.audits.empty()
        assert m.balance == credits(1)


async def test_a_miner_that_declines_what_another_serves_is_blamed() -> None:
    lazy, good = miner("lazy", refusing), miner("good")
    async with market(miners=[lazy, good], shares=first_of(lazy, good), audit_rate=1.0) as m:
        for _ in range(6):
            assert (await m.buy(1)).status_code == 200
        assert lazy.asked == 3
        reasons = Counter((a.result.hotkey, a.result.reason) for a in drained(m.audits))
    assert reasons == {(good.hotkey, Reason.OK): 6, (lazy.hotkey, Reason.REFUSED): 3}


async def test_a_miner_that_is_asked_too_much_is_spared_for_a_moment_and_not_blamed() -> None:
    now = [0.0]
    small, good = miner("small"), miner("good")
    small.rate = 2.0
    options: dict[str, Any] = {"breakers": Breakers(clock=lambda: now[0]), "audit_rate": 1.0}
    async with market(miners=[small, good], shares=first_of(small, good), **options) as m:
        for _ in range(6):
            assert (await m.buy(1)).status_code == 200
        assert (small.asked, good.asked) == (2, 4)
        assert {a.result.reason for a in drained(m.audits)} == {Reason.OK}
        assert not m.gateway.router.breakers.allows(small.hotkey)
        now[0] = 1.0
        assert m.gateway.router.breakers.allows(small.hotkey)


async def test_a_slow_miner_is_hedged_and_only_one_answer_is_billed() -> None:
    never = asyncio.Event()
    hung_up = asyncio.Event()

    async def waiting(question: Question) -> Answer:
        try:
            await never.wait()
        except asyncio.CancelledError:
            hung_up.set()
            raise
        return Answer(twice=0)

    slow, good = miner("slow"), miner("good")
    async with market(miners=[slow, good], shares=first_of(slow, good)) as m:
        for _ in range(20):
            await m.buy(1)
        assert (slow.asked, good.asked) == (20, 0)
        slow.answer = waiting
        said = await asyncio.wait_for(m.buy(1), 60)
        assert said.headers["x-taokit-miner"] == good.hotkey
        assert (slow.asked, good.asked) == (21, 1)
        shown = (await m.http.get("/metrics")).text
        assert 'taokit_gateway_hedges_total{route="/v1/query"} 1.0' in shown
        assert m.gateway.router.breakers.allows(slow.hotkey)  # slow is not broken
        assert m.balance == credits(1) - 21 * 102
        never.set()


async def test_hedges_have_a_budget() -> None:
    async def late(question: Question) -> Answer:
        await asyncio.sleep(0.05)
        return Answer(twice=2 * question.n)

    slow, other = miner("slow"), miner("other")
    async with market(miners=[slow, other], shares=first_of(slow, other)) as m:
        latencies = m.gateway.router.latencies(ROUTE.path)
        for _ in range(30):
            latencies.answered(slow.hotkey, 0.001)
        slow.answer = late
        other.answer = late
        await asyncio.gather(*(m.buy(1) for _ in range(40)))
        assert slow.asked + other.asked <= 40 + 10 + 4


async def test_traffic_follows_the_shares_and_the_faster_of_two() -> None:
    miners = [miner(name) for name in "abcd"]
    a, b, c, d = (one.hotkey for one in miners)
    async with market(
        miners=miners, shares={a: 0.6, b: 0.3, c: 0.1, d: 0.0}, rng=random.Random(7)
    ) as m:
        router = m.gateway.router

        def counts() -> Counter[str]:
            chosen = (router.choose(m.snapshot, "/v1/query") for _ in range(2000))
            return Counter(one.hotkey for one in chosen if one is not None)

        alike = counts()
        latencies = router.latencies("/v1/query")
        for hotkey, seconds in ((a, 2.0), (b, 1.0), (c, 0.5)):
            latencies.answered(hotkey, seconds)
        fast = counts()
    assert alike[d] == fast[d] == 0
    assert alike[a] / 2000 == pytest.approx(0.6, abs=0.04)
    assert fast[a] / 2000 == pytest.approx(0.36, abs=0.04)  # drawn twice: 0.6 squared
    assert fast[c] / 2000 == pytest.approx(0.19, abs=0.03)  # drawn at all


async def test_scores_of_the_validators_book_route_and_nobody_judged_yet_is_all_alike() -> None:
    from taokit.neuron.messages import Verdict
    from taokit.neuron.store import ScoreBook

    miners = [miner(name) for name in "ab"]
    async with market(miners=miners) as m:
        gateway = Gateway(m.snapshot, m.gateway._desk.client, m.store)
        weights = gateway.router.weights
        assert weights(m.snapshot) == {one.hotkey: 1.0 for one in miners}
        book, task = ScoreBook(m.store), "00" * 32
        good, bad = (one.hotkey for one in miners)
        book.add(Verdict(hotkey=bad, task=task, quality=0.0, ok=False), 1)
        fresh = Gateway(m.snapshot, m.gateway._desk.client, m.store)
        assert fresh.router.weights(m.snapshot) == {good: 1.0}
        book.add(Verdict(hotkey=good, task=task, quality=1.0), 1)
        fresh = Gateway(m.snapshot, m.gateway._desk.client, m.store)
        assert fresh.router.weights(m.snapshot) == {good: pytest.approx(0.2)}


async def test_audits_are_chosen_after_the_answer_and_nothing_tells_them_apart() -> None:
    seen: list[bytes] = []

    async def noting(question: Question) -> Answer:
        seen.append(question.model_dump_json().encode())
        return Answer(twice=2 * question.n)

    async with market(miners=[miner("a", noting)], audit_rate=0.5, rng=random.Random(3)) as m:
        said = [await m.buy(5) for _ in range(40)]
        audits = drained(m.audits)
    assert 10 < len(audits) < 30
    assert set(seen) == {b'{"n":5,"stream":false}'}
    assert {frozenset(one.headers) for one in said} == {frozenset(said[0].headers)}
    for audit in audits:
        assert isinstance(audit.result, Ok)
        assert audit.task == Question(n=5)
        assert audit.result.value == Answer(twice=10)


async def test_a_full_queue_of_audits_holds_nobody_up() -> None:
    async with market(audit_rate=1.0, audits=asyncio.Queue(1)) as m:
        assert [(await m.buy(1)).status_code for _ in range(3)] == [200] * 3
        shown = (await m.http.get("/metrics")).text
    assert 'taokit_gateway_audits_total{outcome="dropped"} 2.0' in shown


@pytest.mark.parametrize(("moment", "billed"), [("reserved", 0), ("settling", 0), ("settled", 120)])
async def test_a_gateway_that_is_killed_bills_nothing_or_once(
    tmp_path: Path, moment: str, billed: int
) -> None:
    path = tmp_path / "gateway.sqlite"
    run = subprocess.run(
        [sys.executable, __file__, str(path), moment], cwd=HERE, capture_output=True, timeout=60
    )
    assert run.returncode == -signal.SIGKILL, run.stderr.decode()
    with Store(path) as store:
        (row,) = store.rows("SELECT id FROM gateway_accounts")
        (charge,) = store.rows("SELECT state FROM gateway_charges")
        assert charge["state"] == ("settled" if billed else "open")
    async with market(path) as m:
        account = row["id"]
        m.gateway.ledger.check()
        assert m.gateway.ledger.balance(account) == credits(1) - billed
        assert m.gateway.ledger.balance("revenue") == billed
        # The buyer, who got no answer, sends it again.
        secret, _ = m.gateway.keys.make(account)
        said = await m.buy(10, key=secret, idempotency_key="once")
        assert said.json() == {"twice": 20}
        assert m.gateway.ledger.balance(account) == credits(1) - 120
        assert m.miners[0].asked == (1 if billed == 0 else 0)


def test_a_breaker_lets_one_request_through_after_its_pause_and_doubles_it_on_failure() -> None:
    now = [0.0]
    breakers = Breakers(failures=2, pause=10.0, longest=25.0, clock=lambda: now[0])
    breakers.failed("x")
    assert breakers.allows("x")
    breakers.succeeded("x")
    breakers.failed("x")
    assert breakers.allows("x")  # not in a row
    breakers.failed("x")
    pauses = []
    for _ in range(3):
        assert not breakers.allows("x")
        began = now[0]
        while not breakers.allows("x"):
            now[0] += 1.0
        pauses.append(now[0] - began)
        breakers.asked("x")
        assert not breakers.allows("x")
        breakers.failed("x")
    assert pauses == [10.0, 20.0, 25.0]
    breakers.keep(set())
    assert breakers.allows("x")


def test_a_miner_that_was_not_waited_for_counts_as_slow_and_load_makes_it_slower() -> None:
    latencies = Latencies()
    latencies.answered("fast", 0.1)
    latencies.answered("slow", 0.1)
    latencies.outlasted("slow", 1.0)
    assert latencies.expected("slow") > latencies.expected("fast")
    latencies.began("fast")
    assert latencies.expected("fast") == pytest.approx(0.2)
    latencies.ended("fast")
    assert latencies.expected("fast") == pytest.approx(0.1)
    assert latencies.nearly_all() is None
    for step in range(1, 101):
        latencies.answered("fast", step / 100)
    assert latencies.nearly_all() == pytest.approx(0.95, abs=0.02)


def drained(queue: asyncio.Queue[Any]) -> list[Any]:
    return [queue.get_nowait() for _ in range(queue.qsize())]


async def die(path: str, moment: str) -> None:
    """Serve one request, and be killed in the middle of it."""
    here = os.getpid()

    async def deadly(question: Question) -> Answer:
        if moment == "reserved":
            os.kill(here, signal.SIGKILL)
        return Answer(twice=2 * question.n)

    settle, settled = Charges.settle, Desk.settle

    def uncommitted(self: Charges, *args: Any, **more: Any) -> None:
        settle(self, *args, **more)
        os.kill(here, signal.SIGKILL)

    async def unsent(self: Desk, *args: Any) -> None:
        await settled(self, *args)
        os.kill(here, signal.SIGKILL)

    if moment == "settling":
        Charges.settle = uncommitted  # type: ignore[method-assign, assignment]
    Desk.settle = unsent  # type: ignore[method-assign, assignment]
    async with market(path, miners=[miner("a", deadly)]) as m:
        await m.buy(10, idempotency_key="once")


if __name__ == "__main__":
    asyncio.run(die(*sys.argv[1:]))
