"""Subnets and neurons for tests of SubtensorModule: made through the pallet's own calls."""

from __future__ import annotations

import hashlib
from typing import Any

from taokit.local_chain.chain_spec import account
from taokit.local_chain.pallets.subtensor import uids

TAO = 1_000_000_000
RICH = 1_000_000 * TAO


def key(number: int) -> bytes:
    """Some account of its own for each number."""
    return hashlib.blake2b(number.to_bytes(8, "little"), digest_size=32).digest()


def fund(chain: Any, who: bytes, rao: int = RICH) -> bytes:
    """Give an account TAO; returns the account."""
    chain.runtime.balances.mint(who, rao)
    return who


def new_subnet(chain: Any, *, start: bool = True) -> int:
    """Register a subnet in the open block, owned by Alice with hotkey //Alice_hk; its netuid."""
    sub = chain.runtime.subtensor
    before = set(sub.networks_added.keys())
    fund(chain, chain.alice)
    chain.call(chain.alice, "SubtensorModule", "register_network", hotkey=account("//Alice_hk"))
    (netuid,) = set(sub.networks_added.keys()) - before
    if start:
        chain.call(chain.alice, "SubtensorModule", "start_call", netuid=netuid)
    return int(netuid)


def register(chain: Any, netuid: int, number: int) -> tuple[bytes, bytes]:
    """Register a fresh hotkey with a fresh coldkey; both."""
    coldkey, hotkey = fund(chain, key(10_000 + number)), key(20_000 + number)
    chain.call(coldkey, "SubtensorModule", "burned_register", netuid=netuid, hotkey=hotkey)
    return coldkey, hotkey


def seat(chain: Any, netuid: int, registered_at: list[int]) -> list[bytes]:
    """Append neurons with given registration blocks, nothing paid; their hotkeys."""
    sub = chain.runtime.subtensor
    hotkeys = []
    for number, block in enumerate(registered_at):
        hotkey = key(30_000 + number)
        sub.owner.insert(hotkey, key(40_000 + number))
        uids.append_neuron(sub, netuid, hotkey, block)
        hotkeys.append(hotkey)
    return hotkeys


def open_admin_window(chain: Any) -> None:
    """Switch off the freeze before epochs, as tests on a short tempo must."""
    chain.call(None, "AdminUtils", "sudo_set_admin_freeze_window", window=0)


def turn_off_commit_reveal(chain: Any, netuid: int) -> None:
    """Let weights be set in the open."""
    open_admin_window(chain)
    chain.call(
        None,
        "AdminUtils",
        "sudo_set_commit_reveal_weights_enabled",
        netuid=netuid,
        enabled=False,
    )


def jump_to(chain: Any, block: int) -> None:
    """Let the open block have another number, without making the blocks between."""
    chain.runtime.system.number.put(block)
