"""A chain with a started subnet, and scripts applied to it by processes that may die.

A process is an :class:`Engine` with collaborators of its own; it dies by an exception that nothing
in the product catches, at a point of one's choice. What outlives it is the chain and the journal.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from taokit.chain_client import Call, ChainClient, InProcessTransport
from taokit.chain_client.automation import Engine, Event, Journal, Script, read_script
from taokit.local_chain.local_node import LocalNode
from taokit.local_chain.node_config import NodeConfig
from taokit.wallet import Keypair, dev_key

ALICE, BOB = dev_key("Alice"), dev_key("Bob")
FAULTS = (
    "before planning",
    "after planning",
    "before signing",
    "after signing",
    "before recording",
    "after recording",
    "before sending",
    "after sending",
    "before the receipt",
    "before the outcome",
    "after the outcome",
    "before it is done",
    "after it is done",
)


class Killed(BaseException):
    """The process is dead."""


@dataclass
class Fault:
    """Where the process dies; ``at`` is one of FAULTS, or empty for never."""

    at: str = ""
    struck: bool = False

    def point(self, name: str) -> None:
        if name == self.at and not self.struck:
            self.struck = True
            raise Killed(name)


class MortalSigner:
    """Alice's key, with a fault on either side of the signature."""

    def __init__(self, fault: Fault, key: Keypair = ALICE) -> None:
        self._fault = fault
        self._key = key

    def __getattr__(self, name: str) -> Any:
        return getattr(self._key, name)

    def sign(self, payload: bytes) -> bytes:
        self._fault.point("before signing")
        signature = self._key.sign(payload)
        self._fault.point("after signing")
        return signature


class MortalJournal(Journal):
    fault: Fault

    def record_signed(self, *args: Any, **values: Any) -> Any:
        self.fault.point("before recording")
        sending = super().record_signed(*args, **values)
        self.fault.point("after recording")
        return sending

    def record_outcome(self, *args: Any, **values: Any) -> Any:
        self.fault.point("before the outcome")
        sending = super().record_outcome(*args, **values)
        self.fault.point("after the outcome")
        return sending

    def settle_occurrence(self, *args: Any, **values: Any) -> None:
        self.fault.point("before it is done")
        super().settle_occurrence(*args, **values)
        self.fault.point("after it is done")


class MortalTransport(InProcessTransport):
    fault = Fault()

    async def subscribe(self, method: str, params: list[Any], unsubscribe: str) -> Any:
        if method != "author_submitAndWatchExtrinsic":
            return await super().subscribe(method, params, unsubscribe)
        self.fault.point("before sending")
        statuses = await super().subscribe(method, params, unsubscribe)
        self.fault.point("after sending")
        return statuses


class MortalClient(ChainClient):
    fault = Fault()

    async def plan(self, *args: Any, **values: Any) -> Any:
        self.fault.point("before planning")
        plan = await super().plan(*args, **values)
        self.fault.point("after planning")
        return plan

    async def receipt(self, *args: Any, **values: Any) -> Any:
        self.fault.point("before the receipt")
        return await super().receipt(*args, **values)


@dataclass
class World:
    """The chain, and the folder where journals are."""

    node: LocalNode
    chain: ChainClient
    folder: Path
    events: list[Event] = field(default_factory=list)

    async def client(self, fault: Fault) -> ChainClient:
        """A client of a new process."""
        transport = MortalTransport(self.node.handler)
        transport.fault = fault
        client = await MortalClient.over(transport)
        client.fault = fault
        return client

    def script(self, text: str, **values: Any) -> Script:
        """A script as Alice's, with Bob as hotkey."""
        return read_script(
            text, coldkey=ALICE.ss58_address, hotkey=BOB.ss58_address, variables=values
        )

    def journal(self, script: Script, fault: Fault | None = None) -> Journal:
        """The journal of a script, of a new process."""
        genesis = self.chain.runtime.genesis_hash
        path = self.folder / "journal.sqlite3"
        journal = MortalJournal.open(path, script.name, genesis, ALICE.ss58_address)
        assert isinstance(journal, MortalJournal)
        journal.fault = fault or Fault()
        return journal

    async def apply(
        self, script: Script, fault: Fault | None = None, *, once: bool = True, **how: Any
    ) -> bool:
        """Apply a script in a process of its own. Raises :class:`Killed` when that dies."""
        fault, stop_event = fault or Fault(), how.pop("stop_event", None)
        chain = await self.client(fault)
        journal = self.journal(script, fault)
        try:
            journal.lock(script.name)
            engine = Engine(
                chain,
                script,
                journal,
                lambda kind: MortalSigner(fault, ALICE if kind == "coldkey" else BOB),
                emit=self.events.append,
                patience=how.pop("patience", 20.0),
                **how,
            )
            return await engine.run(once=once, stop=stop_event)
        finally:
            journal.close()  # as the end of a process would: nothing is written by it
            await chain.close()

    def told(self, event: str, step: str | None = None) -> list[Event]:
        """The events of a kind so far."""
        return [e for e in self.events if e.event == event and step in (None, e.step)]

    async def sign_and_send(self, call: Call, key: Keypair = ALICE) -> None:
        """One transaction from elsewhere."""
        (await self.chain.submit(call, key, timeout=60)).raise_for_failure()

    async def sudo(self, pallet: str, name: str, **args: Any) -> None:
        """A call as root."""
        await self.sign_and_send(Call("Sudo", "sudo", {"call": Call(pallet, name, args)}))

    def seal(self, blocks: int) -> None:
        """Make blocks."""
        self.node.chain.seal(blocks)

    async def travel(self, hours: int) -> None:
        """Make a block so many hours later."""
        now = await self.chain.query("Timestamp", "Now")
        await self.chain.transport.send("dev_timeTravel", [now + hours * 3_600_000 + 1000])
        self.seal(1)

    async def new_hotkey(self, name: str) -> str:
        """A hotkey of Alice's that nothing is staked on."""
        hotkey = Keypair.from_uri(f"//script//{name}").ss58_address
        await self.sign_and_send(
            Call("SubtensorModule", "try_associate_hotkey", {"hotkey": hotkey})
        )
        return hotkey

    async def stakings(self, hotkey: str, since: int = 1) -> list[int]:
        """The rao of every staking on a hotkey from a block on, the first unless told."""
        found: list[int] = []
        for number in range(since, (await self.chain.block_ref("head")).number + 1):
            events = await self.chain.events(number)
            added = (e for e in events if e.is_("SubtensorModule", "StakeAdded"))
            found += [int(event[2]) for event in added if str(event[1]) == hotkey]
        return found


@asynccontextmanager
async def world(folder: Path, *, subnets: tuple[int, ...] = (1,)) -> AsyncIterator[World]:
    """A chain that makes a block for each transaction; Alice owns all there is on it."""
    async with (
        LocalNode(NodeConfig(ports=(), block_time="instant")) as node,
        await ChainClient.over(InProcessTransport(node.handler)) as chain,
    ):
        here = World(node, chain, folder)
        for netuid in subnets:
            await here.sudo(
                "AdminUtils", "sudo_set_subtoken_enabled", netuid=netuid, subtoken_enabled=True
            )
        yield here
