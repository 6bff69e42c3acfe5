"""Batches keep, undo or go on as their kind says; sudo acts as root and tells how it went."""

from __future__ import annotations

from typing import Any

import pytest
from chain_under_test import Chain

from taokit.local_chain.frame.call import Call
from taokit.local_chain.frame.extrinsic import MultiAddress
from taokit.local_chain.pallets.balances import Balances
from taokit.local_chain.pallets.utility import Utility

NEW = bytes([9] * 32)
TAO = 10**9


def made(pallet: Any, name: str, *args: Any) -> Call:
    spec = next(spec for spec in pallet.calls.values() if spec.name == name)
    return Call(pallet, spec, args)


def pay(value: int) -> Call:
    return made(Balances, "transfer_keep_alive", MultiAddress.Id(NEW), value)


GOOD, BAD = pay(TAO), pay(10**18)


def names(chain: Chain) -> list[str]:
    wanted = ("Utility", "Sudo")
    return [e.spec.name for e in chain.runtime.events if e.spec.pallet_name in wanted]


def test_a_batch_stops_at_the_first_failure_and_keeps_what_ran(chain: Chain) -> None:
    chain.begin_block()
    chain.call(chain.alice, "Utility", "batch", calls=[GOOD, BAD, GOOD])
    assert chain.runtime.balances.free(NEW) == TAO
    assert names(chain) == ["ItemCompleted", "BatchInterrupted"]
    ((index, failed),) = chain.events("Utility.BatchInterrupted")
    assert (index, failed.name) == (1, "FundsUnavailable")


def test_batch_all_undoes_everything_if_one_fails(chain: Chain) -> None:
    chain.begin_block()
    refused = chain.refusal(chain.alice, "Utility", "batch_all", calls=[GOOD, BAD])
    assert refused == "FundsUnavailable"
    assert chain.runtime.balances.free(NEW) == 0
    assert names(chain) == []


def test_force_batch_goes_on_after_a_failure(chain: Chain) -> None:
    chain.begin_block()
    chain.call(chain.alice, "Utility", "force_batch", calls=[GOOD, BAD, GOOD])
    assert chain.runtime.balances.free(NEW) == 2 * TAO
    expected = ["ItemCompleted", "ItemFailed", "ItemCompleted", "BatchCompletedWithErrors"]
    assert names(chain) == expected


@pytest.mark.parametrize("inner", ["batch", "batch_all", "force_batch"])
@pytest.mark.parametrize("outer", ["batch", "batch_all", "force_batch"])
def test_a_batch_inside_a_batch_is_filtered(chain: Chain, outer: str, inner: str) -> None:
    calls = [GOOD, made(Utility, inner, [GOOD])]
    assert chain.refusal(chain.alice, "Utility", outer, calls=calls) == "CallFiltered"
    assert chain.runtime.balances.free(NEW) == 0


def test_a_derivative_account_is_one_of_the_senders_own(chain: Chain) -> None:
    chain.begin_block()
    refused = chain.refusal(chain.alice, "Utility", "as_derivative", index=3, call=GOOD)
    assert refused == "FundsUnavailable"


def test_if_else_runs_the_other_call_only_after_a_failure(chain: Chain) -> None:
    chain.begin_block()
    chain.call(chain.alice, "Utility", "if_else", main=GOOD, fallback=pay(5 * TAO))
    assert chain.runtime.balances.free(NEW) == TAO
    chain.call(chain.alice, "Utility", "if_else", main=BAD, fallback=pay(5 * TAO))
    assert chain.runtime.balances.free(NEW) == 6 * TAO


def test_only_the_sudo_key_acts_as_root(chain: Chain) -> None:
    change = made(Balances, "force_set_balance", MultiAddress.Id(NEW), 7 * TAO)
    assert chain.refusal(chain.bob, "Sudo", "sudo", call=change) == "RequireSudo"
    chain.call(chain.alice, "Sudo", "sudo", call=change)
    assert chain.runtime.balances.free(NEW) == 7 * TAO


def test_sudo_succeeds_even_if_the_call_fails_and_says_so(chain: Chain) -> None:
    chain.begin_block()
    chain.call(chain.alice, "Sudo", "sudo_as", who=MultiAddress.Id(chain.bob), call=BAD)
    ((outcome,),) = chain.events("Sudo.SudoAsDone")
    assert outcome.value.name == "FundsUnavailable"


@pytest.mark.parametrize("kind", ["batch", "batch_all", "force_batch"])
def test_a_batch_weighs_what_its_calls_weigh_and_more(kind: str) -> None:
    one, two = made(Utility, kind, [GOOD]).weight, made(Utility, kind, [GOOD, GOOD]).weight
    assert one.ref_time > GOOD.weight.ref_time
    assert two.ref_time - one.ref_time > GOOD.weight.ref_time
