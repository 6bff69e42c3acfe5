"""Audits on their way from a gateway's process to the validator's, in the store that they share.

Owns the waiting exchanges as rows. A gateway in the validator's own process hands them over
directly, through ``ServiceValidator.audit_queue``; this is that queue between two processes.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any, Generic

from taokit.neuron.loops.service import Audit
from taokit.neuron.mechanism import Answer, ServiceMechanism, Task
from taokit.neuron.messages import Reason, Receipt
from taokit.neuron.results import Failed, Ok, Result
from taokit.neuron.store import Store

__all__ = ["StoredAudits"]


class StoredAudits(Generic[Task, Answer]):
    """A queue of at most ``limit`` audits. Only whoever takes them out has to name the mechanism.

    What was put in by an earlier version of the mechanism, and does not read any more, is dropped.
    """

    def __init__(
        self,
        store: Store,
        mechanism: ServiceMechanism[Task, Answer] | None = None,
        *,
        limit: int = 1024,
    ) -> None:
        self._store = store
        self._mechanism = mechanism
        self._limit = limit

    def qsize(self) -> int:
        """How many wait."""
        row = self._store.row("SELECT count(*) AS n FROM gateway_audits")
        return 0 if row is None else int(row["n"])

    def empty(self) -> bool:
        """Whether none waits."""
        return self._store.row("SELECT 1 FROM gateway_audits LIMIT 1") is None

    def put_nowait(self, item: Audit[Task, Answer]) -> None:
        """Add an audit. Raises QueueFull."""
        with self._store.transaction():
            if self.qsize() >= self._limit:
                raise asyncio.QueueFull
            self._store.execute(
                "INSERT INTO gateway_audits (task, result) VALUES (?, ?)",
                (item.task.model_dump_json(), json.dumps(_row(item.result))),
            )

    def get_nowait(self) -> Audit[Task, Answer]:
        """Take the oldest. Raises QueueEmpty."""
        if self._mechanism is None:
            raise TypeError("a queue without its mechanism cannot be read")
        while True:
            with self._store.transaction():
                row = self._store.row("SELECT * FROM gateway_audits ORDER BY id LIMIT 1")
                if row is None:
                    raise asyncio.QueueEmpty
                self._store.execute("DELETE FROM gateway_audits WHERE id = ?", (row["id"],))
            try:
                task: Any = self._mechanism.request.model_validate_json(row["task"])
                return Audit(task, self._result(json.loads(row["result"])))
            except ValueError:
                continue

    def _result(self, row: dict[str, Any]) -> Result[Any]:
        receipt = None if row["receipt"] is None else Receipt.model_validate(row["receipt"])
        if receipt is not None and row["value"] is not None and self._mechanism is not None:
            value = self._mechanism.response.model_validate_json(row["value"])
            return Ok(row["hotkey"], value, receipt, row["latency_s"], row["ttft_s"])
        return Failed(
            row["hotkey"],
            Reason(row["reason"]),
            row["detail"],
            receipt=receipt,
            status=row["status"],
            latency_s=row["latency_s"],
            ttft_s=row["ttft_s"],
        )


def _row(result: Result[Any]) -> dict[str, Any]:
    receipt = result.receipt
    return {
        "hotkey": result.hotkey,
        "reason": result.reason.value,
        "detail": result.detail,
        "receipt": None if receipt is None else receipt.model_dump(mode="json"),
        "status": None if result.ok else result.status,
        "latency_s": result.latency_s,
        "ttft_s": result.ttft_s,
        "value": result.value.model_dump_json() if result.ok else None,
    }
