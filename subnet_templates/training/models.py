"""The models that a buyer can ask for text, by name: the run's newest, an older state, a job's.

Owns finding their parameters, and keeping the last few at hand. Does not own asking them.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np

from taokit.neuron.gateway.errors import BadRequest
from taokit.neuron.metagraph import Snapshot
from taokit.subnet_templates.training.jobs import Jobs
from taokit.subnet_templates.training.serving import Board
from taokit.subnet_templates.training.tensors import load

__all__ = ["Models"]

Floats = np.ndarray[Any, np.dtype[np.float32]]
AT_HAND = 4


class Models:
    """By name: ``run``, ``state:<digest>`` or ``job:<id>``."""

    def __init__(
        self, run: str, board: Board, jobs: Jobs, snapshot: Callable[[], Awaitable[Snapshot]]
    ) -> None:
        self.run, self._board, self._jobs, self._snapshot = run, board, jobs, snapshot
        self._kept: OrderedDict[str, Floats] = OrderedDict()

    async def find(self, name: str, account: str) -> tuple[Floats, str]:
        """Parameters of a model, and the hash that names them. Raises NotFound, BadRequest."""
        kind, _, exact = name.partition(":")
        if name == self.run:
            exact = (await asyncio.to_thread(self._board.newest, await self._snapshot())).state
        elif kind == "job":
            data = await asyncio.to_thread(self._jobs.result, account, exact)
            return load(data)["params"], hashlib.sha256(data).hexdigest()
        elif kind != "state":
            raise BadRequest(f"there is no model {name!r}", hint="GET /v1/models tells which")
        if exact not in self._kept:
            snapshot = await self._snapshot()
            _, state, _ = await asyncio.to_thread(self._board.latest, snapshot, exact)
            self._kept[exact] = state.params
            while len(self._kept) > AT_HAND:
                self._kept.popitem(last=False)
        return self._kept[exact], exact

    async def names(self) -> list[str]:
        """Those that anybody can ask, newest first."""
        listed = await asyncio.to_thread(self._board.checkpoints, await self._snapshot())
        return [self.run, *(f"state:{one['state']}" for one in listed)] if listed else []
