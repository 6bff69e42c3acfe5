"""The settings of a local node, checked.

Owns their names, defaults and meaning; the command line and tests build one of these. Does not own
what is done with them (`local_chain.local_node`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from taokit.local_chain.cheat_names import CHEATS
from taokit.local_chain.errors import InvalidNodeConfig
from taokit.local_chain.node.sealing import SealingMode
from taokit.local_chain.rpc.access import DEFAULT_ORIGINS
from taokit.local_chain.rpc.sockets import is_loopback

if TYPE_CHECKING:
    from taokit.local_chain.fork.forking import ForkPoint
    from taokit.local_chain.pallets.drand_types import Pulse
    from taokit.local_chain.scenarios.model import Scenario

__all__ = ["BEACONS", "FEATURES", "GUARDS", "LIMITS", "PRESETS", "NodeConfig"]

PRESETS = ("fast", "mainnet")
LIMITS = ("runtime", "localnet")
GUARDS = ("pool", "dispatch")
BEACONS = ("local", "quicknet")
FEATURES = (
    "alpha-totals",
    "baskets",
    "childkey-threshold",
    "collateral",
    "epoch-consensus",
    "network-queues",
    "root-unlock",
)


@dataclass(frozen=True)
class NodeConfig:
    """How a local node runs.

    ``ports`` all serve the same chain; 0 picks a free one, and none at all is for use within one
    process, through the node's ``handler``. Without ``host`` only this machine can connect.
    ``block_time`` is `250ms`, `12s`, `instant`, `manual`, `instant+12s` and the like; None is the
    preset's slot. ``preset`` chooses between the runtime's fast constants and mainnet's.
    ``limits`` are the runtime's, or the shorter ones that Subtensor's published localnet image is
    built with. ``guards`` says where Subtensor's guards refuse a call: before it enters the pool,
    or only when it is dispatched, in its block, as before spec 423. ``sqrt_prices`` adds the
    storage map in which clients that are older than the runtime's weighted pools look for prices.
    ``features`` add storage of later runtimes, in which newer clients look before they sign.
    ``beacon`` is the drand beacon that the chain expects: its own, or the public network's, whose
    ``pulses`` have to be handed to it. ``finality_lag`` is in blocks. ``origins`` are the web pages
    let in beside local ones (`*` for all), ``hosts`` names under which browsers may reach the node
    beside localhost. ``dev_methods`` are what only a chain for development lets its clients do: for
    None they are there if only this machine can connect; ``without_cheats`` forbids some of them,
    by the names of ``cheat_names.CHEATS``, or ``all``. In ``data_dir`` the chain is kept, block by
    block, and taken up again from there; ``state`` is a dump that it begins with, if there is one,
    and that it becomes at its end, and after every ``dump_every`` blocks. With ``fork`` it goes on
    after another chain's block, under the preset that has that chain's slots; what is read of it is
    kept in ``fork_cache``, and another runtime than ours is refused unless ``force_fork``.

    A ``scenario`` is set up on the chain, or goes on where it was on a chain that is taken up, with
    every block; the first ``play`` epochs of it are made at once.
    """

    ports: tuple[int, ...] = (9944,)
    host: str | None = None
    block_time: str | None = None
    preset: str = "fast"
    limits: str = "runtime"
    guards: str = "pool"
    sqrt_prices: bool = False
    features: tuple[str, ...] = FEATURES
    beacon: str = "local"
    pulses: tuple[Pulse, ...] = ()
    finality_lag: int = 0
    origins: tuple[str, ...] = DEFAULT_ORIGINS
    hosts: tuple[str, ...] = ()
    max_message_bytes: int = 16 * 1024 * 1024
    dev_methods: bool | None = None
    without_cheats: tuple[str, ...] = ()
    data_dir: Path | None = None
    state: Path | None = None
    dump_every: int = 0
    fork: ForkPoint | None = None
    fork_cache: Path | None = None
    force_fork: bool = False
    scenario: Scenario | None = None
    play: int = 0

    def __post_init__(self) -> None:
        choices = {"preset": PRESETS, "limits": LIMITS, "guards": GUARDS, "beacon": BEACONS}
        for setting, allowed in choices.items():
            if (given := getattr(self, setting)) not in allowed:
                raise InvalidNodeConfig(
                    f"{setting} cannot be {given!r}",
                    setting=setting,
                    hint=f"use {' or '.join(allowed)}",
                )
        for name in self.features:
            if name not in FEATURES:
                raise InvalidNodeConfig(
                    f"there is no feature {name!r}",
                    setting="features",
                    hint=f"there are {', '.join(FEATURES)}",
                )
        for name in self.without_cheats:
            if name not in (*CHEATS, "all"):
                raise InvalidNodeConfig(
                    f"there is no cheat {name!r}",
                    setting="without_cheats",
                    hint=f"there are {', '.join(CHEATS)}, and all",
                )
        for port in self.ports:
            if not 0 <= port < 1 << 16:
                raise InvalidNodeConfig(f"{port} is not a port number", setting="ports")
        if self.finality_lag < 0:
            raise InvalidNodeConfig("finality cannot be ahead", setting="finality_lag")
        if self.data_dir is not None and self.state is not None:
            raise InvalidNodeConfig(
                "a data directory and a state file exclude each other", setting="state"
            )
        if self.dump_every < 0 or (self.dump_every and self.state is None):
            raise InvalidNodeConfig(
                "dump_every says after how many blocks to write the state file",
                setting="dump_every",
            )
        if self.play < 0 or (self.play and self.scenario is None):
            raise InvalidNodeConfig("play says how many epochs of a scenario", setting="play")
        if self.block_time is not None:
            SealingMode.parse(self.block_time)

    @property
    def development(self) -> bool:
        """Whether clients may use development methods."""
        return is_loopback(self.host) if self.dev_methods is None else self.dev_methods

    @property
    def forbidden_cheats(self) -> tuple[str, ...]:
        """The cheats that clients may not use."""
        return tuple(CHEATS) if "all" in self.without_cheats else self.without_cheats

    def sealing(self, slot_duration_ms: int) -> SealingMode:
        """When blocks are made, given the slot of the runtime."""
        if self.block_time is None:
            return SealingMode(interval_ms=slot_duration_ms)
        return SealingMode.parse(self.block_time)
