"""One update under several names: told apart from somebody else's, and worth one."""

from __future__ import annotations

import numpy as np

from taokit.subnet_templates.training.codec import Codec, Sparse
from taokit.subnet_templates.training.copies import copies, overlap, shared
from taokit.subnet_templates.training.judging import Bar, History

BAR = Bar()
CODEC = Codec(4096, 512, 32)


def update(seed: int) -> Sparse:
    vector = np.random.default_rng(seed).normal(size=CODEC.size).astype(np.float32)
    return CODEC.compress(vector)[0]


def proven(proof: float) -> History:
    return History((0.1,) * BAR.probation, (proof,) * BAR.probation)


def test_updates_of_two_have_little_in_common_and_one_has_all_with_itself() -> None:
    assert overlap(update(1), update(1)) == 1.0
    assert overlap(update(1), update(2)) < BAR.alike / 2


def test_of_two_alike_the_less_proven_is_the_copy_and_nobody_is_where_that_cannot_be_told() -> None:
    sent = {"a": update(1), "b": update(1), "c": update(2)}
    apart = {"a": proven(0.5), "b": proven(0.0), "c": proven(0.0)}
    assert copies(sent, apart, BAR) == {"b": "a"}
    alike = {"a": proven(0.5), "b": proven(0.45), "c": proven(0.0)}
    assert copies(sent, alike, BAR) == {}
    newcomers = {"a": proven(0.5), "b": History((0.1,), (0.0,)), "c": proven(0.0)}
    assert copies(sent, newcomers, BAR) == {}


def test_one_update_under_three_names_is_one_and_a_copy_takes_nothing_from_it() -> None:
    sent = {"a": update(1), "b": update(1), "c": update(1), "d": update(2), "thief": update(2)}
    found = shared(sent, ["a", "b", "c", "d"], BAR)
    assert found == dict.fromkeys("abc", ("a", "b", "c"))
