"""`taokit subnet`: making a project and looking at it, by the command line."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from taokit.subnet_templates.composing import templates
from taokit.subnet_templates.questions import questions

from .conftest import Cli, done

AGREED = Path(__file__).parents[1] / "data" / "subnet_templates"
AGREE = bool(os.environ.get("TAOKIT_AGREE_SPECS"))


def in_project(folder: Path, *argv: str) -> tuple[int, Any]:
    """A command that imports the project's code, in a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-m", "taokit.cli", "subnet", *argv, "--json"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, json.loads(ran.stdout or ran.stderr.splitlines()[-1])


@pytest.fixture
def project(cli: Cli) -> Path:
    done(cli, "new", "blank", "Trees", "--no-git", "--netuid", "12", "--network", "finney")
    return Path("trees")


def test_a_project_is_made_with_what_was_answered_and_the_next_commands(cli: Cli) -> None:
    made = done(cli, "subnet", "new", "blank", "Trees", "--netuid", "12", "--json").document
    assert made["folder"] == str(Path("trees").absolute())
    assert made["answers"]["netuid"] == 12
    assert len(made["next"]) == 3
    assert made["next"][0] == "cd trees"
    assert all((Path("trees") / path).is_file() for path in made["files"])
    again = cli("subnet", "new", "blank", "Trees")
    assert again.status == 1
    assert "not touched" in again.err


def test_in_its_folder_the_command_line_minds_its_own_settings(
    cli: Cli, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert '[neuron]\nnetwork = "finney"\nnetuid = 12\n' in (project / "taokit.toml").read_text()
    monkeypatch.chdir(project)
    assert done(cli, "config", "list").out
    assert done(cli, "subnet", "update", "--check").out.startswith("up to date with blank")


def test_a_dry_run_makes_nothing(cli: Cli) -> None:
    planned = done(cli, "new", "inference", "chat", "--engine", "vllm", "--model", "m", "--dry-run")
    assert "src/chat/mechanism.py" in planned.out
    assert "would be" in planned.err
    assert not Path("chat").exists()


@pytest.mark.parametrize(
    ("argv", "status", "said"),
    [
        (["nothing", "x"], 3, "there is no template 'nothing'"),
        (["blank", "a/b"], 2, "cannot be the name"),
        (["blank", "x", "--set", "colour=red"], 2, "does not ask for colour"),
        (["blank", "x", "--set", "colour"], 2, "QUESTION=ANSWER"),
        (["inference", "x", "--engine", "abacus"], 2, "one of toy, transformers"),
        (["blank", "x", "--engine", "toy"], 2, "does not ask for engine"),
        (["blank"], 2, "NAME"),
        ([], 2, "TEMPLATE"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_made_says_why(argv: list[str], status: int, said: str, cli: Cli) -> None:
    result = cli("subnet", "new", *argv)
    assert result.status == status, result.err
    assert said in result.err
    assert not list(Path().iterdir())


def test_every_question_of_every_template_has_an_option(cli: Cli) -> None:
    options = cli("subnet", "new", "--help").out
    for template in templates():
        for question in questions(template):
            if question.name != "project":  # that is NAME
                assert f"--{question.name.replace('_', '-')}" in options, question.name


def test_templates_are_listed_with_what_they_ask(cli: Cli) -> None:
    listed = done(cli, "subnet", "templates", "--json").document
    assert [one["template"] for one in listed] == templates()
    blank = next(one for one in listed if one["template"] == "blank")
    assert "order" in blank["measures"]
    assert {"name", "type", "help", "default", "choices"} == set(blank["questions"][0])


def test_the_chains_verbs_are_understood_in_the_singular(cli: Cli) -> None:
    assert cli("subnet", "list").status == cli("subnets", "list").status == 5
    assert "metagraph" not in cli("subnet", "--help").out


def test_outside_a_project_it_says_so(cli: Cli) -> None:
    for verb in ("update", "lint", "test", "spec"):
        result = cli("subnet", verb)
        assert result.status == 3, verb
        assert ".copier-answers.yml is missing" in result.err


def test_the_personas_are_run_with_a_verdict_each(project: Path) -> None:
    status, report = in_project(project, "test", "--epochs", "4", "--validators", "1")
    assert status == 0, report
    assert report["passed"]
    verdicts = {one["persona"]: one for one in report["personas"]}
    assert verdicts["exact"]["share"] > 0.5
    assert verdicts["replayer"]["verdicts"]["REPLAY"] > 0
    assert {one["verdict"] for one in report["personas"]} == {"passed"}


def test_a_persona_that_gets_away_with_it_fails_the_run(project: Path) -> None:
    personas = project / "personas" / "miners.py"
    honest = personas.read_text()
    personas.write_text(
        honest
        + '\n\n@persona("thief", expect="zero", reason=Reason.COPY)\n'
        + 'def thief(task: Task) -> Answer:\n    """Works."""\n    return well(task)\n'
    )
    status, report = in_project(project, "test", "--epochs", "4", "--validators", "1")
    assert (status, report["passed"]) == (1, False)
    failed = [one["persona"] for one in report["personas"] if one["verdict"] == "failed"]
    assert failed == ["thief"]
    assert "was never found COPY" in " ".join(report["problems"])


def test_a_test_says_how_it_was_run(project: Path) -> None:
    words = (
        "--epochs",
        "1",
        "--validators",
        "1",
        "--tempo",
        "24",
        "--commit-reveal",
        "--seed",
        "2",
    )
    _, report = in_project(project, "test", *words)
    said = {name: report[name] for name in ("epochs", "tempo", "commit_reveal", "validators")}
    assert said == {"epochs": 1, "tempo": 24, "commit_reveal": True, "validators": 1}


def test_what_miners_serve_and_what_the_gateway_sells_are_as_agreed(project: Path) -> None:
    for of in ("miner", "gateway"):
        status, document = in_project(project, "spec", "--of", of)
        assert status == 0
        paths = document["paths"]
        if of == "gateway":  # what every gateway has is the gateway's own affair
            paths = {path: told for path, told in paths.items() if path == "/v1/query"}
        told = json.dumps({"info": document["info"], "paths": paths}, indent=1, sort_keys=True)
        agreed = AGREED / f"blank.{of}.json"
        if AGREE:
            agreed.write_text(told + "\n")
        assert told == agreed.read_text().rstrip(), "agree with TAOKIT_AGREE_SPECS=1"
    everything = in_project(project, "spec", "--of", "gateway")[1]["paths"]
    assert {"/v1/usage", "/v1/deposits", "/v1/why/{hotkey}", "/health"} <= set(everything)


def test_the_specification_has_every_message(project: Path) -> None:
    status, document = in_project(project, "spec")
    assert status == 0
    assert list(document["paths"]) == ["/v1/order"]
    assert {"Task", "Answer"} <= set(document["components"]["schemas"])
    assert document["x-taokit"]["netuid"] == 12


def test_code_that_does_not_load_is_the_projects_fault_and_named(project: Path) -> None:
    mechanism = project / "src" / "trees" / "mechanism.py"
    mechanism.write_text("raise RuntimeError('not today')\n")
    status, document = in_project(project, "spec")
    assert status == 3
    assert "not today" in document["error"]["message"]
    assert "mechanism.py:1" in document["error"]["hint"]


def test_a_development_network_pays_who_works_and_leaves_no_process(project: Path) -> None:
    personas = project / "personas" / "miners.py"
    kept, _, _ = personas.read_text().partition('@persona("approximate"')
    personas.write_text(
        kept
        + '@persona("constant", expect="zero", reason=Reason.MALFORMED)\n'
        + "def constant(task: Task) -> Answer:\n"
        + '    """Says the same whatever is asked."""\n'
        + "    return Answer(id=task.id, order=(0,) * len(task.xs))\n"
    )
    given = project / "tests" / "project.py"
    text, without = given.read_text(), "    personas=common_personas(answer),\n"
    assert without in text
    given.write_text(text.replace(without, ""))
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "taokit.cli", "subnet", "dev", "--json"),
            *("--validators", "1", "--tempo", "12", "--epochs", "3", "--commit-reveal"),
        ],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    events = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [one["event"] for one in events] == ["chain", "starting", *["epoch"] * 3]
    assert events[1]["commit_reveal"] is True
    assert [one["epoch"] for one in events[2:]] == [1, 2, 3]
    rows = events[-1]["rows"]
    by_name = {row["persona"]: row for row in rows}
    assert all(by_name[name]["runs"] for name in ("exact", "constant", "validator-0"))
    assert by_name["constant"]["incentive"] == 0.0
    assert by_name["exact"]["incentive"] > 0.9
    assert not Path(events[0]["logs"]).exists()
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            assert str(project.absolute()).encode() not in command.read_bytes()
