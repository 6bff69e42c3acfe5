"""The template ``blank``, rendered: its own tests pass, its code is clean, its programs start."""

from __future__ import annotations

from pathlib import Path

import pytest
from rendered import render, run


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render("blank", tmp_path_factory.mktemp("blank"))


def test_everything_is_rendered(project: Path) -> None:
    texts = {path: path.read_text() for path in project.rglob("*") if path.is_file()}
    left = [path for path, text in texts.items() if "{{ project" in text or "{{ package" in text]
    assert not left
    assert not list(project.rglob("*.jinja"))
    assert "${{ matrix.python }}" in (project / ".github/workflows/ci.yml").read_text()
    names = {str(path.relative_to(project)) for path in texts}
    assert {"src/sorted_lists/mechanism.py", ".copier-answers.yml", "deploy/compose.yml"} <= names


@pytest.mark.timeout(600)
def test_its_tests_pass_up_to_the_personas_on_a_chain_in_memory(project: Path) -> None:
    # All but the run with commit-reveal, which the real chain below has too.
    done = run(
        *(project, "pytest", "-q", "-m", "not localnet", "-k", "not commit_reveal"),
        *("-p", "no:cacheprovider"),
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(600)
def test_a_real_local_chain_pays_its_personas_as_declared(project: Path) -> None:
    done = run(
        project, "pytest", "-q", "-m", "localnet", "-k", "timelocked", "-p", "no:cacheprovider"
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_code_is_as_its_own_linter_wants_it(project: Path) -> None:
    pytest.importorskip("ruff", reason="the linter is not installed")
    for words in (("check", "."), ("format", "--check", ".")):
        done = run(project, "ruff", *words)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("program", ["validator", "miner"])
def test_its_programs_take_their_settings_from_its_file(project: Path, program: str) -> None:
    shown = run(project, f"sorted_lists.{program}", "--print-config", "--netuid", "12")
    assert shown.returncode == 0, shown.stderr
    assert "netuid = 12" in shown.stdout
    assert 'network = "test"' in shown.stdout
    failed = run(project, f"sorted_lists.{program}", "--wallets-path", str(project / "none"))
    assert failed.returncode == 2
    assert "Traceback" not in failed.stderr
    assert "default" in failed.stderr
