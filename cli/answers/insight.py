"""What the commands of ``taokit localnet`` answer that explain a chain."""

from __future__ import annotations

from typing import Any

from taokit.local_chain.insight.explained import EpochExplained
from taokit.local_chain.insight.tracing import Trial
from taokit.local_chain.insight.typed import Change

__all__ = ["ANSWERS"]

ANSWERS: dict[str, Any] = {
    "localnet explain": EpochExplained,
    "localnet trace": Trial,
    "localnet diff": list[Change],
}
