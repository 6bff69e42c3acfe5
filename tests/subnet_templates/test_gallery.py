"""Every template with every answer: the agreed tree, clean code, nothing left unrendered."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from taokit.subnet_templates.composing import templates
from taokit.subnet_templates.linting import lint
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
PACKAGES = {name: f"case_{number}" for number, name in enumerate(IDS)}
"""Each has a package of its own, so that one process can import and check them all."""


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made, top = {}, tmp_path_factory.mktemp("gallery")
    for (template, answers), name in zip(CASES, IDS):
        given = {**answers, "package": PACKAGES[name]}
        into = top / PACKAGES[name]
        create(template, NAME, into=into, answers=given, with_git=False)
        made[name] = into
    return made


def test_the_tree_of_a_template_is_the_agreed_one(rendered: dict[str, Path]) -> None:
    for template in templates():
        package = f"src/{PACKAGES[template]}/"
        files = (path.replace(package, "src/sorted_lists/") for path in _files(rendered[template]))
        tree = "".join(f"{path}\n" for path in files)
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


def test_the_code_is_clean_for_the_linter(rendered: dict[str, Path]) -> None:
    top = next(iter(rendered.values())).parent
    for words in (("check",), ("format", "--check")):
        done = _module("ruff", *words, "--no-cache", str(top), cwd=top)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_code_is_typed(rendered: dict[str, Path]) -> None:
    pytest.importorskip("mypy", reason="the type checker is not installed")
    sources = [str(project / "src") for project in rendered.values()]
    # The library's cache and settings: only the projects are new to the type checker.
    done = _module(
        "mypy",
        *("--config-file", str(TOP / "pyproject.toml")),
        *(word for package in PACKAGES.values() for word in ("-p", package)),
        cwd=TOP,
        MYPYPATH=os.pathsep.join([str(TOP / ".typing"), *sources]),
    )
    wrong = [line for line in done.stdout.splitlines() if "/src/case_" in line]
    assert not wrong, "\n".join(wrong)
    assert done.returncode in (0, 1), done.stdout + done.stderr


@pytest.mark.parametrize("case", IDS)
def test_no_rule_is_broken(case: str, rendered: dict[str, Path]) -> None:
    assert not lint(rendered[case])


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
