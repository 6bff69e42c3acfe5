"""The fast epoch and the plain one agree bit for bit, at every stage."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from taokit.local_chain.yuma import EpochInput, epoch_mechanism, epoch_plain
from taokit.local_chain.yuma import epoch as fast

BLOCKS = st.integers(0, 100) | st.sampled_from([0, 1, 50, 90, 95, 99, 100])
PARTS = st.integers(0, 65_535) | st.sampled_from([0, 1, 65_535])
STAKES = (
    st.sampled_from([0, 0, 1 << 64])
    | st.integers(0, 10**6).map(lambda rao: rao << 64)
    | st.integers(0, 2**119)
)


@st.composite
def subnets(draw: st.DrawFn) -> EpochInput:
    count = draw(st.integers(1, 10))

    def each(item: st.SearchStrategy) -> list:
        return draw(st.lists(item, min_size=count, max_size=count))

    # Unsorted, duplicated and vanished uids, and zero values, are all allowed in a row.
    loose = st.lists(st.tuples(st.integers(0, count), PARTS), max_size=2 * count)
    ordered = st.dictionaries(st.integers(0, count - 1), PARTS).map(lambda d: sorted(d.items()))
    rows = loose | ordered
    return EpochInput(
        block=100,
        tempo=draw(st.sampled_from([0, 1, 10, 99, 100, 360])),
        activity_cutoff=draw(st.sampled_from([1, 10, 50, 5_000])),
        stake=each(STAKES),
        last_update=each(BLOCKS),
        block_at_registration=each(BLOCKS),
        validator_permits=each(st.booleans()),
        weights=each(rows),
        bonds=each(rows),
        emission=draw(st.integers(0, 2**54)),
        commit_blocks=draw(st.none() | st.just(each(st.none() | BLOCKS))),
        owner_uid=draw(st.none() | st.integers(0, count - 1)),
        stake_threshold=draw(st.sampled_from([0, 0, 1_000])),
        max_allowed_validators=draw(st.integers(0, count + 1)),
        last_mechanism_step_block=draw(st.integers(0, 99)),
        kappa=draw(PARTS),
        bonds_penalty=draw(PARTS),
        bonds_moving_average=draw(st.integers(0, 1_000_000)),
        yuma3=draw(st.booleans()),
        liquid_alpha=draw(st.booleans()),
        alpha_low=draw(PARTS),
        alpha_high=draw(PARTS),
        alpha_sigmoid_steepness=draw(st.integers(-32_768, 32_767)),
    )


@settings(max_examples=400, deadline=None)
@given(subnets())
def test_fast_and_plain_epochs_agree(data: EpochInput) -> None:
    assert fast._in_fast_range(data)
    assert epoch_mechanism(data, explain=True) == epoch_plain(data, explain=True)


@settings(max_examples=50, deadline=None)
@given(subnets())
def test_consecutive_epochs_agree(data: EpochInput) -> None:
    for block in (101, 102, 103):
        output = epoch_mechanism(data)
        assert output == epoch_plain(data)
        data = replace(
            data,
            block=block,
            bonds=output.bonds,
            validator_permits=output.new_validator_permits,
        )


@settings(max_examples=30, deadline=None)
@given(subnets(), st.integers(1_000_001, 2**62))
def test_rates_beyond_one_are_left_to_the_plain_epoch(data: EpochInput, average: int) -> None:
    odd = replace(data, bonds_moving_average=average)
    assert not fast._in_fast_range(odd)
    assert epoch_mechanism(odd) == epoch_plain(odd)


def test_a_full_subnet_agrees() -> None:
    count, validators = 256, 24
    data = EpochInput(
        block=10_000,
        tempo=360,
        activity_cutoff=5_000,
        stake=[
            ((uid * 7_919) % 1_000 + 1) << 70 if uid < validators else 0 for uid in range(count)
        ],
        last_update=[9_000 + uid for uid in range(count)],
        block_at_registration=[(uid * 37) % 9_500 for uid in range(count)],
        validator_permits=[uid < validators for uid in range(count)],
        weights=[
            [(j, (j * uid * 31 + 17) % 65_536) for j in range(40, 240)] if uid < validators else []
            for uid in range(count)
        ],
        bonds=[[] for _ in range(count)],
        emission=360 * 10**9,
        last_mechanism_step_block=9_639,
    )
    for changes in ({}, {"liquid_alpha": True}, {"yuma3": False}, {"bonds_penalty": 30_000}):
        case = replace(data, **changes)
        first = epoch_mechanism(case, explain=True)
        assert first == epoch_plain(case, explain=True)
        again = replace(case, bonds=first.bonds, block=10_360, last_mechanism_step_block=10_000)
        assert epoch_mechanism(again, explain=True) == epoch_plain(again, explain=True)
