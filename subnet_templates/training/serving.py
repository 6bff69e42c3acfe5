"""What a gateway shows and sells of a run: how it goes, its newest checkpoint, its bucket.

Owns these paths. Does not own keys and credit (``taokit.neuron.gateway``).

| path | key | what |
|---|---|---|
| ``GET /v1/runs``, ``GET /v1/runs/{id}`` | | the newest state, tokens, members |
| ``GET /v1/runs/{id}/loss`` | | the loss after each window |
| ``GET /v1/checkpoints`` | | those that there are: state, window, loss, bytes |
| ``GET /v1/checkpoints/latest``, ``GET /v1/checkpoints/{state}`` | yes | the model as safetensors,
checked against its hash; paid |
| ``GET /v1/objects/{kind}/{name}`` | for checkpoints | the bucket, for miners and validators |

A checkpoint is paid once by each account, however often it is fetched. Who follows from the first
window needs none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from taokit.neuron.errors import ArtifactError
from taokit.neuron.gateway import Gateway
from taokit.neuron.gateway.errors import NotFound
from taokit.neuron.metagraph import Snapshot
from taokit.subnet_templates.training.bucket import Bucket
from taokit.subnet_templates.training.messages import Aggregate
from taokit.subnet_templates.training.outer import State
from taokit.subnet_templates.training.terms import Terms, leads

__all__ = ["Board", "sell_run"]

SHOWN = 500
REVENUE = "revenue"
GAP = 8
"""Windows in a row of which nothing may have come before history ends."""


class Board:
    """A run as its bucket has it. Only what a lead signed is believed."""

    def __init__(self, terms: Terms, bucket: Bucket, size: int) -> None:
        self._terms, self._bucket, self._size = terms, bucket, size

    def history(self, snapshot: Snapshot) -> list[Aggregate]:
        """The newest aggregates, oldest first: each builds upon the one before it."""
        newest = self._head(snapshot)
        found: list[Aggregate] = []
        while newest is not None and len(found) < SHOWN:
            found.append(newest)
            newest = self._before(newest, leads(snapshot))
        return found[::-1]

    def status(self, snapshot: Snapshot) -> dict[str, Any]:
        """How the run goes."""
        history = self.history(snapshot)
        newest = history[-1] if history else None
        return {
            "id": self._terms.run,
            "parameters": self._size,
            "window": newest.window if newest else None,
            "state": newest.state if newest else None,
            "tokens": sum(one.tokens for one in history),
            "members": [member.hotkey for member in newest.members] if newest else [],
            "loss": [{"window": one.window, "loss": one.loss} for one in history],
        }

    def newest(self, snapshot: Snapshot) -> Aggregate:
        """What was posted last. Raises NotFound."""
        newest = self._head(snapshot)
        if newest is None:
            raise NotFound("nothing was trained yet")
        return newest

    def checkpoints(self, snapshot: Snapshot) -> list[dict[str, Any]]:
        """What can be downloaded, newest first."""
        told = []
        for one in reversed(self.history(snapshot)):
            size = self._bucket.size(f"checkpoints/{one.state}")
            if size is not None:
                entry = {"state": one.state, "window": one.window, "loss": one.loss, "bytes": size}
                told.append(entry)
        return told

    def latest(self, snapshot: Snapshot, wanted: str = "") -> tuple[Aggregate, State, bytes]:
        """The newest checkpoint, or the one of a state, which has the hash that the lead signed.

        Raises NotFound.
        """
        for one in reversed(self.history(snapshot)):
            if wanted not in ("", one.state):
                continue
            data = self._bucket.get(f"checkpoints/{one.state}")
            state = None if data is None else State.load(data, self._size)
            if data is not None and state is not None and state.digest == one.state:
                return one, state, data
        raise NotFound("there is no such checkpoint" if wanted else "there is no checkpoint yet")

    def object(self, key: str) -> bytes:
        """Anything in the bucket. Raises NotFound."""
        try:
            data = self._bucket.get(key)
        except ArtifactError:
            data = None
        if data is None:
            raise NotFound(f"there is no {key}")
        return data

    def _head(self, snapshot: Snapshot) -> Aggregate | None:
        heads = [self._read(f"heads/{hotkey}", hotkey) for hotkey in leads(snapshot)]
        return max((h for h in heads if h is not None), key=lambda h: h.window, default=None)

    def _before(self, one: Aggregate, who: list[str]) -> Aggregate | None:
        for window in range(one.window - 1, max(-1, one.window - GAP), -1):
            for hotkey in who:
                found = self._read(f"aggregates/{window}-{hotkey}", hotkey)
                if found is not None and found.state == one.base:
                    return found
        return None

    def _read(self, key: str, hotkey: str) -> Aggregate | None:
        text = self._bucket.get(key)
        found = Aggregate.model_validate_json(text) if text is not None else None
        return found if found and found.hotkey == hotkey and found.is_signed() else None


def sell_run(gateway: Gateway, board: Board, terms: Terms, *, price: int) -> None:
    """Add the paths of a run to a gateway. ``price`` of a checkpoint is in micro-credits."""

    async def told(doing: Callable[[Snapshot], Any]) -> Any:
        snapshot = await gateway.router.snapshot()
        return await asyncio.to_thread(doing, snapshot)

    async def runs() -> JSONResponse:
        """The run that this is."""
        status = await told(board.status)
        return JSONResponse({"data": [{k: v for k, v in status.items() if k != "loss"}]})

    async def run(id: str) -> JSONResponse:
        """How a run goes."""
        _is_this(id)
        return JSONResponse(await told(board.status))

    async def curve(id: str) -> JSONResponse:
        """The loss after each window."""
        _is_this(id)
        return JSONResponse({"id": id, "data": (await told(board.status))["loss"]})

    async def checkpoints() -> JSONResponse:
        """The checkpoints that there are."""
        return JSONResponse({"price": price, "data": await told(board.checkpoints)})

    def _is_this(id: str) -> None:
        if id != terms.run:
            raise NotFound(f"there is no run {id}")

    def pay(request: Request, state: str) -> None:
        key = gateway.keys.find(request.headers.get("authorization"))
        if price:
            bill = f"checkpoint {state} {key.account}"
            gateway.ledger.transfer(bill, key.account, REVENUE, price, "checkpoint")

    async def checkpoint(request: Request, wanted: str) -> Response:
        """A checkpoint, or the newest one (``latest``)."""
        gateway.key_of(request)
        state = "" if wanted == "latest" else wanted
        posted, _, data = await told(lambda snapshot: board.latest(snapshot, state))
        pay(request, posted.state)
        headers = {"x-taokit-window": str(posted.window), "x-taokit-state": posted.state}
        return Response(data, media_type="application/octet-stream", headers=headers)

    async def held(request: Request, kind: str, name: str) -> Response:
        """An object of the bucket."""
        data = await asyncio.to_thread(board.object, f"{kind}/{name}")
        if kind == "checkpoints":
            pay(request, name)
        return Response(data, media_type="application/octet-stream")

    for path, shown in (
        ("/v1/runs", runs),
        ("/v1/runs/{id}", run),
        ("/v1/runs/{id}/loss", curve),
        ("/v1/checkpoints", checkpoints),
        ("/v1/checkpoints/{wanted}", checkpoint),
        ("/v1/objects/{kind}/{name}", held),
    ):
        gateway.app.add_api_route(path, shown, methods=["GET"], response_model=None)
