"""A world on the real local chain: the Subtensor runtime in this process, over its real RPC.

Owns setting up the subnet: created, started, without limits that only slow a test down. Does not
own the chain (``taokit.local_chain``, imported only here, and only when a world is made).

A block comes with each transaction, and otherwise when told. Its clock is the world's own, so a run
does not depend on how fast the machine is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from taokit.neuron.chain import Chain
from taokit.neuron.live_chain import LiveChain
from taokit.neuron.metagraph import Snapshot
from taokit.wallet.devkeys import dev_key
from taokit.wallet.keypair import Keypair

if TYPE_CHECKING:
    from taokit.chain_client import ChainClient
    from taokit.chain_client.operations.base import Operation
    from taokit.local_chain import LocalNode

__all__ = ["HOST", "LocalnetWorld", "localnet_world"]

HOST = "127.0.0.2"
"""Loopback as well, and one that the chain takes for an endpoint; 127.0.0.1 it does not."""

RAO = 1_000_000_000
RICH = 900_000


class LocalnetWorld:
    """One subnet of a local chain, paid for by a key that owns it."""

    name = "localnet"
    host = HOST

    def __init__(self, node: LocalNode, client: ChainClient, netuid: int, coldkey: Keypair) -> None:
        self.node = node
        self.client = client
        self.netuid = netuid
        self._coldkey = coldkey
        self._view = LiveChain(client, netuid, coldkey.ss58_address)

    async def seat(self, signer: Keypair, *, stake: float = 0.0) -> Chain:
        """See :class:`World`. Stake is in TAO."""
        view = LiveChain(self.client, self.netuid, signer, coldkey=self._coldkey)
        await view.register()
        if stake:
            await self.call(
                "SubtensorModule",
                "add_stake",
                hotkey=signer.ss58_address,
                netuid=self.netuid,
                amount_staked=int(stake * RAO),
            )
        return view

    async def advance(self, blocks: int) -> None:
        """See :class:`World`."""
        if blocks > 0:
            self.node.chain.seal(blocks)

    async def block(self) -> int:
        """See :class:`World`."""
        return int(self.node.chain.head.number)

    async def next_epoch(self) -> int:
        """See :class:`World`."""
        return (await self._view.rules()).next_epoch_block

    async def snapshot(self) -> Snapshot:
        """See :class:`World`."""
        return await self._view.snapshot()

    async def call(self, pallet: str, name: str, **args: Any) -> None:
        """Send a call of the owner's. Raises the client's error when it fails."""
        from taokit.chain_client import Call

        await self.submit(Call(pallet, name, args))

    async def sudo(self, name: str, **args: Any) -> None:
        """Send a call of AdminUtils as root."""
        from taokit.chain_client import Call

        wrapped = Call("Sudo", "sudo", {"call": Call("AdminUtils", name, args)})
        (await self.client.submit(wrapped, dev_key("Alice"))).raise_for_failure()

    async def submit(self, what: Any) -> None:
        """Send an operation or a call of the owner's."""
        (await self.client.submit(what, self._coldkey)).raise_for_failure()


@asynccontextmanager
async def localnet_world(*, tempo: int, commit_reveal: bool) -> AsyncIterator[LocalnetWorld]:
    """A fresh chain in this process with one subnet on it."""
    from taokit.chain_client import ChainClient, InProcessTransport
    from taokit.chain_client.operations.subnets import CreateSubnet, StartSubnet
    from taokit.local_chain import LocalNode, ManualClock, NodeConfig

    owner, coldkey = Keypair.from_uri("//subnet//owner"), Keypair.from_uri("//subnet//coldkey")
    config = NodeConfig(ports=(), block_time="instant")
    async with LocalNode(config, clock=ManualClock()) as node:
        transport = InProcessTransport(node.handler)
        async with await ChainClient.over(transport) as client:
            await transport.send("dev_fund", [coldkey.ss58_address, RICH * RAO])
            before = set(await _netuids(client))
            creating: Operation = CreateSubnet(owner.ss58_address)
            (await client.submit(creating, coldkey)).raise_for_failure()
            (netuid,) = set(await _netuids(client)) - before
            world = LocalnetWorld(node, client, netuid, coldkey)
            await world.submit(StartSubnet(netuid))
            await world.sudo("sudo_set_admin_freeze_window", window=0)
            for name, value in {
                "tempo": tempo,
                "weights_set_rate_limit": 0,
                "serving_rate_limit": 0,
                "immunity_period": 0,
            }.items():
                await world.sudo(f"sudo_set_{name}", netuid=netuid, **{name: value})
            await world.sudo(
                "sudo_set_commit_reveal_weights_enabled", netuid=netuid, enabled=commit_reveal
            )
            yield world


async def _netuids(client: ChainClient) -> list[int]:
    from taokit.chain_client.reads.subnets import subnets

    return [one.netuid for one in await subnets(client)]
