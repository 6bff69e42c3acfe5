"""A gateway: buyers' requests in, miners' answers out, paid for and proven.

Owns putting the parts of ``taokit.neuron.gateway`` together, the paths that every gateway has, and
starting and stopping. What is sold is added as routes.

| path | key | what |
|---|---|---|
| a route's own (``POST``) | its scope | served by a miner; ``Idempotency-Key`` may be sent |
| ``/v1/usage`` | ``usage`` | balance and use of the account, in micro-credits |
| ``/v1/receipts/{id}`` | ``usage`` | what the miner signed for a request of the account |
| ``/v1/deposits`` | ``usage`` | where to deposit TAO, and what was deposited |
| ``/v1/why/{hotkey}`` | | what was held against a miner |
| a route's pages | | documents that go with it |
| ``/v1/openapi.json``, ``/health``, ``/metrics`` | | |
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from taokit.neuron.client import MinerClient
from taokit.neuron.gateway import reports
from taokit.neuron.gateway.answering import Desk
from taokit.neuron.gateway.audits import AuditSampler, AuditSink
from taokit.neuron.gateway.books import Books
from taokit.neuron.gateway.breaker import Breakers
from taokit.neuron.gateway.charges import Charges
from taokit.neuron.gateway.earned import Earned
from taokit.neuron.gateway.housekeeping import Housekeeping
from taokit.neuron.gateway.kept_routing import KeptRouting
from taokit.neuron.gateway.keys import CALL, USAGE, Key, KeyRates, Keys
from taokit.neuron.gateway.ledger import Ledger
from taokit.neuron.gateway.metrics import GatewayMetrics
from taokit.neuron.gateway.prices import Price
from taokit.neuron.gateway.replies import error_response
from taokit.neuron.gateway.revenue import OnRevenue, Payouts
from taokit.neuron.gateway.route import Route
from taokit.neuron.gateway.routing import Router, Shares
from taokit.neuron.gateway.serving_lock import ServingLock
from taokit.neuron.observe.logs import silent
from taokit.neuron.serving.listening import Listener
from taokit.neuron.serving.rates import TokenBuckets
from taokit.neuron.serving.snapshots import SnapshotCache, Source
from taokit.neuron.store import ScoreBook, Store
from taokit.wallet.errors import TaokitError

if TYPE_CHECKING:
    from taokit.neuron.gateway.deposits import DepositWatcher

__all__ = ["Gateway"]

KEEP_REPLIES_S = 24 * 3600.0
KEEP_RECORDS_S = 400 * 24 * 3600.0
_OWN = frozenset({"/v1/usage", "/v1/deposits", "/v1/receipts", "/v1/why", "/v1/openapi.json"})


class Gateway:
    """Sells what miners serve, to whoever has a key and credit.

    ``source`` tells the metagraph: a chain, a snapshot, or a function that returns one. ``client``
    asks in the name of a hotkey that miners let in: the validator's, or one with its delegation.
    ``store`` holds keys, credit and receipts; with a validator's store, requests are routed by what
    miners earned in it (``earned``), else (or where ``shares`` say otherwise) by those. ``audits``
    is the validator's ``audit_queue``, which gets the share ``audit_rate`` of what is served.
    ``deposits`` tells buyers where to deposit; running it is the program's. ``prices`` by path
    replace those of the routes. ``rate`` is requests a second of each key. ``keep_replies_s`` is
    how long an idempotency key is remembered, ``keep_records_s`` how long a request is with its
    receipt; of older ones, totals are left. ``on_revenue`` is told every ``revenue_every_s``
    seconds what was earned (``revenue``).

    A project may add paths of its own to ``app``; ``store``, ``client``, ``key_of`` and
    ``alongside`` are for those.
    """

    def __init__(
        self,
        source: Source,
        client: MinerClient,
        store: Store,
        *,
        routes: Iterable[Route[Any, Any, Any]] = (),
        prices: Mapping[str, Price] | None = None,
        shares: Shares | None = None,
        audits: AuditSink | None = None,
        deposits: DepositWatcher | None = None,
        audit_rate: float = 0.05,
        rate: float = 10.0,
        burst: float = 20.0,
        max_body: int = 1024 * 1024,
        body_seconds: float = 10.0,
        refresh_s: float = 12.0,
        keep_replies_s: float = KEEP_REPLIES_S,
        keep_records_s: float = KEEP_RECORDS_S,
        on_revenue: OnRevenue | None = None,
        revenue_every_s: float = 3600.0,
        connections: int = 1024,
        drain_s: float = 30.0,
        breakers: Breakers | None = None,
        registry: CollectorRegistry | None = None,
        rng: random.Random | None = None,
        log: Any = None,
        clock: Callable[[], float] = time.time,
        title: str = "A gateway to a Bittensor subnet",
    ) -> None:
        self.store = store
        self.client = client
        self._prices = dict(prices or {})
        self._book = ScoreBook(store)
        self._log = log if log is not None else silent()
        self._deposits = deposits
        self._askers = TokenBuckets(5.0, 20.0)
        self.metrics = GatewayMetrics(registry)
        if deposits is not None and deposits.metrics is None:
            deposits.metrics = self.metrics
        self.keys = Keys(store, clock=clock)
        self.ledger = Ledger(store, clock=clock)
        self.charges = Charges(store, self.ledger, clock=clock)
        self.books = Books(
            store, lambda own: Charges(own, Ledger(own, clock=clock), clock=clock), log=self._log
        )
        self._snapshots = SnapshotCache(source, refresh_s)
        self.router = Router(
            self._snapshots,
            shares if shares is not None else Earned(store),
            client.hotkey,
            breakers=breakers,
            rng=rng,
        )
        self.metrics.watch_left_alone(lambda: len(self.router.breakers.left_alone()))
        self._desk = Desk(
            keys=self.keys,
            rates=KeyRates(rate, burst),
            books=self.books,
            router=self.router,
            client=client,
            audits=AuditSampler(audits, audit_rate, self.metrics, rng=rng),
            metrics=self.metrics,
            log=self._log,
            max_body=max_body,
            body_seconds=body_seconds,
        )
        self.app = FastAPI(
            title=title, docs_url=None, redoc_url=None, openapi_url="/v1/openapi.json"
        )
        self._routes: dict[str, Route[Any, Any, Any]] = {}
        self._add_own_paths()
        for route in routes:
            self.add(route)
        self._listener = Listener(self.app, connections=connections, drain_s=drain_s)
        self._lock = ServingLock(store)
        self._kept = KeptRouting(self.router, clock=clock)
        self._kept.load(store)
        self._housekeeping = Housekeeping(
            self.books,
            self._kept,
            replies_s=keep_replies_s,
            records_s=keep_records_s,
            clock=clock,
        )
        self._works: list[Callable[[], Awaitable[None]]] = []
        if on_revenue is not None:
            payouts = Payouts(self.books, on_revenue, every_s=revenue_every_s, log=self._log)
            self.alongside(payouts.run)
        self._working: list[asyncio.Future[None]] = []

    def add(self, route: Route[Any, Any, Any]) -> None:
        """Sell something more. Raises ValueError for a path that is taken."""
        if route.path in self._routes or route.path in _OWN:
            raise ValueError(f"{route.path!r} is not a path that is free")
        price = self._prices.get(route.path, route.price)
        self._routes[route.path] = route

        async def endpoint(request: Request) -> Response:
            try:
                return await self._desk.serve(route, price, request)
            finally:
                self._housekeeping.tick()

        self.app.add_api_route(
            route.path,
            endpoint,
            methods=["POST"],
            response_model=None,
            summary=route.summary or route.path,
            openapi_extra=_described(route),
        )
        for path, page in route.pages.items():
            self._add_page(path, page)

    def key_of(self, request: Request, scope: str = CALL) -> Key:
        """The key of a request, if it is for that. Raises BadKey, NotInScope, RateLimited."""
        key = self.keys.find(request.headers.get("authorization"))
        key.need(scope)
        self._desk.rates.take(key)
        return key

    def alongside(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do something for as long as it serves; it is cancelled at the end."""
        self._works.append(work)

    # -- where it is ------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Base URL while it runs, as seen from this machine."""
        if self._listener.address is None:
            raise RuntimeError("the gateway does not run")
        host, port = self._listener.address
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def paths(self) -> list[str]:
        """What it answers, routes and all that was added."""
        found = (getattr(route, "path", "") for route in self.app.routes)
        return sorted({path for path in found if path})

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Serve; returns the base URL, with the port that was free if 0 was asked for.

        What a gateway before this one reserved and did not settle is released. Raises ConfigError
        when another one serves from the same store, OSError when the address is taken.
        """
        self._lock.take()
        released = self.charges.recover()
        if released:
            self._log.warning("released", requests=released)
        try:
            await self._listener.start(host, port)
        except BaseException:
            self._lock.let_go()
            raise
        self._working = [asyncio.ensure_future(self._work(work)) for work in self._works]
        return self.url

    async def stop(self) -> None:
        """Take no more requests, finish those being served, and return."""
        await self._listener.stop()
        for work in self._working:
            work.cancel()
        await asyncio.gather(*self._working, return_exceptions=True)
        await self._desk.close()
        self._housekeeping.save()
        await self.books.close()
        await self._snapshots.close()
        self._lock.let_go()

    async def __aenter__(self) -> Gateway:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    # -- inside -----------------------------------------------------------------------------------

    async def _work(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception:  # noqa: BLE001 - whatever it is, it is logged and the rest goes on
            self._log.exception("work_failed")

    def _add_page(self, path: str, page: Mapping[str, Any]) -> None:
        async def shown() -> JSONResponse:
            return JSONResponse(dict(page))

        self.app.add_api_route(path, shown, methods=["GET"], response_model=None)

    def _add_own_paths(self) -> None:
        async def usage(request: Request) -> JSONResponse:
            """What the account holds and has used."""
            key = self.key_of(request, USAGE)
            return JSONResponse(reports.usage(self.store, self.ledger, key.account))

        async def receipt(request: Request, id: str) -> Response:
            """What the miner signed for a request."""
            found = self.charges.receipt(id, self.key_of(request, USAGE).account)
            return Response(found.model_dump_json(), media_type="application/json")

        async def deposits(request: Request) -> JSONResponse:
            """Where to deposit, and what was deposited."""
            return JSONResponse(
                reports.deposits(self._deposits, self.key_of(request, USAGE).account)
            )

        async def why(request: Request, hotkey: str) -> JSONResponse:
            """What was held against a miner."""
            self._askers.take(request.client.host if request.client is not None else "")
            snap = await self.router.snapshot()
            return JSONResponse(reports.why(hotkey, self._book, self.router, snap))

        async def health() -> JSONResponse:
            snap = await self.router.snapshot()
            able = [h for h in self.router.weights(snap) if self.router.breakers.allows(h)]
            return JSONResponse(
                {
                    "ok": bool(able),
                    "block": snap.block,
                    "metagraph_age_s": round(self._snapshots.age_s or 0.0, 1),
                    "miners": len(able),
                },
                200 if able else 503,
            )

        async def metrics() -> Response:
            return Response(self.metrics.text(), media_type="text/plain; version=0.0.4")

        for path, function in (
            ("/v1/usage", usage),
            ("/v1/receipts/{id}", receipt),
            ("/v1/deposits", deposits),
            ("/v1/why/{hotkey}", why),
            ("/health", health),
            ("/metrics", metrics),
        ):
            self.app.add_api_route(path, function, methods=["GET"], response_model=None)

        async def refused(request: Request, error: Exception) -> Response:
            assert isinstance(error, TaokitError)
            return error_response(error)

        async def no_such_path(request: Request, error: Exception) -> Response:
            assert isinstance(error, HTTPException)
            body = {
                "code": "no_such_path",
                "type": "invalid_request_error",
                "message": f"{request.method} {request.url.path}: {error.detail}",
                "remedy": "GET /v1/openapi.json tells what there is",
                "retryable": False,
            }
            return JSONResponse({"error": body}, error.status_code, headers=error.headers)

        self.app.add_exception_handler(TaokitError, refused)
        self.app.add_exception_handler(HTTPException, no_such_path)


def _described(route: Route[Any, Any, Any]) -> dict[str, Any]:
    schema = route.body.model_json_schema()
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "security": [{"bearer": []}],
    }
