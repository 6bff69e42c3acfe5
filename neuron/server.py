"""A miner's server: signed requests in, signed answers out.

Owns putting the parts of ``taokit.neuron.serving`` together, and starting and stopping them.
A mechanism's paths are added with ``handler``; ``/health``, ``/ready``, ``/metrics`` and ``/spec``
are there from the start and need no signature.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CollectorRegistry
from pydantic import BaseModel
from starlette.routing import Route as StarletteRoute

from taokit.neuron.auth.claims import NonceStore
from taokit.neuron.auth.codecs import CODECS, codec_named
from taokit.neuron.auth.nonces import MemoryNonces
from taokit.neuron.messages import Hotkey
from taokit.neuron.metagraph import Endpoint as Address
from taokit.neuron.peers import Peer
from taokit.neuron.serving.admission import Admission
from taokit.neuron.serving.endpoint import Endpoint, Handler, Route
from taokit.neuron.serving.gate import Gate, PermitOrStake
from taokit.neuron.serving.listening import Listener
from taokit.neuron.serving.metrics import ServerMetrics
from taokit.neuron.serving.places import Places
from taokit.neuron.serving.rates import TokenBuckets
from taokit.neuron.serving.snapshots import SnapshotCache, Source
from taokit.neuron.serving.spec import openapi
from taokit.wallet.errors import TaokitError
from taokit.wallet.signer import Signer

__all__ = ["MinerServer"]

AnyHandler = TypeVar("AnyHandler", bound=Handler)
_OWN_PATHS = frozenset({"/health", "/ready", "/metrics", "/spec"})
_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}


class MinerServer:
    """Answers signed requests of those who may ask.

    ``source`` tells the metagraph: a chain, a snapshot, or a function that returns one; it is asked
    again when its answer is older than ``refresh_s``. ``concurrency`` requests are worked on at
    once and ``waiting`` more wait, by the gate's priority; each hotkey gets ``rate`` requests a
    second and ``burst`` at once. ``max_body`` is in bytes, ``body_seconds`` how long a body may
    take, ``max_age`` how many seconds old a request may be (by default what its codec says).
    ``stop`` gives running answers ``drain_s`` seconds.
    """

    def __init__(
        self,
        signer: Signer,
        source: Source,
        *,
        netuid: int,
        gate: Gate | None = None,
        max_body: int = 1024 * 1024,
        body_seconds: float = 10.0,
        max_age: float | None = None,
        concurrency: int = 16,
        waiting: int = 256,
        rate: float = 50.0,
        burst: float = 100.0,
        codecs: Collection[str] = tuple(CODECS),
        nonces: NonceStore | None = None,
        refresh_s: float = 12.0,
        connections: int = 1024,
        drain_s: float = 10.0,
        registry: CollectorRegistry | None = None,
        title: str = "A miner of a Bittensor subnet",
    ) -> None:
        self._codecs = tuple(codec_named(name).NAME for name in codecs)
        self._signer = signer
        self._netuid = netuid
        self._max_body = max_body
        self._title = title
        self._snapshots = SnapshotCache(source, refresh_s)
        self._places = Places(concurrency, waiting)
        self._metrics = ServerMetrics(self._places, registry)
        self._threads = ThreadPoolExecutor(concurrency, thread_name_prefix="handler")
        self._admission = Admission(
            signer.ss58_address,
            netuid,
            gate=gate or PermitOrStake(),
            snapshots=self._snapshots,
            buckets=TokenBuckets(rate, burst),
            nonces=nonces or MemoryNonces(),
            codecs=self._codecs,
            max_body=max_body,
            body_seconds=body_seconds,
            max_age=max_age,
        )
        self._routes: dict[str, Route] = {}
        self.app = FastAPI(title=title, docs_url=None, redoc_url=None, openapi_url=None)
        self._add_own_paths()
        self._listener = Listener(self.app, connections=connections, drain_s=drain_s)

    # What it serves

    def handler(
        self,
        path: str,
        request_model: type[BaseModel],
        response_model: type[BaseModel] | None = None,
        *,
        stream: bool = False,
    ) -> Callable[[AnyHandler], AnyHandler]:
        """Answer a path with ``function(request, caller)``; used as a decorator.

        An ordinary function runs in a thread; a coroutine function on the event loop, where it
        must not block. With ``stream``, an async generator of text or models. A handler declines
        by raising HandlerRefused; any other exception is logged and reported as failed.
        """

        def add(function: AnyHandler) -> AnyHandler:
            if not path.startswith("/") or path in _OWN_PATHS or path in self._routes:
                raise ValueError(f"{path!r} is not a path that is free")
            route = Route(path, request_model, response_model, function, stream)
            endpoint = Endpoint(
                route, self._signer, self._admission, self._places, self._threads, self._metrics
            )
            self._routes[path] = route
            self.app.router.routes.append(StarletteRoute(path, endpoint, methods=["POST"]))
            return function

        return add

    def spec(self) -> dict[str, Any]:
        """What is served, as an OpenAPI document."""
        return openapi(
            self._routes.values(),
            title=self._title,
            hotkey=self.hotkey,
            netuid=self._netuid,
            codecs=self._codecs,
            max_body=self._max_body,
        )

    # Where it is

    @property
    def hotkey(self) -> Hotkey:
        """Who answers."""
        return self._signer.ss58_address

    @property
    def url(self) -> str:
        """Base URL while it runs, as seen from this machine."""
        if self._listener.address is None:
            raise RuntimeError("the server does not run")
        host, port = self._listener.address
        return _address(_WILDCARDS.get(host, host), port).url

    @property
    def peer(self) -> Peer:
        """Whom a client on this machine asks."""
        return Peer(self.hotkey, self.url)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> Address:
        """Serve; returns where, with the port that was free if 0 was asked for."""
        return _address(*await self._listener.start(host, port))

    async def stop(self) -> None:
        """Take no more requests, finish those being answered, and return."""
        await self._listener.stop()
        await self._snapshots.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def __aenter__(self) -> MinerServer:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    # Its own paths

    def _add_own_paths(self) -> None:
        async def health() -> dict[str, Any]:
            return {"ok": True, "hotkey": self.hotkey, "netuid": self._netuid}

        async def ready() -> JSONResponse:
            try:
                snapshot = await self._snapshots.get()
            except TaokitError as error:
                return JSONResponse({"ready": False, "why": error.message}, 503)
            return JSONResponse(
                {
                    "ready": True,
                    "block": snapshot.block,
                    "metagraph_age_s": round(self._snapshots.age_s or 0.0, 1),
                    "at_work": self._places.taken,
                    "waiting": self._places.waiting,
                }
            )

        async def metrics() -> Response:
            return Response(self._metrics.text(), media_type="text/plain; version=0.0.4")

        for path, function in (("/health", health), ("/ready", ready), ("/metrics", metrics)):
            self.app.add_api_route(path, function, methods=["GET"], response_model=None)
        self.app.add_api_route("/spec", self.spec, methods=["GET"], response_model=None)


def _address(host: str, port: int) -> Address:
    return Address(host, port, 6 if ":" in host else 4)
