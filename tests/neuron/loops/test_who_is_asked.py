"""Who is asked: nobody is forgotten, nobody knows when, and who never answers is asked rarely."""

from __future__ import annotations

from taokit.neuron.loops.sampling import MAX_PAUSE, Asked, choose
from taokit.neuron.randomness import Seeded

MINERS = [f"5{letter}" for letter in "ABCDEFGHIJKLMNOP"]


def rounds(count: int, sample: int, fails: frozenset[str] = frozenset()) -> dict[str, list[int]]:
    asked: dict[str, Asked] = {}
    seen: dict[str, list[int]] = {miner: [] for miner in MINERS}
    for number in range(1, count + 1):
        for miner in choose(MINERS, asked, number, sample, Seeded(bytes([number]) * 32)):
            seen[miner].append(number)
            asked[miner] = asked.get(miner, Asked()).after(number, miner not in fails)
    return seen


def test_all_are_asked_when_there_is_room() -> None:
    assert choose(MINERS, {}, 1, 16, Seeded(bytes(32))) == MINERS


def test_nobody_waits_longer_than_half_the_places_make_necessary() -> None:
    seen = rounds(40, 4)
    for numbers in seen.values():
        gaps = [b - a for a, b in zip([0, *numbers], [*numbers, 41])]
        assert max(gaps) <= len(MINERS) // 2 + 1


def test_half_of_the_places_are_drawn() -> None:
    asked = {miner: Asked(1) for miner in MINERS}
    drawn = {tuple(choose(MINERS, asked, 2, 4, Seeded(bytes([n]) * 32))) for n in range(20)}
    assert len(drawn) > 10
    assert all(len(chosen) == 4 for chosen in drawn)


def test_who_fails_is_asked_more_and_more_rarely_and_never_dropped() -> None:
    seen = rounds(100, 16, frozenset({"5A"}))
    gaps = [b - a for a, b in zip(seen["5A"], seen["5A"][1:])]
    assert gaps[:5] == [1, 2, 4, 8, 16]
    assert max(gaps) == MAX_PAUSE
    assert len(seen["5B"]) == 100


def test_one_answer_makes_up_for_all_failures() -> None:
    failed = Asked(10, failures=9)
    assert failed.rests(20)
    assert not failed.after(26, answered=True).rests(27)
