"""The subnet of a development network: made on a running local chain, paid for by //Alice.

Owns the calls that make it and seat its neurons. Does not own who the neurons are.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from taokit.wallet.devkeys import dev_key
from taokit.wallet.keypair import Keypair

if TYPE_CHECKING:
    from taokit.chain_client import ChainClient
    from taokit.neuron.metagraph import Snapshot

__all__ = ["Ground", "key_of"]

RAO = 1_000_000_000


def key_of(role: str, number: int = 0) -> Keypair:
    """The hotkey of a neuron; the same each time, and of no worth anywhere else."""
    secret = hashlib.sha256(f"development {role} {number}".encode()).digest()
    return Keypair.from_seed(secret)


@dataclass(frozen=True)
class Ground:
    """A started subnet on a local chain."""

    client: ChainClient
    netuid: int

    @classmethod
    @asynccontextmanager
    async def open(cls, endpoint: str, *, tempo: int, commit_reveal: bool) -> AsyncIterator[Ground]:
        """Connect and make the subnet, without limits that only slow development down."""
        from taokit.chain_client import ChainClient
        from taokit.chain_client.operations.subnets import CreateSubnet, StartSubnet
        from taokit.chain_client.reads.subnets import subnets

        async with await ChainClient.connect(endpoint) as client:
            before = {one.netuid for one in await subnets(client)}
            owner = key_of("owner").ss58_address
            (await client.submit(CreateSubnet(owner), dev_key("Alice"))).raise_for_failure()
            (netuid,) = {one.netuid for one in await subnets(client)} - before
            ground = cls(client, netuid)
            (await client.submit(StartSubnet(netuid), dev_key("Alice"))).raise_for_failure()
            await ground._as_root("sudo_set_admin_freeze_window", window=0)
            settings = {
                "tempo": tempo,
                "weights_set_rate_limit": 0,
                "serving_rate_limit": 0,
                "immunity_period": 0,
            }
            for name, value in settings.items():
                await ground._as_root(f"sudo_set_{name}", netuid=netuid, **{name: value})
            await ground._as_root(
                "sudo_set_commit_reveal_weights_enabled", netuid=netuid, enabled=commit_reveal
            )
            yield ground

    async def seat(self, keys: Sequence[Keypair], *, stake: float = 0.0) -> None:
        """Register hotkeys, with stake (TAO) if they are validators."""
        from taokit.chain_client import Call
        from taokit.neuron.live_chain import LiveChain

        for key in keys:
            view = LiveChain(self.client, self.netuid, key, coldkey=dev_key("Alice"))
            await view.register()
            if stake:
                call = Call(
                    "SubtensorModule",
                    "add_stake",
                    {
                        "hotkey": key.ss58_address,
                        "netuid": self.netuid,
                        "amount_staked": int(stake * RAO),
                    },
                )
                (await self.client.submit(call, dev_key("Alice"))).raise_for_failure()

    async def snapshot(self) -> Snapshot:
        """The metagraph now."""
        from taokit.neuron.live_chain import LiveChain

        return await LiveChain(self.client, self.netuid, key_of("owner").ss58_address).snapshot()

    async def _as_root(self, name: str, **args: Any) -> None:
        from taokit.chain_client import Call

        wrapped = Call("Sudo", "sudo", {"call": Call("AdminUtils", name, args)})
        (await self.client.submit(wrapped, dev_key("Alice"))).raise_for_failure()
