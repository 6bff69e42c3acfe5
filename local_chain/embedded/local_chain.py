"""A local chain as a Python object.

Owns its life on a thread's event loop, which the blocking client uses too, and the words in which a
program asks for blocks, time, money and snapshots. Does not own any of that itself (``node``).

    with LocalChain() as chain:
        client = chain.client()
        alice, bob = chain.accounts.alice, chain.accounts.bob
        client.submit(Transfer(to=bob.ss58_address, amount=Tao.parse("1")), alice)
        subnet = chain.subnet(validators=2, miners=8)
        with chain.anchor():                       # undone at the end
            chain.travel(epochs=3, netuid=subnet.netuid)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from taokit.chain_client.blocking import Client, client_loop, run_on_client_loop
from taokit.local_chain.embedded.accounts import Accounts
from taokit.local_chain.embedded.cheats import ChainCheats
from taokit.local_chain.embedded.crossing import Crossing, Socket
from taokit.local_chain.errors import LocalChainError
from taokit.local_chain.local_node import LocalNode
from taokit.local_chain.node.clock import Clock, ManualClock
from taokit.local_chain.node.dev.part import done
from taokit.local_chain.node_config import NodeConfig

if TYPE_CHECKING:
    from typing_extensions import Self

    from taokit.chain_client.client import ChainClient
    from taokit.local_chain.embedded.subnet import Subnet
    from taokit.local_chain.insight.changes import Difference
    from taokit.local_chain.insight.explained import EpochExplained
    from taokit.local_chain.insight.tracing import Trace
    from taokit.local_chain.scenarios.model import Scenario
    from taokit.local_chain.scenarios.play import Play
    from taokit.local_chain.scenarios.report import Report

__all__ = ["LocalChain"]

T = TypeVar("T")


class LocalChain(ChainCheats):
    """A chain of its own in this process; a context manager, or to be closed with :meth:`close`.

    ``block_time`` is as ``taokit localnet start --block-time``: a block with each transaction
    (``instant``), only on demand (``manual``), or at an interval. Without a ``clock`` time stands
    still but for blocks and travels, so that equal programs come to equal states. Everything else
    is the config's; :meth:`serve` opens a port.

    ``scenario`` is one of those that come with taokit, a TOML or YAML file, or a scenario that was
    read; it is set up at once and goes on with every block: see :meth:`play`.

    Every method may be called from any thread, but not from the chain's own event loop.
    """

    def __init__(
        self,
        config: NodeConfig | None = None,
        *,
        preset: str = "fast",
        block_time: str = "instant",
        clock: Clock | None = None,
        scenario: str | Path | Scenario | None = None,
    ) -> None:
        if config is None:
            config = NodeConfig(ports=(), preset=preset, block_time=block_time)
        if scenario is not None:
            from taokit.local_chain.scenarios import load_scenario

            given = load_scenario(scenario) if isinstance(scenario, (str, Path)) else scenario
            config = replace(config, scenario=given)
        self.node = LocalNode(config, clock=clock or ManualClock())
        """The node; use it in its event loop only: see :meth:`do`."""
        self.accounts = Accounts(self.fund)
        self._made_at: dict[str, int] = {}
        self._closed = False
        self._client: Client | None = None
        run_on_client_loop(self.node.start())

    def do(self, work: Callable[[], T]) -> T:
        """Run ``work`` in the chain's event loop, where nothing else happens meanwhile."""

        async def doing() -> T:
            return work()

        if self._closed:
            raise LocalChainError("this chain is closed")
        return run_on_client_loop(doing())

    # -- clients ---------------------------------------------------------------------------

    @cached_property
    def _crossing(self) -> Crossing:
        return Crossing(self.node.handler, client_loop())

    def client(self) -> Client:
        """The blocking client of this chain: one, which is closed with it.

        Another one once its connection was cut: see :meth:`fault`.
        """
        from taokit.chain_client.transport.inprocess import InProcessTransport

        async def opened() -> InProcessTransport:
            return InProcessTransport(self._crossing)

        if self._client is None or self._client.chain.transport.ended:
            self._client = Client.over(opened)
        return self._client

    async def connect(self) -> ChainClient:
        """A new client for the running event loop; whoever asked for it closes it."""
        from taokit.chain_client.client import ChainClient
        from taokit.chain_client.transport.inprocess import InProcessTransport

        return await ChainClient.over(InProcessTransport(self._crossing))

    async def socket(self, url: str = "") -> Socket:
        """An open connection that looks like a websocket, for clients that can be given one."""
        return Socket(self._crossing)

    def serve(self, port: int = 0) -> str:
        """Listen on a port of this machine (0 picks a free one); the address of its websocket."""
        return f"ws://127.0.0.1:{run_on_client_loop(self.node.listen(port))}"

    # -- blocks and time -------------------------------------------------------------------

    @property
    def height(self) -> int:
        """The number of the newest block."""
        return self.node.chain.head.number

    def mine(self, blocks: int = 1) -> int:
        """Seal that many blocks; the newest one's number."""
        self.do(lambda: self.node.chain.seal(blocks))
        return self.height

    def travel(
        self,
        *,
        seconds: float = 0,
        blocks: int = 0,
        epochs: int = 0,
        netuid: int | None = None,
        halvings: int = 0,
        leap: bool = False,
    ) -> int:
        """Go forward by blocks, by epochs of a subnet, or by time with one block at its end.

        With ``leap`` blocks in which nothing happens are passed over: the state comes to what it
        would, but there are no such blocks.

        To a halving it goes at once, in one block that sets the issuance: see docs/time.md.
        The newest block's number. Raises ``LocalChainError`` for epochs of a subnet that has none.
        """
        if sum(map(bool, (seconds, blocks, epochs, halvings))) > 1:
            raise ValueError("travel by seconds, blocks, epochs or halvings: one of them")
        if min(seconds, blocks, epochs, halvings) < 0:
            raise ValueError("time only goes forward; a snapshot leads back")
        dev = self.node.chain.dev
        if seconds:
            self.do(lambda: dev.travel(round(seconds * 1000)))
        for _ in range(halvings):
            self.do(dev.to_halving)
        for _ in range(epochs):
            self.run_epoch(self._only_netuid(netuid), leap=leap)
        if leap:
            target = self.height + blocks
            self.do(lambda: done(dev.leaping(target)))
            return self.height
        return self.mine(blocks) if blocks else self.height

    def _only_netuid(self, netuid: int | None) -> int:
        if netuid is None:
            raise ValueError("whose epochs? give a netuid")
        return netuid

    def run_epoch(self, netuid: int, *, leap: bool = False) -> int:
        """Go on until the subnet's next epoch has run; the number of that block."""
        return self.do(lambda: self.node.chain.dev.run_epoch(netuid, leap=leap))

    # -- snapshots --------------------------------------------------------------------------

    def snapshot(self, name: str | None = None) -> str:
        """Keep this moment; the name to go back to it by. Raises ``SnapshotError``."""
        taken = self.do(lambda: self.node.chain.snapshots.take(name).name)
        self._made_at[taken] = self.accounts.made
        return taken

    def revert(self, name: str | None = None, *, keep: bool = True) -> int:
        """Go back to a snapshot (None: the newest); the newest block's number.

        The snapshot stays unless not ``keep``. Fresh accounts are counted from there again.
        """

        def reverting() -> str:
            snapshots = self.node.chain.snapshots
            found = snapshots.get(name).name
            snapshots.revert(found, keep=keep)
            return found

        self.accounts.made = self._made_at[self.do(reverting)]
        return self.height

    @contextmanager
    def anchor(self) -> Iterator[None]:
        """Whatever is done inside is undone at the end."""
        name = self.snapshot()
        try:
            yield
        finally:
            if not self._closed:
                self.revert(name, keep=False)

    # -- subnets ---------------------------------------------------------------------------

    def subnet(
        self,
        *,
        validators: int = 1,
        miners: int = 3,
        commit_reveal: bool = True,
        tempo: int = 10,
        stake: float | Sequence[float] = 10_000,
        **hyperparameters: Any,
    ) -> Subnet:
        """A new subnet, started, with neurons registered and validators staked and permitted.

        ``stake`` is in alpha, for each validator, of its own; a sequence says it one by one.
        Needs blocks that come with transactions. ``hyperparameters`` are those of
        ``AdminUtils.sudo_set_...``, by the rest of that name.
        """
        from taokit.local_chain.embedded.subnet import new_subnet

        mode = self.node.config.sealing(self.node.chain.slot_duration_ms)
        if not mode.instant:
            raise LocalChainError(
                f"a subnet is made by transactions, and with blocks {mode} none would be sealed",
                hint="make the chain with block_time='instant'",
            )
        return new_subnet(
            self,
            validators=validators,
            miners=miners,
            commit_reveal=commit_reveal,
            tempo=tempo,
            stake=stake,
            hyperparameters=hyperparameters,
        )

    # -- scenarios ---------------------------------------------------------------------------

    @classmethod
    def from_scenario(cls, scenario: str | Path | Scenario, **options: Any) -> Self:
        """A chain on which a scenario is set up: its name, its file, or the scenario itself."""
        return cls(scenario=scenario, **options)

    @property
    def scenario(self) -> Play:
        """The scenario: who is who (``cast``), and what came of it so far (``report``)."""
        if self.node.scenario is None:
            raise LocalChainError("this chain has no scenario", hint="LocalChain(scenario='cabal')")
        return self.node.scenario

    def play(self, epochs: int | None = None) -> Report:
        """Make so many epochs of the scenario (None: as it says); what came of it."""
        scenario = self.scenario
        return self.do(lambda: scenario.play(epochs))

    def scenario_subnet(self, name: str = "") -> Subnet:
        """A subnet of the scenario, the first if not said, with the keys of its neurons."""
        from taokit.local_chain.embedded.scenarios import subnet_of

        return subnet_of(self, name)

    # -- understanding it ------------------------------------------------------------------

    def explain(
        self, netuid: int, mechanism: int = 0, *, block: int | None = None
    ) -> EpochExplained:
        """Every stage of a subnet's newest epoch (up to ``block``). Raises ``NoEpoch``."""
        from taokit.local_chain.insight.epochs import explain

        return self.do(lambda: explain(self.node.chain, netuid, mechanism, block))

    def trace(self, extrinsic: str) -> Trace:
        """What an extrinsic did, by its hash or ``BLOCK-INDEX``. Raises ``UnknownExtrinsic``."""
        from taokit.local_chain.insight.tracing import find_extrinsic, trace

        def tracing() -> Trace:
            block, dash, index = extrinsic.partition("-")
            if dash:
                return trace(self.node.chain, int(block), int(index))
            hash = bytes.fromhex(extrinsic.removeprefix("0x"))
            return trace(self.node.chain, *find_extrinsic(self.node.chain, hash))

        return self.do(tracing)

    def diff(self, first: int, last: int | None = None, pallet: str | None = None) -> Difference:
        """What storage another block (None: the head) left otherwise than block ``first``."""
        from taokit.local_chain.insight.changes import diff

        to = self.height if last is None else last
        return self.do(lambda: diff(self.node.chain, first, to, pallet))

    # -- the end ---------------------------------------------------------------------------

    def close(self) -> None:
        """Stop: the client is closed, and whoever else is connected is said goodbye to."""
        if self._closed:
            return
        if self._client is not None:
            self._client.close()
        self._closed = True
        run_on_client_loop(self.node.stop())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
