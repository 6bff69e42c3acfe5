"""The paths of jobs at a gateway.

| path | key | what |
|---|---|---|
| ``POST /v1/jobs`` | yes | order one; ``Idempotency-Key`` may be sent |
| ``GET /v1/jobs``, ``GET /v1/jobs/{id}`` | yes | those of the account: state, cost, losses |
| ``GET /v1/jobs/{id}/result`` | yes | the model, as safetensors |
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from taokit.neuron.gateway import Gateway
from taokit.subnet_templates.training.buying import idempotency_of, parsed, read
from taokit.subnet_templates.training.job_work import JobWork
from taokit.subnet_templates.training.jobs import Job, Jobs, Wish
from taokit.subnet_templates.training.tuning import MOST_RATE, MOST_STEPS

__all__ = ["JobBody", "sell_jobs"]

MOST_TEXT = 512 * 1024


class JobBody(BaseModel):
    """What a buyer sends: a text (or several), and how long to train on it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str | list[str]
    steps: Annotated[int, Field(ge=1, le=MOST_STEPS)] = 256
    rate: Annotated[float, Field(gt=0.0, le=MOST_RATE)] = 0.003

    @property
    def data(self) -> bytes:
        """The text as bytes."""
        texts = [self.text] if isinstance(self.text, str) else self.text
        return "\n".join(texts).encode()[:MOST_TEXT]


def sell_jobs(gateway: Gateway, jobs: Jobs, work: JobWork, *, length: int) -> None:
    """Add the paths, and the work behind them; text is cut to pages of ``length`` bytes."""

    async def order(request: Request) -> Response:
        """Order a model trained on a text of one's own."""
        key = gateway.key_of(request)
        raw = await read(request)
        body = parsed(JobBody, raw)
        wish = Wish(pages=body.data, length=length, steps=body.steps, rate=body.rate)
        digest = hashlib.sha256(raw).hexdigest()
        job, new = jobs.order(key, wish, digest, idempotency_of(request))
        return JSONResponse(_shown(job), 202 if new else 200)

    async def listed(request: Request) -> Response:
        """The account's jobs."""
        key = gateway.key_of(request)
        return JSONResponse({"data": [_shown(job) for job in jobs.of(key.account)]})

    async def one(request: Request, id: str) -> Response:
        """One job."""
        return JSONResponse(_shown(jobs.get(gateway.key_of(request).account, id)))

    async def result(request: Request, id: str) -> Response:
        """The model that came of it."""
        data = jobs.result(gateway.key_of(request).account, id)
        return Response(data, media_type="application/octet-stream")

    app = gateway.app
    app.add_api_route("/v1/jobs", order, methods=["POST"], response_model=None)
    app.add_api_route("/v1/jobs", listed, methods=["GET"], response_model=None)
    app.add_api_route("/v1/jobs/{id}", one, methods=["GET"], response_model=None)
    app.add_api_route("/v1/jobs/{id}/result", result, methods=["GET"], response_model=None)
    gateway.alongside(work.run)


def _shown(job: Job) -> dict[str, Any]:
    hidden = {"account", "key", "digest", "charge"}
    return {**job.model_dump(exclude=hidden), "receipt": job.charge if job.miner else None}
