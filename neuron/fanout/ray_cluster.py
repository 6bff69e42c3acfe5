"""Evaluating on a Ray cluster: other machines' processors for one validator.

Owns the connection and the tasks. Does not own the cluster, unless it is told to start one on this
machine. Needs the extra ``ray``. Whoever reaches a Ray cluster runs code on it, so it belongs in a
private network.
"""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
import socket
import sys
from collections.abc import Callable
from typing import Any, TypeVar

from taokit.neuron.errors import ConfigError
from taokit.neuron.fanout.contract import AttemptFailed, Fanout

__all__ = ["RayCluster"]

Value = TypeVar("Value")
_REACH_S = 10.0


class RayCluster(Fanout):
    """A cluster at ``address`` (``auto``, ``host:port``, ``ray://host:port``), else one made here.

    ``workers`` is how much is worked on at once, by default what the cluster has processors for
    (``cpus`` for each evaluation); of a cluster made here, its processors. ``runtime_env`` is Ray's
    own: what its machines need to import the mechanism. An evaluation that takes longer than
    ``patience_s`` seconds from when it is handed out is ended.
    """

    name = "ray"

    def __init__(
        self,
        address: str = "",
        workers: int | None = None,
        *,
        retries: int = 2,
        patience_s: float = 600.0,
        cpus: float = 1.0,
        runtime_env: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(retries=retries)
        self._address = address
        self._workers = workers
        self._patience_s = patience_s
        self._cpus = cpus
        self._runtime_env = runtime_env
        self._ray: Any = None
        self._call: Any = None
        self._opening = asyncio.Lock()

    async def width(self) -> int:
        """What was asked for, else what the cluster has room for now."""
        ray = await self._opened()
        if self._workers is not None and self._address:
            return self._workers
        found = await asyncio.to_thread(ray.cluster_resources)
        return max(1, int(found.get("CPU", 1) / self._cpus))

    async def close(self) -> None:
        """Leave the cluster, and end it if it was made here."""
        if self._ray is not None:
            ray, self._ray = self._ray, None
            await asyncio.to_thread(ray.shutdown)

    async def _attempt(self, function: Callable[..., Value], arguments: tuple[Any, ...]) -> Value:
        ray = await self._opened()
        try:
            work = ray.cloudpickle.dumps((function, arguments))
        except Exception as error:
            raise AttemptFailed.of(error) from error
        reference = self._call.remote(work, [] if self._address else sys.path)
        try:
            found: Value = await asyncio.wait_for(
                asyncio.wrap_future(reference.future()), self._patience_s
            )
            return found
        except asyncio.TimeoutError:
            await asyncio.to_thread(ray.cancel, reference, force=True)
            raise AttemptFailed(f"it took longer than {self._patience_s:g} s") from None
        except asyncio.CancelledError:
            ray.cancel(reference, force=True)
            raise
        except Exception as error:
            raise AttemptFailed.of(_cause(error)) from error

    async def _opened(self) -> Any:
        async with self._opening:
            if self._ray is None:
                # In a thread: joining takes seconds, and there Ray leaves signals alone.
                self._ray = await asyncio.to_thread(self._open)
                self._call = self._ray.remote(num_cpus=self._cpus, max_retries=0)(_called)
        return self._ray

    def _open(self) -> Any:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        try:
            import ray
        except ImportError:
            raise ConfigError(
                "evaluating on Ray needs the package ray",
                hint='pip install "taokit[ray]"',
            ) from None
        made_here: dict[str, Any] = {"num_cpus": self._workers, "include_dashboard": False}
        try:
            _reach(self._address)
            ray.init(
                address=self._address or "local",
                runtime_env=self._runtime_env,
                log_to_driver=False,
                logging_level=logging.ERROR,
                **({} if self._address else made_here),
            )
        except Exception as error:  # of many kinds, Exception itself among them
            raise ConfigError(
                f"no Ray cluster at {self._address or 'this machine'}: {error}",
                hint="start one with: ray start --head",
            ) from error
        return ray


def _reach(address: str) -> None:
    """Raise OSError unless somebody listens there: Ray itself would go on trying."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host, int(port)), _REACH_S).close()


def _called(work: bytes, path: list[str]) -> Any:
    """Work on a machine of the cluster. ``path`` is where its modules are, on our own machine."""
    sys.path.extend(one for one in path if one not in sys.path)
    function, arguments = pickle.loads(work)  # from the validator, as is every task of a cluster
    return function(*arguments)


def _cause(error: Exception) -> BaseException:
    """What was raised over there, without Ray's wrapping."""
    cause = getattr(error, "cause", None)
    return cause if isinstance(cause, BaseException) else error
