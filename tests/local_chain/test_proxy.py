"""Proxies make calls of their kind for others; deposits, announcements and keyless accounts."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from calls import made, pay, to
from chain_under_test import Chain

from taokit.local_chain.frame.call import Call, RuntimeCallCodec
from taokit.local_chain.pallets.proxy.filters import FILTERS, is_superset
from taokit.local_chain.pallets.proxy.types import (
    Announcement,
    DepositKind,
    FilterMode,
    ProxyDefinition,
    ProxyType,
)

NEW, OTHER = bytes([9] * 32), bytes([8] * 32)
TAO = 10**9
ONE_PROXY, ANOTHER = 93_000_000, 33_000_000
ONE_ANNOUNCEMENT = 104_000_000


def add(chain: Chain, who: bytes, delegate: bytes, kind: ProxyType, delay: int = 0) -> None:
    chain.call(who, "Proxy", "add_proxy", delegate=to(delegate), proxy_type=kind, delay=delay)


def act(chain: Chain, delegate: bytes, real: bytes, call: Call, kind: Any = None) -> str | None:
    """Make a call through a proxy; the name of the error that it ended with."""
    chain.call(delegate, "Proxy", "proxy", real=to(real), force_proxy_type=kind, call=call)
    ((result,),) = chain.events("Proxy.ProxyExecuted")[-1:]
    return getattr(getattr(result, "value", None), "name", None)


def digest(call: Call) -> bytes:
    encoded = RuntimeCallCodec.shared.encode(call)
    return hashlib.blake2b(encoded, digest_size=32).digest()


@pytest.fixture
def open_chain(chain: Chain) -> Chain:
    chain.begin_block()
    return chain


def reserved(chain: Chain, who: bytes) -> int:
    return chain.runtime.balances.data(who).reserved


def test_a_proxy_moves_the_real_accounts_money(open_chain: Chain) -> None:
    chain = open_chain
    add(chain, chain.alice, chain.bob, ProxyType.Transfer)
    before = chain.runtime.balances.free(chain.alice)
    assert act(chain, chain.bob, chain.alice, pay(NEW, TAO)) is None
    assert chain.runtime.balances.free(NEW) == TAO
    assert chain.runtime.balances.free(chain.alice) == before - TAO
    assert chain.runtime.proxy.last_call_result.contains(chain.alice)
    chain.end_block()
    assert not chain.runtime.proxy.last_call_result.contains(chain.alice)


def test_a_call_of_another_kind_is_filtered_and_told_by_event(open_chain: Chain) -> None:
    chain = open_chain
    add(chain, chain.alice, chain.bob, ProxyType.Staking)
    assert act(chain, chain.bob, chain.alice, pay(NEW, TAO)) == "CallFiltered"
    assert chain.runtime.balances.free(NEW) == 0


def test_who_is_no_proxy_or_one_of_another_kind_is_refused(open_chain: Chain) -> None:
    chain = open_chain
    args: dict[str, Any] = {"real": to(chain.alice), "call": pay(NEW, TAO)}
    assert chain.refusal(chain.bob, "Proxy", "proxy", force_proxy_type=None, **args) == "NotProxy"
    add(chain, chain.alice, chain.bob, ProxyType.Any)
    kind = ProxyType.Transfer
    assert chain.refusal(chain.bob, "Proxy", "proxy", force_proxy_type=kind, **args) == "NotProxy"


def test_the_filter_holds_inside_batches_and_derived_accounts(open_chain: Chain) -> None:
    chain = open_chain
    add(chain, chain.alice, chain.bob, ProxyType.NonTransfer)
    batch = made("Utility", "batch", [pay(NEW, TAO)])
    assert act(chain, chain.bob, chain.alice, batch) is None
    ((index, failed),) = chain.events("Utility.BatchInterrupted")
    assert (index, failed.name) == (0, "CallFiltered")
    derived = made("Utility", "as_derivative", 0, pay(NEW, TAO))
    assert act(chain, chain.bob, chain.alice, derived) == "CallFiltered"
    assert chain.runtime.balances.free(NEW) == 0


def test_a_proxy_cannot_give_or_take_more_than_it_has(open_chain: Chain) -> None:
    chain = open_chain
    add(chain, chain.alice, chain.bob, ProxyType.NonTransfer)
    wider = made("Proxy", "add_proxy", to(NEW), ProxyType.Any, 0)
    assert act(chain, chain.bob, chain.alice, wider) == "CallFiltered"
    inside = made("Utility", "batch_all", [wider])
    assert act(chain, chain.bob, chain.alice, inside) == "CallFiltered"
    assert act(chain, chain.bob, chain.alice, made("Proxy", "remove_proxies")) == "CallFiltered"
    narrower = made("Proxy", "add_proxy", to(NEW), ProxyType.Staking, 0)
    assert act(chain, chain.bob, chain.alice, narrower) is None


def test_a_proxy_of_any_kind_may_remove_all(open_chain: Chain) -> None:
    chain = open_chain
    add(chain, chain.alice, chain.bob, ProxyType.Any)
    assert act(chain, chain.bob, chain.alice, made("Proxy", "remove_proxies")) is None
    assert reserved(chain, chain.alice) == 0
    assert chain.events("Balances.Unreserved") == [(chain.alice, ONE_PROXY)]


def test_proxies_are_sorted_and_their_deposit_grows_and_shrinks(open_chain: Chain) -> None:
    chain = open_chain
    add(chain, chain.alice, NEW, ProxyType.Staking)
    assert reserved(chain, chain.alice) == ONE_PROXY
    add(chain, chain.alice, OTHER, ProxyType.Any, 3)
    assert reserved(chain, chain.alice) == ONE_PROXY + ANOTHER
    proxies, deposit = chain.runtime.proxy.proxies.get(chain.alice)
    assert proxies == [
        ProxyDefinition(OTHER, ProxyType.Any, 3),
        ProxyDefinition(NEW, ProxyType.Staking, 0),
    ]
    assert deposit == ONE_PROXY + ANOTHER
    args: dict[str, Any] = {"delegate": to(NEW), "proxy_type": ProxyType.Staking}
    assert chain.refusal(chain.alice, "Proxy", "add_proxy", delay=0, **args) == "Duplicate"
    assert chain.refusal(chain.alice, "Proxy", "remove_proxy", delay=1, **args) == "NotFound"
    chain.call(chain.alice, "Proxy", "remove_proxy", delay=0, **args)
    assert reserved(chain, chain.alice) == ONE_PROXY
    assert chain.events("Proxy.ProxyRemoved") == [(chain.alice, NEW, ProxyType.Staking, 0)]
    chain.call(
        chain.alice,
        "Proxy",
        "remove_proxy",
        delegate=to(OTHER),
        proxy_type=ProxyType.Any,
        delay=3,
    )
    assert reserved(chain, chain.alice) == 0
    assert not chain.runtime.proxy.proxies.contains(chain.alice)


def test_nobody_is_his_own_proxy_or_has_more_than_twenty(open_chain: Chain) -> None:
    chain = open_chain
    args: dict[str, Any] = {"proxy_type": ProxyType.Any, "delay": 0}
    itself = to(chain.alice)
    assert chain.refusal(chain.alice, "Proxy", "add_proxy", delegate=itself, **args) == (
        "NoSelfProxy"
    )
    for number in range(20):
        add(chain, chain.alice, bytes([number + 1] * 32), ProxyType.Any)
    assert chain.refusal(chain.alice, "Proxy", "add_proxy", delegate=to(bytes(32)), **args) == (
        "TooMany"
    )


def test_a_proxy_needs_its_deposit(open_chain: Chain) -> None:
    chain = open_chain
    chain.runtime.balances.mint(NEW, ONE_PROXY)
    args: dict[str, Any] = {"proxy_type": ProxyType.Any, "delay": 0, "delegate": to(OTHER)}
    assert chain.refusal(NEW, "Proxy", "add_proxy", **args) == "InsufficientBalance"
    chain.runtime.balances.mint(NEW, 500)
    chain.call(NEW, "Proxy", "add_proxy", **args)
    assert chain.runtime.balances.free(NEW) == 500


def test_a_delayed_proxy_announces_first(open_chain: Chain) -> None:
    chain = open_chain
    add(chain, chain.alice, chain.bob, ProxyType.Any, delay=2)
    call = pay(NEW, TAO)
    args: dict[str, Any] = {"real": to(chain.alice), "force_proxy_type": None, "call": call}
    assert chain.refusal(chain.bob, "Proxy", "proxy", **args) == "Unannounced"
    args["delegate"] = to(chain.bob)
    assert chain.refusal(NEW, "Proxy", "proxy_announced", **args) == "Unannounced"
    chain.call(chain.bob, "Proxy", "announce", real=to(chain.alice), call_hash=digest(call))
    assert reserved(chain, chain.bob) == ONE_ANNOUNCEMENT
    made_, held = chain.runtime.proxy.announcements.get(chain.bob)
    assert made_ == [Announcement(chain.alice, digest(call), 1)]
    assert held == ONE_ANNOUNCEMENT
    chain.end_block()
    chain.begin_block()
    assert chain.refusal(NEW, "Proxy", "proxy_announced", **args) == "Unannounced"
    chain.end_block()
    chain.begin_block()
    chain.call(NEW, "Proxy", "proxy_announced", **args)
    assert chain.runtime.balances.free(NEW) == TAO
    assert reserved(chain, chain.bob) == 0
    assert chain.refusal(NEW, "Proxy", "proxy_announced", **args) == "Unannounced"


def test_announcements_are_taken_back_by_the_proxy_or_refused_by_the_real_account(
    open_chain: Chain,
) -> None:
    chain = open_chain
    add(chain, chain.alice, chain.bob, ProxyType.Any, delay=1)
    real, one, two = to(chain.alice), bytes([1] * 32), bytes([2] * 32)
    for call_hash in (one, two):
        chain.call(chain.bob, "Proxy", "announce", real=real, call_hash=call_hash)
    assert reserved(chain, chain.bob) == ONE_ANNOUNCEMENT + 68_000_000
    absent: dict[str, Any] = {"real": real, "call_hash": bytes(32)}
    assert chain.refusal(chain.bob, "Proxy", "remove_announcement", **absent) == "NotFound"
    chain.call(chain.bob, "Proxy", "remove_announcement", real=real, call_hash=one)
    assert reserved(chain, chain.bob) == ONE_ANNOUNCEMENT
    args: dict[str, Any] = {"delegate": to(chain.bob), "call_hash": two}
    assert chain.refusal(NEW, "Proxy", "reject_announcement", **args) == "NotFound"
    chain.call(chain.alice, "Proxy", "reject_announcement", **args)
    assert reserved(chain, chain.bob) == 0
    assert not chain.runtime.proxy.announcements.contains(chain.bob)


def test_only_a_proxy_announces_and_up_to_seventy_five(open_chain: Chain) -> None:
    chain = open_chain
    real = to(chain.alice)
    args: dict[str, Any] = {"real": real, "call_hash": bytes(32)}
    assert chain.refusal(chain.bob, "Proxy", "announce", **args) == "NotProxy"
    add(chain, chain.alice, chain.bob, ProxyType.Any, delay=1)
    for _ in range(75):
        chain.call(chain.bob, "Proxy", "announce", **args)
    assert chain.refusal(chain.bob, "Proxy", "announce", **args) == "TooMany"


def test_a_pure_account_is_derived_used_and_killed(open_chain: Chain) -> None:
    chain = open_chain
    kind = ProxyType.Any
    chain.call(chain.alice, "Proxy", "create_pure", proxy_type=kind, delay=0, index=7)
    ((pure, who, told, index),) = chain.events("Proxy.PureCreated")
    position = chain.runtime.system.extrinsic_index()
    when = b"\x01\0\0\0" + position.to_bytes(4, "little")
    seed = b"modlpy/proxy____" + chain.alice + when + b"\0" + b"\x07\0"
    assert pure == hashlib.blake2b(seed, digest_size=32).digest()
    assert (who, told, index) == (chain.alice, kind, 7)
    assert reserved(chain, chain.alice) == ONE_PROXY
    again: dict[str, Any] = {"proxy_type": kind, "delay": 0, "index": 7}
    assert chain.refusal(chain.alice, "Proxy", "create_pure", **again) == "Duplicate"
    chain.runtime.balances.mint(pure, 5 * TAO)
    assert act(chain, chain.alice, pure, pay(NEW, TAO)) is None
    assert chain.runtime.balances.free(NEW) == TAO
    kill = ("Proxy", "kill_pure", to(chain.alice), kind, 7, 1)
    assert act(chain, chain.alice, pure, made(*kill, position + 1)) == "NoPermission"
    assert act(chain, chain.alice, pure, made(*kill, position)) is None
    assert reserved(chain, chain.alice) == 0
    assert chain.events("Proxy.PureKilled") == [(pure, chain.alice, kind, 7)]
    args: dict[str, Any] = {"real": to(pure), "force_proxy_type": None, "call": pay(NEW, 1)}
    assert chain.refusal(chain.alice, "Proxy", "proxy", **args) == "NotProxy"


def test_poking_brings_deposits_to_their_price(open_chain: Chain) -> None:
    chain = open_chain
    add(chain, chain.alice, chain.bob, ProxyType.Any)
    proxies, _ = chain.runtime.proxy.proxies.get(chain.alice)
    chain.call(chain.alice, "Proxy", "poke_deposit")
    assert chain.events("Proxy.DepositPoked") == []
    chain.runtime.proxy.proxies.insert(chain.alice, (proxies, ONE_PROXY - 5))
    chain.call(chain.alice, "Proxy", "poke_deposit")
    assert chain.events("Proxy.DepositPoked") == [
        (chain.alice, DepositKind.Proxies, ONE_PROXY - 5, ONE_PROXY)
    ]
    assert chain.runtime.proxy.proxies.get(chain.alice) == (proxies, ONE_PROXY)


def test_the_real_account_pays_only_for_its_proxy_and_until_it_is_removed(
    open_chain: Chain,
) -> None:
    chain = open_chain
    args: dict[str, Any] = {"delegate": to(chain.bob), "pays_fee": True}
    assert chain.refusal(chain.alice, "Proxy", "set_real_pays_fee", **args) == "NotProxy"
    assert chain.refusal(None, "Proxy", "set_real_pays_fee", **args) == "BadOrigin"
    add(chain, chain.alice, chain.bob, ProxyType.Any)
    chain.call(chain.alice, "Proxy", "set_real_pays_fee", **args)
    assert chain.events("Proxy.RealPaysFeeSet") == [(chain.alice, chain.bob, True)]
    pallet = chain.runtime.proxy
    call = made("Proxy", "proxy", to(chain.alice), None, pay(NEW, TAO))
    assert pallet.fee_payer(call, chain.bob) == chain.alice
    assert pallet.fee_payer(call, NEW) == NEW
    assert pallet.fee_payer(pay(NEW, TAO), chain.bob) == chain.bob
    chain.call(chain.alice, "Proxy", "remove_proxies")
    assert pallet.fee_payer(call, chain.bob) == chain.bob


def test_fees_go_one_proxy_deeper_and_through_a_batch_of_one_account(open_chain: Chain) -> None:
    chain = open_chain
    pays = chain.runtime.proxy.real_pays_fee
    pays.insert((chain.alice, chain.bob), ())
    inner = made("Proxy", "proxy", to(NEW), None, pay(OTHER, 1))
    elsewhere = made("Proxy", "proxy", to(OTHER), None, pay(NEW, 1))

    def payer(call: Call) -> bytes:
        outer = made("Proxy", "proxy", to(chain.alice), None, call)
        return chain.runtime.proxy.fee_payer(outer, chain.bob)

    assert payer(inner) == chain.alice
    pays.insert((NEW, chain.alice), ())
    assert payer(inner) == NEW
    assert payer(made("Utility", "batch_all", [inner, inner])) == NEW
    assert payer(made("Utility", "batch", [inner, elsewhere])) == chain.alice
    assert payer(made("Utility", "batch", [inner, pay(NEW, 1)])) == chain.alice
    assert payer(made("Utility", "batch", [])) == chain.alice


def stake(pallet: str, name: str, **values: Any) -> Call:
    """A call whose arguments are zeros but for `values`."""
    from taokit.chain_client.scale import codec

    call = made(pallet, name)
    args = [values.get(field, codec(kind).default()) for field, kind in call.spec.fields]
    return Call(call.pallet, call.spec, tuple(args))


SMALL, LARGE = pay(NEW, 499_999_999), pay(NEW, 500_000_000)
SMALL_ALPHA = stake("SubtensorModule", "transfer_stake", alpha_amount=499_999_999)
LARGE_ALPHA = stake("SubtensorModule", "transfer_stake", alpha_amount=500_000_000)
ADD_STAKE = stake("SubtensorModule", "add_stake")
ROOT_REGISTER = stake("SubtensorModule", "root_register")
REGISTER = stake("SubtensorModule", "register")
OWNER_HOTKEY = stake("AdminUtils", "sudo_set_sn_owner_hotkey")
MAX_BURN = stake("AdminUtils", "sudo_set_max_burn")
SUDO = made("Sudo", "sudo", SMALL)
KINDS = ProxyType


@pytest.mark.parametrize(
    ("kind", "allowed", "denied"),
    [
        (KINDS.Any, [LARGE, ADD_STAKE, SUDO, OWNER_HOTKEY], []),
        (KINDS.Owner, [MAX_BURN], [OWNER_HOTKEY, LARGE, ADD_STAKE]),
        (KINDS.NonCritical, [LARGE, ADD_STAKE, REGISTER], [SUDO, ROOT_REGISTER]),
        (KINDS.NonTransfer, [ADD_STAKE, ROOT_REGISTER, SUDO], [SMALL, SMALL_ALPHA]),
        (KINDS.NonFungible, [REGISTER, SUDO], [SMALL, ADD_STAKE, SMALL_ALPHA, ROOT_REGISTER]),
        (KINDS.Senate, [], [SMALL, ADD_STAKE, SUDO]),
        (KINDS.Staking, [ADD_STAKE], [SMALL, SMALL_ALPHA, ROOT_REGISTER]),
        (KINDS.Registration, [REGISTER], [ROOT_REGISTER, ADD_STAKE]),
        (KINDS.Transfer, [SMALL, LARGE, LARGE_ALPHA], [ADD_STAKE]),
        (KINDS.SmallTransfer, [SMALL, SMALL_ALPHA], [LARGE, LARGE_ALPHA, ADD_STAKE]),
        (KINDS.SudoUncheckedSetCode, [], [SUDO, SMALL]),
        (KINDS.SubnetLeaseBeneficiary, [MAX_BURN], [OWNER_HOTKEY, SMALL]),
        (KINDS.RootClaim, [stake("SubtensorModule", "claim_root")], [ADD_STAKE]),
        (KINDS.ChildKeys, [stake("SubtensorModule", "set_children")], [ADD_STAKE]),
    ],
)
def test_each_kind_allows_its_calls(
    kind: ProxyType, allowed: list[Call], denied: list[Call]
) -> None:
    rule = FILTERS[kind]
    assert [call for call in allowed if not rule.allows(call)] == []
    assert [call for call in denied if rule.allows(call)] == []


def test_kinds_contain_each_other_as_the_runtime_says() -> None:
    supersets = {(a, b) for a in ProxyType for b in ProxyType if a != b and is_superset(a, b)}
    expected = {(ProxyType.Any, b) for b in ProxyType if b is not ProxyType.Any}
    expected |= {
        (ProxyType.NonTransfer, b)
        for b in ProxyType
        if b.name not in ("Any", "NonTransfer", "Transfer", "SmallTransfer")
    }
    assert supersets == expected | {(ProxyType.Transfer, ProxyType.SmallTransfer)}


def test_clients_are_told_the_kinds_and_their_filters(chain: Chain) -> None:
    pallet = chain.runtime.proxy
    types = pallet.get_proxy_types()
    assert [(info.index, info.name.decode()) for info in types] == [
        (int(kind), kind.name) for kind in ProxyType
    ]
    deprecated = {info.name.decode() for info in types if info.deprecated}
    assert deprecated == {"Senate", "Triumvirate", "Governance", "RootWeights"}
    assert len(pallet.get_proxy_filter(None)) == 18
    assert pallet.get_proxy_filter(99) == []
    (small,) = pallet.get_proxy_filter(11)
    assert small.filter_mode is FilterMode.Allow
    told = [(c.pallet_index, c.call_index, c.condition.limit) for c in small.calls]
    assert told == [(5, 3, 500_000_000), (5, 0, 500_000_000), (7, 86, 500_000_000)]
    (owner,) = pallet.get_proxy_filter(1)
    assert (owner.calls[0].pallet_name, owner.calls[0].call_index) == (b"AdminUtils", None)
    assert [c.call_index for c in owner.exceptions] == [67, 64]


def test_every_call_that_a_filter_names_has_its_real_index(chain: Chain) -> None:
    from test_interface import recorded

    for rule in chain.runtime.proxy.get_proxy_filter(None):
        for named in [*rule.calls, *rule.exceptions]:
            pallet = recorded().pallets[named.pallet_name.decode()]
            assert pallet.index == named.pallet_index
            if named.call_name is not None:
                assert pallet.calls[named.call_name.decode()].index == named.call_index
