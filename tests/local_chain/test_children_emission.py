"""What parents, children and their stakers earn where each passes stake on to the next.

Source: the runtime's tests/children.rs, every test by its name, and its tolerances.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from chain_under_test import Chain
from economy import TAO, U16_MAX, U64_MAX, add_neuron, add_subnet, give_stake, key, stake
from subnet_world import undone

from taokit.local_chain.arithmetic.fixed import U96F32
from taokit.local_chain.pallets.subtensor import (
    block_step,
    children,
    coinbase,
    custody,
    distribution,
    epoch,
    stake_weight,
)

MODULE = "SubtensorModule"
NETUID = 7
A, B, C = key(1), key(2), key(3)
OWNERS = {A: key(100), B: key(101), C: key(102)}
HALF = U64_MAX // 2
TAKE = 1 / 9
MILLION = 1_000_000


@pytest.fixture(scope="module")
def shared() -> Chain:
    """A chain in block 1; whoever uses it leaves it as it was."""
    chain = Chain("mainnet")
    chain.begin_block()
    return chain


@pytest.fixture
def chain(shared: Chain) -> Iterator[Chain]:
    """A started subnet whose owner gets nothing, in a chain where only alpha weighs."""
    with undone(shared):
        sub = shared.runtime.subtensor
        add_subnet(shared, NETUID, tao=10**15, alpha=10**15, tempo=1)
        sub.subnet_owner_cut.put(0)
        sub.ck_burn.put(0)
        sub.tao_weight.put(0)
        yield shared


def seat(chain: Chain, stakes: Mapping[bytes, int], owners: Mapping[bytes, bytes]) -> None:
    """Neurons with stakes, each of which passes half of it on to the next; all take a ninth."""
    sub = chain.runtime.subtensor
    for hotkey, amount in stakes.items():
        add_neuron(chain, NETUID, hotkey, owners[hotkey])
        give_stake(chain, hotkey, owners[hotkey], NETUID, amount)
    for parent, child in zip(stakes, [*stakes][1:]):
        link(chain, parent, HALF, child)
        sub.childkey_take.insert((child, NETUID), int(TAKE * U16_MAX))


def link(chain: Chain, parent: bytes, proportion: int, child: bytes) -> None:
    sub = chain.runtime.subtensor
    relations = children.load_relations(sub, parent, NETUID, [(proportion, child)])
    children.store_relations(sub, relations, NETUID)


def shares_of(amounts: list[int]) -> list[float]:
    return [amount / sum(amounts) for amount in amounts]


def received(chain: Chain, hotkey: bytes) -> list[tuple[bytes, int]]:
    """Who gets how much of a million that a hotkey earned."""
    sub = chain.runtime.subtensor
    earned = [(hotkey, 0, MILLION)]
    _, dividends = distribution.divide_among_parents(sub, NETUID, earned, 0)
    return [(who, U96F32.to_u64(raw)) for who, raw in dividends.items()]


def test_an_epoch_pays_a_child_for_what_its_parent_passes_on(chain: Chain) -> None:
    """test_parent_child_chain_epoch."""
    seat(chain, {A: 300_000, B: 100_000, C: 50_000}, OWNERS)
    earned = epoch.run_epoch(chain.runtime.subtensor, NETUID, MILLION)
    assert [who for who, _, _ in earned] == [A, B, C]
    found = shares_of([dividend for _, _, dividend in earned])
    assert found == pytest.approx([1 / 3, 4 / 9, 1 / 9 + 1 / 9], abs=1e-4)


def test_a_child_keeps_its_take_and_gives_its_parent_the_rest(chain: Chain) -> None:
    """test_dividend_distribution_with_children."""
    seat(chain, {A: 300_000, B: 100_000, C: 50_000}, OWNERS)
    assert received(chain, A) == [(A, MILLION)]
    for child, parent, own, inherited in ((B, A, 50, 150), (C, B, 50, 50)):
        kept = int((own + inherited * TAKE) / (own + inherited) * MILLION)
        found = received(chain, child)
        assert [who for who, _ in found] == [parent, child]
        assert [amount for _, amount in found] == pytest.approx([MILLION - kept, kept], abs=1_000)
        assert sum(amount for _, amount in found) == pytest.approx(MILLION, abs=1_000)


def test_a_child_takes_nothing_from_a_parent_of_the_same_owner(chain: Chain) -> None:
    """test_dividend_distribution_with_children_same_coldkey_owner."""
    seat(chain, {A: 300_000, B: 100_000}, {A: key(100), B: key(100)})
    earned = epoch.run_epoch(chain.runtime.subtensor, NETUID, MILLION)
    found = shares_of([dividend for _, _, dividend in earned])
    assert found == pytest.approx([3 / 8, 5 / 8], abs=1e-4)
    assert received(chain, A) == [(A, MILLION)]
    (parent, passed_on), (child, kept) = received(chain, B)
    assert (parent, child) == (A, B)
    assert [passed_on, kept] == pytest.approx([MILLION * 0.6, MILLION * 0.4], abs=1_000)


def test_a_block_pays_a_chain_of_parents_and_children(chain: Chain) -> None:
    """test_parent_child_chain_emission."""
    seat(chain, {A: 300 * TAO, B: 100 * TAO, C: 50 * TAO}, OWNERS)
    sub = chain.runtime.subtensor
    sub.subnet_alpha_out.insert(NETUID, 450 * TAO)
    chain.runtime.system.number.put(2)
    before = [stake(chain, hotkey, OWNERS[hotkey], NETUID) for hotkey in OWNERS]
    coinbase.run_coinbase(sub, custody.mint_tao(sub, TAO), [NETUID])
    after = [stake(chain, hotkey, OWNERS[hotkey], NETUID) for hotkey in OWNERS]
    gained = [now - then for now, then in zip(after, before)]
    taken = TAKE / 2
    expected = [
        2 / 3 * (1 - taken),
        2 / 9 * (1 - taken) + 2 / 3 * taken,
        1 / 9 + 2 / 9 * taken,
    ]
    assert shares_of(gained) == pytest.approx(expected, abs=1e-4)
    assert sum(gained) == pytest.approx(TAO, abs=TAO // 1_000)


@pytest.mark.parametrize("delegate_take", [0, U16_MAX // 5])
def test_the_take_of_a_child_goes_to_its_nominators(chain: Chain, delegate_take: int) -> None:
    """test_childkey_take_drain."""
    sub, number = chain.runtime.subtensor, chain.runtime.system.number
    parent, child, miner, nominator = key(3), key(4), key(6), key(7)
    holders = {child: key(2), parent: key(1), miner: key(5)}
    amount, take = 100 * TAO, U16_MAX // 5
    for hotkey, coldkey in holders.items():
        add_neuron(chain, NETUID, hotkey, coldkey)
    sub.tempo.insert(NETUID, 10)
    sub.last_epoch_block.insert(NETUID, 1)
    sub.max_allowed_validators.insert(NETUID, 2)
    number.put(12)
    link(chain, parent, HALF, child)
    sub.max_childkey_take.put(take)
    given = {"hotkey": child, "netuid": NETUID, "take": take}
    chain.call(holders[child], MODULE, "set_childkey_take", **given)
    sub.delegates.insert(parent, delegate_take)
    sub.delegates.insert(child, 0)
    for coldkey, hotkey in ((holders[parent], parent), (nominator, child)):
        give_stake(chain, hotkey, coldkey, NETUID, amount)
    for uid in (0, 1):
        sub.weights.insert((NETUID, uid), [(2, U16_MAX)])
    for uid in (0, 1, 2):
        sub.block_at_registration.insert((NETUID, uid), 1)
    sub.last_update.insert(NETUID, [2, 2, 2])
    sub.kappa.insert(NETUID, U16_MAX // 5)
    sub.activity_cutoff.insert(NETUID, U16_MAX)
    sub.validator_permit.insert(NETUID, [True, True, False])
    pairs = [(child, holders[child]), (parent, holders[parent]), (child, nominator)]
    before = [stake(chain, *pair, NETUID) for pair in pairs]
    coinbase.run_coinbase(sub, custody.mint_tao(sub, TAO), [NETUID])
    assert sub.last_epoch_block.get(NETUID) == 12
    after = [stake(chain, *pair, NETUID) for pair in pairs]
    gained = [now - then for now, then in zip(after, before)]
    total = sum(gained)
    assert total > TAO // 4
    assert gained[0] == pytest.approx(0, abs=10)
    assert gained[1:] == pytest.approx([total * 9 // 20, total * 11 // 20], abs=10)


def test_links_that_change_move_stake_weights_but_not_what_owners_earn(chain: Chain) -> None:
    """test_dynamic_parent_child_relationships."""
    sub, number = chain.runtime.subtensor, chain.runtime.system.number
    stakes = {A: 500_000, B: 50_000, C: 30_000}
    for hotkey, amount in stakes.items():
        add_neuron(chain, NETUID, hotkey, OWNERS[hotkey])
        give_stake(chain, hotkey, OWNERS[hotkey], NETUID, amount)
    sub.activity_cutoff_factor_milli.insert(NETUID, MILLION)
    sub.commit_reveal_weights_enabled.insert(NETUID, False)
    sub.weights_set_rate_limit.insert(NETUID, 0)
    sub.min_allowed_weights.insert(NETUID, 0)
    sub.stake_threshold.put(0)
    sub.pending_child_key_cooldown.put(1)

    def blocks(count: int) -> None:
        for _ in range(count):
            number.put(number.get() + 1)
            block_step.on_initialize(sub, number.get())

    def pass_on(links: list[tuple[int, bytes]]) -> None:
        given = {"hotkey": A, "netuid": NETUID, "children": links}
        chain.call(OWNERS[A], MODULE, "set_children", **given)

    pass_on([(HALF, B)])
    blocks(3)
    votes = {"dests": [0, 1, 2], "weights": [U16_MAX] * 3, "version_key": 0}
    chain.call(A, MODULE, "set_weights", netuid=NETUID, **votes)
    blocks(11)
    number.put(number.get() + 150)
    links = [(U64_MAX // 4, B), (U64_MAX // 3, C)]
    pass_on(links)
    blocks(11)

    held = {hotkey: stake(chain, hotkey, OWNERS[hotkey], NETUID) for hotkey in stakes}
    emitted = sum(held.values()) - sum(stakes.values())
    own = {hotkey: amount + emitted * amount / 580_000 for hotkey, amount in stakes.items()}
    found = [stake_weight.inherited_alpha(sub, hotkey, NETUID) for hotkey in stakes]
    expected = [own[A] * 5 / 12, own[B] + held[A] / 4, own[C] + held[A] / 3]
    assert emitted > 10 * TAO
    assert found == pytest.approx(expected, rel=1e-6)
    assert sub.child_keys.get((A, NETUID)) == links
    assert sub.parent_keys.get((B, NETUID)) == [(U64_MAX // 4, A)]
    assert sub.parent_keys.get((C, NETUID)) == [(U64_MAX // 3, A)]
