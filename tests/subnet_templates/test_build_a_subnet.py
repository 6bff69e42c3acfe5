"""The page on building a subnet, done as it says: the result pays as declared, tests green."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from taokit.subnet_templates.scaffolding import create

NEW = "-k 'not commit_reveal and not three_validators'"
"""Of the project's tests, those that depend on what the page changes; blank's own has the rest."""

PAGE = Path(__file__).parents[2] / "docs" / "build-a-subnet.md"
_FILE = re.compile(r"^<!-- file: (\S+) -->\n```python\n(.*?)^```$", re.M | re.S)
_RUN = re.compile(r"^<!-- run in the project -->\n```console\n(.*?)^```$", re.M | re.S)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("page") / "tours"
    made = create("blank", "tours", into=into, with_git=False).folder
    for path, text in _FILE.findall(PAGE.read_text()):
        assert (made / path).exists(), path
        (made / path).write_text(text)
    return made


def run(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        words,
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_ADDOPTS": NEW},
    )


def test_the_mechanism_breaks_no_rule_and_its_code_is_clean(project: Path) -> None:
    linted = run(project, sys.executable, "-m", "taokit.cli", "subnet", "lint")
    assert linted.returncode == 0, linted.stdout
    clean = run(project, sys.executable, "-m", "ruff", "check", "--no-cache", ".")
    assert clean.returncode == 0, clean.stdout


@pytest.mark.timeout(600)
def test_its_personas_earn_what_the_page_declares(project: Path) -> None:
    words = ("subnet", "test", "--plain", "--epochs", "4", "--validators", "1")
    ran = run(project, sys.executable, "-m", "taokit.cli", *words)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.startswith("improver\tgood")


@pytest.mark.timeout(600)
def test_the_commands_that_end_the_page_leave_it_green(project: Path) -> None:
    (block,) = _RUN.findall(PAGE.read_text())
    lines = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    assert lines
    for line in lines:
        done = run(project, "bash", "-c", line)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
