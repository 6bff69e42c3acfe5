"""A buyer and a gateway, over HTTP: service for credit, and a reason with a remedy for all else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from gateway_market import ROUTE, Answer, Miner, Question, doubling, market

from taokit.neuron.auth.responses import verify_receipt
from taokit.neuron.gateway import Price, credits
from taokit.neuron.messages import Reason, Receipt, Verdict
from taokit.neuron.store import ScoreBook
from taokit.wallet import Keypair


def miner(name: str, answer: object = doubling, **more: object) -> Miner:
    return Miner(Keypair.from_uri(f"//market//{name}"), answer, **more)  # type: ignore[arg-type]


async def test_a_buyer_pays_and_is_served_and_can_prove_by_whom() -> None:
    async with market() as m:
        said = await m.buy(10)
        assert said.status_code == 200
        assert said.json() == {"twice": 20}
        assert said.headers["x-taokit-miner"] == m.miners[0].hotkey
        assert said.headers["x-taokit-cost"] == "120"  # 100 and 10 thousandths of 2,000
        assert m.balance == credits(1) - 120
        assert m.gateway.ledger.balance("revenue") == 120
        kept = await m.get(f"/v1/receipts/{said.headers['x-taokit-receipt']}")
        usage = (await m.get("/v1/usage")).json()
    receipt = Receipt.model_validate_json(kept.content)
    verify_receipt(receipt)
    assert (receipt.miner, receipt.units) == (m.miners[0].hotkey, 10.0)
    assert usage["balance"] == credits(1) - 120
    assert usage["reserved"] == 0
    assert usage["routes"] == {"/v1/query": {"requests": 1, "cost": 120, "units": {"n": 10}}}
    assert usage["newest"][0]["state"] == "settled"


async def test_without_credit_nobody_is_asked_and_the_remedy_is_told() -> None:
    async with market(credit=119) as m:
        said = await m.buy(10)
        assert said.status_code == 402
        error = said.json()["error"]
        assert error["code"] == "no_credit"
        assert "0.000120 credits" in error["message"]
        assert "add credit" in error["remedy"]
        assert m.miners[0].asked == 0
        assert m.balance == 119
        assert (await m.buy(9)).status_code == 200  # 118 is enough


async def test_a_key_is_needed_and_one_that_was_revoked_or_is_for_something_else_is_none() -> None:
    async with market() as m:
        keys = m.gateway.keys
        none = await m.http.post("/v1/query", json={"n": 1})
        unknown = await m.buy(1, key="tk_" + "x" * 43)
        reader, _ = keys.make(m.account, scopes=["usage"])
        asker, _ = keys.make(m.account, scopes=["call"])
        assert (none.status_code, unknown.status_code) == (401, 401)
        assert none.headers["www-authenticate"] == "Bearer"
        assert (await m.buy(1, key=reader)).json()["error"]["code"] == "not_in_scope"
        assert (await m.get("/v1/usage", key=reader)).status_code == 200
        assert (await m.get("/v1/usage", key=asker)).status_code == 403
        assert (await m.buy(1, key=asker)).status_code == 200
        (first,) = [key for key in keys.of(m.account) if len(key.scopes) == 2]
        assert keys.revoke(first.id)
        assert not keys.revoke(first.id)
        said = await m.buy(1)
        assert said.status_code == 401
        assert "revoked" in said.json()["error"]["message"]
        secrets = [m.secret, reader, asker]
        kept = [str(tuple(row)) for row in m.store.rows("SELECT * FROM gateway_keys")]
        assert not any(secret in row for secret in secrets for row in kept)
        assert m.miners[0].asked == 1


async def test_another_account_sees_neither_receipts_nor_usage() -> None:
    async with market() as m:
        said = await m.buy(10)
        other, _ = m.gateway.keys.make(m.gateway.ledger.open_account("another"))
        path = f"/v1/receipts/{said.headers['x-taokit-receipt']}"
        assert (await m.get(path)).status_code == 200
        assert (await m.get(path, key=other)).status_code == 404
        assert (await m.get("/v1/usage", key=other)).json()["newest"] == []


async def test_a_key_that_asks_too_often_is_told_when_to_come_back() -> None:
    async with market() as m:
        slow, _ = m.gateway.keys.make(m.account, rate=0.5, burst=2)
        codes = [(await m.buy(1, key=slow)).status_code for _ in range(3)]
        last = await m.buy(1, key=slow)
        assert codes == [200, 200, 429]
        assert last.headers["retry-after"] == "2"
        assert (await m.buy(1)).status_code == 200  # another key of the account is not held up


@pytest.mark.parametrize("body", [b"{", b'{"n": "x"}', b'{"n": 1, "x": 1}', b'{"n": -1}'], ids=repr)
async def test_a_body_that_the_route_does_not_take_costs_nothing(body: bytes) -> None:
    async with market() as m:
        said = await m.http.post(
            "/v1/query", content=body, headers={"authorization": f"Bearer {m.secret}"}
        )
        assert said.status_code == 422
        assert said.json()["error"]["remedy"] == "GET /v1/openapi.json tells what is taken"
        assert m.balance == credits(1)


async def test_a_body_that_is_too_large_is_not_read_and_unknown_paths_are_told_in_json() -> None:
    async with market(max_body=1000) as m:
        said = await m.post({"n": 1, "pad": "x" * 2000})
        lost = await m.http.get("/v1/nothing")
        wrong = await m.http.get("/v1/query")
    assert said.status_code == 413
    assert lost.json()["error"]["code"] == wrong.json()["error"]["code"] == "no_such_path"
    assert (lost.status_code, wrong.status_code) == (404, 405)


async def test_without_a_miner_the_buyer_is_told_and_keeps_its_credit() -> None:
    async with market(miners=[]) as m:
        said = await m.buy()
        health = await m.http.get("/health")
        assert said.status_code == 503
        assert said.json()["error"]["code"] == "no_miner"
        assert said.json()["error"]["retryable"]
        assert m.balance == credits(1)
    assert health.status_code == 503


async def test_the_same_idempotency_key_is_served_and_billed_once() -> None:
    async with market() as m:
        first = await m.buy(10, idempotency_key="a")
        again = await m.buy(10, idempotency_key="a")
        other = await m.buy(11, idempotency_key="a")
        assert again.content == first.content
        assert again.headers["x-taokit-receipt"] == first.headers["x-taokit-receipt"]
        assert again.headers["x-taokit-replayed"] == "true"
        assert "x-taokit-replayed" not in first.headers
        assert other.json()["error"]["code"] == "idempotency_key_reused"
        assert m.miners[0].asked == 1
        assert m.balance == credits(1) - 120


async def test_an_idempotency_key_under_way_is_refused_and_after_a_failure_runs_anew() -> None:
    release = asyncio.Event()
    working = asyncio.Event()

    async def waiting(question: Question) -> Answer:
        working.set()
        await release.wait()
        raise RuntimeError("broken")

    async with market(miners=[miner("a", waiting)]) as m:
        first = asyncio.create_task(m.buy(10, idempotency_key="a"))
        await working.wait()
        meanwhile = await m.buy(10, idempotency_key="a")
        release.set()
        assert (await first).status_code == 503
        assert meanwhile.status_code == 409
        m.miners[0].answer = doubling
        assert (await m.buy(10, idempotency_key="a")).status_code == 200
        assert m.balance == credits(1) - 120


async def test_many_at_once_never_spend_more_than_there_is() -> None:
    async with market(credit=500) as m:  # enough for four at 120
        said = await asyncio.gather(*(m.buy(10) for _ in range(12)))
        assert m.balance == 500 - 120 * 4
    assert sorted(one.status_code for one in said) == [200] * 4 + [402] * 8


async def test_an_answer_that_claims_more_units_than_were_asked_for_costs_no_more() -> None:
    async def boasting(question: Question) -> Answer:
        return Answer(twice=2_000_000)

    async with market(miners=[miner("a", boasting)]) as m:
        assert (await m.buy(10)).headers["x-taokit-cost"] == "120"
        assert m.balance == credits(1) - 120


async def test_an_answer_whose_units_are_no_numbers_is_held_against_the_miner() -> None:
    async def absurd(question: Question) -> Answer:
        return Answer(twice=-2)

    async with market(miners=[miner("a", absurd)]) as m:
        said = await m.buy(10)
        assert said.status_code == 503
        assert "1 MALFORMED" in said.json()["error"]["message"]
        assert not m.gateway.router.breakers.allows(m.miners[0].hotkey)
        assert m.balance == credits(1)


async def test_why_tells_a_miner_what_was_held_against_it() -> None:
    async with market() as m:
        hotkey, task = m.miners[0].hotkey, "ab" * 32
        book = ScoreBook(m.store)
        evidence = {"expected": 4, "got": 5}
        book.add(Verdict(hotkey=hotkey, task=task, quality=1.0), 5)
        book.add(
            Verdict(
                hotkey=hotkey,
                task=task,
                quality=0.0,
                ok=False,
                reason=Reason.BAD_PROOF,
                evidence=evidence,
            ),
            6,
        )
        told = (await m.http.get(f"/v1/why/{hotkey}")).json()
        nobody = await m.http.get("/v1/why/5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY")
    assert told["reasons"] == {"BAD_PROOF": 1, "OK": 1}
    assert told["deductions"] == [
        {"block": 6, "task": task, "quality": 0.0, "reason": "BAD_PROOF", "evidence": evidence}
    ]
    assert told["routing"] == {"share": 1.0, "left_alone": False}
    assert nobody.status_code == 404


async def test_a_buyer_that_hangs_up_has_bought_the_answer_all_the_same() -> None:
    release, working = asyncio.Event(), asyncio.Event()

    async def waiting(question: Question) -> Answer:
        working.set()
        await release.wait()
        return Answer(twice=20)

    async with market(miners=[miner("a", waiting)]) as m:
        asking = asyncio.create_task(m.buy(10))
        await working.wait()
        asking.cancel()
        await asyncio.wait({asking})
        release.set()
        await m.gateway.stop()
        assert m.balance == credits(1) - 120


async def test_prices_given_to_the_gateway_replace_those_of_routes_and_metrics_count() -> None:
    async with market(prices={"/v1/query": Price(per_request=7)}) as m:
        assert (await m.buy(10)).headers["x-taokit-cost"] == "7"
        shown = (await m.http.get("/metrics")).text
    assert 'taokit_gateway_requests_total{outcome="ok",route="/v1/query"} 1.0' in shown
    assert 'taokit_gateway_revenue_micro_total{route="/v1/query"} 7.0' in shown


async def test_a_stream_is_passed_on_piece_by_piece_and_billed_when_it_is_proven() -> None:
    more = asyncio.Event()

    async def slowly(question: Question) -> AsyncIterator[Answer]:
        yield Answer(twice=0)
        await more.wait()
        for i in range(1, question.n):
            yield Answer(twice=2 * i)

    async with market(miners=[miner("a", stream=slowly)]) as m:
        request = {"json": {"n": 3, "stream": True}}
        headers = {"authorization": f"Bearer {m.secret}"}
        async with m.http.stream("POST", "/v1/query", headers=headers, **request) as said:
            assert said.headers["content-type"].startswith("text/event-stream")
            assert said.headers["x-taokit-miner"] == m.miners[0].hotkey
            lines = said.aiter_lines()
            first = await anext(lines)
            assert m.balance == credits(1) - 106  # set aside, not taken
            assert m.gateway.ledger.balance("revenue") == 0
            more.set()
            rest = [line async for line in lines if line]
        assert m.gateway.ledger.balance("revenue") == 106
        receipt = await m.get(f"/v1/receipts/{said.headers['x-taokit-receipt']}")
        verify_receipt(Receipt.model_validate_json(receipt.content))
        again = await m.post({"n": 3, "stream": True}, **{"idempotency-key": "s"})
        replay = await m.post({"n": 3, "stream": True}, **{"idempotency-key": "s"})
        assert replay.content == again.content
        assert m.balance == credits(1) - 2 * 106
    data = [json.loads(line[6:]) for line in [first, *rest[:2]]]
    assert data == [{"twice": 0}, {"twice": 2}, {"twice": 4}]
    assert rest[2:] == [f": taokit receipt {said.headers['x-taokit-receipt']}", "data: [DONE]"]


async def test_a_stream_that_breaks_off_costs_nothing_and_is_held_against_the_miner() -> None:
    async def breaking(question: Question) -> AsyncIterator[Answer]:
        yield Answer(twice=0)
        raise RuntimeError("broken")

    async def short(question: Question) -> AsyncIterator[Answer]:
        yield Answer(twice=0)

    async with market(miners=[miner("a", stream=breaking)], audit_rate=1.0) as m:
        for _ in range(2):
            said = await m.post({"n": 3, "stream": True})
            last = [line for line in said.text.splitlines() if line][-1]
            assert json.loads(last[6:])["error"]["code"] == "no_miner"
            assert "[DONE]" not in said.text
        assert m.gateway.router.breakers.allows(m.miners[0].hotkey)
        m.miners[0].stream = short  # signed, and not what was asked for
        said = await m.post({"n": 3, "stream": True})
        assert "MALFORMED" in said.text
        assert not m.gateway.router.breakers.allows(m.miners[0].hotkey)
        assert m.audits.qsize() == 1
        assert m.balance == credits(1)


async def test_until_its_first_piece_a_stream_goes_to_another_miner() -> None:
    async def broken(question: Question) -> AsyncIterator[Answer]:
        raise RuntimeError("broken")
        yield Answer(twice=0)

    miners = [miner("a", stream=broken), miner("b")]
    shares = {miners[0].hotkey: 1000.0, miners[1].hotkey: 0.001}
    async with market(miners=miners, shares=shares) as m:
        said = await m.post({"n": 2, "stream": True})
        assert said.headers["x-taokit-miner"] == miners[1].hotkey
        assert said.text.endswith("data: [DONE]\n\n")
        assert m.balance == credits(1) - 104


async def test_a_buyer_that_leaves_a_stream_pays_for_all_of_it() -> None:
    more = asyncio.Event()

    async def slowly(question: Question) -> AsyncIterator[Answer]:
        yield Answer(twice=0)
        await more.wait()
        for i in range(1, question.n):
            yield Answer(twice=2 * i)

    async with market(miners=[miner("a", stream=slowly)]) as m:
        headers = {"authorization": f"Bearer {m.secret}"}
        body = {"n": 3, "stream": True}
        async with m.http.stream("POST", "/v1/query", headers=headers, json=body) as said:
            await anext(said.aiter_lines())
        more.set()
        await m.gateway.stop()
        assert m.balance == credits(1) - 106


async def test_routes_are_described_and_a_path_is_taken_once() -> None:
    async with market() as m:
        spec = (await m.http.get("/v1/openapi.json")).json()
        with pytest.raises(ValueError, match="free"):
            m.gateway.add(ROUTE)
    body = spec["paths"]["/v1/query"]["post"]["requestBody"]["content"]["application/json"]
    assert body["schema"]["required"] == ["n"]
