"""Which place to evaluate in, by its name in settings."""

from __future__ import annotations

from taokit.neuron.errors import ConfigError
from taokit.neuron.fanout.contract import Fanout

__all__ = ["fanout"]


def fanout(
    name: str = "threads", *, workers: int = 0, address: str = "", patience_s: float = 600.0
) -> Fanout:
    """Threads, processes or Ray. ``workers`` 0 is each one's own default. Raises ConfigError."""
    if name == "threads":
        from taokit.neuron.fanout.threads import Threads

        return Threads(workers or 1)
    if name == "processes":
        from taokit.neuron.fanout.processes import Processes

        return Processes(workers or None, patience_s=patience_s)
    if name == "ray":
        from taokit.neuron.fanout.ray_cluster import RayCluster

        return RayCluster(address, workers or None, patience_s=patience_s)
    raise ConfigError(
        f"there is no place to evaluate named {name!r}", hint="threads, processes, ray"
    )
