"""What a plan foresees of raw calls, of full subnets, of keys that are being swapped, of tables.

Each is planned, then sent all the same: the chain refuses with the name that was foreseen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from operation_stage import Stage, a_stage, key, ss58, tao

from taokit.chain_client import Alpha, Call, Tao
from taokit.chain_client.derived_accounts import (
    derivative_account,
    multisig_account,
    sorted_accounts,
)
from taokit.chain_client.limit_orders import LimitOrder, SignedOrder, evm_chain_id
from taokit.chain_client.operations.locks import LockStake, RejectLocked
from taokit.chain_client.operations.orders import ExecuteOrder
from taokit.chain_client.operations.recognising import recognised
from taokit.chain_client.operations.stake_moves import TransferStake
from taokit.chain_client.operations.staking import AddStake
from taokit.chain_client.operations.subnet_registration import RegisterNeuron
from taokit.chain_client.operations.subnet_upkeep import TrimSubnet
from taokit.chain_client.operations.subnets import CreateSubnet, SetSymbol
from taokit.chain_client.operations.symbols import SYMBOLS
from taokit.chain_client.operations.transfers import Transfer, TransferAllowDeath
from taokit.chain_client.operations.wrappers import BatchAll, ForProxy
from taokit.chain_client.reads.stake import stake_at
from taokit.local_chain.pallets.subtensor import symbols as chain_symbols

NET, UNSTARTED = 2, 3
SUB = "SubtensorModule"
HOT, NOBODYS = ss58("miner/hot"), ss58("nobody's")
THIRD = "the third of the multisig"


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with a_stage() as stage:
        assert stage.subnet("owner") == NET
        assert stage.subnet("owner2", start=False) == UNSTARTED
        stage.store(SUB, "AdminFreezeWindow", value=0)
        stage.register(NET, "miner")
        for name in ("one", "two", "friend"):
            stage.fund(name)
        add = {"delegate": {"Id": ss58("friend")}, "proxy_type": "Any", "delay": 0}
        stage.send(Call("Proxy", "add_proxy", add), key("miner")).raise_for_failure()
        yield stage


def stake(netuid: int = NET, hotkey: str = HOT, rao: int = 10**9) -> Call:
    return Call(SUB, "add_stake", {"hotkey": hotkey, "netuid": netuid, "amount_staked": rao})


def unstake(rao: int) -> Call:
    return Call(SUB, "remove_stake", {"hotkey": HOT, "netuid": NET, "amount_unstaked": rao})


def move(name: str, **args: Any) -> Call:
    return Call(SUB, name, {"origin_netuid": NET, "destination_netuid": NET, **args})


RAW = [
    (stake(UNSTARTED), "miner", "SubtokenDisabled"),
    (stake(hotkey=NOBODYS), "miner", "HotKeyAccountNotExists"),
    (stake(rao=1_000), "miner", "AmountTooLow"),
    (unstake(10**9), "one", "AmountTooLow"),
    (
        move("swap_stake", hotkey=HOT, alpha_amount=2**64 - 1),
        "miner",
        "SameNetuid",
    ),
    (
        move("move_stake", origin_hotkey=HOT, destination_hotkey=NOBODYS, alpha_amount=1),
        "miner",
        "HotKeyAccountNotExists",
    ),
    (Call(SUB, "burned_register", {"netuid": NET, "hotkey": HOT}), "miner",
     "HotKeyAlreadyRegisteredInSubNet"),
    (Call(SUB, "burned_register", {"netuid": 0, "hotkey": HOT}), "miner",
     "RegistrationNotPermittedOnRootSubnet"),
    (Call(SUB, "register_limit", {"netuid": NET, "hotkey": NOBODYS, "limit_price": 1}), "miner",
     "RegistrationPriceLimitExceeded"),
    (Call(SUB, "start_call", {"netuid": NET}), "owner", "FirstEmissionBlockNumberAlreadySet"),
    (Call(SUB, "start_call", {"netuid": NET}), "one", "BadOrigin"),
    (Call(SUB, "update_symbol", {"netuid": NET, "symbol": b"no"}), "owner", "SymbolDoesNotExist"),
    (Call(SUB, "set_childkey_take", {"hotkey": HOT, "netuid": NET, "take": 60_000}), "miner",
     "InvalidChildkeyTake"),
    (Call(SUB, "increase_take", {"hotkey": HOT, "take": 60_000}), "miner", "DelegateTakeTooHigh"),
    (Call(SUB, "set_children", {"hotkey": HOT, "netuid": NET, "children": [(1 << 63, NOBODYS)]}),
     "one", "NonAssociatedColdKey"),
    (Call(SUB, "swap_hotkey", {"hotkey": HOT, "new_hotkey": HOT, "netuid": None}), "miner",
     "NewHotKeyIsSameWithOld"),
    (Call(SUB, "set_coldkey_auto_stake_hotkey", {"netuid": NET, "hotkey": NOBODYS}), "miner",
     "HotKeyNotRegisteredInSubNet"),
    (Call(SUB, "move_lock", {"destination_hotkey": HOT, "netuid": NET}), "miner",
     "NoExistingLock"),
    (Call(SUB, "clear_coldkey_swap_announcement", {}), "one", "ColdkeySwapAnnouncementNotFound"),
    (Call(SUB, "serve_axon", {"netuid": NET, "version": 0, "ip": 0x7F000001, "port": 1,
     "ip_type": 4, "protocol": 4, "placeholder1": 0, "placeholder2": 0}), "miner/hot",
     "InvalidIpAddress"),
    (Call(SUB, "set_weights", {"netuid": NET, "dests": [9], "weights": [1], "version_key": 0}),
     "miner", "CommitRevealEnabled"),
    (Call("AdminUtils", "sudo_set_max_allowed_uids", {"netuid": NET, "max_allowed_uids": 300}),
     "owner", "MaxAllowedUidsGreaterThanDefaultMaxAllowedUids"),
    (Call("AdminUtils", "sudo_set_kappa", {"netuid": NET, "kappa": 1}), "owner", "BadOrigin"),
    (Call("Proxy", "add_proxy", {"delegate": {"Id": ss58("friend")}, "proxy_type": "Any",
     "delay": 0}), "miner", "Duplicate"),
    (Call("Crowdloan", "withdraw", {"crowdloan_id": 9}), "one", "InvalidCrowdloanId"),
    (Call("Balances", "transfer_keep_alive", {"dest": {"Id": NOBODYS}, "value": 1}), "one",
     "Token.BelowMinimum"),
]  # fmt: skip


def around(call: Call) -> list[tuple[Call, str]]:
    """The same within a batch and a proxied call, and who signs that."""
    proxied = {"real": {"Id": ss58("miner")}, "force_proxy_type": None, "call": call}
    batch = Call("Utility", "batch_all", {"calls": [call]})
    return [(batch, "miner"), (Call("Proxy", "proxy", proxied), "friend")]


@pytest.mark.parametrize(
    ("call", "signer", "name"), RAW, ids=[f"{call.name}-{name}" for call, _, name in RAW]
)
def test_a_raw_call_is_foreseen_as_its_operation_is(
    stage: Stage, call: Call, signer: str, name: str
) -> None:
    assert recognised(stage.client, call, ss58(signer)) is not None
    if signer == "miner/hot":
        stage.fund(signer)
    stage.assert_foreseen(call, key(signer), name)


@pytest.mark.parametrize("place", range(2), ids=["batch", "proxy"])
@pytest.mark.parametrize("call", [stake(UNSTARTED), stake(hotkey=NOBODYS)], ids=str)
def test_so_is_a_raw_call_inside_others(stage: Stage, call: Call, place: int) -> None:
    outer, signer = around(call)[place]
    name = "SubtokenDisabled" if call.args["netuid"] == UNSTARTED else "HotKeyAccountNotExists"
    stage.assert_foreseen(outer, key(signer), name)


def test_so_is_one_in_operations_that_are_given_raw_calls(stage: Stage) -> None:
    stage.assert_foreseen(BatchAll((stake(UNSTARTED),)), key("miner"), "SubtokenDisabled")
    proxied = ForProxy(stake(UNSTARTED), ss58("miner"))
    stage.assert_foreseen(proxied, key("friend"), "SubtokenDisabled")


def test_what_is_possible_raw_is_not_refused(stage: Stage) -> None:
    for outer, signer in [(stake(), "miner"), *around(stake())]:
        stage.done(outer, key(signer))


def test_so_is_one_for_a_derived_account(stage: Stage) -> None:
    stage.rpc("dev_fund", derivative_account(ss58("one"), 1), 10**12)
    inner = {"index": 1, "call": stake(hotkey=NOBODYS)}
    call = Call("Utility", "as_derivative", inner)
    stage.assert_foreseen(call, key("one"), "HotKeyAccountNotExists")


def test_so_is_a_batch_inside_a_batch(stage: Stage) -> None:
    inner = Call("Utility", "batch", {"calls": [stake()]})
    outer = Call("Utility", "force_batch", {"calls": [stake(), inner]})
    stage.assert_foreseen(outer, key("miner"), "CallFiltered")
    stage.assert_foreseen(BatchAll((BatchAll((stake(),)), stake())), key("miner"), "CallFiltered")


def multi(signer: str, threshold: int, when: Any, inner: Call, names: list[str]) -> Call:
    others = [one for one in sorted_accounts([ss58(name) for name in names]) if one != ss58(signer)]
    args = {"threshold": threshold, "other_signatories": others, "maybe_timepoint": when}
    weight = {"ref_time": 10**11, "proof_size": 10**6}
    return Call("Multisig", "as_multi", {**args, "call": inner, "max_weight": weight})


def test_a_raw_multisig_call_is_foreseen(stage: Stage) -> None:
    names = ["one", "two", THIRD]
    stage.fund(THIRD)
    account = multisig_account([ss58(name) for name in names], 2)
    stage.rpc("dev_fund", account, 10**12)
    inner, wrong = stake(UNSTARTED), {"height": 1, "index": 0}

    def foreseen(name: str, signer: str, when: Any, threshold: int = 2) -> None:
        call = multi(signer, threshold, when, inner, names)
        stage.assert_foreseen(call, key(signer), name)

    foreseen("MinimumThreshold", "one", None, threshold=1)
    foreseen("UnexpectedTimepoint", "one", wrong)
    sent = stage.send(multi("one", 2, None, inner, names), key("one")).raise_for_failure()
    height = sent.block.number
    found = stage.run(stage.client.query_map("Multisig", "Multisigs", account))
    when = {"height": height, "index": found[0][1]["when"]["index"]}
    foreseen("NoTimepoint", "two", None)
    foreseen("WrongTimepoint", "two", wrong)
    foreseen("AlreadyApproved", "one", when)
    foreseen("SubtokenDisabled", "two", when)
    loose = multi("one", 2, None, inner, names)
    out = {**loose.args, "other_signatories": list(reversed(loose.args["other_signatories"]))}
    stage.assert_foreseen(Call("Multisig", "as_multi", out), key("one"), "SignatoriesOutOfOrder")
    alone = {**loose.args, "other_signatories": []}
    stage.assert_foreseen(Call("Multisig", "as_multi", alone), key("one"), "TooFewSignatories")
    himself = {**loose.args, "other_signatories": [ss58("one")]}
    stage.assert_foreseen(Call("Multisig", "as_multi", himself), key("one"), "SenderInSignatories")


def test_a_subnet_in_which_nobody_may_be_replaced_takes_no_neuron(stage: Stage) -> None:
    op = RegisterNeuron(NET, ss58("late/hot"))
    late = stage.fund("late")
    used = stage.get("SubnetworkN", NET)
    room, period = stage.get("MaxAllowedUids", NET), stage.get("ImmunityPeriod", NET)
    stage.store(SUB, "MaxAllowedUids", NET, value=used)
    stage.store(SUB, "ImmunityPeriod", NET, value=60_000)
    assert stage.plan(op, late).problem is None  # the youngest of the immune would go
    stage.store(SUB, "ImmunityPeriod", NET, value=0)
    stage.store(SUB, "MinNonImmuneUids", NET, value=used)
    stage.assert_foreseen(op, late, "NoNeuronIdAvailable")
    stage.store(SUB, "MinNonImmuneUids", NET, value=0)
    assert stage.plan(op, late).problem is None
    stage.store(SUB, "MaxAllowedUids", NET, value=0)
    stage.assert_foreseen(op, late, "NoNeuronIdAvailable")
    stage.store(SUB, "MaxAllowedUids", NET, value=room)
    stage.store(SUB, "ImmunityPeriod", NET, value=period)


def test_a_subnet_of_immune_neurons_is_not_trimmed(stage: Stage) -> None:
    period, least = stage.get("ImmunityPeriod", NET), stage.get("MinAllowedUids", NET)
    stage.register(NET, "another")
    stage.store(SUB, "ImmunityPeriod", NET, value=60_000)
    stage.store(SUB, "MinAllowedUids", NET, value=1)
    stage.assert_foreseen(
        TrimSubnet(NET, 2), key("owner"), "TrimmingWouldExceedMaxImmunePercentage"
    )
    stage.store(SUB, "ImmunityPeriod", NET, value=period)
    stage.store(SUB, "MinAllowedUids", NET, value=least)


def test_the_table_of_symbols_is_the_chains(stage: Stage) -> None:
    assert {one.encode() for one in SYMBOLS} == set(chain_symbols.SYMBOLS[1:])
    stage.assert_foreseen(SetSymbol(NET, "no"), key("owner"), "SymbolDoesNotExist")
    stage.done(SetSymbol(NET, "ᚱ"), key("owner"))
    stage.assert_foreseen(SetSymbol(NET, "ᚱ"), key("owner"), "SymbolAlreadyInUse")


def test_no_subnet_is_made_where_none_may_go(stage: Stage) -> None:
    founder, limit = stage.fund("founder", 10**16), stage.get("SubnetLimit")
    stage.store(SUB, "SubnetLimit", value=1)
    immunity = stage.get("NetworkImmunityPeriod")
    stage.store(SUB, "NetworkImmunityPeriod", value=10**9)
    stage.store(SUB, "NetworkRateLimit", value=0)
    stage.assert_foreseen(CreateSubnet(ss58("founder/hot")), founder, "SubnetLimitReached")
    stage.store(SUB, "SubnetLimit", value=limit)
    stage.store(SUB, "NetworkImmunityPeriod", value=immunity)


def test_too_little_for_an_account_is_foreseen(stage: Stage) -> None:
    for kind in (Transfer, TransferAllowDeath):
        stage.assert_foreseen(kind(NOBODYS, Tao(499)), key("one"), "Token.BelowMinimum")
    stage.done(Transfer(ss58("a new one"), Tao(500)), key("one"))


def test_a_coldkey_that_is_being_swapped_can_do_nothing_else(stage: Stage) -> None:
    swapped = stage.fund("swapped")
    stage.register(NET, "swapped")
    add = {"delegate": {"Id": ss58("friend")}, "proxy_type": "Any", "delay": 0}
    stage.send(Call("Proxy", "add_proxy", add), swapped).raise_for_failure()
    hash_ = stage.run(_hash_of(stage, ss58("elsewhere")))
    stage.done(Call(SUB, "announce_coldkey_swap", {"new_coldkey_hash": hash_}), swapped)
    staking = AddStake(HOT, NET, tao("1"))
    stage.assert_foreseen(staking, swapped, "ColdkeySwapAnnounced")
    stage.assert_foreseen(Transfer(NOBODYS, tao("1")), swapped, "ColdkeySwapAnnounced")
    stage.assert_foreseen(
        ForProxy(staking, swapped.ss58_address), key("friend"), "ColdkeySwapAnnounced"
    )
    stage.done(Call(SUB, "dispute_coldkey_swap", {}), swapped)
    stage.assert_foreseen(staking, swapped, "ColdkeySwapDisputed")


async def _hash_of(stage: Stage, address: str) -> bytes:
    from taokit.chain_client.addresses import account_bytes
    from taokit.chain_client.storage_keys import blake2_256

    return blake2_256(account_bytes(address))


def test_an_amount_is_known_by_its_subnet(stage: Stage) -> None:
    found = recognised(stage.client, unstake(7), ss58("one"))
    assert getattr(found, "amount", None) == Alpha(7, NET)


def test_locked_stake_goes_only_to_who_takes_it(stage: Stage) -> None:
    amount, giver = Alpha(5 * 10**9, NET), stage.fund("giver")
    stage.done(AddStake(HOT, NET, tao("20")), giver)
    own = stage.run(stake_at(stage.client, giver.ss58_address, HOT, NET))
    stage.done(LockStake(NET, own - amount, HOT), giver)
    op = TransferStake(HOT, ss58("taker"), NET, NET, own)
    stage.fund("taker")
    stage.assert_foreseen(op, giver, "AccountRejectsLockedAlpha")
    stage.done(RejectLocked(enabled=False), key("taker"))
    stage.done(AddStake(HOT, NET, tao("5")), key("taker"))
    stage.done(LockStake(NET, Alpha(10**9, NET), ss58("owner/hot")), key("taker"))
    stage.assert_foreseen(op, giver, "LockHotkeyMismatch")
    stage.done(TransferStake(HOT, ss58("taker"), NET, NET, Alpha(10**9, NET)), giver)


def test_an_order_that_cannot_be_brought_so_is_known(stage: Stage) -> None:
    price, now = 10**15, stage.get("Now", pallet="Timestamp")
    chain_id = stage.run(evm_chain_id(stage.client))
    plain = LimitOrder(ss58("miner"), HOT, NET, "buy", 10**9, price, now + 10**9, chain_id)

    def signed(order: LimitOrder, by: str = "miner") -> str:
        signature = key(by).sign(order.encoded(stage.client))
        return SignedOrder(order, "0x" + signature.hex()).to_text()

    def refused(name: str, order: str, fill: int | None = None) -> None:
        stage.assert_foreseen(ExecuteOrder(order, fill), key("one"), name)

    refused("InvalidSignature", signed(plain, "two"))
    refused("RelayerRequiredForPartialFill", signed(plain), 10**8)
    named = replace(plain, relayers=(ss58("one"),))
    refused("PartialFillsNotEnabled", signed(named), 10**8)
    parts = signed(replace(named, partial=True))
    refused("IncorrectPartialFillAmount", parts, 2 * 10**9)
    stage.done(ExecuteOrder(parts, 4 * 10**8), key("one"))
    refused("IncorrectPartialFillAmount", parts)
    refused("IncorrectPartialFillAmount", parts, 7 * 10**8)
    stage.done(ExecuteOrder(parts, 6 * 10**8), key("one"))
    refused("OrderAlreadyProcessed", parts, 1)


def test_the_hint_names_the_subnet_and_the_hotkey_in_its_commands(stage: Stage) -> None:
    unknown = stage.plan(AddStake(NOBODYS, NET, tao("1")), key("miner")).problem
    assert f"`taokit wallet associate-hotkey --hotkey {NOBODYS} -w WALLET`" in str(unknown.hint)
    little = stage.plan(ForProxy(stake(rao=1_000), ss58("miner")), key("friend")).problem
    assert f"`taokit stake quote {NET} --amount AMOUNT`" in str(little.hint)
