"""What a gateway counts, for Prometheus.

Owns the names. Each gateway has a registry of its own unless it is given one.

| name | labels | meaning |
|---|---|---|
| ``taokit_gateway_requests_total`` | ``route``, ``outcome`` | requests: ok, replayed or a code |
| ``taokit_gateway_seconds`` | ``route`` | from a request's headers to the end of its answer |
| ``taokit_gateway_attempts_total`` | ``route``, ``reason`` | miners asked, by what came of it |
| ``taokit_gateway_hedges_total`` | ``route`` | second miners asked because the first was slow |
| ``taokit_gateway_revenue_micro_total`` | ``route`` | micro-credits earned |
| ``taokit_gateway_audits_total`` | ``outcome`` | exchanges given to the audit, or dropped |
| ``taokit_gateway_left_alone`` | | miners that are not asked after failures |
| ``taokit_gateway_deposits_rao_total`` | | deposits credited |
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from taokit.neuron.messages import Reason

__all__ = ["GatewayMetrics"]

_BUCKETS = (0.005, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)


class GatewayMetrics:
    """The counters of one gateway."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry if registry is not None else CollectorRegistry()
        of: dict[str, Any] = {"registry": self.registry}
        self.requests = Counter(
            "taokit_gateway_requests", "Buyers' requests", ["route", "outcome"], **of
        )
        self.seconds = Histogram(
            "taokit_gateway_seconds", "Time of a request", ["route"], buckets=_BUCKETS, **of
        )
        self.attempts = Counter(
            "taokit_gateway_attempts", "Miners asked", ["route", "reason"], **of
        )
        self.hedges = Counter("taokit_gateway_hedges", "Second miners asked", ["route"], **of)
        self.revenue = Counter(
            "taokit_gateway_revenue_micro", "Micro-credits earned", ["route"], **of
        )
        self.audits = Counter("taokit_gateway_audits", "Audits by outcome", ["outcome"], **of)
        self.left_alone = Gauge("taokit_gateway_left_alone", "Miners not asked now", **of)
        self.deposits = Counter("taokit_gateway_deposits_rao", "Deposits credited, in rao", **of)

    def count(self, route: str, outcome: str, seconds: float) -> None:
        """Count one request of a buyer."""
        self.requests.labels(route, outcome).inc()
        self.seconds.labels(route).observe(seconds)

    def attempt(self, route: str, reason: Reason) -> None:
        """Count one miner that was asked."""
        self.attempts.labels(route, reason.value).inc()

    def watch_left_alone(self, count: Callable[[], int]) -> None:
        """Where the number of miners that are left alone comes from."""
        self.left_alone.set_function(count)

    def text(self) -> bytes:
        """The text format that Prometheus reads."""
        return generate_latest(self.registry)
