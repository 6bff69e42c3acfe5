"""A chain that a whole module of tests shares: operations are planned and sent, and it answers."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from taokit.chain_client import Call, ChainClient, InProcessTransport, Tao
from taokit.chain_client.errors import DispatchFailed, PoolRejected
from taokit.chain_client.extrinsics.receipt import Receipt
from taokit.chain_client.extrinsics.submitter import Terms
from taokit.chain_client.operations import Operation, Plan
from taokit.local_chain.local_node import LocalNode
from taokit.local_chain.node_config import NodeConfig
from taokit.wallet import Keypair, dev_key

T = TypeVar("T")

ALICE = dev_key("Alice")
RICH = 1_000_000 * 10**9


def key(name: str) -> Keypair:
    """The key of a name, the same every time."""
    return Keypair.from_uri(f"//{name}")


def ss58(name: str) -> str:
    """The address of that key."""
    return key(name).ss58_address


class Stage:
    """A running chain in this process, and a client of it. Each transaction makes a block.

    Guards refuse in the block rather than in the pool, where the chain's names are its own.
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        config = NodeConfig(ports=(), block_time="instant", guards="dispatch")
        self._node = LocalNode(config)
        self.run(self._node.start())
        self.client = self.run(ChainClient.over(InProcessTransport(self._node.handler)))

    def close(self) -> None:
        """Stop it."""
        self.run(self.client.close())
        self.run(self._node.stop())
        self._loop.close()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """What the coroutine comes to, within a minute."""
        return self._loop.run_until_complete(asyncio.wait_for(coroutine, 100))

    def rpc(self, method: str, *params: Any) -> Any:
        """A plain request."""
        return self.run(self.client.transport.send(method, list(params)))

    def fund(self, name: str, rao: int = RICH) -> Keypair:
        """The key of that name, with TAO."""
        self.rpc("dev_fund", ss58(name), rao)
        return key(name)

    def mine(self, blocks: int = 1) -> None:
        """So many blocks more."""
        self.rpc("dev_newBlock", blocks)

    def store(self, pallet: str, item: str, *keys: Any, value: Any) -> None:
        """Write a storage value past the rules; None removes it."""
        entry = self.client.runtime.storage(pallet, item)
        raw = None if value is None else "0x" + entry.encode(value).hex()
        self.rpc("dev_setStorage", [["0x" + entry.key(*keys).hex(), raw]])

    def get(self, item: str, *keys: Any, pallet: str = "SubtensorModule") -> Any:
        """A storage value now."""
        return self.run(self.client.query(pallet, item, *keys))

    def plan(self, op: Operation | Call, signer: Keypair) -> Plan:
        """What the operation would do."""
        return self.run(self.client.plan(op, signer))

    def send(self, op: Operation | Call, signer: Keypair) -> Receipt:
        """The receipt of the operation; the call may have failed."""
        return self.run(self.client.submit(op, signer, Terms(), timeout=60))

    def done(self, op: Operation | Call, signer: Keypair) -> Receipt:
        """Plan it, which sees nothing against it, and do it."""
        plan = self.plan(op, signer)
        assert plan.problem is None, plan.problem
        return self.send(plan.operation, signer).raise_for_failure()

    def sudo(self, pallet: str, name: str, **args: Any) -> None:
        """A call as root."""
        call = Call("Sudo", "sudo", {"call": Call(pallet, name, args)})
        self.send(call, ALICE).raise_for_failure()

    def refusal(self, op: Operation | Call, signer: Keypair) -> str | None:
        """The chain's own name for why it does not do this; None if it does."""
        try:
            self.send(op, signer).raise_for_failure()
        except (DispatchFailed, PoolRejected) as refused:
            return refused.name
        return None

    def assert_foreseen(self, op: Operation, signer: Keypair, name: str) -> None:
        """The plan foresees the refusal of that name, and the chain does answer with it."""
        problem = self.plan(op, signer).problem
        assert getattr(problem, "name", None) == name, (
            f"{problem!r}, but the chain: {self.refusal(op, signer)}"
        )
        assert self.refusal(op, signer) == name

    def subnet(self, owner: str, *, start: bool = True) -> int:
        """A new subnet whose coldkey and hotkey have these names: ``owner``, ``owner/hot``."""
        before = {netuid for netuid, _ in self.run(self._networks())}
        self.fund(owner, 10**15)
        call = Call("SubtensorModule", "register_network", {"hotkey": ss58(f"{owner}/hot")})
        self.send(call, key(owner)).raise_for_failure()
        (netuid,) = {netuid for netuid, _ in self.run(self._networks())} - before
        if start:
            call = Call("SubtensorModule", "start_call", {"netuid": netuid})
            self.send(call, key(owner)).raise_for_failure()
        return int(netuid)

    async def _networks(self) -> list[tuple[int, bool]]:
        return await self.client.query_map("SubtensorModule", "NetworksAdded")

    def register(self, netuid: int, name: str) -> None:
        """A neuron: coldkey ``name``, hotkey ``name/hot``."""
        self.fund(name)
        args = {"netuid": netuid, "hotkey": ss58(f"{name}/hot")}
        self.send(Call("SubtensorModule", "burned_register", args), key(name)).raise_for_failure()


@contextmanager
def a_stage() -> Iterator[Stage]:
    """A stage, closed afterwards."""
    stage = Stage()
    try:
        yield stage
    finally:
        stage.close()


def tao(amount: str) -> Tao:
    """An amount from text."""
    return Tao.parse(amount)
