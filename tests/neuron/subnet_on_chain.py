"""A subnet on a local chain in this process, for tests of what neurons do with a real one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from taokit.chain_client import Call, ChainClient, InProcessTransport
from taokit.chain_client.operations.subnets import CreateSubnet, RegisterNeuron, StartSubnet
from taokit.local_chain import LocalNode, ManualClock, NodeConfig
from taokit.neuron.live_chain import LiveChain
from taokit.wallet import Keypair, dev_key

ALICE = dev_key("Alice")
NETUID = 2
TAO = 1_000_000_000


@dataclass
class SubnetOnChain:
    """A started subnet of Alice's, whose blocks come with transactions and when told."""

    node: LocalNode
    client: ChainClient
    owner: Keypair

    async def call(self, pallet: str, name: str, signer: Keypair = ALICE, **args: Any) -> None:
        """Send a call and expect it to succeed."""
        (await self.client.submit(Call(pallet, name, args), signer)).raise_for_failure()

    async def sudo(self, name: str, **args: Any) -> None:
        """A call of AdminUtils as root."""
        await self.call("Sudo", "sudo", call=Call("AdminUtils", name, args))

    async def register(self, keys: Sequence[Keypair]) -> None:
        """Register hotkeys, at Alice's expense."""
        for key in keys:
            operation = RegisterNeuron(NETUID, key.ss58_address)
            (await self.client.submit(operation, ALICE)).raise_for_failure()

    async def stake(self, key: Keypair, tao: int) -> None:
        """Let Alice stake to a hotkey."""
        args = {"hotkey": key.ss58_address, "netuid": NETUID, "amount_staked": tao * TAO}
        await self.call("SubtensorModule", "add_stake", **args)

    def view(self, key: Keypair, **options: Any) -> LiveChain:
        """The chain as one neuron sees it."""
        return LiveChain(self.client, NETUID, key, coldkey=ALICE, **options)

    def seal(self, blocks: int = 1) -> None:
        """Make blocks."""
        self.node.chain.seal(blocks)

    async def next_epoch(self) -> None:
        """Make blocks until an epoch has run."""
        rules = await self.view(ALICE).rules()
        self.seal(rules.next_epoch_block - self.node.chain.head.number)


@asynccontextmanager
async def subnet_on_chain(
    *, tempo: int = 20, commit_reveal: bool = False, rate_limit: int = 0
) -> AsyncIterator[SubnetOnChain]:
    """A fresh chain with one subnet."""
    config = NodeConfig(ports=(), block_time="instant")
    async with LocalNode(config, clock=ManualClock()) as node:
        client = await ChainClient.over(InProcessTransport(node.handler))
        owner = Keypair.from_uri("//Alice//owner")
        subnet = SubnetOnChain(node, client, owner)
        for operation in (CreateSubnet(owner.ss58_address), StartSubnet(NETUID)):
            (await client.submit(operation, ALICE)).raise_for_failure()
        await subnet.sudo("sudo_set_admin_freeze_window", window=0)
        await subnet.sudo("sudo_set_tempo", netuid=NETUID, tempo=tempo)
        await subnet.sudo(
            "sudo_set_weights_set_rate_limit", netuid=NETUID, weights_set_rate_limit=rate_limit
        )
        await subnet.sudo(
            "sudo_set_commit_reveal_weights_enabled", netuid=NETUID, enabled=commit_reveal
        )
        yield subnet
        await client.close()
