"""The template ``training``, rendered: its tests pass, its code is clean, its programs start."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from rendered import render, run

QUIET = ("pytest", "-q", "-p", "no:cacheprovider")
LONG = pytest.mark.skipif(
    not os.environ.get("TAOKIT_LONG_TESTS"), reason="minutes long: set TAOKIT_LONG_TESTS=1"
)


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small matrices are quicker so, and other tests have the other processors."""
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render("training", tmp_path_factory.mktemp("training"), project="Less loss")


def test_everything_is_rendered(project: Path) -> None:
    texts = {path: path.read_text() for path in project.rglob("*") if path.is_file()}
    assert not [path for path, text in texts.items() if "{{ pack" in text or "{{ back" in text]
    assert not list(project.rglob("*.jinja"))
    assert 'BACKEND = "numpy"' in (project / "src/less_loss/run.py").read_text()


@pytest.mark.timeout(600)
def test_pay_is_as_specified_and_a_run_is_watched(project: Path) -> None:
    done = run(project, *QUIET, "tests/test_scoring.py", "tests/test_gateway.py")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(600)
@pytest.mark.parametrize("runs", ["market", "bucket_runs", "fanned_out"])
def test_in_a_project_of_it(project: Path, runs: str) -> None:
    """Buyers get models that work; a run outlives its lead, and large updates have their way; any
    process may measure updates.
    """
    beside = project / "tests" / f"test_{runs}.py"
    beside.write_text(
        (Path(__file__).parent / "training" / "in_project" / f"{runs}.py").read_text()
    )
    try:
        done = run(project, *QUIET, str(beside.relative_to(project)))
    finally:
        beside.unlink()
    assert done.returncode == 0, done.stdout + done.stderr


@LONG
@pytest.mark.timeout(900)
@pytest.mark.parametrize("level", ["personas", "localnet"])
def test_both_chains_pay_its_personas_as_declared(project: Path, level: str) -> None:
    done = run(project, *QUIET, f"tests/test_{level}.py")
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_code_is_as_its_own_linter_wants_it(project: Path) -> None:
    pytest.importorskip("ruff", reason="the linter is not installed")
    for words in (("check", "."), ("format", "--check", ".")):
        done = run(project, "ruff", *words)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("program", ["validator", "miner", "gateway"])
def test_its_programs_take_their_settings_from_its_file(project: Path, program: str) -> None:
    shown = run(project, f"less_loss.{program}", "--print-config", "--netuid", "12")
    assert shown.returncode == 0, shown.stderr
    assert "netuid = 12" in shown.stdout
