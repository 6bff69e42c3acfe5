"""The verdict table: what counts as a broken expectation, and how it is told."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from taokit.neuron.errors import ConfigError
from taokit.neuron.messages import Reason
from taokit.neuron.testing import Persona, Report, Standing, load_personas
from taokit.neuron.testing.expectations import cosine

OK = Counter({Reason.OK: 10})
CAUGHT = Counter({Reason.REPLAY: 10})


def nobody() -> None:
    """No behaviour: these personas never run."""


def standing(name: str, expect: str, share: float, reasons: Counter[Reason]) -> Standing:
    reason = Reason.REPLAY if expect == "zero" else None
    persona = Persona(name, expect, nobody, reason)  # type: ignore[arg-type]
    return Standing(persona, (name,), (share,), reasons)


def report(**changes: Standing) -> Report:
    usual = {
        "good": standing("good", "good", 0.7, OK),
        "mid": standing("mid", "mid", 0.2, OK),
        "weak": standing("weak", "weak", 0.095, OK),
        "cheat": standing("cheat", "zero", 0.005, CAUGHT),
    }
    rows = tuple({**usual, **changes}.values())
    return Report("memory", 3, rows, burned=0.0, agreement=0.999, seconds=1.0)


def test_a_run_as_declared_has_no_problems() -> None:
    assert report().check().problems() == []


def test_not_to_have_answered_a_tenth_is_no_accusation() -> None:
    seldom = Counter({Reason.OK: 18, Reason.REFUSED: 1, Reason.TIMEOUT: 1})
    assert report(weak=standing("weak", "weak", 0.095, seldom)).problems() == []


def test_a_reason_that_is_as_right_will_do() -> None:
    found = standing("cheat", "zero", 0.005, Counter({Reason.NO_GAIN: 3}))
    assert report(cheat=found).problems()
    lenient = replace(found, persona=replace(found.persona, also=(Reason.NO_GAIN,)))
    assert report(cheat=lenient).problems() == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (standing("cheat", "zero", 0.02, CAUGHT), "cheaters earned 2.00%"),
        (standing("cheat", "zero", 0.0, Counter({Reason.TIMEOUT: 3})), "never found REPLAY"),
        (standing("mid", "mid", 0.4, OK), "do not earn twice"),
        (standing("mid", "mid", 0.05, OK), "mid (5.00%) should earn more than weak"),
        (standing("weak", "weak", 0.0, OK), "weak: earned nothing"),
        (standing("weak", "weak", 0.095, OK + CAUGHT), "weak: is honest and was accused"),
        (
            standing("weak", "weak", 0.095, Counter({Reason.OK: 8, Reason.REFUSED: 1})),
            "weak: is honest and was accused",
        ),
        (standing("any", "any", 0.9, OK), "any (90.00%) earns more than who is good"),
    ],
)
def test_what_is_not_as_declared_is_said_with_the_table(changed: Standing, said: str) -> None:
    with pytest.raises(AssertionError) as error:
        report(**{changed.persona.name: changed}).check()
    assert said in str(error.value)
    assert "persona  expected" in " ".join(str(error.value).split("   "))


def test_validators_that_disagree_are_a_problem() -> None:
    shared = Report("memory", 1, (), burned=0.0, agreement=0.5, seconds=1.0)
    assert shared.problems() == ["validators agree by 0.500 only"]
    assert cosine({"a": 1.0}, {"a": 3.0}) == 1.0
    assert cosine({"a": 1.0}, {"b": 1.0}) == 0.0
    assert cosine({}, {}) == 1.0


def test_personas_are_found_in_files_and_have_to_say_why_they_earn_nothing(tmp_path: Path) -> None:
    (tmp_path / "_ignored.py").write_text("raise RuntimeError")
    (tmp_path / "miners.py").write_text(
        "from taokit.neuron.messages import Reason\n"
        "from taokit.neuron.testing import persona\n"
        "@persona('b', expect='good', copies=2)\n"
        "def second(task): ...\n"
        "@persona('a', expect='zero', reason=Reason.COPY)\n"
        "class First: ...\n"
    )
    found = load_personas(tmp_path)
    assert [(one.name, one.expect, one.reason, one.copies) for one in found] == [
        ("b", "good", None, 2),
        ("a", "zero", Reason.COPY, 1),
    ]
    with pytest.raises(ConfigError, match="does not say for which reason"):
        Persona("c", "zero", nobody)
    with pytest.raises(ConfigError, match="no personas"):
        load_personas(tmp_path / "none")
