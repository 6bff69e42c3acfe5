"""A chain of many full subnets, made in seconds: storage is written through its typed items.

Owns what the scale benchmarks run on. Every subnet has a started market, an owner, validators that
weight nearly all miners, stakers, and an epoch every `TEMPO` blocks; epochs are spread over the
tempo by netuid, as the runtime spreads them. The validators are the same keys everywhere, with
root stake, as on the main network; miners are each subnet's own.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass

from taokit.local_chain.arithmetic.fixed import I96F32
from taokit.local_chain.local_node import open_chain
from taokit.local_chain.node.chain import NodeChain
from taokit.local_chain.node.clock import ManualClock
from taokit.local_chain.node_config import NodeConfig
from taokit.local_chain.pallets.subtensor import custody, shares, symbols, uids
from taokit.local_chain.runtime import Runtime
from taokit.local_chain.yuma.rows import PackedRow

TAO = 1_000_000_000
TEMPO = 360
ROOT = 0


@dataclass(frozen=True)
class Shape:
    """How many subnets, neurons and validators; each validator weights `weighted` miners.

    The preset `mainnet` has blocks of 12 s, each with four pulses of the beacon to sign and a
    shield key to make; `fast` has those every 12th and every 48th block.
    """

    subnets: int
    neurons: int = 256
    validators: int = 64
    weighted: int = 200
    tempo: int = TEMPO
    preset: str = "mainnet"


def account(*parts: object) -> bytes:
    """Some account id of its own for each name."""
    return hashlib.blake2b(repr(parts).encode(), digest_size=32).digest()


def big_chain(shape: Shape, seed: int = 1, clock: ManualClock | None = None) -> NodeChain:
    """A chain of this shape, filled and sealed at block 1."""
    chain = open_chain(NodeConfig(preset=shape.preset, block_time="manual"), clock)
    runtime = chain.runtime_at()
    assert isinstance(runtime, Runtime)
    fill(runtime, shape, random.Random(seed))
    chain.seal()
    return chain


def fill(runtime: Runtime, shape: Shape, draw: random.Random) -> None:
    """Write root and the subnets into the open state."""
    _fill_root(runtime, shape, draw)
    for netuid in range(1, shape.subnets + 1):
        _fill_subnet(runtime, netuid, shape, draw)
    sub = runtime.subtensor
    sub.total_networks.put(shape.subnets + 1)
    sub.stake_threshold.put(1_000 * TAO)
    sub.total_issuance.put(runtime.balances.total_issuance.get())


def _fill_root(runtime: Runtime, shape: Shape, draw: random.Random) -> None:
    sub = runtime.subtensor
    total = 0
    for number in range(min(shape.validators, 64)):
        hotkey, coldkey = account("hotkey", number), account("coldkey", number)
        sub.owner.insert(hotkey, coldkey)
        sub.owned_hotkeys.insert(coldkey, [hotkey])
        sub.delegates.insert(hotkey, 11_796)
        uids.append_neuron(sub, ROOT, hotkey, 0)
        amount = draw.randint(10_000, 100_000) * TAO
        shares.increase_stake(sub, hotkey, coldkey, ROOT, amount)
        total += amount
    for reserve in (sub.subnet_tao, sub.subnet_alpha_out):
        reserve.insert(ROOT, total)
    runtime.balances.mint(custody.account_of_netuid(ROOT), total)
    sub.subtoken_enabled.insert(ROOT, True)
    sub.total_stake.put(sub.total_stake.get() + total)


def _fill_subnet(runtime: Runtime, netuid: int, shape: Shape, draw: random.Random) -> None:
    sub, count = runtime.subtensor, shape.neurons
    sub.networks_added.insert(netuid, True)
    sub.network_registered_at.insert(netuid, 0)
    sub.subnet_mechanism.insert(netuid, 1)
    sub.subtoken_enabled.insert(netuid, True)
    sub.first_emission_block_number.insert(netuid, 1)
    sub.network_registration_allowed.insert(netuid, True)
    sub.subnet_emission_enabled.insert(netuid, True)
    sub.token_symbol.insert(netuid, symbols.default_symbol(netuid))
    sub.tempo.insert(netuid, shape.tempo)
    # The epoch of a netuid falls on its own block of the tempo, from the first tempo on.
    offset = netuid * shape.tempo // (shape.subnets + 1)
    sub.last_epoch_block.insert(netuid, 0)
    sub.pending_epoch_at.insert(netuid, 2 + offset)
    sub.max_allowed_uids.insert(netuid, count)
    sub.max_allowed_validators.insert(netuid, shape.validators)
    sub.yuma3_on.insert(netuid, True)
    sub.burn.insert(netuid, TAO)
    sub.commit_reveal_weights_enabled.insert(netuid, True)
    sub.subnet_owner.insert(netuid, account("owner", netuid))
    sub.subnet_owner_hotkey.insert(netuid, account("hotkey", netuid, shape.validators))
    tao = draw.randint(5_000, 50_000) * TAO
    sub.subnet_tao.insert(netuid, tao)
    sub.subnet_alpha_in.insert(netuid, draw.randint(20, 120) * tao)
    sub.subnet_moving_price.insert(netuid, I96F32.ratio(draw.randint(5, 50), 1_000))
    runtime.balances.mint(custody.account_of_netuid(netuid), tao)
    sub.total_stake.put(sub.total_stake.get() + tao)
    _fill_neurons(runtime, netuid, shape, draw)


def _fill_neurons(runtime: Runtime, netuid: int, shape: Shape, draw: random.Random) -> None:
    sub, count = runtime.subtensor, shape.neurons
    sub.subnetwork_n.insert(netuid, count)
    for item, value in (
        (sub.active, True),
        (sub.emission, 0),
        (sub.consensus, 0),
        (sub.incentive, 0),
        (sub.dividends, 0),
        (sub.validator_trust, 0),
        (sub.stake_weight, 0),
        (sub.last_update, 1),
    ):
        item.insert(netuid, [value] * count)
    permits = [uid < shape.validators for uid in range(count)]
    sub.validator_permit.insert(netuid, permits)
    staked = 0
    for uid in range(count):
        place = (uid,) if uid < shape.validators else (netuid, uid)
        hotkey, coldkey = account("hotkey", *place), account("coldkey", *place)
        sub.owner.insert(hotkey, coldkey)
        if uid >= shape.validators:
            sub.owned_hotkeys.insert(coldkey, [hotkey])
        sub.keys.insert((netuid, uid), hotkey)
        sub.uids.insert((netuid, hotkey), uid)
        sub.block_at_registration.insert((netuid, uid), 0)
        sub.is_network_member.insert((hotkey, netuid), True)
        amount = draw.randint(50_000, 500_000) * TAO if permits[uid] else draw.randint(1, 100) * TAO
        shares.increase_stake(sub, hotkey, coldkey, netuid, amount)
        staked += amount
        if permits[uid]:
            targets = sorted(draw.sample(range(count), min(shape.weighted, count)))
            row = PackedRow.of([(target, draw.randint(1, 65_535)) for target in targets])
            sub.weights.insert((netuid, uid), row)
    sub.subnet_alpha_out.insert(netuid, staked)
    runtime.alpha_assets.mint(netuid, staked + sub.subnet_alpha_in.get(netuid))
