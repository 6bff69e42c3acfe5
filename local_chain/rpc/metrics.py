"""What a node counts of itself, for `GET /metrics`.

Owns the counting and the names, which docs/page.md lists. Does not own the format
(`rpc.exposition`).
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from taokit.local_chain.rpc.exposition import Histogram, Sample, family, histogram_samples

if TYPE_CHECKING:
    from taokit.local_chain.node.chain import NodeChain
    from taokit.local_chain.node.header import Block

__all__ = ["Metrics"]

BLOCK_SECONDS = (0.05, 0.1, 0.2, 0.25, 0.3, 0.5, 1.0, 2.0, 6.0, 12.0, 13.0, 30.0, 60.0)
SEAL_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
REQUEST_SECONDS = (0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0)
UNKNOWN = "other"
SIGNED = 0x80
"""The bit of an extrinsic's version that says that it is signed."""


class Metrics:
    """The counters of one node."""

    def __init__(self, chain: NodeChain) -> None:
        self._chain = chain
        self._blocks = 0
        self._reverts = 0
        self._extrinsics = {"signed": 0, "unsigned": 0}
        self._interval = Histogram(BLOCK_SECONDS)
        self._sealing = Histogram(SEAL_SECONDS)
        self._requests: dict[str, Histogram] = {}
        self._failed: dict[str, int] = {}
        self._last_block = 0.0
        self._following = False

    def follow(self) -> None:
        """Count blocks from now on."""
        if not self._following:
            self._following = True
            self._chain.on_new_block.add(self._note_block)
            self._chain.on_reverted.add(self._note_reverted)

    def _note_block(self, block: Block, _: object) -> None:
        now = time.monotonic()
        if self._last_block:
            self._interval.observe(now - self._last_block)
        self._last_block = now
        self._blocks += 1
        self._sealing.observe(self._chain.seal_seconds)
        signed = sum(map(_is_signed, block.extrinsics))
        self._extrinsics["signed"] += signed
        self._extrinsics["unsigned"] += len(block.extrinsics) - signed

    def _note_reverted(self, *_: object) -> None:
        self._reverts += 1

    def note_request(self, method: str | None, seconds: float, failed: bool) -> None:
        """Count a request; None is a method that there is not."""
        name = method or UNKNOWN
        histogram = self._requests.get(name)
        if histogram is None:
            histogram = self._requests[name] = Histogram(REQUEST_SECONDS)
        histogram.observe(seconds)
        if failed:
            self._failed[name] = self._failed.get(name, 0) + 1

    def text(self, connections: Mapping[str, int], subscriptions: int) -> str:
        """All of it in Prometheus' format."""
        return "".join([*self._of_chain(), *self._of_rpc(connections, subscriptions), *_process()])

    def _of_chain(self) -> Iterable[str]:
        chain, pool = self._chain, self._chain.pool
        version = chain.runtime_version()
        yield _one(
            "taokit_info",
            "gauge",
            "Which runtime the node runs.",
            1,
            {"spec_name": version["specName"], "spec_version": str(version["specVersion"])},
        )
        yield _one("taokit_block_height", "gauge", "Number of the newest block.", chain.head.number)
        yield _one(
            "taokit_finalized_height",
            "gauge",
            "Number of the newest final block.",
            chain.finalized.number,
        )
        yield _one("taokit_blocks_total", "counter", "Blocks made since the start.", self._blocks)
        yield _one("taokit_reverts_total", "counter", "Times the chain went back.", self._reverts)
        yield family(
            "taokit_block_interval_seconds",
            "histogram",
            "Time from one block to the next, by the clock on the wall.",
            histogram_samples(self._interval, {}),
        )
        yield family(
            "taokit_block_seal_seconds",
            "histogram",
            "Time that making a block took.",
            histogram_samples(self._sealing, {}),
        )
        yield _each(
            "taokit_extrinsics_total", "counter", "Extrinsics in blocks.", "kind", self._extrinsics
        )
        yield _each(
            "taokit_pool_transactions",
            "gauge",
            "Transactions that wait.",
            "state",
            {"ready": pool.ready_count, "future": pool.future_count},
        )
        yield _one("taokit_snapshots", "gauge", "Snapshots kept.", len(list(chain.snapshots)))
        yield _one(
            "taokit_state_keys",
            "gauge",
            "Storage keys in memory, counted once for each snapshot that they changed after.",
            _keys(chain),
        )

    def _of_rpc(self, connections: Mapping[str, int], subscriptions: int) -> Iterable[str]:
        yield _each("taokit_rpc_connections", "gauge", "Open connections.", "kind", connections)
        yield _one("taokit_rpc_subscriptions", "gauge", "Open subscriptions.", subscriptions)
        yield family(
            "taokit_rpc_request_seconds",
            "histogram",
            "Time that requests took to be answered, by method.",
            (
                sample
                for name, histogram in sorted(self._requests.items())
                for sample in histogram_samples(histogram, {"method": name})
            ),
        )
        yield _each(
            "taokit_rpc_errors_total",
            "counter",
            "Requests answered with an error.",
            "method",
            dict(sorted(self._failed.items())),
        )


def _one(
    name: str, kind: str, help: str, value: float, labels: Mapping[str, str] | None = None
) -> str:
    return family(name, kind, help, [("", labels or {}, value)])


def _each(name: str, kind: str, help: str, label: str, values: Mapping[str, int]) -> str:
    samples: list[Sample] = [("", {label: key}, value) for key, value in values.items()]
    return family(name, kind, help, samples)


def _is_signed(extrinsic: bytes) -> bool:
    """Whether the version byte, after the compact length, says so."""
    offset = {0: 1, 1: 2, 2: 4}.get(extrinsic[0] & 3, 5) if extrinsic else 0
    return len(extrinsic) > offset and bool(extrinsic[offset] & SIGNED)


def _keys(chain: NodeChain) -> int:
    from taokit.local_chain.state.history import History

    count = 0
    layer: object = chain.whole[0]
    while isinstance(layer, History):
        count += sum(1 for _ in layer.own_keys)
        layer = layer.base
    return count


def _process() -> Iterable[str]:
    times = os.times()
    spent = times.user + times.system
    yield _one("process_cpu_seconds_total", "counter", "Processor time, in all.", spent)
    memory = _resident_bytes()
    if memory is not None:
        yield _one("process_resident_memory_bytes", "gauge", "Memory in use.", memory)


def _resident_bytes() -> int | None:
    if sys.platform == "linux":
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    return None
