"""Rules on mechanisms: each is broken once, found where it is, and can be let through."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from taokit.subnet_templates.linting import RULES, lint
from taokit.subnet_templates.scaffolding import create


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("linted") / "mine"
    return create("blank", "mine", into=into, with_git=False).folder


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "mine"))


def change(project: Path, path: str, old: str, new: str) -> None:
    text = (project / path).read_text()
    assert old in text
    (project / path).write_text(text.replace(old, new))


MECHANISM = "src/mine/mechanism.py"
MEASURES = '"The share of a shuffled list\'s order that a miner restores in time."'


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("unseeded-random", "import random\nX = lambda: random.random()"),
        ("unseeded-random", "from random import choice as pick\nX = lambda: pick([1, 2])"),
        ("unseeded-random", "import random\nX = lambda: random.Random()"),
        ("unseeded-random", "import numpy as np\nX = lambda: np.random.default_rng()"),
        ("unseeded-random", "import numpy as np\nX = lambda: np.random.rand(3)"),
        ("unseeded-random", "import secrets\nX = lambda: secrets.token_bytes(3)"),
        ("unseeded-random", "import os\nX = lambda: os.urandom(3)"),
        ("wall-clock", "import time\nX = lambda: time.time()"),
        ("wall-clock", "from datetime import datetime\nX = lambda: datetime.now()"),
        ("no-timeout", "import subprocess\nX = lambda: subprocess.run(['ls'])"),
        (
            "no-timeout",
            "from urllib.request import urlopen\nX = lambda: urlopen('http://x.invalid')",
        ),
        ("no-timeout", "import httpx\nX = lambda: httpx.AsyncClient(timeout=None)"),
        ("coldkey-as-identity", "def f(neuron):\n    return neuron.coldkey"),
        ("commitment-too-long", "def f(chain):\n    return chain.commit(b'x' * 129)"),
    ],
)
def test_a_line_that_breaks_a_rule_is_found_and_can_be_let_through(
    rule: str, line: str, project: Path
) -> None:
    file = project / MECHANISM
    before = file.read_text()
    file.write_text(f"{before}\n{line}\n")
    found = lint(project)
    assert [one.rule for one in found] == [rule]
    assert found[0].path == MECHANISM
    assert found[0].line == len(file.read_text().splitlines())
    file.write_text(f"{before}\n{line}  # lint: allow {rule}\n")
    assert rule not in {one.rule for one in lint(project)}


@pytest.mark.parametrize(
    "line",
    [
        "import random\nX = lambda: random.Random(7)",
        "import numpy as np\nX = lambda: np.random.default_rng(7)",
        "import numpy as np\nX = lambda: np.random.Generator(np.random.Philox(key=7))",
        "import subprocess\nX = lambda: subprocess.run(['ls'], timeout=3)",
        "def f(chain):\n    return chain.commit(b'x' * 128)",
    ],
)
def test_what_is_seeded_bounded_and_short_is_no_finding(line: str, project: Path) -> None:
    file = project / MECHANISM
    file.write_text(f"{file.read_text()}\n{line}\n")
    assert not {one.rule for one in lint(project)}


def test_a_miner_may_throw_dice(project: Path) -> None:
    file = project / "src/mine/miner.py"
    file.write_text(file.read_text() + "\nimport random\nX = lambda: random.random()\n")
    assert not {one.rule for one in lint(project)}


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ('""', "does not say"),
        ('"Speed and price."', "two things"),
        ('"Speed. Also price."', "more than one sentence"),
    ],
)
def test_it_says_in_one_sentence_what_it_measures(said: str, why: str, project: Path) -> None:
    change(project, MECHANISM, MEASURES, said)
    (found,) = lint(project)
    assert (found.rule, found.path) == ("measures", MECHANISM)
    assert why in found.message


def test_personas_have_somebody_good_and_a_cheater_with_a_reason(project: Path) -> None:
    (project / "personas" / "miners.py").write_text('"""Nobody."""\n')
    assert [one.rule for one in lint(project)] == ["personas", "personas"]


def test_a_data_set_that_ships_with_the_code_is_found(project: Path) -> None:
    (project / "src/mine/questions.jsonl").write_text("{}\n" * 3000)
    (found,) = lint(project)
    assert (found.rule, found.path) == ("shipped-dataset", "src/mine/questions.jsonl")


def test_a_missing_specification_is_found(project: Path) -> None:
    (project / "SPEC.md").unlink()
    assert [one.rule for one in lint(project)] == ["spec"]


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("burn", 'Mechanism.weights = lambda self, book, snap: {"somebody": 1.0}'),
        ("deadline", "Mechanism.deadline = 600.0"),
    ],
)
def test_rules_that_run_the_mechanism(rule: str, line: str, project: Path) -> None:
    file = project / MECHANISM
    file.write_text(f"{file.read_text()}\n{line}\n")
    assert [one["rule"] for one in linted(project)] == [rule]


def test_every_rule_is_explained() -> None:
    assert all(RULES.values())


def linted(project: Path) -> Any:
    """In a process of its own, since it imports the project's code."""
    ran = subprocess.run(
        [sys.executable, "-m", "taokit.cli", "subnet", "lint", "--json"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(ran.stdout)
