"""Where a validator's slow evaluations run: threads, processes of this machine, or a Ray cluster.

Owns handing out work and what becomes of workers that fail. Does not own what is evaluated
(``evaluate`` of a mechanism) nor what it means (``verify``). Names are imported when first used;
Ray only when it is asked for.

An evaluation is a function of its arguments alone, so its result is the same wherever it ran, and
results come in the order of the work, whatever finished first.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from taokit.neuron.fanout.choice import fanout
    from taokit.neuron.fanout.contract import Done, Fanout, Lost, Outcome
    from taokit.neuron.fanout.processes import Processes
    from taokit.neuron.fanout.ray_cluster import RayCluster
    from taokit.neuron.fanout.threads import Threads

__all__ = ["Done", "Fanout", "Lost", "Outcome", "Processes", "RayCluster", "Threads", "fanout"]

_HOMES = {
    "Done": "contract",
    "Fanout": "contract",
    "Lost": "contract",
    "Outcome": "contract",
    "Processes": "processes",
    "RayCluster": "ray_cluster",
    "Threads": "threads",
    "fanout": "choice",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
