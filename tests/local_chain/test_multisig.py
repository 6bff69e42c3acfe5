"""Enough signatories make a call together; opening an operation costs a deposit."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from calls import made, pay
from chain_under_test import Chain

from taokit.local_chain.chain_spec import account
from taokit.local_chain.frame.call import Call, RuntimeCallCodec
from taokit.local_chain.frame.types import WeightType
from taokit.local_chain.pallets.multisig import Multisig, Timepoint, multi_account

NEW = bytes([9] * 32)
TAO = 10**9
AMPLE = WeightType(10**12, 10**6)
ALICE, BOB, CHARLIE = sorted(account(f"//{name}") for name in ("Alice", "Bob", "Charlie"))
ALL = [ALICE, BOB, CHARLIE]
CALL = pay(NEW, TAO)


def others(who: bytes) -> list[bytes]:
    return [each for each in ALL if each != who]


def digest(call: Call) -> bytes:
    return hashlib.blake2b(RuntimeCallCodec.shared.encode(call), digest_size=32).digest()


@pytest.fixture
def open_chain(chain: Chain) -> Chain:
    chain.begin_block()
    for who in ALL:
        chain.runtime.balances.mint(who, 10 * TAO)
    for threshold in (1, 2, 3):
        chain.runtime.balances.mint(multi_account(ALL, threshold), 5 * TAO)
    return chain


def base(who: bytes, threshold: int, when: Timepoint | None) -> dict[str, Any]:
    return {
        "threshold": threshold,
        "other_signatories": others(who),
        "maybe_timepoint": when,
        "max_weight": AMPLE,
    }


def approve(chain: Chain, who: bytes, threshold: int, when: Timepoint | None) -> None:
    args = base(who, threshold, when)
    chain.call(who, "Multisig", "approve_as_multi", call_hash=digest(CALL), **args)


def now(chain: Chain) -> Timepoint:
    return Timepoint(chain.number, chain.runtime.system.extrinsic_index())


def test_the_account_is_the_one_that_upstream_derives() -> None:
    seed = b"modlpy/utilisuba" + bytes([12]) + b"".join(ALL) + b"\x02\0"
    assert multi_account(ALL, 2) == hashlib.blake2b(seed, digest_size=32).digest()


def test_two_of_three_make_a_call(open_chain: Chain) -> None:
    chain = open_chain
    shared = multi_account(ALL, 2)
    when = now(chain)
    chain.call(ALICE, "Multisig", "as_multi", call=CALL, **base(ALICE, 2, None))
    assert chain.events("Multisig.NewMultisig") == [(ALICE, shared, digest(CALL))]
    assert chain.runtime.balances.data(ALICE).reserved == 132_000_000 + 2 * 32_000_000
    assert chain.runtime.balances.free(NEW) == 0
    chain.call(BOB, "Multisig", "as_multi", call=CALL, **base(BOB, 2, when))
    ((approving, told, multisig, call_hash, _),) = chain.events("Multisig.MultisigExecuted")
    assert (approving, told, multisig, call_hash) == (BOB, when, shared, digest(CALL))
    assert chain.runtime.balances.free(NEW) == TAO
    assert chain.runtime.balances.free(shared) == 4 * TAO
    assert chain.runtime.balances.data(ALICE).reserved == 0
    assert chain.runtime.multisig.multisigs.keys() == []


def test_three_of_three_approve_by_hash_and_the_last_brings_the_call(open_chain: Chain) -> None:
    chain = open_chain
    when = now(chain)
    approve(chain, CHARLIE, 3, None)
    approve(chain, ALICE, 3, when)
    ((key, operation),) = chain.runtime.multisig.multisigs.items()
    assert key == (multi_account(ALL, 3), digest(CALL))
    assert operation.approvals == [ALICE, CHARLIE]
    with_call = {"call": CALL, **base(BOB, 3, when)}
    with_call["max_weight"] = WeightType(1, 1)
    assert chain.refusal(BOB, "Multisig", "as_multi", **with_call) == "MaxWeightTooLow"
    with_call["max_weight"] = AMPLE
    chain.call(BOB, "Multisig", "as_multi", **with_call)
    assert chain.runtime.balances.free(NEW) == TAO


def test_enough_hashes_do_not_make_the_call_but_any_signatory_then_can(open_chain: Chain) -> None:
    chain = open_chain
    when = now(chain)
    approve(chain, ALICE, 2, None)
    approve(chain, BOB, 2, when)
    assert chain.runtime.balances.free(NEW) == 0
    args = base(CHARLIE, 2, when)
    hashed = {"call_hash": digest(CALL), **args}
    assert chain.refusal(CHARLIE, "Multisig", "approve_as_multi", **hashed) == "AlreadyApproved"
    chain.call(ALICE, "Multisig", "as_multi", call=CALL, **base(ALICE, 2, when))
    assert chain.runtime.balances.free(NEW) == TAO


def test_a_call_that_fails_is_told_by_event_and_the_deposit_returns(open_chain: Chain) -> None:
    chain = open_chain
    when = now(chain)
    call = pay(NEW, 10**18)
    chain.call(ALICE, "Multisig", "as_multi", call=call, **base(ALICE, 2, None))
    chain.call(BOB, "Multisig", "as_multi", call=call, **base(BOB, 2, when))
    ((*_, failed),) = chain.events("Multisig.MultisigExecuted")
    assert failed.value.name == "FundsUnavailable"
    assert chain.runtime.balances.data(ALICE).reserved == 0


def test_timepoints_must_fit(open_chain: Chain) -> None:
    chain = open_chain
    when = now(chain)
    name = ("Multisig", "approve_as_multi")
    hashed: dict[str, Any] = {"call_hash": digest(CALL)}
    early = base(ALICE, 2, when)
    assert chain.refusal(ALICE, *name, **hashed, **early) == "UnexpectedTimepoint"
    approve(chain, ALICE, 2, None)
    assert chain.refusal(BOB, *name, **hashed, **base(BOB, 2, None)) == "NoTimepoint"
    wrong = base(BOB, 2, when.replace(index=99))
    assert chain.refusal(BOB, *name, **hashed, **wrong) == "WrongTimepoint"
    again = base(ALICE, 2, when)
    assert chain.refusal(ALICE, *name, **hashed, **again) == "AlreadyApproved"


@pytest.mark.parametrize(
    ("threshold", "signatories", "why"),
    [
        (1, [BOB], "MinimumThreshold"),
        (2, [], "TooFewSignatories"),
        (2, [bytes([n]) * 32 for n in range(100)], "TooManySignatories"),
        (2, [CHARLIE, BOB], "SignatoriesOutOfOrder"),
        (2, [BOB, BOB], "SignatoriesOutOfOrder"),
        (2, [ALICE, BOB], "SenderInSignatories"),
    ],
)
def test_signatories_are_checked(
    open_chain: Chain, threshold: int, signatories: list[bytes], why: str
) -> None:
    args = base(ALICE, threshold, None) | {"other_signatories": signatories, "call": CALL}
    assert open_chain.refusal(ALICE, "Multisig", "as_multi", **args) == why


def test_only_who_opened_an_operation_cancels_it(open_chain: Chain) -> None:
    chain = open_chain
    when = now(chain)
    approve(chain, ALICE, 2, None)
    args: dict[str, Any] = {"threshold": 2, "call_hash": digest(CALL)}

    def refused(who: bytes, timepoint: Timepoint, **changed: Any) -> str:
        given = {"other_signatories": others(who), "timepoint": timepoint, **args, **changed}
        return chain.refusal(who, "Multisig", "cancel_as_multi", **given)

    assert refused(BOB, when) == "NotOwner"
    assert refused(ALICE, when.replace(height=7)) == "WrongTimepoint"
    assert refused(ALICE, when, call_hash=bytes(32)) == "NotFound"
    chain.call(
        ALICE,
        "Multisig",
        "cancel_as_multi",
        other_signatories=others(ALICE),
        timepoint=when,
        **args,
    )
    assert chain.events("Multisig.MultisigCancelled")[0][0] == ALICE
    assert chain.runtime.balances.data(ALICE).reserved == 0
    assert chain.runtime.multisig.multisigs.keys() == []


def test_one_of_three_acts_at_once(open_chain: Chain) -> None:
    chain = open_chain
    args: dict[str, Any] = {"other_signatories": others(BOB)}
    chain.call(BOB, "Multisig", "as_multi_threshold_1", call=CALL, **args)
    assert chain.runtime.balances.free(multi_account(ALL, 1)) == 4 * TAO
    too_much = pay(NEW, 10**18)
    refused = chain.refusal(BOB, "Multisig", "as_multi_threshold_1", call=too_much, **args)
    assert refused == "FundsUnavailable"


def test_poking_brings_the_deposit_to_its_price(open_chain: Chain) -> None:
    chain = open_chain
    approve(chain, ALICE, 2, None)
    args: dict[str, Any] = {"threshold": 2, "call_hash": digest(CALL)}
    pallet, key = chain.runtime.multisig, (multi_account(ALL, 2), digest(CALL))
    stolen = {"other_signatories": others(BOB), **args}
    assert chain.refusal(BOB, "Multisig", "poke_deposit", **stolen) == "NotOwner"
    args["other_signatories"] = others(ALICE)
    chain.call(ALICE, "Multisig", "poke_deposit", **args)
    assert chain.events("Multisig.DepositPoked") == []
    pallet.multisigs.mutate(key, lambda operation: operation.replace(deposit=1))
    chain.call(ALICE, "Multisig", "poke_deposit", **args)
    assert chain.events("Multisig.DepositPoked") == [(ALICE, digest(CALL), 1, 196_000_000)]


def test_the_charged_weight_covers_the_call(open_chain: Chain) -> None:
    args = base(ALICE, 2, None)
    call = made("Multisig", "as_multi", 2, others(ALICE), None, CALL, args["max_weight"])
    assert call.weight.ref_time > AMPLE.ref_time
    alone = made("Multisig", "as_multi_threshold_1", others(ALICE), CALL)
    assert alone.weight.ref_time > CALL.weight.ref_time
    assert isinstance(open_chain.runtime.multisig, Multisig)
