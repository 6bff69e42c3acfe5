"""What a server counts, for Prometheus: requests by outcome, how long they took, who is waiting.

Owns the names. Each server has a registry of its own unless it is given one.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from taokit.neuron.serving.places import Places

__all__ = ["ServerMetrics"]


class ServerMetrics:
    """The counters of one server."""

    def __init__(self, places: Places, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        self._requests = Counter(
            "taokit_server_requests_total",
            "Requests by path and outcome (ok, or an error's code)",
            ["path", "outcome"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "taokit_server_seconds",
            "From a request's headers to the end of its answer",
            ["path"],
            registry=self.registry,
        )
        at_work = Gauge("taokit_server_at_work", "Requests at work", registry=self.registry)
        at_work.set_function(lambda: places.taken)
        waiting = Gauge("taokit_server_waiting", "Requests that wait", registry=self.registry)
        waiting.set_function(lambda: places.waiting)

    def count(self, path: str, outcome: str, seconds: float) -> None:
        """Count one request."""
        self._requests.labels(path, outcome).inc()
        self._seconds.labels(path).observe(seconds)

    def text(self) -> bytes:
        """The text format that Prometheus reads."""
        return generate_latest(self.registry)
