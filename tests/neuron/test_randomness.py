"""Seeds, what is drawn from them, and the salts of epochs."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taokit.neuron.errors import NeuronError
from taokit.neuron.randomness import EpochSalt, Seeded, seed

HASH = "0x" + "ab" * 32


def test_a_seed_is_the_same_today_and_in_every_release() -> None:
    assert (
        seed("tasks", HASH, 2).hex()
        == "32548346576d4dd93a093d5bfc32739cd8e92146c97c0a384d5299e5e05bf4c5"
    )
    rng = Seeded(seed("tasks", HASH, 2))
    assert [rng.randrange(1000) for _ in range(5)] == [161, 671, 316, 463, 326]
    assert Seeded(seed("tasks", HASH, 2)).numpy().integers(0, 1000, 5).tolist() == [
        126,
        152,
        358,
        666,
        938,
    ]


def test_every_argument_of_a_seed_counts_and_none_runs_into_the_next() -> None:
    seeds = [
        seed("tasks", HASH, 2),
        seed("task", HASH, 2, b"s"),
        seed("tasks", HASH, 3),
        seed("tasks", "0x" + "ac" * 32, 2),
        seed("tasks", HASH, 2, b""),
        seed("tasks", HASH, 2, b"ab", b"c"),
        seed("tasks", HASH, 2, b"a", b"bc"),
    ]
    assert len(set(seeds)) == len(seeds)
    assert seed("tasks", HASH[2:], 2) == seeds[0]


def test_a_child_does_not_depend_on_what_was_drawn() -> None:
    one, two = Seeded(b"x" * 32), Seeded(b"x" * 32)
    one.randrange(10)
    assert one.child("a", 1).randbytes(32) == two.child("a", 1).randbytes(32)
    names = [("a", 1), ("a", "1"), ("a", b"1"), ("a1",), ("b", 1)]
    assert len({two.child(*name).seed for name in names}) == len(names)


@given(st.binary(min_size=1, max_size=32), st.integers(1, 10**30))
def test_numbers_stay_in_their_range(key: bytes, stop: int) -> None:
    rng = Seeded(key)
    assert all(0 <= rng.randrange(stop) < stop for _ in range(5))
    assert all(-stop <= rng.randrange(-stop, 0) < 0 for _ in range(5))
    assert 0.0 <= rng.random() < 1.0


def test_draws_are_even() -> None:
    rng = Seeded(b"even")
    counts = Counter(rng.randrange(6) for _ in range(6_000))
    # Six standard deviations of a fair die.
    assert all(abs(count - 1_000) < 6 * (6_000 * 5 / 36) ** 0.5 for count in counts.values())
    firsts = Counter(tuple(Seeded(b"s%d" % n).sample("abc", 3)) for n in range(1_200))
    assert len(firsts) == 6
    assert all(abs(count - 200) < 6 * (1_200 * 5 / 36) ** 0.5 for count in firsts.values())


def test_a_shuffle_keeps_everything_and_a_sample_has_no_doubles() -> None:
    items = list(range(50))
    Seeded(b"k").shuffle(items)
    assert sorted(items) == list(range(50))
    assert items != sorted(items)
    assert len(set(Seeded(b"k").sample(range(50), 20))) == 20
    assert sorted(Seeded(b"k").sample(range(3), 20)) == [0, 1, 2]
    with pytest.raises(ValueError):
        Seeded(b"k").choice([])


def test_a_salt_is_bound_by_its_hash_and_secret_until_its_epoch_is_over() -> None:
    salt = EpochSalt.generate()
    again = EpochSalt(salt.secret)
    assert again.salt(5) == salt.salt(5) != salt.salt(6)
    with pytest.raises(NeuronError, match="not over"):
        salt.reveal(5, now=5)
    revealed = salt.reveal(5, now=6)
    assert EpochSalt.matches(salt.commitment(5), revealed)
    assert not EpochSalt.matches(salt.commitment(6), revealed)
    assert salt.commitment(5) != revealed.hex()
    assert salt.secret.hex() not in repr(salt)
