"""Coldkey swaps: the announcement, its delays, the dispute, and what moves."""

from __future__ import annotations

from typing import Any

import pytest
from subnet_setup import TAO, fund, jump_to, key, new_subnet

from taokit.chain_client.storage_keys import blake2_256
from taokit.local_chain.chain_spec import account

MODULE = "SubtensorModule"
NEW = key(77)
HOTKEY = account("//Alice_hk")


@pytest.fixture
def subnet(chain: Any) -> tuple[Any, int]:
    """A started subnet of Alice's in an open block."""
    chain.run_block(1)
    chain.begin_block()
    return chain, new_subnet(chain)


def announce(chain: Any, who: bytes, new: bytes = NEW) -> None:
    """Dispatch `announce_coldkey_swap`."""
    chain.call(who, MODULE, "announce_coldkey_swap", new_coldkey_hash=blake2_256(new))


def test_an_announcement_costs_once_and_waits(subnet: Any) -> None:
    chain, _ = subnet
    balances, now = chain.runtime.balances, chain.runtime.system.block_number()
    before = balances.free(chain.bob)
    announce(chain, chain.bob)
    assert balances.free(chain.bob) == before - TAO // 10
    assert chain.runtime.subtensor.coldkey_swap_announcements.get(chain.bob) == (
        now + 50,
        blake2_256(NEW),
    )
    hashed = {"new_coldkey_hash": blake2_256(key(78))}
    jump_to(chain, now + 59)
    refused = chain.refusal(chain.bob, MODULE, "announce_coldkey_swap", **hashed)
    assert refused == "ColdkeySwapReannouncedTooEarly"
    jump_to(chain, now + 60)
    announce(chain, chain.bob, key(78))
    assert balances.free(chain.bob) == before - TAO // 10
    refused = chain.refusal(key(5), MODULE, "announce_coldkey_swap", **hashed)
    assert refused == "NotEnoughBalanceToPaySwapColdKey"


def test_a_swap_wants_its_block_and_the_announced_coldkey(subnet: Any) -> None:
    chain, _ = subnet
    now = chain.runtime.system.block_number()

    def refused(new: bytes = NEW) -> str:
        name = "swap_coldkey_announced"
        return str(chain.refusal(chain.bob, MODULE, name, new_coldkey=new))

    assert refused() == "ColdkeySwapAnnouncementNotFound"
    announce(chain, chain.bob)
    assert refused(key(78)) == "AnnouncedColdkeyHashDoesNotMatch"
    jump_to(chain, now + 49)
    assert refused() == "ColdkeySwapTooEarly"
    jump_to(chain, now + 50)
    chain.runtime.subtensor.owner.insert(NEW, chain.alice)
    assert refused() == "NewColdKeyIsHotkey"
    chain.runtime.subtensor.staking_hotkeys.insert(NEW, [HOTKEY])
    assert refused() == "ColdKeyAlreadyAssociated"


def test_a_swap_moves_all_that_the_coldkey_has(subnet: Any) -> None:
    chain, netuid = subnet
    sub, balances = chain.runtime.subtensor, chain.runtime.balances
    given = {"hotkey": HOTKEY, "netuid": netuid, "amount_staked": 100 * TAO}
    chain.call(chain.alice, MODULE, "add_stake", **given)
    given = {"netuid": netuid, "hotkey": HOTKEY}
    chain.call(chain.alice, MODULE, "set_coldkey_auto_stake_hotkey", **given)
    names = ("name", "url", "github_repo", "image", "discord", "description", "additional")
    chain.call(chain.alice, MODULE, "set_identity", **dict.fromkeys(names, b"me"))
    stake = sub.total_hotkey_alpha.get((HOTKEY, netuid))
    announce(chain, chain.alice)
    tao = balances.free(chain.alice)
    jump_to(chain, 500)
    chain.call(chain.alice, MODULE, "swap_coldkey_announced", new_coldkey=NEW)
    assert (balances.free(chain.alice), balances.free(NEW)) == (0, tao)
    assert sub.subnet_owner.get(netuid) == sub.owner.get(HOTKEY) == NEW
    assert sub.owned_hotkeys.get(NEW) == sub.staking_hotkeys.get(NEW) == [HOTKEY]
    assert not sub.owned_hotkeys.contains(chain.alice)
    assert not sub.staking_hotkeys.contains(chain.alice)
    assert sub.alpha_v2.keys((HOTKEY, chain.alice)) == []
    assert sub.alpha_v2.keys((HOTKEY, NEW)) == [(HOTKEY, NEW, netuid)]
    assert sub.total_hotkey_alpha.get((HOTKEY, netuid)) == stake
    assert sub.auto_stake_destination.get((NEW, netuid)) == HOTKEY
    assert sub.auto_stake_destination_coldkeys.get((HOTKEY, netuid)) == [NEW]
    assert sub.identities_v2.get(NEW).name == b"me"
    assert chain.events("SubtensorModule.ColdkeySwapped") == [(chain.alice, NEW)]


def test_a_disputed_swap_is_stopped_until_root_resets_it(subnet: Any) -> None:
    chain, _ = subnet
    refused = chain.refusal(chain.bob, MODULE, "dispute_coldkey_swap")
    assert refused == "ColdkeySwapAnnouncementNotFound"
    announce(chain, chain.bob)
    chain.call(chain.bob, MODULE, "dispute_coldkey_swap")
    refused = chain.refusal(chain.bob, MODULE, "swap_coldkey_announced", new_coldkey=NEW)
    assert refused == "ColdkeySwapDisputed"
    chain.call(None, MODULE, "reset_coldkey_swap", coldkey=chain.bob)
    refused = chain.refusal(chain.bob, MODULE, "swap_coldkey_announced", new_coldkey=NEW)
    assert refused == "ColdkeySwapAnnouncementNotFound"


def test_an_announcement_is_taken_back_after_its_delays(subnet: Any) -> None:
    chain, _ = subnet
    now = chain.runtime.system.block_number()
    announce(chain, chain.bob)
    jump_to(chain, now + 59)
    refused = chain.refusal(chain.bob, MODULE, "clear_coldkey_swap_announcement")
    assert refused == "ColdkeySwapClearTooEarly"
    jump_to(chain, now + 60)
    chain.call(chain.bob, MODULE, "clear_coldkey_swap_announcement")
    assert chain.events("SubtensorModule.ColdkeySwapCleared") == [(chain.bob,)]
    chain.call(chain.bob, "System", "remark", remark=b"")


def test_root_swaps_at_once_for_what_it_asks(subnet: Any) -> None:
    chain, _ = subnet
    old = fund(chain, key(3), 10 * TAO)
    given = {"old_coldkey": old, "new_coldkey": NEW, "swap_cost": TAO}
    assert chain.refusal(old, MODULE, "swap_coldkey", **given) == "BadOrigin"
    chain.call(None, MODULE, "swap_coldkey", **given)
    assert chain.runtime.balances.free(NEW) == 9 * TAO
    refused = chain.refusal(old, MODULE, "schedule_swap_coldkey", new_coldkey=NEW)
    assert refused == "Deprecated"
