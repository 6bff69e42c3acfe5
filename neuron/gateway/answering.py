"""One request of a buyer: who asks, what it may cost, who serves it, and what it did cost.

Owns that order: key, rate, body, idempotency, credit set aside, a miner's answer, settlement,
reply. Does not own any of the parts, nor answers in pieces (``streams``).

Whatever goes wrong before the settlement releases the credit. A buyer that hangs up while a miner
works has bought the answer all the same.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from taokit.neuron.client import MinerClient
from taokit.neuron.errors import BodyTooLarge
from taokit.neuron.gateway.audits import AuditSampler
from taokit.neuron.gateway.books import Books
from taokit.neuron.gateway.charges import Charge, Charges, Reply
from taokit.neuron.gateway.dispatch import Dispatcher
from taokit.neuron.gateway.errors import BadRequest, status_of
from taokit.neuron.gateway.keys import KeyRates, Keys
from taokit.neuron.gateway.metrics import GatewayMetrics
from taokit.neuron.gateway.prices import Price
from taokit.neuron.gateway.replies import (
    REPLAYED,
    encoded,
    error_response,
    headers_of,
    malformed,
)
from taokit.neuron.gateway.route import Route
from taokit.neuron.gateway.routing import Router
from taokit.neuron.gateway.streams import Streams
from taokit.neuron.messages import Hotkey, Message, Receipt
from taokit.neuron.metagraph import Neuron, Snapshot
from taokit.neuron.results import Failed, Ok
from taokit.wallet.errors import TaokitError

__all__ = ["Desk", "Order"]

IDEMPOTENCY = "idempotency-key"
LONGEST_IDEMPOTENCY = 200


@dataclass(frozen=True)
class Order:
    """A request that is paid for and being served."""

    route: Route[Any, Any, Any]
    price: Price
    body: BaseModel
    task: Message
    charge: Charge
    snapshot: Snapshot
    began: float


class Desk:
    """Serves buyers: the parts of a gateway at work. ``max_body`` is in bytes."""

    def __init__(
        self,
        *,
        keys: Keys,
        rates: KeyRates,
        books: Books,
        router: Router,
        client: MinerClient,
        audits: AuditSampler,
        metrics: GatewayMetrics,
        log: Any,
        max_body: int,
        body_seconds: float,
    ) -> None:
        self.keys = keys
        self.rates = rates
        self.books = books
        self.router = router
        self.client = client
        self.audits = audits
        self.metrics = metrics
        self.log = log
        self.dispatcher = Dispatcher(router, metrics)
        self._streams = Streams(self)
        self._max_body = max_body
        self._body_seconds = body_seconds

    async def serve(self, route: Route[Any, Any, Any], price: Price, request: Request) -> Response:
        """Answer one request."""
        began = time.perf_counter()
        try:
            key = self.keys.find(request.headers.get("authorization"))
            key.need(route.scope)
            self.rates.take(key)
            raw = await self._read(request)
            body, task, most = _parsed(route, price, raw)
            snapshot = await self.router.snapshot()
            digest, once = hashlib.sha256(raw).hexdigest(), _idempotency(request)
            charge = await self.books.run(
                lambda charges: charges.begin(key, route.path, most, digest, idempotency=once),
                undo=_undone,
            )
            if charge.reply is not None:
                return self._replayed(charge, charge.reply, began)
            order = Order(route, price, body, task, charge, snapshot, began)
            try:
                if route.streaming is not None and route.streaming.wanted(body):
                    return await self._streams.begin(order)
                return await self._whole(order)
            except Exception:
                await self.release(charge)
                raise
            except BaseException:
                self.books.soon(lambda charges: charges.release(charge.id))
                raise
        except TaokitError as error:
            if status_of(error) == 500:
                self.log.error("request_failed", route=route.path, detail=str(error))
            self.metrics.count(route.path, error.code, time.perf_counter() - began)
            return error_response(error)
        except ClientDisconnect:
            self.metrics.count(route.path, "buyer_gone", time.perf_counter() - began)
            return Response(status_code=400)
        except Exception as error:
            self.log.exception("request_failed", route=route.path)
            self.metrics.count(route.path, "internal", time.perf_counter() - began)
            return error_response(TaokitError(f"{type(error).__name__}"))

    async def close(self) -> None:
        """Finish the streams that are under way."""
        await self._streams.close()

    async def settle(
        self, order: Order, miner: Hotkey, answer: Any, receipt: Receipt, reply: Reply
    ) -> Charge:
        """Take what an answer costs, by the units of what the miner signed."""
        units = order.route.units(order.task, answer)
        cost = order.price.cost(units)
        named = receipt.model_copy(
            update={"id": UUID(order.charge.id), "units": float(sum(units.values()))}
        )
        charge = await self.books.run(
            lambda charges: charges.settle(
                order.charge.id,
                cost,
                miner=miner,
                units=units,
                reply=reply,
                receipt=named,
                block=order.snapshot.block,
            )
        )
        self.metrics.revenue.labels(order.route.path).inc(charge.cost)
        return charge

    async def release(self, charge: Charge) -> None:
        """Give back what was set aside for a request that nobody served, before that is told."""
        await self.books.run(lambda charges: charges.release(charge.id))

    def countable(self, order: Order, result: Ok[Any] | Failed) -> Ok[Any] | Failed:
        """The same, unless its units are no numbers that anything could cost."""
        if isinstance(result, Failed):
            return result
        try:
            order.price.cost(order.route.units(order.task, result.value))
        except ValueError as error:
            return malformed(result, str(error))
        return result

    def audit(self, order: Order, result: Ok[Any], blamed: tuple[Failed, ...]) -> None:
        """Let an answer be judged, if it is to be."""
        if order.route.audit:
            self.audits.served(order.task, result, blamed)

    def done(self, order: Order, outcome: str) -> None:
        """Count a request that has ended."""
        self.metrics.count(order.route.path, outcome, time.perf_counter() - order.began)

    # -- inside -----------------------------------------------------------------------------------

    async def _whole(self, order: Order) -> Response:
        route, task = order.route, order.task

        async def ask(miner: Neuron, left: float) -> Ok[Any] | Failed:
            return self.countable(
                order,
                await self.client.call(miner, route.miner_path, task, route.answer, deadline=left),
            )

        served = await self.dispatcher.race(route, order.snapshot, ask)
        result = served.outcome
        said = encoded(route.reply(order.body, task, result.value))
        charge = await self.settle(order, served.miner, result.value, result.receipt, Reply(said))
        self.audit(order, result, served.blamed)
        self.done(order, "ok")
        headers = {**route.headers, **headers_of(charge)}
        return Response(said, media_type="application/json", headers=headers)

    def _replayed(self, charge: Charge, reply: Reply, began: float) -> Response:
        self.metrics.count(charge.route, "replayed", time.perf_counter() - began)
        headers = {**headers_of(charge), REPLAYED: "true"}
        return Response(reply.body, media_type=reply.kind, headers=headers)

    async def _read(self, request: Request) -> bytes:
        async def whole() -> bytes:
            parts, size = [], 0
            async for part in request.stream():
                size += len(part)
                if size > self._max_body:
                    raise self._too_large()
                parts.append(part)
            return b"".join(parts)

        length = request.headers.get("content-length", "")
        if length.isdigit() and int(length) > self._max_body:
            raise self._too_large()
        try:
            return await asyncio.wait_for(whole(), self._body_seconds)
        except asyncio.TimeoutError:
            raise BadRequest(
                f"the body took longer than {self._body_seconds:g} s", hint="send it faster"
            ) from None

    def _too_large(self) -> BodyTooLarge:
        return BodyTooLarge(
            f"the body has more than {self._max_body} bytes", hint="send a smaller request"
        )


def _undone(charges: Charges, charge: Charge) -> None:
    """Give back what was set aside for a buyer that left meanwhile."""
    if charge.reply is None:
        charges.release(charge.id)


def _parsed(route: Route[Any, Any, Any], price: Price, raw: bytes) -> tuple[Any, Any, int]:
    """The body, the task that it becomes, and the most that it can cost."""
    try:
        body = route.body.model_validate_json(raw)
        task = route.task(body)
        return body, task, price.cost(route.most(task))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the body"
        raise BadRequest(
            f"{where}: {first['msg']}", hint="GET /v1/openapi.json tells what is taken"
        ) from None
    except ValueError as error:
        raise BadRequest(str(error), hint="GET /v1/openapi.json tells what is taken") from None


def _idempotency(request: Request) -> str | None:
    key = request.headers.get(IDEMPOTENCY)
    if key is not None and not 0 < len(key) <= LONGEST_IDEMPOTENCY:
        raise BadRequest(
            "the idempotency key is empty or too long",
            hint=f"it has 1 to {LONGEST_IDEMPOTENCY} characters",
        )
    return key
