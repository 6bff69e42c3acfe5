"""A buyer's own model: jobs that train the newest state further on a buyer's text.

Owns jobs: what they are, what is kept of them, their order and how they are paid. Does not own
doing them (``job_work``), the miner's side (``tuning``), nor the HTTP paths (``job_paths``).

A job is paid in advance (set aside), settled once when its result is there, and given back when it
fails. Jobs outlive a restart: what was under way begins again.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Iterator
from typing import Any, Literal
from uuid import UUID, uuid4

import numpy as np

from taokit.neuron.errors import NoCredit, RateLimited
from taokit.neuron.gateway import Gateway, Key, Price
from taokit.neuron.gateway.charges import RELEASED, Reply
from taokit.neuron.gateway.errors import BadRequest, KeyReused, NotFound
from taokit.neuron.messages import Message, Receipt
from taokit.neuron.store import KeyValues
from taokit.subnet_templates.training.bucket import Bucket

__all__ = ["SELLS", "Job", "Jobs", "Wish"]

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
LEAST_PAGES = 16
UNFINISHED = 4
"""Jobs that an account may have waiting."""
SELLS = "/v1/jobs"


class Wish(Message):
    """What a buyer asks for: ``steps`` of a page each, at a learning ``rate``, on ``pages``."""

    pages: bytes
    length: int
    steps: int
    rate: float


class Job(Message):
    """A job. ``before`` and ``after`` are losses on the pages that were kept back."""

    id: str
    account: str
    key: str
    charge: str
    state: Literal["queued", "running", "done", "failed"]
    digest: str
    pages: int
    length: int
    steps: int
    rate: float
    cost: int
    made_ms: int
    ended_ms: int = 0
    base: str = ""
    before: float | None = None
    after: float | None = None
    miner: str = ""
    result: str = ""
    detail: str = ""


class Jobs:
    """The jobs of a gateway. ``kept`` is for data and results, which nobody else gets to see."""

    def __init__(self, gateway: Gateway, kept: Bucket, price: Price) -> None:
        self._gateway, self._kept, self._price = gateway, kept, price
        self._jobs = KeyValues(gateway.store, "jobs")
        self._names = KeyValues(gateway.store, "jobs by idempotency key")
        self.ordered = asyncio.Event()

    # What buyers do

    def cost(self, wish: Wish) -> int:
        """Micro-credits for a job."""
        return self._price.cost({"tokens": float(wish.steps * wish.length)})

    def order(self, key: Key, wish: Wish, digest: str, name: str | None) -> tuple[Job, bool]:
        """Take a job and set its cost aside; or the one of that idempotency key, and False.

        Raises NoCredit, KeyReused, BadRequest, RateLimited.
        """
        count = len(wish.pages) // wish.length
        if count < LEAST_PAGES:
            raise BadRequest(
                f"this is {count} pages of {wish.length} bytes",
                hint=f"a job has at least {LEAST_PAGES * wish.length} bytes of text",
            )
        with self._gateway.store.transaction():
            known = self._names.get(f"{key.account}/{name}") if name is not None else None
            if known is not None:
                job = self.get(key.account, known)
                if job.digest != digest:
                    raise KeyReused(
                        "this idempotency key belongs to another job", hint="use a new one"
                    )
                return job, False
            if sum(1 for one in self.of(key.account) if _open(one)) >= UNFINISHED:
                raise RateLimited(
                    f"{UNFINISHED} jobs of this account are waiting",
                    retry_after=60.0,
                    hint="order another one when one of them is done",
                )
            cost, id_ = self.cost(wish), uuid4().hex
            charge = self._gateway.charges.begin(key, SELLS, cost, digest)
            job = Job(
                id=id_,
                account=key.account,
                key=key.id,
                charge=charge.id,
                state="queued",
                digest=digest,
                pages=count,
                length=wish.length,
                steps=wish.steps,
                rate=wish.rate,
                cost=cost,
                made_ms=_now(),
            )
            self._kept.put(f"data/{id_}", wish.pages[: count * wish.length])
            self._set(job)
            if name is not None:
                self._names.set(f"{key.account}/{name}", id_)
        self.ordered.set()
        return job, True

    def get(self, account: str, id_: str) -> Job:
        """A job of an account. Raises NotFound."""
        found = self._jobs.get(f"{account}/{id_}")
        if found is None:
            raise NotFound(f"this account has no job {id_}")
        return Job.model_validate(found)

    def of(self, account: str) -> list[Job]:
        """The jobs of an account, oldest first."""
        return _in_order(self._jobs.items(f"{account}/"))

    def result(self, account: str, id_: str) -> bytes:
        """The parameters, as safetensors. Raises NotFound while there are none."""
        job = self.get(account, id_)
        data = self._kept.get(f"results/{id_}") if job.state == "done" else None
        if data is None:
            raise NotFound(f"job {id_} has no result: it is {job.state}")
        return data

    # What whoever does them does

    def waiting(self) -> list[Job]:
        """Those of all accounts that are to be done, oldest first."""
        return [job for job in _in_order(self._jobs.items()) if _open(job)]

    def renew(self, job: Job) -> None:
        """Set the cost aside once more: a start gives back what was set aside before it."""
        charges = self._gateway.charges
        if charges.get(job.charge, job.account).state != RELEASED:
            return
        key = Key(job.key, job.account, frozenset())
        try:
            with self._gateway.store.transaction():
                charge = charges.begin(key, SELLS, job.cost, job.digest)
                self._set(job.model_copy(update={"charge": charge.id, "state": "queued"}))
        except NoCredit as error:
            self.fail(job, str(error))

    def wait(self, job: Job, why: str) -> Job:
        """Tell the buyer what it waits for."""
        if job.detail == why:
            return job
        return self._set(job.model_copy(update={"state": "queued", "detail": why}))

    def begin(self, job: Job) -> tuple[Job, Bytes]:
        """Take a job up; its pages."""
        data = self._kept.get(f"data/{job.id}") or b""
        pages = np.frombuffer(data, np.uint8).reshape(-1, job.length)
        return self._set(job.model_copy(update={"state": "running", "detail": ""})), pages

    def finish(self, job: Job, data: bytes, receipt: Receipt, block: int, **told: Any) -> None:
        """It is done: keep the result, and take what it costs."""
        self._kept.put(f"results/{job.id}", data)
        units = {"tokens": float(job.steps * job.length)}
        named = receipt.model_copy(update={"id": UUID(job.charge), "units": units["tokens"]})
        with self._gateway.store.transaction():
            self._gateway.charges.settle(
                job.charge,
                job.cost,
                miner=receipt.miner,
                units=units,
                reply=Reply(b""),
                receipt=named,
                block=block,
            )
            result = hashlib.sha256(data).hexdigest()
            done = {"state": "done", "miner": receipt.miner, "result": result, **told}
            self._set(job.model_copy(update={**done, "ended_ms": _now()}))

    def fail(self, job: Job, why: str) -> None:
        """It cannot be done: give back what it would have cost."""
        with self._gateway.store.transaction():
            self._gateway.charges.release(job.charge)
            failed = {"state": "failed", "detail": why, "ended_ms": _now()}
            self._set(job.model_copy(update=failed))

    def _set(self, job: Job) -> Job:
        self._jobs.set(f"{job.account}/{job.id}", job.model_dump())
        return job


def _now() -> int:
    return int(time.time() * 1000)


def _open(job: Job) -> bool:
    return job.state in ("queued", "running")


def _in_order(items: Iterator[tuple[str, Any]]) -> list[Job]:
    found = [Job.model_validate(value) for _, value in items]
    return sorted(found, key=lambda job: (job.made_ms, job.id))
