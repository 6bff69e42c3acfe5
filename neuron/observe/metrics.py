"""Prometheus metrics of a neuron, under names that do not change between subnets.

Owns names, labels and the registry, which belongs to one neuron: several of them in one process do
not mix. Does not own the HTTP path they are read at.

| name | labels | meaning |
|---|---|---|
| ``taokit_queries_total`` | ``path``, ``reason`` | tasks sent to miners, by what came of them |
| ``taokit_latency_seconds`` | ``path`` | how long answers took |
| ``taokit_audit_fail_total`` | ``reason`` | verdicts that were not OK |
| ``taokit_evaluations_total`` | ``where``, ``outcome`` | evaluations: ``done``, or ``lost`` |
| ``taokit_score`` | ``hotkey`` | the score of each miner |
| ``taokit_weights_age_blocks`` | | blocks since weights were last seen on chain |
| ``taokit_head_block`` | | newest block seen |
| ``taokit_rounds_total`` | | rounds finished |
| ``taokit_restarts_total`` | ``task`` | tasks that crashed and were started again |
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from taokit.neuron.messages import Hotkey, Reason

__all__ = ["Metrics"]

LATENCY_BUCKETS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)


class Metrics:
    """The metrics of one neuron. ``registry`` may be shared with what else it measures."""

    def __init__(self, registry: Any | None = None) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self.registry = registry if registry is not None else CollectorRegistry()
        of: dict[str, Any] = {"registry": self.registry}
        self.queries = Counter("taokit_queries", "Tasks sent to miners", ["path", "reason"], **of)
        self.latency = Histogram(
            "taokit_latency_seconds", "Time to answer", ["path"], buckets=LATENCY_BUCKETS, **of
        )
        self.audit_fail = Counter(
            "taokit_audit_fail", "Verdicts that were not OK", ["reason"], **of
        )
        self.evaluations = Counter(
            "taokit_evaluations", "Evaluations by where and outcome", ["where", "outcome"], **of
        )
        self.score = Gauge("taokit_score", "Score of a miner", ["hotkey"], **of)
        self.weights_age = Gauge("taokit_weights_age_blocks", "Age of weights on chain", **of)
        self.head = Gauge("taokit_head_block", "Newest block seen", **of)
        self.rounds = Counter("taokit_rounds", "Rounds finished", **of)
        self.restarts = Counter("taokit_restarts", "Tasks started again", ["task"], **of)

    def query(self, path: str, reason: Reason, latency_s: float | None) -> None:
        """Count one task sent; ``latency_s`` only if something came back."""
        self.queries.labels(path, reason.value).inc()
        if latency_s is not None:
            self.latency.labels(path).observe(latency_s)

    def failed_audits(self, reasons: Iterable[Reason]) -> None:
        """Count verdicts; those that are OK are not failures."""
        for reason in reasons:
            if reason is not Reason.OK:
                self.audit_fail.labels(reason.value).inc()

    def evaluated(self, where: str, done: int, lost: int) -> None:
        """Count evaluations that were finished, and those that no worker could finish."""
        self.evaluations.labels(where, "done").inc(done)
        self.evaluations.labels(where, "lost").inc(lost)

    def scores(self, scores: Mapping[Hotkey, float]) -> None:
        """Show these scores and no others: who left is not shown for ever."""
        self.score.clear()
        for hotkey, value in scores.items():
            self.score.labels(hotkey).set(value)

    def exposition(self) -> bytes:
        """What a scraper reads, in Prometheus's text format."""
        from prometheus_client import generate_latest

        return generate_latest(self.registry)
