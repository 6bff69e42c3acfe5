"""A subnet that is ready to use, and its neurons.

Owns how one is made: by the chain's own calls, as its owner and its neurons would, with root's help
where the runtime lets only time pass. Does not own what the calls do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from taokit.chain_client.blocking import run_on_client_loop
from taokit.chain_client.calls import Call
from taokit.wallet.keypair import Keypair

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.extrinsics.receipt import Receipt
    from taokit.chain_client.reads.metagraph import Metagraph
    from taokit.local_chain.embedded.local_chain import LocalChain

__all__ = ["Neuron", "Subnet", "new_subnet"]

RAO = 1_000_000_000
PURSE = 10_000
"""TAO that every coldkey has: creating a subnet costs most."""

EASED = {
    "weights_set_rate_limit": 0,
    "serving_rate_limit": 0,
    "immunity_period": 0,
}
"""Hyperparameters that only make a test wait."""


@dataclass(frozen=True)
class Neuron:
    """A neuron with both its keys."""

    uid: int
    hotkey: Keypair
    coldkey: Keypair


@dataclass(frozen=True)
class Subnet:
    """A subnet and the keys of its owner (neuron 0) and its neurons."""

    chain: LocalChain
    netuid: int
    owner: Neuron
    validators: tuple[Neuron, ...]
    miners: tuple[Neuron, ...]

    @property
    def neurons(self) -> tuple[Neuron, ...]:
        """All of them by uid: the owner, the validators, the miners."""
        return (self.owner, *self.validators, *self.miners)

    def metagraph(self) -> Metagraph:
        """Every neuron as the chain tells it now."""
        from taokit.chain_client.reads.metagraph import metagraph

        return self.chain.client().run(metagraph, self.netuid)

    def set_weights(self, validator: Neuron, weights: Mapping[int, float]) -> Receipt:
        """Set a validator's weights by uid, in the way that the subnet asks for."""
        from taokit.chain_client.operations import get_operation

        given = {"netuid": self.netuid, "uids": [*weights], "weights": [*weights.values()]}
        operation = get_operation("weights.set").build(given)
        receipt: Receipt = self.chain.client().submit(operation, validator.hotkey)
        receipt.raise_for_failure()
        return receipt

    def set_hyperparameter(self, name: str, value: Any) -> None:
        """Set what ``AdminUtils.sudo_set_{name}`` sets, as root."""
        run_on_client_loop(
            _sudo(self.chain.client().chain, [_hyperparameter(self.netuid, name, value)])
        )

    def run_epoch(self) -> int:
        """Go on until the next epoch has run; the number of that block."""
        return self.chain.run_epoch(self.netuid)


def new_subnet(
    chain: LocalChain,
    *,
    validators: int,
    miners: int,
    commit_reveal: bool,
    tempo: int,
    stake: float | Sequence[float],
    hyperparameters: Mapping[str, Any],
) -> Subnet:
    """See :meth:`LocalChain.subnet`."""
    stakes = [stake] * validators if isinstance(stake, (int, float)) else list(stake)
    if len(stakes) != validators:
        raise ValueError(f"{validators} validators, but {len(stakes)} stakes")
    settings = {**EASED, "tempo": tempo, **hyperparameters}
    client = chain.client().chain
    subnet = run_on_client_loop(_make(chain, client, validators, miners, settings))
    if validators:
        grants = [
            (one.hotkey.public_key, one.coldkey.public_key, subnet.netuid, round(alpha * RAO))
            for one, alpha in zip(subnet.validators, stakes)
        ]
        chain.do(lambda: chain.node.chain.dev.grant_stake(grants))
        subnet.run_epoch()  # an epoch gives the permits
    subnet.set_hyperparameter("commit_reveal_weights_enabled", commit_reveal)
    return subnet


async def _make(
    chain: LocalChain,
    client: ChainClient,
    validators: int,
    miners: int,
    settings: Mapping[str, Any],
) -> Subnet:
    before = await _netuids(client)
    number = max(before) + 1
    owner = _keys(number, "owner", 0)
    neurons = [_keys(number, "validator", at) for at in range(validators)]
    neurons += [_keys(number, "miner", at) for at in range(miners)]
    await _give(client, [owner[0], *(coldkey for coldkey, _ in neurons)])
    created = Call("SubtensorModule", "register_network", {"hotkey": owner[1].ss58_address})
    await _done(client, created, owner[0])
    (netuid,) = set(await _netuids(client)) - set(before)
    await _done(client, Call("SubtensorModule", "start_call", {"netuid": netuid}), owner[0])
    window = Call("AdminUtils", "sudo_set_admin_freeze_window", {"window": 0})
    calls = [window, *(_hyperparameter(netuid, *one) for one in settings.items())]
    calls.append(_hyperparameter(netuid, "commit_reveal_weights_enabled", False))
    await _sudo(client, calls)
    seated = [Neuron(0, owner[1], owner[0])]
    for uid, (coldkey, hotkey) in enumerate(neurons, 1):
        register = {"netuid": netuid, "hotkey": hotkey.ss58_address}
        await _done(client, Call("SubtensorModule", "burned_register", register), coldkey)
        seated.append(Neuron(uid, hotkey, coldkey))
    first_miner = 1 + validators
    return Subnet(
        chain, netuid, seated[0], tuple(seated[1:first_miner]), tuple(seated[first_miner:])
    )


def _keys(number: int, role: str, at: int) -> tuple[Keypair, Keypair]:
    uri = f"//subnet//{number}//{role}//{at}"
    return Keypair.from_uri(uri), Keypair.from_uri(f"{uri}//hotkey")


async def _netuids(client: ChainClient) -> list[int]:
    return [netuid async for netuid, _ in client.entries("SubtensorModule", "NetworksAdded")]


async def _give(client: ChainClient, coldkeys: Sequence[Keypair]) -> None:
    """Money out of nothing for all at once."""
    calls = [
        Call(
            "Balances",
            "force_set_balance",
            {"who": {"Id": key.ss58_address}, "new_free": PURSE * RAO},
        )
        for key in coldkeys
    ]
    await _sudo(client, calls)


def _hyperparameter(netuid: int, name: str, value: Any) -> Call:
    field = {"commit_reveal_weights_enabled": "enabled"}.get(name, name)
    return Call("AdminUtils", f"sudo_set_{name}", {"netuid": netuid, field: value})


async def _sudo(client: ChainClient, calls: Sequence[Call]) -> None:
    from taokit.wallet.devkeys import dev_key

    batch = Call("Utility", "batch_all", {"calls": list(calls)})
    receipt = await client.submit(Call("Sudo", "sudo", {"call": batch}), dev_key("Alice"))
    receipt.raise_for_failure()


async def _done(client: ChainClient, what: Any, signer: Keypair) -> None:
    (await client.submit(what, signer)).raise_for_failure()
