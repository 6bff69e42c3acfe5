"""What is wrong with an update, as an exception: the reason for which it is worth nothing."""

from __future__ import annotations

from taokit.neuron.messages import Reason

__all__ = ["Fault"]


class Fault(Exception):
    """An update is worth nothing, for a reason."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
