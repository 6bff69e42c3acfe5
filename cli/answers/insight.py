"""What the commands of ``taokit localnet`` answer that explain a chain."""

from __future__ import annotations

from typing import Any

from taokit.local_chain.insight.changes import Difference
from taokit.local_chain.insight.explained import EpochExplained
from taokit.local_chain.insight.tracing import Trace

__all__ = ["ANSWERS"]

ANSWERS: dict[str, Any] = {
    "localnet explain": EpochExplained,
    "localnet trace": Trace,
    "localnet diff": Difference,
}
