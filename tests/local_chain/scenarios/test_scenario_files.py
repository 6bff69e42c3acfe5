"""What a scenario's file may say, and how wrong ones are told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from taokit.local_chain.errors import ScenarioError
from taokit.local_chain.scenarios.files import load_scenario, parse_scenario, shipped_names
from taokit.local_chain.scenarios.model import Scenario, json_schema

SMALL = """
title = "small"
[[accounts]]
name = "whale"
[[subnets]]
name = "main"
[[subnets.validators]]
name = "judges"
[[subnets.miners]]
name = "workers"
"""


def refusal(text: str, *, yaml: bool = False) -> ScenarioError:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text, yaml=yaml)
    return caught.value


def test_yaml_says_the_same_as_toml() -> None:
    yaml = """
    title: small
    accounts: [{name: whale}]
    subnets:
      - name: main
        validators: [{name: judges}]
        miners: [{name: workers}]
    """
    assert parse_scenario(yaml, yaml=True) == parse_scenario(SMALL)


def test_a_file_is_read_by_its_ending(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(SMALL)
    (tmp_path / "mine.yml").write_text("title: other\nsubnets: [{name: main}]\n")
    assert load_scenario(tmp_path / "mine.toml").title == "small"
    assert load_scenario(str(tmp_path / "mine.yml")).title == "other"
    with pytest.raises(ScenarioError, match="cannot be read"):
        load_scenario(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("change", "path", "said", "hint"),
    [
        ("[[subnets]]\nname = 'main'", "subnets", "twice", None),
        ("tempos = 3", "subnets[0].miners[0].tempos", "no field", None),
        ("qualtiy = 3", "subnets[0].miners[0].qualtiy", "no field", "quality"),
        ("count = 'two'", "subnets[0].miners[0].count", "a whole number", None),
        ("count = 0", "subnets[0].miners[0].count", "from 1", None),
        ("drift = true", "subnets[0].miners[0].drift", "a number", None),
        ("[[subnets.validators]]", "subnets[0].validators[1]", "name is missing", None),
        (
            "[[subnets.validators]]\nname = 'x'\nweights = 'honst'",
            "subnets[0].validators[1].weights",
            "honst",
            "honest",
        ),
        (
            "[[subnets.validators]]\nname = 'x'\nweights = { rule = 'cabal', to = { worker = 1 } }",
            "subnets[0].validators[1].weights.to",
            "worker",
            "workers",
        ),
        (
            "[[subnets.validators]]\nname = 'x'\nweights = 'cabal'",
            "subnets[0].validators[1].weights",
            "needs `to`",
            None,
        ),
        ("[[subnets.validators]]\nname = 'workers'", "subnets[0]", "twice", None),
        ("[[subnets.validators]]\nname = 'owner'", "subnets[0]", "neuron 0", None),
        ("count = 255", "subnets[0]", "no room", None),
        ("[[events]]\ndo = 'halving'", "events[0]", "say when", None),
        ("[[events]]\ndo = 'halve'\nepoch = 1", "events[0].do", "halve", "halving"),
        ("[[events]]\ndo = 'stop'\nepoch = 1", "events[0]", "needs `validators`", None),
        (
            "[[events]]\ndo = 'stop'\nepoch = 1\nvalidators = 'juges'",
            "events[0].validators",
            "juges",
            "judges",
        ),
        (
            "[[events]]\ndo = 'stake'\nepoch = 1\nfrom = 'wale'\nvalidators = 'judges'\ntao = 1",
            "events[0].from",
            "wale",
            "whale",
        ),
        (
            "[[events]]\ndo = 'halving'\nepoch = 1\nsubnet = 'mian'",
            "events[0].subnet",
            "mian",
            "main",
        ),
        (
            "[[expect]]\nsays = 'x'\nmetric = 'incentive'\nis = 'above'\nof = 'worker'",
            "expect[0].of",
            "worker",
            "workers",
        ),
        (
            "[[expect]]\nsays = 'x'\nmetric = 'price'\nis = 'above'\nepoch = 11",
            "expect[0].epoch",
            "only 10 epochs",
            None,
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    change: str, path: str, said: str, hint: str | None
) -> None:
    error = refusal(SMALL + change + "\n")
    assert error.path == path
    assert said in error.message
    assert error.message.startswith(path)
    assert hint is None or hint in (error.hint or "")


def test_text_that_is_no_toml_or_yaml_is_refused_with_its_line() -> None:
    assert "line 2" in refusal("title = 'a'\nsubnets = [ x").message
    assert "line 2" in refusal("title: a\nsubnets: [", yaml=True).message
    assert refusal("- a\n- b\n", yaml=True).path == "the file"


ODD = """\
title = '''odd
[[subnets]]''' # [[subnets]]
"epochs" = 3
[[subnets]] # the first
name = "a # ]"
hyperparameters = { tempo = 5, "x.y" = [1, { z = "}" }], d = 1979-05-27 }
validators = [
  { name = \"\"\"v\\\"\"\"\" },  # ]
  { name = "w", weights.rule = "honst" },
]
[[subnets]]
name = "b"
  [[subnets.miners]]
  name = "m"
  [[subnets.miners]]
  name = "n"
  quality = -1
"""


@pytest.mark.parametrize(
    ("fixed", "place"),
    [("", (9, 17)), ("honst", (17, 3))],
    ids=["in an inline table", "in a list of tables"],
)
def test_line_and_column_are_found_in_the_oddest_toml(
    fixed: str, place: tuple[int, int], tmp_path: Path
) -> None:
    file = tmp_path / "odd.toml"
    file.write_text(ODD.replace(fixed, "honest") if fixed else ODD)
    with pytest.raises(ScenarioError) as caught:
        load_scenario(file)
    assert (caught.value.line, caught.value.column) == place
    assert caught.value.message.startswith(f"{file}:{place[0]}:{place[1]}: subnets[")


def test_line_and_column_are_found_in_yaml_and_of_what_cannot_be_read(tmp_path: Path) -> None:
    for name, text, place in (
        ("a.yaml", "title: a\nsubnets:\n  - name: main\n    tempi: 3\n", (4, 5)),
        ("b.yaml", "title: a\nsubnets: [", (2, 11)),
        ("c.toml", "title = 'a'\nsubnets = [ x", (2, 13)),
        ("d.toml", "title = 'a'\n[[subnets]]\nname = 'a'\n[[events]]\n  do = 'halve'\n", (5, 3)),
    ):
        (tmp_path / name).write_text(text)
        with pytest.raises(ScenarioError) as caught:
            load_scenario(tmp_path / name)
        assert (caught.value.line, caught.value.column) == place, name
        assert f"{name}:{place[0]}:{place[1]}: " in caught.value.message


def test_a_scenario_without_subnets_is_refused() -> None:
    assert refusal("title = 'a'").path == "subnets"


def test_an_unknown_name_is_refused_with_what_is_near() -> None:
    with pytest.raises(ScenarioError) as caught:
        load_scenario("cabl")
    assert caught.value.hint == "did you mean cabal?"


def test_ten_scenarios_are_shipped_and_each_says_what_it_shows_and_expects() -> None:
    shipped = [load_scenario(name) for name in shipped_names()]
    assert len(shipped) >= 10
    assert all(one.title and one.shows and one.expect for one in shipped)


def test_the_json_schema_describes_every_field() -> None:
    schema = json.loads(json.dumps(json_schema()))
    event = schema["properties"]["events"]["items"]["properties"]
    assert {"from", "do", "epoch"} <= set(event)
    assert set(Scenario.__dataclass_fields__) == set(schema["properties"])
    assert schema["required"] == ["title"]

    def described(table: dict[str, object]) -> bool:
        properties = table["properties"]
        assert isinstance(properties, dict)
        return all(one["description"] for one in properties.values())

    assert described(schema)
    assert described(schema["properties"]["subnets"]["items"])
