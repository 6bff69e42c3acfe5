"""While safe mode is entered, only a few calls pass, and all of root's."""

from __future__ import annotations

from typing import Any

import pytest
from calls import made, pay, to
from chain_under_test import Chain

from taokit.local_chain.pallets.safe_mode import HOLD, ExitReason

NEW = bytes([9] * 32)
TAO = 10**9


@pytest.fixture
def open_chain(chain: Chain) -> Chain:
    chain.begin_block()
    return chain


def force(chain: Chain, name: str) -> None:
    chain.call(None, "SafeMode", f"force_{name}")


def refused(chain: Chain, pallet: str, name: str, **args: Any) -> str:
    return chain.refusal(chain.alice, pallet, name, **args)


def test_root_enters_extends_and_exits(open_chain: Chain) -> None:
    chain = open_chain
    until = chain.runtime.safe_mode.entered_until
    for name in ("extend", "exit"):
        assert chain.refusal(None, "SafeMode", f"force_{name}") == "Exited"
    force(chain, "enter")
    assert until.get() == 7_201
    assert chain.refusal(None, "SafeMode", "force_enter") == "Entered"
    force(chain, "extend")
    assert until.get() == 10_801
    force(chain, "exit")
    assert not until.exists()
    assert chain.events("SafeMode.Entered") == [(7_201,)]
    assert chain.events("SafeMode.Extended") == [(10_801,)]
    assert chain.events("SafeMode.Exited") == [(ExitReason.Force,)]


def test_nobody_else_can(open_chain: Chain) -> None:
    chain = open_chain
    for name in ("force_enter", "force_extend", "force_exit"):
        assert refused(chain, "SafeMode", name) == "BadOrigin"
    assert refused(chain, "SafeMode", "enter") == "NotConfigured"
    assert refused(chain, "SafeMode", "extend") == "Exited"
    force(chain, "enter")
    assert refused(chain, "SafeMode", "enter") == "Entered"
    assert refused(chain, "SafeMode", "extend") == "NotConfigured"


def test_the_mode_stops_calls_but_not_those_let_through_nor_roots(open_chain: Chain) -> None:
    chain = open_chain
    transfer: dict[str, Any] = {"dest": to(NEW), "value": TAO}
    force(chain, "enter")
    assert refused(chain, "Balances", "transfer_keep_alive", **transfer) == "CallFiltered"
    assert refused(chain, "Utility", "batch", calls=[pay(NEW, TAO)]) == "CallFiltered"
    chain.call(chain.alice, "System", "remark_with_event", remark=b"still here")
    inner = made("Balances", "force_set_balance", to(NEW), TAO)
    chain.call(chain.alice, "Sudo", "sudo", call=inner)
    assert chain.runtime.balances.free(NEW) == TAO
    weights: dict[str, Any] = {"netuid": 1, "dests": [], "weights": [], "version_key": 0}
    assert refused(chain, "SubtensorModule", "set_weights", **weights) != "CallFiltered"
    assert refused(chain, "SubtensorModule", "root_register", hotkey=NEW) == "CallFiltered"
    force(chain, "exit")
    chain.call(chain.alice, "Balances", "transfer_keep_alive", **transfer)


def test_a_multisig_may_act_but_what_it_does_is_stopped(open_chain: Chain) -> None:
    chain = open_chain
    force(chain, "enter")
    args: dict[str, Any] = {"other_signatories": [NEW], "call": pay(NEW, TAO)}
    assert refused(chain, "Multisig", "as_multi_threshold_1", **args) == "CallFiltered"


def test_the_mode_ends_after_its_last_block(open_chain: Chain) -> None:
    chain = open_chain
    chain.runtime.safe_mode.entered_until.put(2)
    chain.end_block()
    chain.begin_block()
    assert chain.runtime.safe_mode.entered_until.exists()
    chain.end_block()
    chain.begin_block()
    assert not chain.runtime.safe_mode.entered_until.exists()
    assert chain.events("SafeMode.Exited") == [(ExitReason.Timeout,)]


def test_deposits_are_released_or_destroyed_by_root(open_chain: Chain) -> None:
    chain = open_chain
    balances, deposits = chain.runtime.balances, chain.runtime.safe_mode.deposits
    args: dict[str, Any] = {"account": chain.alice, "block": 1}
    assert chain.refusal(None, "SafeMode", "force_release_deposit", **args) == "NoDeposit"
    issuance, before = balances.total_issuance.get(), balances.free(chain.alice)
    for name, event in (("release", "DepositReleased"), ("slash", "DepositSlashed")):
        balances.hold(HOLD, chain.alice, 7)
        deposits.insert((chain.alice, 1), 7)
        assert refused(chain, "SafeMode", "release_deposit", **args) == "NotConfigured"
        chain.call(None, "SafeMode", f"force_{name}_deposit", **args)
        assert chain.events(f"SafeMode.{event}") == [(chain.alice, 7)]
        assert not deposits.contains((chain.alice, 1))
    assert balances.data(chain.alice).reserved == 0
    assert balances.free(chain.alice) == before - 7
    assert balances.total_issuance.get() == issuance - 7
