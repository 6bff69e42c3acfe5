"""A whole local node: chain, sealer and RPC server, from start to stop.

Owns the composition and the life of the process that runs it. Does not own any of the parts, nor
what is printed: whoever serves is told when clients can connect.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from taokit.local_chain.block_log import BlockLog
from taokit.local_chain.errors import InvalidNodeConfig
from taokit.local_chain.node.block_history import BlockHistory
from taokit.local_chain.node.chain import NodeChain
from taokit.local_chain.node.clock import Clock
from taokit.local_chain.node.sealing import Sealer
from taokit.local_chain.node_config import FEATURES, NodeConfig
from taokit.local_chain.persistence.keeping import Kept
from taokit.local_chain.rpc.access import DEFAULT_ORIGINS, AccessPolicy
from taokit.local_chain.rpc.session import RpcHandler
from taokit.local_chain.rpc.sockets import is_loopback

if TYPE_CHECKING:
    from taokit.local_chain.beacon import LocalBeacon
    from taokit.local_chain.fork.forking import ForkPoint
    from taokit.local_chain.pallets.drand_types import Pulse
    from taokit.local_chain.rpc.server import RpcServer
    from taokit.local_chain.scenarios.model import Scenario
    from taokit.local_chain.scenarios.play import Play

__all__ = ["DevAccount", "LocalNode", "Served", "open_chain", "run_node", "serve"]


@dataclass(frozen=True)
class DevAccount:
    """An account that begins with money, under a key that everybody knows. ``rao`` at genesis."""

    name: str
    uri: str
    address: str
    rao: int


@dataclass(frozen=True)
class Served:
    """What a node is reachable as, once it is."""

    ports: tuple[int, ...]
    spec_name: str
    spec_version: int
    genesis_hash: bytes
    accounts: tuple[DevAccount, ...]
    scenario: Play | None = None


class LocalNode:
    """A running node; an async context manager. ``chain`` and ``ports`` are there once inside.

    >>> async def head_of_a_new_chain():
    ...     async with LocalNode(NodeConfig(ports=(0,), block_time="manual")) as node:
    ...         return node.chain.seal(3)[-1].number
    """

    def __init__(
        self,
        config: NodeConfig | None = None,
        *,
        clock: Clock | None = None,
        chain: NodeChain | None = None,
    ) -> None:
        self._kept = Kept(config or NodeConfig())
        self.config = self._kept.config
        try:
            self.chain = chain or open_chain(self.config, clock, kept=self._kept)
        except BaseException:
            self._kept.abandon()
            raise
        self._kept.follow(self.chain)
        self.scenario: Play | None = None
        """The scenario of the config, which goes on with every block."""
        try:
            self._begin_scenario()
        except BaseException:
            self._kept.abandon()
            raise
        self.chain.dev.dumper = self.dump
        self._ended = False
        self._log: BlockLog | None = None
        self.handler = RpcHandler(
            self.chain,
            dev_methods=self.config.development,
            without_cheats=self.config.forbidden_cheats,
        )
        self._sealer = Sealer(self.chain, self.config.sealing(self.chain.slot_duration_ms))
        self.chain.dev.sealer = self._sealer
        self._server: RpcServer | None = None

    def _begin_scenario(self) -> None:
        if self.config.scenario is None:
            return
        from taokit.local_chain.scenarios.play import Play

        fork = self._kept.fork
        after = -1 if fork is None else fork.number
        self.scenario = Play(self.chain, self.config.scenario, after=after)
        if self.config.play:
            self.scenario.play_until(self.config.play)

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports served, with 0 replaced."""
        return tuple(self._server.ports) if self._server is not None else ()

    async def start(self) -> None:
        """Listen and begin to seal. Raises `PortInUse`, `InvalidNodeConfig`."""
        if self.config.ports:
            await self._listen(self.config.ports)
        self._log = self._log or BlockLog(self.chain)
        self._sealer.start()

    async def listen(self, port: int) -> int:
        """Listen on one port more (0 picks a free one); which it is. Raises `PortInUse`."""
        return (await self._listen((port,)))[0]

    async def _listen(self, ports: Sequence[int]) -> Sequence[int]:
        if self._server is not None:
            return await self._server.listen(ports)
        # A chain in memory is mostly asked within its process.
        from taokit.local_chain.rpc.server import RpcServer, ServerLimits

        server = RpcServer(
            self.handler,
            host=self.config.host,
            policy=AccessPolicy(
                self.config.origins, self.config.hosts if is_loopback(self.config.host) else None
            ),
            limits=ServerLimits(message_bytes=self.config.max_message_bytes),
        )
        opened = await server.start(ports)
        self._server = server
        return opened

    async def stop(self) -> None:
        """Seal nothing more, and say goodbye to the clients; ends within a second."""
        self._sealer.stop()
        if self._server is not None:
            await self._server.stop()
        if not self._ended:
            self._ended = True
            self._kept.end(self.chain)

    def dump(self, path: Path) -> int:
        """Write the whole chain into a file; its size in bytes. Raises `ChainStoreError`."""
        return self._kept.dump(self.chain, path)

    async def __aenter__(self) -> LocalNode:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    def served(self) -> Served:
        """What to tell whoever wants to connect."""
        version = self.chain.runtime_version()
        return Served(
            self.ports,
            version["specName"],
            version["specVersion"],
            self.chain.genesis_hash,
            _dev_accounts(self.config.preset),
            self.scenario,
        )


def open_chain(
    config: NodeConfig,
    clock: Clock | None = None,
    beacon: LocalBeacon | None = None,
    kept: Kept | None = None,
) -> NodeChain:
    """A chain of the Subtensor runtime under the config's preset, with its drand beacon.

    It is new, or goes on where the one that was ``kept`` ended.

    Raises `InvalidPulse` for pulses of the config that the beacon did not sign.
    """
    from taokit.local_chain.beacon import LocalBeacon, PulseWorker
    from taokit.local_chain.chain_spec import localnet
    from taokit.local_chain.dev_powers import DevPowers
    from taokit.local_chain.features import runtime_with

    beacon = beacon or LocalBeacon()
    chain_spec = replace(
        localnet(config.preset),
        beacon=beacon.config if config.beacon == "local" else None,
        limits=config.limits,
        guards=config.guards,
    )
    begun = kept.state if kept else None
    runtime = runtime_with(config.features, sqrt_prices=config.sqrt_prices).new(chain_spec, begun)
    pulses = PulseWorker(runtime, beacon)
    chain = NodeChain(
        runtime,
        runtime.overlay,
        slot_duration_ms=runtime.aura.slot_duration_ms,
        clock=clock,
        finality_lag=config.finality_lag,
        powers=DevPowers(runtime),
        worker=pulses,
        pulses=pulses,
        journal=kept.journal if kept else None,
        blocks=BlockHistory(kept.blocks) if kept and kept.blocks else None,
    )
    pulses.hand_over(config.pulses)
    return chain


def _dev_accounts(preset: str) -> tuple[DevAccount, ...]:
    from taokit.local_chain.chain_spec import ENDOWED, RICH, account, localnet
    from taokit.wallet.ss58 import encode

    balances = localnet(preset).balances
    named = [(name, f"//{name}") for name in (*RICH, *ENDOWED)]
    return tuple(
        DevAccount(name, uri, encode(account(uri)), balances[account(uri)]) for name, uri in named
    )


async def run_node(config: NodeConfig, on_ready: Callable[[Served], None]) -> None:
    """Run a node until it is cancelled, or told to end by SIGTERM or SIGINT.

    Raises `PortInUse`, and `InvalidNodeConfig` for a config without ports, since nobody could
    reach such a node.
    """
    if not config.ports:
        raise InvalidNodeConfig("a node that runs by itself needs a port", setting="ports")
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    handled: list[signal.Signals] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        # Windows has no such handlers, and only the main thread may set them.
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(number, ended.set)
            handled.append(number)
    try:
        async with LocalNode(config) as node:
            on_ready(node.served())
            await ended.wait()
    finally:
        for number in handled:
            loop.remove_signal_handler(number)


def serve(
    *,
    ports: Sequence[int] = (9944,),
    host: str | None = None,
    block_time: str | None = None,
    preset: str = "fast",
    limits: str = "runtime",
    guards: str = "pool",
    sqrt_prices: bool = False,
    features: Sequence[str] = FEATURES,
    beacon: str = "local",
    pulses: Sequence[Pulse] = (),
    fork: ForkPoint | None = None,
    fork_cache: Path | None = None,
    force_fork: bool = False,
    data_dir: Path | None = None,
    state: Path | None = None,
    dump_every: int = 0,
    scenario: Scenario | None = None,
    play: int = 0,
    origins: Sequence[str] = DEFAULT_ORIGINS,
    dev_methods: bool | None = None,
    without_cheats: Sequence[str] = (),
    on_ready: Callable[[Served], None],
) -> None:
    """Run a node in this process until SIGTERM or SIGINT; `on_ready` once clients can connect."""
    config = NodeConfig(
        ports=tuple(ports),
        host=host,
        block_time=block_time,
        preset=preset,
        limits=limits,
        guards=guards,
        sqrt_prices=sqrt_prices,
        features=tuple(features),
        beacon=beacon,
        pulses=tuple(pulses),
        fork=fork,
        fork_cache=fork_cache,
        force_fork=force_fork,
        data_dir=data_dir,
        state=state,
        dump_every=dump_every,
        scenario=scenario,
        play=play,
        origins=tuple(origins),
        dev_methods=dev_methods,
        without_cheats=tuple(without_cheats),
    )
    with contextlib.suppress(KeyboardInterrupt):  # where there are no signal handlers
        asyncio.run(run_node(config, on_ready))
