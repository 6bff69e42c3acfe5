"""Every template with every answer: the agreed tree, clean code, nothing left unrendered."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from taokit.subnet_templates.composing import templates
from taokit.subnet_templates.questions import about, questions
from taokit.subnet_templates.releases import now
from taokit.subnet_templates.scaffolding import create

TOP = Path(__file__).parents[2]
TREES = TOP / "tests" / "data" / "subnet_templates"
NAME = "Sorted lists"
MOST_FILES, MOST_LINES = 40, 1400


def every_answer() -> Iterator[tuple[str, dict[str, str]]]:
    """Each template with its defaults, then with each other answer that can be chosen."""
    for template in templates():
        yield template, {}
        for question in questions(template):
            for choice in question.choices:
                if choice != question.default:
                    yield template, {question.name: choice, **_needed(template)}


def _needed(template: str) -> dict[str, str]:
    return {"model": "some/model"} if template == "inference" else {}


CASES = list(every_answer())
IDS = ["-".join([template, *answers.values()]).replace("/", "-") for template, answers in CASES]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made = {}
    for (template, answers), name in zip(CASES, IDS):
        into = tmp_path_factory.mktemp("gallery") / "project"
        create(template, NAME, into=into, answers=answers, with_git=False)
        made[name] = into
    return made


def test_the_tree_of_a_template_is_the_agreed_one(rendered: dict[str, Path]) -> None:
    for template in templates():
        tree = "".join(f"{path}\n" for path in _files(rendered[template]))
        agreed = TREES / f"{template}.tree"
        if os.environ.get("TAOKIT_AGREE_TREES"):
            agreed.parent.mkdir(parents=True, exist_ok=True)
            agreed.write_text(tree)
        hint = "look at the difference, then agree with TAOKIT_AGREE_TREES=1"
        assert agreed.exists(), hint
        assert tree.splitlines() == agreed.read_text().splitlines(), hint


@pytest.mark.parametrize("case", IDS)
def test_everything_is_rendered_and_of_modest_size(case: str, rendered: dict[str, Path]) -> None:
    texts = {path: (rendered[case] / path).read_text() for path in _files(rendered[case])}
    for path, text in texts.items():
        assert "_copier" not in text, path
        assert "{{ " not in text.replace("${{ ", ""), path
        assert "{%" not in text, path
        assert not path.endswith(".jinja")
    assert len(texts) <= MOST_FILES
    assert sum(text.count("\n") for text in texts.values()) <= MOST_LINES


@pytest.mark.parametrize("case", IDS)
def test_the_code_is_clean_for_the_linter_and_ours(case: str, rendered: dict[str, Path]) -> None:
    for words in (("check", "."), ("format", "--check", ".")):
        done = _module("ruff", *words, "--no-cache", cwd=rendered[case])
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_code_is_typed(rendered: dict[str, Path], tmp_path: Path) -> None:
    pytest.importorskip("mypy", reason="the type checker is not installed")
    for name, project in rendered.items():
        done = _module(
            "mypy",
            *("--config-file", str(TOP / "pyproject.toml"), "--follow-imports=silent"),
            *("--cache-dir", str(tmp_path / "cache"), "--python-version", "3.10"),
            "src/sorted_lists",
            cwd=project,
            MYPYPATH=os.pathsep.join([str(TOP / ".typing"), "src"]),
        )
        assert done.returncode == 0, f"{name}:\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("case", IDS)
def test_no_rule_is_broken(case: str, rendered: dict[str, Path]) -> None:
    done = _module("taokit.cli", "subnet", "lint", "--json", cwd=rendered[case])
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stdout + done.stderr


@pytest.mark.parametrize("template", templates())
def test_a_template_says_what_it_measures_and_is_the_same_each_time(template: str) -> None:
    assert len(about(template).split()) > 3
    assert now(template) == now(template)


def _files(project: Path) -> list[str]:
    found = (p for p in project.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return sorted(path.relative_to(project).as_posix() for path in found)


def _module(*words: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=cwd,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
