"""What holds of every payout: order does not matter, sums and bounds hold, splitting is in vain."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taokit.neuron.scoring.averages import ema_all, ema_sampled, half_life, log_bucket
from taokit.neuron.scoring.bounds import credibility, lcb, ucb
from taokit.neuron.scoring.clusters import cluster_split
from taokit.neuron.scoring.hill import King, duel, margin
from taokit.neuron.scoring.ledger import Improvement, Ledger, improvement_units
from taokit.neuron.scoring.payouts import (
    burn,
    cap,
    market,
    normalise,
    per_family,
    power,
    quantise,
    ramp_top,
    softmax,
)
from taokit.neuron.scoring.ratings import Rating, rank_by, rate

names = st.text("abcdefgh", min_size=1, max_size=3)
scores = st.dictionaries(
    names, st.one_of(st.just(0.0), st.floats(1e-6, 1e9), st.sampled_from([0.5, 1.0])), max_size=12
)
shapes = {
    "normalise": normalise,
    "power": lambda s: power(s, 2.5),
    "softmax": lambda s: softmax(s, 0.3),
    "ramp": lambda s: ramp_top(s, 3, share=0.8),
    "market": lambda s: market(s, pool=100.0, target_price=2.0, max_price=5.0),
    "family": lambda s: normalise(per_family(s, {key: key[0] for key in s}, top=2)),
    "burn": lambda s: burn(s, 0.4, "owner"),
    "spilled": lambda s: cap(s, 0.3, spill="owner"),
    "clusters": lambda s: cluster_split(s, {key: [len(key), hash_of(key), 1.0] for key in s}),
}


def hash_of(text: str) -> float:
    return sum(ord(letter) * 31**n for n, letter in enumerate(text)) % 101 / 101


@pytest.mark.parametrize("shape", shapes.values(), ids=shapes.keys())
@given(given_scores=scores, order=st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_shares_are_shares_whatever_the_order(shape, given_scores, order) -> None:
    shares = shape(given_scores)
    keys = list(given_scores)
    order.shuffle(keys)
    again = shape({key: given_scores[key] for key in keys})
    assert again == pytest.approx(shares, rel=1e-12, abs=1e-15)
    assert all(0.0 <= share <= 1.0 + 1e-12 for share in shares.values())
    assert math.fsum(shares.values()) <= 1.0 + 1e-9


equivariant = ["normalise", "power", "softmax", "ramp", "market"]


@pytest.mark.parametrize("name", equivariant)
@given(given_scores=scores)
@settings(max_examples=25, deadline=None)
def test_other_names_change_nothing(name, given_scores) -> None:
    renamed = {f"x{key[::-1]}{key}": score for key, score in given_scores.items()}
    shares, others = shapes[name](given_scores), shapes[name](renamed)
    assert {f"x{k[::-1]}{k}": v for k, v in shares.items()} == pytest.approx(others, abs=1e-15)


@pytest.mark.parametrize("name", ["normalise", "power", "ramp", "market"])
@given(given_scores=scores)
@settings(max_examples=25, deadline=None)
def test_the_better_never_gets_less_and_nothing_earns_nothing(name, given_scores) -> None:
    shares = shapes[name](given_scores)
    ranked = sorted(given_scores, key=given_scores.__getitem__)
    for worse, better in pairwise(ranked):
        assert shares[worse] <= shares[better] + 1e-15
    assert all(shares[key] == 0.0 for key, score in given_scores.items() if score == 0.0)


@given(scores)
def test_what_is_positive_sums_to_one(given_scores) -> None:
    total = 1.0 if any(given_scores.values()) else 0.0
    assert math.fsum(normalise(given_scores).values()) == pytest.approx(total)
    assert math.fsum(power(given_scores, 3).values()) == pytest.approx(total)


def test_very_large_and_very_small_numbers_are_shared_too() -> None:
    assert normalise({"a": 1e308, "b": 1e308}) == {"a": 0.5, "b": 0.5}
    assert normalise({"a": 5e-324, "b": 5e-324}) == {"a": 0.5, "b": 0.5}
    assert power({"a": 1e200, "b": 1e200}, 4) == {"a": 0.5, "b": 0.5}
    assert softmax({"a": 1e9, "b": 1e9, "c": math.inf}, 10) == {"a": 0.5, "b": 0.5, "c": 0.0}


@pytest.mark.parametrize("wrong", [-1.0, math.nan, math.inf])
def test_what_is_no_score_is_refused(wrong) -> None:
    for shape in (normalise, lambda s: power(s, 2), lambda s: ramp_top(s, 2), quantise):
        with pytest.raises(ValueError):
            shape({"a": 1.0, "b": wrong})


@given(scores, st.integers(2, 6), st.floats(1.0, 5.0))
def test_a_capacity_split_over_hotkeys_earns_no_more(given_scores, parts, exponent) -> None:
    if not any(given_scores.values()):
        return
    owner = max(given_scores, key=given_scores.__getitem__)
    split = {key: score for key, score in given_scores.items() if key != owner}
    split |= {f"clone {n}": given_scores[owner] / parts for n in range(parts)}
    alone = power(given_scores, exponent)[owner]
    together = math.fsum(v for k, v in power(split, exponent).items() if k.startswith("clone"))
    assert together <= alone + 1e-12


def test_a_ramp_pays_the_first_twice_the_last_and_the_rest_by_decay() -> None:
    shares = ramp_top({f"m{n}": 10.0 - n for n in range(6)}, 3, ratio=2.0, share=0.9, decay=0.5)
    assert shares["m0"] == pytest.approx(2 * shares["m2"])
    assert sum(shares[f"m{n}"] for n in range(3)) == pytest.approx(0.9)
    assert [shares[f"m{n}"] for n in (3, 4, 5)] == pytest.approx([0.05, 0.025, 0.0125])


def test_equal_scores_share_what_their_ranks_get() -> None:
    shares = ramp_top({"a": 2.0, "b": 1.0, "c": 1.0}, 3)
    assert shares["b"] == shares["c"] == pytest.approx((1.5 + 1.0) / 4.5 / 2)


@given(
    st.dictionaries(names, st.just(0.0) | st.floats(1e-9, 1e4), min_size=1, max_size=8),
    st.floats(0.1, 1e5),
    st.floats(0.1, 10.0),
    st.floats(1.0, 10.0),
)
def test_a_market_never_spends_more_than_the_pool_nor_pays_above_its_price(
    units, pool, target, factor
) -> None:
    shares = market(units, pool=pool, target_price=target, max_price=target * factor)
    assert math.fsum(shares.values()) <= 1.0 + 1e-9
    for key, share in shares.items():
        assert share * pool <= units[key] * target * factor * (1 + 1e-9)
    if math.fsum(units.values()) * target >= pool:
        assert math.fsum(shares.values()) == pytest.approx(1.0)


def test_scarce_supply_is_paid_more_than_the_target_and_plenty_less() -> None:
    def price(amount: float) -> float:
        paid = market({"a": amount}, pool=100.0, target_price=2.0, max_price=3.0)["a"]
        return paid * 100.0 / amount

    assert price(1e-6) == pytest.approx(3.0)
    assert price(25.0) == pytest.approx(2.5)
    assert price(50.0) == pytest.approx(2.0)
    assert price(100.0) == pytest.approx(1.0)


@given(scores, st.floats(0.0, 1.0))
def test_burning_leaves_what_was_earned_in_the_same_proportion(given_scores, earned) -> None:
    kept = burn(given_scores, earned, "owner")
    assert math.fsum(kept.values()) == pytest.approx(1.0)
    shares = normalise(given_scores)
    assert {k: v for k, v in kept.items() if k != "owner"} == pytest.approx(
        {k: v * earned for k, v in shares.items() if k != "owner"}
    )
    if not any(given_scores.values()):
        assert kept["owner"] == 1.0


@given(scores, st.floats(0.05, 1.0))
def test_no_share_is_above_the_cap_and_the_order_stays(given_scores, limit) -> None:
    positive = [score for score in given_scores.values() if score > 0]
    if positive and len(positive) * limit < 1.0 - 1e-9:
        with pytest.raises(ValueError, match="at most"):
            cap(given_scores, limit)
        return
    shares = cap(given_scores, limit)
    assert max(shares.values(), default=0.0) <= limit * (1 + 1e-9)
    assert math.fsum(shares.values()) == pytest.approx(1.0 if positive else 0.0)
    ranked = sorted(given_scores, key=given_scores.__getitem__)
    assert all(shares[a] <= shares[b] + 1e-12 for a, b in pairwise(ranked))


@given(scores)
def test_quantised_weights_are_in_proportion_to_half_a_step(given_scores) -> None:
    values = quantise(given_scores)
    highest = max(given_scores.values(), default=0.0)
    if highest:
        assert max(values.values()) == 65_535
    for key, value in values.items():
        exact = given_scores[key] / highest * 65_535 if highest else 0.0
        assert abs(value - exact) <= 0.5 + 1e-6
        assert quantise(given_scores, round_up=True)[key] >= value


def test_further_members_of_a_family_count_less_and_then_nothing() -> None:
    family = {"a1": "a", "a2": "a", "a3": "a", "b1": "b"}
    counted = per_family({"a1": 9.0, "a2": 5.0, "a3": 1.0, "b1": 4.0}, family, top=2)
    assert counted == {"a1": 9.0, "a2": 4.0, "a3": 0.0, "b1": 4.0}
    assert per_family({"x": 1.0, "y": 1.0}, {}, top=1) == {"x": 1.0, "y": 1.0}


# -- averages and bounds --------------------------------------------------------------------------


@given(st.floats(0, 1), st.lists(st.floats(0, 1), max_size=20), st.floats(0.01, 1))
def test_an_average_stays_between_what_it_is_of(start, results, alpha) -> None:
    score = start
    for result in results:
        score = ema_sampled(score, result, alpha)
    assert min([start, *results]) <= score <= max([start, *results])


def test_who_is_not_asked_keeps_the_score() -> None:
    assert ema_all({"a": 0.8, "b": 0.4}, {"b": 1.0, "c": 1.0}, 0.5) == {
        "a": 0.8,
        "b": 0.7,
        "c": 0.5,
    }


def test_half_is_left_after_a_half_life_and_near_measurements_agree() -> None:
    assert half_life(8.0, 300, 100) == 1.0
    assert half_life(8.0, 0, 100) == 8.0
    assert log_bucket(0.100) == log_bucket(0.105)
    assert log_bucket(0.100) < log_bucket(0.150)
    assert log_bucket(0.0) == 0.0


@given(st.integers(0, 500), st.integers(0, 500), st.floats(0, 5))
def test_bounds_hold_the_share_and_tighten_with_evidence(passed, failed, z) -> None:
    total = passed + failed
    low, high = lcb(passed, total, z), ucb(passed, total, z)
    share = passed / total if total else 0.5
    assert 0.0 <= low <= share + 1e-12
    assert share - 1e-12 <= high <= 1.0
    assert lcb(passed * 10, total * 10, z) >= low - 1e-12
    if total:
        assert lcb(passed, total + 1, z) <= low + 1e-12
        assert low <= lcb(passed + 1, total + 1, z) + 1e-12
    assert credibility(passed, total, 3.0) == pytest.approx(lcb(passed, total) ** 3)


def test_wilsons_bound_is_the_known_one() -> None:
    # 95 % interval of 8 of 10, as in tables: 0.4902 to 0.9433.
    assert lcb(8, 10) == pytest.approx(0.4902, abs=1e-4)
    assert ucb(8, 10) == pytest.approx(0.9433, abs=1e-4)
    assert (lcb(0, 0), ucb(0, 0)) == (0.0, 1.0)


# -- duels ----------------------------------------------------------------------------------------


@given(
    st.lists(st.floats(-1e6, 1e6), max_size=40),
    st.floats(0, 1),
    st.floats(0, 4),
)
def test_an_exact_copy_never_dethrones(results, least, z) -> None:
    assert not duel(results, list(results), margin=least, z=z).won


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=40),
    st.floats(1e-3, 1),
    st.randoms(use_true_random=False),
)
def test_at_most_one_of_two_dethrones_the_other_in_any_order_of_tasks(pairs, least, order) -> None:
    ours, theirs = [a for a, _ in pairs], [b for _, b in pairs]
    one, other = duel(ours, theirs, margin=least), duel(theirs, ours, margin=least)
    assert not (one.won and other.won)
    order.shuffle(pairs)
    again = duel([a for a, _ in pairs], [b for _, b in pairs], margin=least)
    assert again.mean == pytest.approx(one.mean)
    assert again.error == pytest.approx(one.error)


def test_noise_on_a_copy_wins_no_more_often_than_luck_allows() -> None:
    rng = np.random.default_rng(7)
    base = rng.random(200)
    won = sum(
        duel(list(base), list(base + rng.normal(0, 0.05, 200)), margin=0.01).won for _ in range(500)
    )
    assert won == 0
    assert duel(list(base), list(base + 0.02 + rng.normal(0, 0.05, 200)), margin=0.01).won


def test_a_duel_is_of_the_same_tasks_and_the_margin_is_not_negative() -> None:
    with pytest.raises(ValueError, match="different tasks"):
        duel([1.0], [1.0, 2.0], margin=0.1)
    with pytest.raises(ValueError, match="copy"):
        duel([1.0, 1.0], [1.0, 1.0], margin=-0.1)
    with pytest.raises(ValueError, match="finite"):
        duel([1.0, 1.0], [1.0, math.nan], margin=0.1)
    assert not duel([0.0], [1.0], margin=0.0).won


def test_the_margin_falls_with_time_and_with_challengers_to_its_floor() -> None:
    assert margin(0) == 0.10
    assert margin(7_200) == 0.05
    assert margin(0, wins=2) == pytest.approx(0.064)
    assert margin(10**6) == 0.01


def test_a_king_holds_until_beaten_and_does_not_dethrone_himself() -> None:
    king = King("a", 100)
    lost, won = duel([1.0, 1.0], [1.0, 1.0], margin=0.0), duel([0.0, 0.0], [1.0, 1.0], margin=0.1)
    assert king.after("b", lost, 200) == King("a", 100, wins=1)
    assert king.after("b", won, 200) == King("b", 200)
    assert king.after("a", won, 200) == king


# -- ledger, ratings, clusters --------------------------------------------------------------------


@given(st.lists(st.floats(1e-3, 0.5), min_size=1, max_size=6))
def test_a_step_cut_into_smaller_ones_is_worth_the_same(gains) -> None:
    whole = math.prod(1.0 + gain for gain in gains) - 1.0
    apart = math.fsum(improvement_units(gain, unit_gain=0.01) for gain in gains)
    assert apart == pytest.approx(improvement_units(whole, unit_gain=0.01))


def test_steps_are_paid_for_a_while_also_after_the_next() -> None:
    ledger = Ledger(100.0).add(Improvement("a", 0, 2.0)).add(Improvement("b", 100, 1.0))
    assert ledger.weights(99) == {"a": 1.0}
    assert ledger.weights(100) == {"a": 0.5, "b": 0.5}
    assert ledger.remaining(200) == {"a": 0.5, "b": 0.5}
    assert ledger.without(["a"]).weights(200) == {"b": 1.0}
    assert ledger.pruned(10_000).entries == ()
    assert ledger.last_block() == 100


def test_what_nobody_found_for_long_is_worth_more_and_cheaper_counts() -> None:
    plain = improvement_units(0.02, unit_gain=0.02)
    assert plain == pytest.approx(1.0)
    assert improvement_units(0.02, unit_gain=0.02, waited=7_200) == pytest.approx(2.0)
    assert improvement_units(0.0, unit_gain=0.02, cheaper=0.19, unit_cheaper=0.1) == pytest.approx(
        2.0
    )


def test_ratings_follow_strength_and_grow_surer() -> None:
    rng = np.random.default_rng(3)
    ratings: dict[str, Rating] = {}
    for _ in range(60):
        seen = {name: strength + rng.normal(0, 1.0) for name, strength in zip("abcd", (4, 3, 2, 1))}
        ratings = rate(rank_by(seen), ratings)
    ordinals = [ratings[name].ordinal() for name in "abcd"]
    assert ordinals == sorted(ordinals, reverse=True)
    assert all(one.sigma < 0.6 * 25 / 3 for one in ratings.values())


def test_a_ranking_of_two_moves_both_by_the_known_amounts() -> None:
    # openskill's Plackett-Luce with its defaults, two newcomers, the first won.
    rated = rate([["a"], ["b"]], {})
    assert (rated["a"].mu, rated["a"].sigma) == pytest.approx((27.6352314, 8.0655063), abs=1e-6)
    assert rated["b"].mu == pytest.approx(50 - rated["a"].mu)
    tied = rate([["a", "b"]], {})
    assert tied["a"].mu == tied["b"].mu == pytest.approx(25.0)
    with pytest.raises(ValueError, match="twice"):
        rate([["a"], ["a"]], {})
    assert rate([["a"]], {"b": Rating()}) == {"b": Rating()}


@given(st.integers(1, 6), st.integers(2, 5), st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_clones_of_one_whose_errors_are_its_own_earn_no_more(others, clones, key) -> None:
    rng = np.random.default_rng(key)
    # Errors without any correlation: centred, orthogonal rows.
    rows = np.linalg.qr(np.column_stack([np.ones(20), rng.normal(size=(20, others + 1))]))[0].T[1:]
    skill = {f"m{n}": float(rng.uniform(0.1, 1.0)) for n in range(others + 1)}
    errors = {f"m{n}": row.tolist() for n, row in enumerate(rows)}
    alone = cluster_split(skill, errors)["m0"]
    skill |= {f"clone{n}": skill["m0"] for n in range(clones)}
    errors |= {f"clone{n}": errors["m0"] for n in range(clones)}
    paid = cluster_split(skill, errors)
    together = paid["m0"] + sum(paid[f"clone{n}"] for n in range(clones))
    assert together == pytest.approx(alone, rel=1e-9)


def test_clones_among_forecasters_who_err_alike_gain_little_and_noise_costs() -> None:
    rng = np.random.default_rng(11)
    common, questions = rng.normal(size=400), 400
    skill = {"best": 0.9, "good": 0.7, "fair": 0.5}
    errors = {name: (0.6 * common + 0.8 * rng.normal(size=questions)).tolist() for name in skill}
    alone = cluster_split(skill, errors)["best"]

    def owner(clone_skill: float, noise: float) -> float:
        clones = {f"c{n}": clone_skill for n in range(3)}
        copied = {
            name: (np.array(errors["best"]) + noise * rng.normal(size=questions)).tolist()
            for name in clones
        }
        paid = cluster_split(skill | clones, errors | copied)
        return math.fsum(share for name, share in paid.items() if name in {"best", *clones})

    assert owner(0.9, 0.0) <= alone * 1.1
    untaxed = power(skill | {f"c{n}": 0.9 for n in range(3)}, 2)
    assert owner(0.9, 0.0) < math.fsum(untaxed[n] for n in ("best", "c0", "c1", "c2")) - 0.15


def test_errors_that_never_vary_are_alike_only_where_they_are_the_same() -> None:
    paid = cluster_split(
        {"a": 1.0, "b": 1.0, "c": 1.0}, {"a": [1.0, 1.0], "b": [1.0, 1.0], "c": [2.0, 2.0]}
    )
    assert paid == pytest.approx({"a": 0.25, "b": 0.25, "c": 0.5})
    assert cluster_split({}, {}) == {}
    assert cluster_split({"a": -1.0}, {"a": [1.0]}) == {"a": 0.0}
    with pytest.raises(ValueError, match="same questions"):
        cluster_split({"a": 1.0, "b": 1.0}, {"a": [1.0], "b": [1.0, 2.0]})
