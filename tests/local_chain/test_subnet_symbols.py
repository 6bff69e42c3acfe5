"""The symbols of subnets' tokens, and the accounts of subnets, which nobody may use as a hotkey.

Source: the runtime's tests/subnet.rs, every test by its name.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from chain_under_test import Chain
from economy import add_hotkey, add_subnet, fund, key
from subnet_world import undone

from taokit.local_chain.frame.errors import DispatchError
from taokit.local_chain.pallets.subtensor import custody, symbols
from taokit.local_chain.pallets.subtensor.symbols import SYMBOLS

MODULE = "SubtensorModule"
NETUID, OWNER = 7, key(1)


@pytest.fixture(scope="module")
def shared() -> Chain:
    """A chain in block 1; whoever uses it leaves it as it was."""
    chain = Chain("mainnet")
    chain.begin_block()
    return chain


@pytest.fixture
def chain(shared: Chain) -> Iterator[Chain]:
    """A chain of which no test keeps anything, on which anyone may make subnets at will."""
    with undone(shared):
        sub = shared.runtime.subtensor
        sub.network_rate_limit.put(0)
        sub.subnet_limit.put(len(SYMBOLS) + 1)
        yield shared


def make_subnet(chain: Chain, number: int) -> int:
    """A subnet that somebody pays for; returns its netuid."""
    fund(chain, coldkey := key(1_000_000 + number), 2_000 * 10**9)
    chain.call(coldkey, MODULE, "register_network", hotkey=key(2_000_000 + number))
    chain.runtime.subtensor.network_last_lock_cost.put(1_000)
    return int(chain.events("SubtensorModule.NetworkAdded")[-1][0])


def test_every_subnet_gets_its_own_symbol_until_there_are_none_left(chain: Chain) -> None:
    """test_register_network_use_symbol_for_subnet_if_available, and _use_default_symbol_if_..."""
    sub = chain.runtime.subtensor
    for number in range(2, len(SYMBOLS) - 4):
        sub.networks_added.insert(number, True)
        sub.token_symbol.insert(number, SYMBOLS[number])
    for expected in range(len(SYMBOLS) - 4, len(SYMBOLS)):
        netuid = make_subnet(chain, expected)
        assert netuid == expected
        assert sub.token_symbol.get(netuid) == SYMBOLS[netuid]
        assert sub.network_registration_allowed.get(netuid)
    netuid = make_subnet(chain, len(SYMBOLS))
    assert netuid == len(SYMBOLS)
    assert sub.token_symbol.get(netuid) == SYMBOLS[0]
    assert sub.network_registration_allowed.get(netuid)


def test_a_subnet_whose_symbol_is_taken_gets_the_first_free_one(chain: Chain) -> None:
    """test_register_network_use_next_available_symbol_if_symbol_for_subnet_is_taken."""
    sub = chain.runtime.subtensor
    netuid = 0
    while netuid < 50:
        netuid = make_subnet(chain, netuid)
        assert sub.token_symbol.get(netuid) == SYMBOLS[netuid]
    sub.token_symbol.insert(25, SYMBOLS[51])
    netuid = make_subnet(chain, netuid)
    assert (netuid, sub.token_symbol.get(netuid)) == (51, SYMBOLS[25])


def test_no_symbol_is_there_twice() -> None:
    """test_no_duplicates_in_symbol_static."""
    assert len(set(SYMBOLS)) == len(SYMBOLS) == len(symbols.NAMES) == 439


def test_a_netuid_beyond_the_table_has_the_roots_symbol() -> None:
    """test_get_symbol_for_subnet_returns_default_symbol_if_netuid_is_out_of_bounds."""
    assert symbols.default_symbol(len(SYMBOLS) + 1) == SYMBOLS[0]


@pytest.mark.parametrize("who", [None, OWNER], ids=["root", "owner"])
def test_any_free_symbol_can_be_chosen(chain: Chain, who: bytes | None) -> None:
    """test_update_symbol_works_as_..._if_symbol_exists_and_available."""
    sub = chain.runtime.subtensor
    add_subnet(chain, NETUID)
    sub.subnet_owner.insert(NETUID, OWNER)
    sub.token_symbol.remove(1)
    for symbol in SYMBOLS[1:]:
        chain.call(who, MODULE, "update_symbol", netuid=NETUID, symbol=symbol)
        assert sub.token_symbol.get(NETUID) == symbol
        assert chain.events("SubtensorModule.SymbolUpdated")[-1] == (NETUID, symbol)


def test_the_roots_symbol_cannot_be_chosen(chain: Chain) -> None:
    add_subnet(chain, NETUID)
    given = {"netuid": NETUID, "symbol": SYMBOLS[0]}
    assert chain.refusal(None, MODULE, "update_symbol", **given) == "SymbolDoesNotExist"


def test_every_subnet_has_an_account_of_its_own_that_tells_its_netuid() -> None:
    """test_get_subnet_account_id_exists_and_is_distinct..., and test_is_subnet_account_id."""
    accounts = [custody.account_of_netuid(netuid) for netuid in range(2049)]
    assert len(set(accounts)) == 2049
    assert [custody.netuid_of_account(account) for account in accounts] == list(range(2049))
    assert custody.netuid_of_account(key(1)) is None


def test_the_account_of_a_subnet_is_nobodys_hotkey(chain: Chain) -> None:
    """test_cannot_register_system_hotkey."""
    sub = chain.runtime.subtensor
    for netuid in range(0, 2049, 32):
        account = custody.account_of_netuid(netuid)
        sub.networks_added.insert(netuid, True)
        with pytest.raises(DispatchError) as caught:
            add_hotkey(chain, account, OWNER)
        assert caught.value.name == "CannotUseSystemAccount"
        assert not sub.owner.contains(account)
    assert sub.owned_hotkeys.get(OWNER) == []
