"""What an extrinsic costs: its length, its weight with the guards', and nothing for extensions.

Numbers: `pallet_balances` and `pallet_utility` weights of the runtime's SDK version, RocksDB's 25
and 100 microseconds, the guard of coldkey swaps, 0.0005 rao a picosecond.
"""

from __future__ import annotations

import pytest
from calls import made, to
from chain_under_test import Chain
from shielding import signed, transfer

from taokit.local_chain.frame.types import DispatchEventInfo, WeightType
from taokit.local_chain.frame.weight import DispatchClass, Weight
from taokit.local_chain.local_node import open_chain
from taokit.local_chain.node.clock import ManualClock
from taokit.local_chain.node_config import NodeConfig
from taokit.local_chain.pallets.system_limits import BASE_BLOCK, BASE_EXTRINSIC
from taokit.local_chain.pallets.transaction_payment import weight_to_fee

DB = 25_000_000 + 100_000_000
GUARD = Weight(17_583_000 + 2 * 25_000_000, 4_198)
BASE_FEE = 54_078
BOB = bytes(range(32))


@pytest.mark.parametrize(
    ("name", "benchmark", "fee"),
    [("transfer_keep_alive", 39_051_000, 115_817), ("transfer_allow_death", 48_834_000, 120_708)],
)
def test_a_transfer_costs_its_weight_and_that_of_the_guards(
    chain: Chain, name: str, benchmark: int, fee: int
) -> None:
    call = made("Balances", name, to(BOB), 1)
    assert call.weight == Weight(benchmark + DB, 3_593).plus(GUARD)
    assert weight_to_fee(call.weight) == fee
    payment = chain.runtime.transaction_payment
    assert payment.fee(150, call.weight, 7, pays=True) == BASE_FEE + 150 + fee + 7
    assert payment.fee(150, call.weight, 7, pays=False) == 7


def test_what_is_charged_is_what_was_asked_for_and_the_event_tells_the_base_weight_too() -> None:
    chain = open_chain(NodeConfig(block_time="manual"), ManualClock())
    extrinsic = signed(chain, transfer(BOB, 10**9), 0)
    chain.submit(extrinsic)
    chain.seal()
    runtime = chain.runtime_at()
    records = [record.event for record in runtime.system.events.get()]
    paid = next(e for e in records if e.spec.name == "TransactionFeePaid")
    assert paid.values[1] == BASE_FEE + len(extrinsic) + 115_817
    success = [e for e in records if e.spec.name == "ExtrinsicSuccess"][-1]
    info: DispatchEventInfo = success.values[0]
    weight = Weight(39_051_000 + DB, 3_593).plus(GUARD).plus(BASE_EXTRINSIC)
    assert info.weight == WeightType(weight.ref_time, weight.proof_size)


def test_calls_inside_a_call_weigh_with_their_guards_and_the_unused_is_not_charged(
    chain: Chain,
) -> None:
    inner = made("Balances", "transfer_keep_alive", to(BOB), 10**9)
    batch = made("Utility", "batch", [inner, inner])
    own = Weight(19_446_696 + 2 * 5_450_264 + 2 * 25_000_000, 3_983)
    assert batch.weight == own.plus(inner.weight).plus(inner.weight).plus(GUARD)
    chain.begin_block()
    post = chain.runtime.dispatch(batch, _alice(chain))
    assert post.used(batch.weight) == own.plus(inner.weight).plus(inner.weight)


def test_a_batch_that_fails_is_charged_for_what_ran(chain: Chain) -> None:
    fails = made("Balances", "force_set_balance", to(BOB), 1)
    batch = made("Utility", "batch_all", [fails, fails, fails])
    chain.begin_block()
    with pytest.raises(Exception) as caught:
        chain.runtime.dispatch(batch, _alice(chain))
    used = Weight(13_428_230 + 5_663_250 + 2 * 25_000_000, 3_983).plus(fails.weight)
    assert caught.value.used == used


def test_no_weight_costs_more_than_a_block(chain: Chain) -> None:
    assert weight_to_fee(Weight(10**18)) == 2 * 10**9


def test_a_fee_multiplier_that_root_writes_holds_until_the_end_of_the_block(chain: Chain) -> None:
    payment = chain.runtime.transaction_payment
    chain.begin_block()
    payment.next_fee_multiplier.put(2 * 10**18)
    assert payment.fee(0, Weight(1_000_000), 0, pays=True) == BASE_FEE + 1_000
    chain.end_block()
    assert payment.fee(0, Weight(1_000_000), 0, pays=True) == BASE_FEE + 500


def test_a_block_counts_its_own_weight_its_hooks_and_its_extrinsics(chain: Chain) -> None:
    system = chain.runtime.system
    chain.begin_block()
    mandatory = system.used(DispatchClass.Mandatory).ref_time
    step = 110_634_229_000 + 8_304 * 25_000_000 + 110 * 100_000_000
    assert mandatory > step + BASE_BLOCK.ref_time + BASE_EXTRINSIC.ref_time
    announced = system.used(DispatchClass.Normal)  # the inherent of MevShield
    assert announced.ref_time > BASE_EXTRINSIC.ref_time
    assert system.used(DispatchClass.Operational) == Weight()
    chain.end_block()
    assert system.block_weight.get().mandatory.ref_time == mandatory
    assert system.block_weight.get().normal == WeightType(*announced)


def _alice(chain: Chain) -> object:
    from taokit.local_chain.frame.origin import Origin

    return Origin.signed(chain.alice)
