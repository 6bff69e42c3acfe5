"""The demand side: anybody sees how the run goes; a buyer pays for checkpoints, text and a model.

Run in a project that was rendered of the template (``test_training``).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from less_loss import run
from less_loss.gateway import JOBS, PRICE, TEXT, sell
from project import PROJECT, fresh

from taokit.neuron.gateway import Gateway, credits
from taokit.neuron.testing import virtual_time
from taokit.neuron.testing.harness import Run
from taokit.neuron.testing.worlds import memory_world
from taokit.subnet_templates.training import job_work
from taokit.subnet_templates.training.job_work import NOBODY
from taokit.subnet_templates.training.ordering import WORDS, ended
from taokit.subnet_templates.training.outer import State
from taokit.subnet_templates.training.tensors import load

GRANTED = credits(2)


@asynccontextmanager
async def market(folder: Path, *names: str, epochs: int = 1) -> AsyncIterator[tuple[Any, Any, Run]]:
    """A gateway and a buyer with credit, among some personas who have trained for a while."""
    personas = [one for one in PROJECT.personas if one.name in names]
    project = replace(PROJECT, personas=personas)
    async with (
        memory_world(tempo=project.tempo, commit_reveal=False) as world,
        Run.open(project, world, folder, validators=1) as running,
    ):
        for _ in range(epochs):
            await running.epoch()
        await running.turn()
        bench = running.benches[0]
        # A buyer's patience passes in virtual time, a gateway's rates in real time.
        gateway = Gateway(world.snapshot, bench.client, bench.store, rate=1e6, burst=1e6)
        sell(gateway)
        account = gateway.ledger.open_account("a buyer")
        gateway.ledger.grant(account, GRANTED, "invoice 1")
        secret, _ = gateway.keys.make(account)
        async with gateway, httpx.AsyncClient(base_url=gateway.url, timeout=60.0) as buyer:
            buyer.headers["authorization"] = f"Bearer {secret}"
            yield gateway, buyer, running


def in_market(folder: Path, doing: Any, *names: str, epochs: int = 1) -> None:
    """Run ``doing(gateway, buyer, run)``."""

    async def all_of_it() -> None:
        async with market(folder, *names, epochs=epochs) as (gateway, buyer, running):
            await doing(gateway, buyer, running)
            gateway.ledger.check()

    fresh()
    virtual_time.run(all_of_it())


async def _told(buyer: Any, path: str) -> Any:
    return (await buyer.get(path)).raise_for_status().json()


def test_a_buyer_pays_for_the_newest_checkpoint_once_and_can_use_it(tmp_path: Path) -> None:
    async def doing(gateway: Any, buyer: Any, running: Run) -> None:
        status = await _told(buyer, f"/v1/runs/{run.TERMS.run}")
        assert (await buyer.get("/v1/runs/another")).status_code == 404
        async with httpx.AsyncClient(base_url=gateway.url) as stranger:
            assert (await stranger.get("/v1/checkpoints/latest")).status_code == 401
            listed = await _told(stranger, "/v1/checkpoints")
            assert (await _told(stranger, "/v1/runs"))["data"][0]["id"] == run.TERMS.run
        assert listed["data"][0]["state"] == status["state"]
        bought = await buyer.get("/v1/checkpoints/latest")
        assert bought.status_code == 200, bought.text
        by_name = await buyer.get(f"/v1/checkpoints/{status['state']}")
        held = await buyer.get(f"/v1/objects/checkpoints/{status['state']}")
        assert by_name.content == held.content == bought.content
        assert (await buyer.get(f"/v1/checkpoints/{'0' * 64}")).status_code == 404
        assert (await _told(buyer, "/v1/usage"))["balance"] == GRANTED - PRICE
        older = listed["data"][-1]["state"]
        assert (await buyer.get(f"/v1/checkpoints/{older}")).headers["x-taokit-state"] == older
        assert (await _told(buyer, "/v1/usage"))["balance"] == GRANTED - 2 * PRICE
        state = State.load(bought.content, run.backend().size)
        assert state.digest == bought.headers["x-taokit-state"] == status["state"]
        curve = await _told(buyer, f"/v1/runs/{run.TERMS.run}/loss")
        losses = [point["loss"] for point in curve["data"]]
        assert len(losses) >= 5
        assert losses[-1] < losses[0]
        pages = np.stack([run.PAGES.page(number) for number in range(8)])
        begun = run.backend().losses(run.backend().initial(), pages).mean()
        assert run.backend().losses(state.params, pages).mean() < begun

    in_market(tmp_path, doing, "double", epochs=2)


def test_the_joint_model_writes_text_that_is_paid_by_the_byte(tmp_path: Path) -> None:
    async def doing(gateway: Any, buyer: Any, running: Run) -> None:
        wish = {"model": run.TERMS.run, "prompt": "the ", "max_tokens": 40}
        first = (await buyer.post("/v1/completions", json=wish)).raise_for_status()
        again = (await buyer.post("/v1/completions", json=wish)).json()
        text = first.json()["choices"][0]["text"]
        assert again["choices"][0]["text"] == text
        assert first.json()["usage"]["completion_tokens"] == 40
        cost = TEXT.cost({"completion": 40})
        assert first.headers["x-taokit-cost"] == str(cost)
        assert (await _told(buyer, "/v1/usage"))["balance"] == GRANTED - 2 * cost
        turns = [{"role": "user", "content": "the "}]
        drawn = {**wish, "messages": turns, "temperature": 1.0, "seed": 7}
        named = {"idempotency-key": "chat 1"}
        path = "/v1/chat/completions"
        said = [(await buyer.post(path, json=drawn, headers=named)).json() for _ in range(2)]
        assert said[0] == said[1]
        other = (await buyer.post(path, json=drawn)).json()
        assert other["choices"] == said[0]["choices"]
        assert (await _told(buyer, "/v1/usage"))["balance"] == GRANTED - 4 * cost
        for wrong in ({"model": "another"}, {"max_tokens": 0}, {"stream": True}):
            refused = await buyer.post("/v1/completions", json={**wish, **wrong})
            assert refused.status_code == 422, refused.text
        assert wish["model"] in [one["id"] for one in (await _told(buyer, "/v1/models"))["data"]]

    in_market(tmp_path, doing, "double")


def test_a_buyers_job_is_done_by_a_miner_measured_and_billed_once(tmp_path: Path) -> None:
    async def doing(gateway: Any, buyer: Any, running: Run) -> None:
        wish = {"text": WORDS, "steps": 128}
        named = {"idempotency-key": "job 1"}
        ordered = await buyer.post("/v1/jobs", json=wish, headers=named)
        assert ordered.status_code == 202, ordered.text
        id_ = ordered.json()["id"]
        assert (await buyer.post("/v1/jobs", json=wish, headers=named)).json()["id"] == id_
        changed = await buyer.post("/v1/jobs", json={**wish, "steps": 1}, headers=named)
        assert changed.status_code == 422
        waiting = await _told(buyer, f"/v1/jobs/{id_}")
        while not waiting["detail"]:
            await asyncio.sleep(0.1)
            waiting = await _told(buyer, f"/v1/jobs/{id_}")
        assert (waiting["state"], waiting["detail"]) == ("queued", NOBODY)
        while not gateway.router.anyone_earns(await running.world.snapshot()):
            await running.epoch()
        job = await ended(buyer, id_)
        assert job["state"] == "done", job["detail"]
        assert job["after"] < 0.8 * job["before"]
        cost = JOBS.cost({"tokens": 128 * run.PAGES.length})
        usage = await _told(buyer, "/v1/usage")
        assert (job["cost"], usage["balance"], usage["reserved"]) == (cost, GRANTED - cost, 0)
        assert usage["routes"]["/v1/jobs"]["requests"] == 1
        receipt = await _told(buyer, f"/v1/receipts/{job['receipt']}")
        (honest,) = (await running.report(5, 0.0)).standing("double").hotkeys
        assert receipt["miner"] == job["miner"] == honest
        model = (await buyer.get(f"/v1/jobs/{id_}/result")).raise_for_status().content
        params = load(model)["params"]
        pages = np.frombuffer(WORDS[: 2 * run.PAGES.length].encode(), np.uint8)
        loss = run.backend().losses(params, pages.reshape(2, -1)).mean()
        assert loss < 0.8 * job["before"]
        prompt = {"model": f"job:{id_}", "prompt": "my own ", "max_tokens": 5}
        written = (await buyer.post("/v1/completions", json=prompt)).raise_for_status()
        assert written.json()["choices"][0]["text"]
        async with httpx.AsyncClient(base_url=gateway.url) as stranger:
            other = gateway.ledger.open_account("another")
            secret, _ = gateway.keys.make(other)
            stranger.headers["authorization"] = f"Bearer {secret}"
            assert (await stranger.get(f"/v1/jobs/{id_}")).status_code == 404
            assert (await stranger.get(f"/v1/jobs/{id_}/result")).status_code == 404
            assert (await stranger.post("/v1/jobs", json=wish)).status_code == 402
            assert (await stranger.post("/v1/completions", json=prompt)).status_code in (402, 404)

    in_market(tmp_path, doing, "double", "uphill-tuner")


def test_a_job_that_cannot_be_done_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_work, "PATIENCE_S", 20.0)

    async def doing(gateway: Any, buyer: Any, running: Run) -> None:
        short = await buyer.post("/v1/jobs", json={"text": "too short"})
        assert short.status_code == 422
        ordered = (await buyer.post("/v1/jobs", json={"text": WORDS})).json()
        job = await ended(buyer, ordered["id"])
        assert job["state"] == "failed"
        assert "no miner whose work is proven" in job["detail"]
        assert (await buyer.get(f"/v1/jobs/{ordered['id']}/result")).status_code == 404
        usage = await _told(buyer, "/v1/usage")
        assert (usage["balance"], usage["reserved"]) == (GRANTED, 0)

    in_market(tmp_path, doing, "double", "offline")
