"""Bought requests as audits: a secret part of what miners answered to buyers is judged like tasks.

Owns the choice of what is audited. Does not own the judgement (the validator's).

It is chosen after the answer has come, by randomness of the machine that nobody else sees: at the
time of answering, neither the miner nor the gateway knows. What a buyer sees does not depend on it
either. A failure is handed on only if it is the miner's own whatever it was asked, or if another
miner served the same request; so that no buyer can fail miners with requests that nobody can serve.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Iterable
from typing import Any, Protocol

from taokit.neuron.gateway.dispatch import is_grave
from taokit.neuron.gateway.metrics import GatewayMetrics
from taokit.neuron.loops.service import Audit
from taokit.neuron.messages import Message, Reason
from taokit.neuron.results import Failed, Result

__all__ = ["AuditSampler", "AuditSink"]


class AuditSink(Protocol):
    """Where audits go: ``ServiceValidator.audit_queue``. ``put_nowait`` may raise QueueFull."""

    def put_nowait(self, item: Audit[Any, Any]) -> None:
        """Take an audit."""


class AuditSampler:
    """Hands a share ``rate`` (0..1) of exchanges to a sink; a full sink takes no more."""

    def __init__(
        self,
        sink: AuditSink | None,
        rate: float,
        metrics: GatewayMetrics,
        *,
        rng: random.Random | None = None,
    ) -> None:
        if not 0.0 <= rate <= 1.0:
            raise ValueError(f"a share is from 0 to 1, not {rate}")
        self._sink = sink
        self._rate = rate
        self._metrics = metrics
        self._rng = rng if rng is not None else secrets.SystemRandom()

    def served(self, task: Message, result: Result[Any], in_vain: Iterable[Failed] = ()) -> None:
        """Offer an answer, and the failures of those who were asked before it."""
        self._offer(task, result)
        for failure in in_vain:
            self._offer(task, failure)

    def failed(self, task: Message, failure: Failed) -> None:
        """Offer a failure of a request that nobody served."""
        if is_grave(failure) or failure.reason is Reason.TRUNCATED:
            self._offer(task, failure)

    def _offer(self, task: Message, result: Result[Any]) -> None:
        if self._sink is None or self._rng.random() >= self._rate:
            return
        try:
            self._sink.put_nowait(Audit(task, result))
        except asyncio.QueueFull:
            self._metrics.audits.labels("dropped").inc()
        else:
            self._metrics.audits.labels("taken").inc()
