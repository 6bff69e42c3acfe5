"""Which miner gets a request: drawn by what it has earned, the faster of two.

Owns the choice of the next miner. Does not own asking it (``dispatch``).

A miner's probability is its share of the scores; two are drawn, maybe the same one twice, and the
one that is expected to answer sooner is taken. So a miner of share s gets between s² (the slowest)
and 1 - (1 - s)² (the fastest): speed counts, and never more than what was earned. Who scored
nothing gets nothing. Only while nobody has a score yet are those asked that nobody has judged, all
alike.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from taokit.neuron.errors import NoMiner, Overloaded
from taokit.neuron.gateway.breaker import Breakers
from taokit.neuron.gateway.latencies import Latencies
from taokit.neuron.messages import Hotkey
from taokit.neuron.metagraph import Neuron, Snapshot
from taokit.neuron.serving.snapshots import SnapshotCache

__all__ = ["Router", "Shares"]

Shares = Callable[[Snapshot], Mapping[Hotkey, float]]
"""What each miner has earned, on any scale; a hotkey that is not in it is not known yet."""

SHARES_S = 2.0


class Router:
    """Chooses miners for one gateway; ``own`` is its hotkey, which is not asked."""

    def __init__(
        self,
        snapshots: SnapshotCache,
        shares: Shares,
        own: Hotkey,
        *,
        breakers: Breakers | None = None,
        rng: random.Random | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.breakers = breakers if breakers is not None else Breakers(clock=clock)
        self._snapshots = snapshots
        self._shares = shares
        self._own = own
        self._rng = rng if rng is not None else secrets.SystemRandom()
        self._clock = clock
        self._latencies: dict[str, Latencies] = {}
        self._weighed: tuple[Snapshot, float, Mapping[Hotkey, float]] | None = None

    async def snapshot(self) -> Snapshot:
        """The metagraph that is routed by. Raises NoMiner while there is none."""
        try:
            return await self._snapshots.get()
        except Overloaded as error:
            raise NoMiner(
                "the gateway does not know the subnet yet", hint="try again shortly"
            ) from error

    def latencies(self, kind: str) -> Latencies:
        """The latencies of a kind of request: a route's path, with ``#stream`` for its streams."""
        return self._latencies.setdefault(kind, Latencies())

    def choose(self, snap: Snapshot, kind: str, besides: Collection[Hotkey] = ()) -> Neuron | None:
        """The miner to ask next; None when nobody is left."""
        weights = self.weights(snap)
        able = {
            hotkey: weight
            for hotkey, weight in weights.items()
            if hotkey not in besides and self.breakers.allows(hotkey)
        }
        first = self._draw(able)
        if first is None:
            return None
        second = self._draw(able) or first
        latencies = self.latencies(kind)
        if latencies.expected(second) < latencies.expected(first):
            first = second
        return snap.by_hotkey[first]

    def weights(self, snap: Snapshot) -> Mapping[Hotkey, float]:
        """The chance of every miner that may be asked, on any scale."""
        now = self._clock()
        known = self._weighed
        if known is not None and known[0] is snap and now - known[1] < SHARES_S:
            return known[2]
        if known is None or known[0] is not snap:
            self._forget(set(snap.hotkeys))
        shares = self._shares(snap)
        weights = self._earning(snap, shares)
        if not weights:
            miners = snap.miners(besides=self._own)
            weights = {miner.hotkey: 1.0 for miner in miners if miner.hotkey not in shares}
        self._weighed = (snap, now, weights)
        return weights

    def anyone_earns(self, snap: Snapshot) -> bool:
        """Whether a miner has earned anything yet: what can wait should wait for that."""
        return bool(self._earning(snap, self._shares(snap)))

    def state(self) -> dict[str, Any]:
        """The latencies of every kind as plain values."""
        return {kind: latencies.state() for kind, latencies in self._latencies.items()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Know again what ``state`` gave."""
        for kind, latencies in state.items():
            self.latencies(kind).restore(latencies)

    def _earning(self, snap: Snapshot, shares: Mapping[Hotkey, float]) -> Mapping[Hotkey, float]:
        miners = [neuron.hotkey for neuron in snap.miners(besides=self._own)]
        return {h: shares[h] for h in miners if shares.get(h, 0.0) > 0.0}

    def _draw(self, weights: Mapping[Hotkey, float]) -> Hotkey | None:
        if not weights:
            return None
        hotkeys: Sequence[Hotkey] = list(weights)
        return self._rng.choices(hotkeys, [weights[h] for h in hotkeys])[0]

    def _forget(self, left: set[Hotkey]) -> None:
        self.breakers.keep(left)
        for latencies in self._latencies.values():
            latencies.keep(left)
