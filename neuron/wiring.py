"""What a mechanism's miners serve: the path, what goes in and what comes out.

Owns reading that off a mechanism, for programs and tests alike. Does not own a server.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from taokit.neuron.auth.claims import Caller
from taokit.neuron.loops.rounds import UpdateRequest
from taokit.neuron.mechanism import Mechanism, RoundsMechanism, ServiceMechanism
from taokit.neuron.messages import Message

__all__ = ["taking_caller", "wire_of"]


def wire_of(mechanism: Mechanism) -> tuple[str, type[Message], type[Message]]:
    """Where a mechanism's miners serve, and what goes in and out. Raises TypeError for an arena."""
    if isinstance(mechanism, ServiceMechanism):
        return mechanism.path, mechanism.request, mechanism.response
    if isinstance(mechanism, RoundsMechanism):
        return mechanism.path, UpdateRequest, mechanism.update
    raise TypeError("miners of an arena serve nothing: they commit to an artifact")


def taking_caller(handler: Callable[..., Any]) -> Callable[[Any, Caller], Any]:
    """A handler of ``(task, caller)``, of one that may take the task alone."""
    if len(inspect.signature(handler).parameters) >= 2:
        return handler
    if inspect.iscoroutinefunction(handler):

        async def waiting(task: Any, caller: Caller) -> Any:
            return await handler(task)

        return waiting

    def plain(task: Any, caller: Caller) -> Any:
        return handler(task)

    return plain
