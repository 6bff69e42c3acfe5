"""A buyer who orders models of his own, for runs of a project: are jobs done, well, and paid once?

Owns that errand. Does not own jobs (``jobs``), nor the gateway.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from typing import Any

from taokit.neuron.testing.purchases import Errand, Visit
from taokit.subnet_templates.training.jobs import SELLS

__all__ = ["WORDS", "buy_jobs", "ended"]

WORDS = "my own words are few and plain and they come again and again. " * 64
EVERY_S, PATIENCE_S = 1.0, 300.0


async def ended(buyer: Any, id_: str) -> dict[str, Any]:
    """A job once it is done or has failed, or as it is when a buyer's patience ends."""
    clock = asyncio.get_running_loop().time
    ends = clock() + PATIENCE_S
    while True:
        job: dict[str, Any] = (await buyer.get(f"{SELLS}/{id_}")).raise_for_status().json()
        if job["state"] in ("done", "failed") or clock() >= ends:
            return job
        await asyncio.sleep(EVERY_S)


def buy_jobs(count: int = 3, *, text: str = WORDS, steps: int = 128) -> Errand:
    """An errand: so many jobs on a text, each ordered twice under one idempotency key."""

    async def errand(visit: Visit) -> None:
        wish = {"text": text, "steps": steps}
        for number in range(count):
            visit.sent += 1
            once = {"idempotency-key": f"job {number}"}
            said = [await visit.buyer.post(SELLS, json=wish, headers=once) for _ in range(2)]
            if said[0].status_code != 202:
                visit.wrong(f"job {number} was refused: {said[0].text[:200]}")
                continue
            ids = {one.json().get("id") for one in said}
            if len(ids) != 1:
                visit.wrong(f"job {number} was taken twice")
            await _taken(visit, number, await ended(visit.buyer, said[0].json()["id"]))

    return errand


async def _taken(visit: Visit, number: int, job: Mapping[str, Any]) -> None:
    if job["state"] != "done":
        visit.wrong(f"job {number} is {job['state']}: {job['detail']}")
        return
    visit.took(job["miner"], job["cost"])
    model = await visit.buyer.get(f"{SELLS}/{job['id']}/result")
    if hashlib.sha256(model.content).hexdigest() != job["result"]:
        visit.wrong(f"job {number} has another result than it says")
    if not job["after"] < job["before"]:
        visit.wrong(f"job {number} taught nothing: {job['before']} before, {job['after']} after")
