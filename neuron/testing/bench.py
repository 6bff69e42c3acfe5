"""One validator of a run: its mechanism, its store on disk, its client, and how it is killed.

Owns building a validator of the right shape, and building it again from what a killed one left.
Does not own when it takes its turns (``harness``).
"""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from taokit.neuron.chain import Chain
from taokit.neuron.client import MinerClient, trusted
from taokit.neuron.loops.arena import ArenaValidator
from taokit.neuron.loops.rounds import RoundsValidator
from taokit.neuron.loops.service import ServiceValidator
from taokit.neuron.loops.validator import Validator
from taokit.neuron.mechanism import ArenaMechanism, RoundsMechanism, ServiceMechanism
from taokit.neuron.messages import Hotkey
from taokit.neuron.metagraph import Snapshot
from taokit.neuron.randomness import EpochSalt
from taokit.neuron.store import Store
from taokit.neuron.testing.project import Project
from taokit.neuron.weights import WeightSetter
from taokit.wallet.keypair import Keypair

__all__ = ["Bench"]


class Bench:
    """A validator and what it was built of: its ``store`` and ``client`` serve a gateway too."""

    def __init__(
        self,
        project: Project,
        key: Keypair,
        chain: Chain,
        folder: Path,
        pacing: Mapping[str, Any],
        loss: float = 0.0,
    ) -> None:
        self._project = project
        self._key = key
        self._chain = chain
        self._folder = folder
        self._pacing = pacing
        self._wire = _Noticing(random.Random(key.public_key), loss)
        self.client = MinerClient(
            key, total=project.at_once, max_response=project.max_response, transport=self._wire
        )
        self.loses = loss > 0.0
        self.hotkey = key.ss58_address
        self.salts = EpochSalt(hashlib.sha256(b"salts" + key.public_key).digest())
        folder.mkdir()
        self.store, self.validator = self._build()
        self._calls = 0

    @property
    def calls(self) -> int:
        """Tasks sent to miners."""
        return self._calls + _sent(self.validator)

    async def close(self) -> None:
        """Leave nothing open."""
        await self.client.close()
        self.store.close()

    async def weights(self, snap: Snapshot) -> Mapping[Hotkey, float]:
        """The weights it would set now."""
        return self.validator.weights(snap)

    async def killed_and_restarted(self) -> list[str]:
        """Kill it in the middle of a turn and build it anew; what was lost, in words.

        It is abandoned, not stopped: nothing gets a chance to be saved.
        """
        before = dict(self.validator.book.items())
        turn = asyncio.create_task(self.validator.step())
        sent = asyncio.create_task(self._wire.next())
        await asyncio.wait({turn, sent}, return_when=asyncio.FIRST_COMPLETED)
        sent.cancel()
        turn.cancel()
        await asyncio.gather(turn, return_exceptions=True)
        self._calls += _sent(self.validator)
        self.store, self.validator = self._build()
        after = dict(self.validator.book.items())
        lost = [hotkey for hotkey, score in before.items() if after.get(hotkey) != score]
        if not before:
            return ["a validator was killed before it had any score to lose"]
        return [f"scores of {len(lost)} miners were lost with a restart"] if lost else []

    def _build(self) -> tuple[Store, Validator]:
        store = Store(self._folder / "state.db")
        weights = WeightSetter(self._chain, store)
        mechanism, pacing = self._project.mechanism(), dict(self._pacing)
        if isinstance(mechanism, ServiceMechanism):
            return store, ServiceValidator(
                mechanism, self._chain, self.client, store, weights, salts=self.salts, **pacing
            )
        if isinstance(mechanism, RoundsMechanism):
            return store, RoundsValidator(
                mechanism, self._chain, self.client, store, weights, **pacing
            )
        if isinstance(mechanism, ArenaMechanism) and self._project.fetch is not None:
            fetch = self._project.fetch(self._folder)
            return store, ArenaValidator(mechanism, self._chain, fetch, store, weights, **pacing)
        raise TypeError(f"{type(mechanism).__name__} is not a mechanism that can be run")


class _Noticing(httpx.AsyncBaseTransport):
    """Sends as always but for what it loses, and tells when something is being sent."""

    def __init__(self, lot: random.Random, loss: float) -> None:
        super().__init__()
        # A pool looks at all its connections for each request, so each miner has its own.
        self._pools: dict[str, httpx.AsyncHTTPTransport] = {}
        self._sending = asyncio.Event()
        self._lot = lot
        self._loss = loss

    async def next(self) -> None:
        """Return once the next request is on its way."""
        self._sending.clear()
        await self._sending.wait()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        self._sending.set()
        if self._lot.random() < self._loss:
            raise httpx.ReadError("lost on its way", request=request)
        place = f"{request.url.host}:{request.url.port}"
        pool = self._pools.get(place)
        if pool is None:
            limits = httpx.Limits(max_connections=None, keepalive_expiry=4.0)
            pool = httpx.AsyncHTTPTransport(limits=limits, verify=trusted())
            self._pools[place] = pool
        answer = await pool.handle_async_request(request)
        answer.extensions.pop("network_stream", None)  # the kernel's clock is not that of the run
        return answer

    async def aclose(self) -> None:
        """Leave no connection open."""
        for pool in self._pools.values():
            await pool.aclose()


def _sent(validator: Validator) -> int:
    samples = next(iter(validator.metrics.queries.collect())).samples
    return round(sum(s.value for s in samples if s.name.endswith("_total")))
