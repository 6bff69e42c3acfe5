"""Leased subnets: registered by a crowdloan's call, earned from by contributors, taken over."""

from __future__ import annotations

from typing import Any

import pytest
from calls import made, to
from chain_under_test import Chain
from economy import TAO, add_hotkey, fund, give_stake, key, stake

from taokit.chain_client.storage_keys import blake2_256
from taokit.local_chain.arithmetic.fixed import U64F64
from taokit.local_chain.frame.origin import Origin
from taokit.local_chain.frame.weight import weight
from taokit.local_chain.pallets.proxy.types import ProxyType
from taokit.local_chain.pallets.subtensor import distribution, leases, networks

MODULE = "SubtensorModule"
BENEFICIARY, ONE, TWO = key(1), key(2), key(3)
CAP = 1_000 * TAO
COST = 100 * TAO
END = 500
SHARE = 30


@pytest.fixture
def world(chain: Chain) -> Chain:
    """The open block 10 of a chain on which a subnet costs 100 TAO."""
    chain.begin_block()
    at(chain, 10)
    sub = chain.runtime.subtensor
    sub.network_min_lock_cost.put(COST)
    sub.network_last_lock_cost.put(0)
    assert networks.lock_cost(sub) == COST
    for who in (BENEFICIARY, ONE, TWO):
        fund(chain, who, CAP)
    return chain


def at(chain: Any, block: int) -> None:
    chain.runtime.system.number.put(block)


def free(chain: Any, who: bytes) -> int:
    return int(chain.runtime.balances.free(who))


def collect(chain: Chain, given: dict[bytes, int], end: int | None = END) -> None:
    """A crowdloan to its cap of 1000 TAO, for a lease with 30 % for contributors."""
    chain.call(
        BENEFICIARY,
        "Crowdloan",
        "create",
        deposit=10 * TAO,
        min_contribution=TAO,
        cap=CAP,
        end=10_000,
        call=made(MODULE, "register_leased_network", SHARE, end),
        target_address=None,
    )
    for who, amount in given.items():
        chain.call(who, "Crowdloan", "contribute", crowdloan_id=0, amount=amount)


def lease(chain: Chain, given: dict[bytes, int] | None = None, end: int | None = END) -> Any:
    """Collect and finalize; the lease."""
    collect(chain, given or {ONE: 600 * TAO, TWO: 390 * TAO}, end)
    chain.call(BENEFICIARY, "Crowdloan", "finalize", crowdloan_id=0)
    return chain.runtime.subtensor.subnet_leases.get(0)


def share(chain: Chain, who: bytes) -> int:
    return int(chain.runtime.subtensor.subnet_lease_shares.get((0, who)))


# -- leasing -------------------------------------------------------------------------------------


def test_the_accounts_of_a_lease_are_hashes_of_their_names_and_its_number() -> None:
    assert leases.lease_account(b"coldkey", 7) == blake2_256(b"\x3cleasing/coldkey\x07\0\0\0")
    assert leases.lease_account(b"hotkey", 0) == blake2_256(b"\x38leasing/hotkey\0\0\0\0")


def test_finalizing_the_crowdloan_leases_a_subnet_to_its_creator(world: Chain) -> None:
    runtime, sub = world.runtime, world.runtime.subtensor
    found = lease(world)
    netuid = found.netuid
    assert (found.beneficiary, found.emissions_share, found.end_block) == (BENEFICIARY, SHARE, END)
    assert found.coldkey == leases.lease_account(b"coldkey", 0) == sub.subnet_owner.get(netuid)
    assert found.hotkey == leases.lease_account(b"hotkey", 0) == sub.subnet_owner_hotkey.get(netuid)
    assert sub.networks_added.get(netuid)
    assert sub.subnet_uid_to_lease_id.get(netuid) == 0
    assert (sub.delegates.contains(found.hotkey), sub.delegates.get(found.hotkey)) == (True, 0)
    ((granted,), held) = runtime.proxy.proxies.get(found.coldkey)
    kind = ProxyType.SubnetLeaseBeneficiary
    assert (granted.delegate, granted.proxy_type, granted.delay) == (BENEFICIARY, kind, 0)
    assert found.cost == COST + held
    assert world.events(f"{MODULE}.SubnetLeaseCreated") == [(BENEFICIARY, 0, netuid, END)]
    assert world.events("Crowdloan.Finalized") == [(0,)]


def test_what_registration_leaves_goes_back_by_contributions(world: Chain) -> None:
    found = lease(world)
    leftover = CAP - found.cost
    expected = {}
    for who, amount in ((ONE, 600 * TAO), (TWO, 390 * TAO)):
        assert share(world, who) == (amount << 64) // CAP
        expected[who] = (leftover * share(world, who)) >> 64
        assert free(world, who) == CAP - amount + expected[who]
    rest = leftover - sum(expected.values())
    assert free(world, BENEFICIARY) == CAP - 10 * TAO + rest
    assert free(world, found.coldkey) == 0
    assert share(world, BENEFICIARY) == 0


def test_a_lease_needs_a_crowdloan_that_is_being_finalized_by_its_creator(world: Chain) -> None:
    given = {"emissions_share": SHARE, "end_block": END}
    call = "register_leased_network"
    assert world.refusal(None, MODULE, call, **given) == "BadOrigin"
    assert world.refusal(BENEFICIARY, MODULE, call, **given) == "InvalidCrowdloanId"
    collect(world, {ONE: 990 * TAO})
    assert world.refusal(BENEFICIARY, MODULE, call, **given) == "InvalidCrowdloanId"
    world.runtime.crowdloan.current_crowdloan_id.put(0)
    assert world.refusal(ONE, MODULE, call, **given) == "InvalidLeaseBeneficiary"
    at(world, END)
    assert world.refusal(BENEFICIARY, MODULE, call, **given) == "LeaseCannotEndInThePast"


def test_a_lease_that_cannot_be_paid_leaves_the_crowdloan_open(world: Chain) -> None:
    collect(world, {ONE: 990 * TAO})
    world.runtime.subtensor.network_min_lock_cost.put(CAP + 1)
    refused = world.refusal(BENEFICIARY, "Crowdloan", "finalize", crowdloan_id=0)
    assert refused == "CannotAffordLockCost"
    assert world.runtime.crowdloan.info(0).raised == CAP
    assert free(world, world.runtime.crowdloan.info(0).funds_account) == CAP


def test_the_weight_is_that_of_the_contributors_there_are(world: Chain) -> None:
    collect(world, {ONE: 990 * TAO})
    world.runtime.crowdloan.current_crowdloan_id.put(0)
    call = made(MODULE, "register_leased_network", SHARE, END)
    used = world.runtime.dispatch(call, Origin.signed(BENEFICIARY))
    expected = weight(301_560_714 + 2 * 26_884_006, 10_079 + 2 * 2_579, reads=41 + 4, writes=55 + 4)
    assert used.actual_weight == expected
    assert call.weight.ref_time > expected.ref_time


def test_the_beneficiary_runs_the_subnet_as_the_owners_proxy(world: Chain) -> None:
    found = lease(world)
    start = made(MODULE, "start_call", found.netuid)
    given = {"real": to(found.coldkey), "force_proxy_type": None, "call": start}
    world.call(BENEFICIARY, "Proxy", "proxy", **given)
    assert world.runtime.subtensor.subtoken_enabled.get(found.netuid)


# -- dividends -----------------------------------------------------------------------------------


def staked(chain: Chain, found: Any) -> dict[bytes, int]:
    return {who: stake(chain, found.hotkey, who, found.netuid) for who in (ONE, TWO, BENEFICIARY)}


def test_dividends_go_to_contributors_rounded_up_the_rest_to_the_beneficiary(world: Chain) -> None:
    sub = world.runtime.subtensor
    found = lease(world)
    give_stake(world, found.hotkey, found.coldkey, found.netuid, 100 * TAO)
    sub.accumulated_lease_dividends.insert(0, 10 * TAO)
    at(world, 100)
    leases.distribute_dividends(sub, 0, 5 * TAO)
    total = 10 * TAO + 5 * TAO * 30 // 100
    parts = {who: -(-(share(world, who) * total) // U64F64.one) for who in (ONE, TWO)}
    parts[BENEFICIARY] = total - sum(parts.values())
    assert staked(world, found) == parts
    assert stake(world, found.hotkey, found.coldkey, found.netuid) == 100 * TAO - total
    assert sub.accumulated_lease_dividends.get(0) == 0
    assert sorted(world.events(f"{MODULE}.SubnetLeaseDividendsDistributed")) == sorted(
        (0, who, alpha) for who, alpha in parts.items()
    )


def test_the_contributors_part_of_the_cut_is_rounded_up(world: Chain) -> None:
    sub = world.runtime.subtensor
    lease(world)
    at(world, 101)
    leases.distribute_dividends(sub, 0, 101)
    assert sub.accumulated_lease_dividends.get(0) == 31


def test_a_beneficiary_who_gave_everything_gets_everything(world: Chain) -> None:
    sub = world.runtime.subtensor
    found = lease(world, {BENEFICIARY: 990 * TAO})
    give_stake(world, found.hotkey, found.coldkey, found.netuid, 100 * TAO)
    at(world, 100)
    leases.distribute_dividends(sub, 0, 10 * TAO)
    assert staked(world, found) == {ONE: 0, TWO: 0, BENEFICIARY: 3 * TAO}


def test_dividends_wait_in_all_blocks_but_every_hundredth(world: Chain) -> None:
    sub = world.runtime.subtensor
    found = lease(world)
    give_stake(world, found.hotkey, found.coldkey, found.netuid, 100 * TAO)
    at(world, 101)
    for _ in range(2):
        leases.distribute_dividends(sub, 0, 5 * TAO)
    assert sub.accumulated_lease_dividends.get(0) == 3 * TAO
    assert not any(staked(world, found).values())


def test_one_payment_that_fails_lets_all_wait(world: Chain) -> None:
    sub = world.runtime.subtensor
    found = lease(world)
    give_stake(world, found.hotkey, found.coldkey, found.netuid, 100 * TAO)
    at(world, 100)
    # The beneficiary's hundredth is worth less than the least stake.
    leases.distribute_dividends(sub, 0, 400_000_000)
    assert sub.accumulated_lease_dividends.get(0) == 120_000_000
    assert not any(staked(world, found).values())
    assert world.events(f"{MODULE}.SubnetLeaseDividendsDistributed") == []


def test_a_lease_that_has_ended_earns_nothing(world: Chain) -> None:
    sub = world.runtime.subtensor
    lease(world)
    at(world, END)
    leases.distribute_dividends(sub, 0, 5 * TAO)
    leases.distribute_dividends(sub, 99, 5 * TAO)
    assert sub.accumulated_lease_dividends.keys() == []


def test_an_epoch_of_a_leased_subnet_shares_the_owners_cut(world: Chain) -> None:
    sub = world.runtime.subtensor
    found = lease(world, end=None)
    at(world, 600)
    before = stake(world, found.hotkey, found.coldkey, found.netuid)
    distribution.distribute_emission(sub, found.netuid, 0, 0, 0, 100 * TAO)
    assert sum(staked(world, found).values()) == 30 * TAO
    assert stake(world, found.hotkey, found.coldkey, found.netuid) == before + 70 * TAO


# -- the end -------------------------------------------------------------------------------------


def test_the_beneficiary_takes_the_subnet_over_once_the_lease_has_ended(world: Chain) -> None:
    runtime, sub = world.runtime, world.runtime.subtensor
    found = lease(world)
    add_hotkey(world, key(33), BENEFICIARY)
    sub.accumulated_lease_dividends.insert(0, 5)
    at(world, END)
    call = made(MODULE, "terminate_lease", 0, key(33))
    used = runtime.dispatch(call, Origin.signed(BENEFICIARY))
    assert used.actual_weight == weight(
        56_635_122 + 2 * 912_993, 6_148 + 2 * 2_529, reads=4 + 2, writes=6 + 2
    )
    assert sub.subnet_owner.get(found.netuid) == BENEFICIARY
    assert sub.subnet_owner_hotkey.get(found.netuid) == key(33)
    for item in (sub.subnet_leases, sub.subnet_lease_shares, sub.accumulated_lease_dividends):
        assert item.keys() == []
    assert runtime.proxy.proxies.keys() == []
    assert not runtime.system.account.contains(found.hotkey)
    terminated = world.events(f"{MODULE}.SubnetLeaseTerminated")
    assert terminated == [(BENEFICIARY, found.netuid)]


def test_what_ending_a_lease_needs(world: Chain) -> None:
    add_hotkey(world, key(33), BENEFICIARY)

    def refused(who: bytes | None = BENEFICIARY, hotkey: bytes = key(33)) -> str:
        return world.refusal(who, MODULE, "terminate_lease", lease_id=0, hotkey=hotkey)

    assert refused(None) == "BadOrigin"
    assert refused() == "LeaseDoesNotExist"
    lease(world)
    assert refused(ONE) == "ExpectedBeneficiaryOrigin"
    at(world, END - 1)
    assert refused() == "LeaseHasNotEnded"
    at(world, END)
    assert refused(hotkey=key(34)) == "BeneficiaryDoesNotOwnHotkey"


def test_a_lease_without_an_end_does_not_end(world: Chain) -> None:
    add_hotkey(world, key(33), BENEFICIARY)
    lease(world, end=None)
    at(world, 10**6)
    given = {"lease_id": 0, "hotkey": key(33)}
    refused = world.refusal(BENEFICIARY, MODULE, "terminate_lease", **given)
    assert refused == "LeaseHasNoEndBlock"
