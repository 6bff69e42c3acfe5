"""The template ``inference``, rendered: its tests pass, its code is clean, its programs start."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from rendered import render, run

LONG = pytest.mark.skipif(
    not os.environ.get("TAOKIT_LONG_TESTS"), reason="minutes long: set TAOKIT_LONG_TESTS=1"
)
QUIET = ("pytest", "-q", "-p", "no:cacheprovider")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render("inference", tmp_path_factory.mktemp("inference"), project="Fox tokens")


def test_everything_is_rendered(project: Path) -> None:
    texts = {path: path.read_text() for path in project.rglob("*") if path.is_file()}
    assert not [path for path, text in texts.items() if "{{ pack" in text or "{{ mod" in text]
    assert not list(project.rglob("*.jinja"))
    assert 'MODEL = "toy-1"' in (project / "src/fox_tokens/model.py").read_text()


@pytest.mark.timeout(600)
def test_pay_is_as_specified_and_a_buyer_is_served_and_protected(project: Path) -> None:
    done = run(
        project, *QUIET, "-m", "not localnet", "tests/test_scoring.py", "tests/test_gateway.py"
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(600)
@pytest.mark.parametrize("weights", ["timelocked", pytest.param("plain", marks=LONG)])
def test_a_real_local_chain_pays_its_personas_as_declared(project: Path, weights: str) -> None:
    done = run(project, *QUIET, "tests/test_localnet.py", "-k", weights)
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_code_is_as_its_own_linter_wants_it(project: Path) -> None:
    pytest.importorskip("ruff", reason="the linter is not installed")
    for words in (("check", "."), ("format", "--check", ".")):
        done = run(project, "ruff", *words)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("program", ["validator", "miner", "gateway"])
def test_its_programs_take_their_settings_from_its_file(project: Path, program: str) -> None:
    shown = run(project, f"fox_tokens.{program}", "--print-config", "--netuid", "12")
    assert shown.returncode == 0, shown.stderr
    assert "netuid = 12" in shown.stdout


def test_another_engine_needs_a_model_and_its_library_is_named(tmp_path: Path) -> None:
    project = render("inference", tmp_path, engine="sglang", model="org/model@rev")
    done = run(project, "sorted_lists.calibrate")
    assert done.returncode == 2
    assert "pip install '.[sglang]'" in done.stdout + done.stderr
