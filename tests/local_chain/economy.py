"""What the tests of stake and emission set up: keys, subnets with given reserves, root stake."""

from __future__ import annotations

from chain_under_test import Chain

from taokit.local_chain.pallets.subtensor import custody, ownership, shares

ROOT = 0
TAO = 1_000_000_000
U16_MAX = 2**16 - 1
U64_MAX = 2**64 - 1


def key(number: int) -> bytes:
    """An account id that stands for a number."""
    return number.to_bytes(32, "big")


def fund(chain: Chain, who: bytes, amount: int) -> None:
    """Give an account TAO (rao) that SubtensorModule's issuance counts too."""
    chain.runtime.balances.mint(who, amount)
    issuance = chain.runtime.subtensor.total_issuance
    issuance.put(issuance.get() + amount)


def add_subnet(
    chain: Chain,
    netuid: int,
    *,
    tao: int = 0,
    alpha: int = 0,
    dynamic: bool = True,
    tempo: int = 360,
) -> int:
    """A started subnet without neurons; its account really holds the TAO of its reserve."""
    sub = chain.runtime.subtensor
    sub.networks_added.insert(netuid, True)
    sub.subnet_mechanism.insert(netuid, int(dynamic))
    sub.subtoken_enabled.insert(netuid, True)
    sub.first_emission_block_number.insert(netuid, 1)
    sub.network_registration_allowed.insert(netuid, True)
    sub.subnet_emission_enabled.insert(netuid, True)
    sub.tempo.insert(netuid, tempo)
    sub.subnet_tao.insert(netuid, tao)
    sub.subnet_alpha_in.insert(netuid, alpha)
    if tao >= 500:
        fund(chain, custody.account_of_netuid(netuid), tao)
    return netuid


def open_root(chain: Chain) -> None:
    """Let root be staked to, and keep its account above the existential deposit."""
    chain.runtime.subtensor.subtoken_enabled.insert(ROOT, True)
    fund(chain, custody.account_of_netuid(ROOT), 1_000)


def add_hotkey(chain: Chain, hotkey: bytes, coldkey: bytes) -> None:
    """Make the coldkey the hotkey's owner."""
    ownership.create_if_new(chain.runtime.subtensor, coldkey, hotkey)


def add_neuron(chain: Chain, netuid: int, hotkey: bytes, coldkey: bytes) -> int:
    """Seat a hotkey on a subnet, free of charge; returns its uid."""
    from taokit.local_chain.pallets.subtensor import uids

    add_hotkey(chain, hotkey, coldkey)
    block = chain.runtime.system.block_number()
    return uids.append_neuron(chain.runtime.subtensor, netuid, hotkey, block)


def give_stake(chain: Chain, hotkey: bytes, coldkey: bytes, netuid: int, amount: int) -> None:
    """Stake that comes from nowhere, as the runtime's own tests give it."""
    shares.increase_stake(chain.runtime.subtensor, hotkey, coldkey, netuid, amount)


def stake(chain: Chain, hotkey: bytes, coldkey: bytes, netuid: int) -> int:
    """What a coldkey has staked to a hotkey (rao)."""
    return shares.stake_of_pair(chain.runtime.subtensor, hotkey, coldkey, netuid)
