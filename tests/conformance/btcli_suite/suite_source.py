"""Where btcli's end-to-end suite is had from: its repository at one release, never changed.

The suite is in no package, so a git repository of btcli is needed. It is looked for in

- the one that ``TAOKIT_BTCLI_SUITE`` names, a checkout or a bare repository;
- ``suites/btcli`` among the peers' environments;
- GitHub, from where it is kept in that place.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from peers import locked, peers_folder

RELEASE = "9.21.2"
COMMIT = "1e9bc8b665d90227460d19ad83888f1f08bfe678"
REPOSITORY = "https://github.com/opentensor/btcli"
FETCH_SECONDS = 180


def suite_repository() -> Path:
    """A repository that holds the release; skips the test that asked if none can be had.

    It skips even where peers are required: a pipeline may reach package indexes and not GitHub.
    """
    named = os.environ.get("TAOKIT_BTCLI_SUITE")
    if named:
        if not _holds_release(Path(named)):
            pytest.fail(f"TAOKIT_BTCLI_SUITE: {named} is no repository that holds {COMMIT}")
        return Path(named)
    kept = peers_folder() / "suites" / "btcli"
    with locked(kept):
        if not _holds_release(kept):
            _fetch(kept)
    return kept


def unpack(repository: Path, into: Path) -> None:
    """Write the release's tests there, and the settings they are run with."""
    packed = into / "suite.tar"
    archive = ["archive", "--output", str(packed), COMMIT, "tests/__init__.py", "tests/e2e_tests"]
    _git(repository, *archive, "pyproject.toml").check_returncode()
    subprocess.run(["tar", "-x", "-f", str(packed), "-C", str(into)], check=True)
    packed.unlink()


def _holds_release(repository: Path) -> bool:
    return _git(repository, "cat-file", "-e", COMMIT).returncode == 0


def _fetch(folder: Path) -> None:
    if folder.exists():
        pytest.skip(f"btcli's own suite was NOT run: {folder} does not hold {COMMIT}")
    new = folder.with_name(f"{folder.name}.{os.getpid()}")
    new.mkdir(parents=True)
    try:
        _git(new, "init", "--bare", "--quiet").check_returncode()
        fetched = _git(new, "fetch", "--quiet", "--depth", "1", REPOSITORY, COMMIT)
        if fetched.returncode != 0:
            said = (fetched.stderr.strip() or "no reason given").splitlines()[-1]
            pytest.skip(
                f"btcli's own suite was NOT run, for want of {REPOSITORY} (name a repository with "
                f"TAOKIT_BTCLI_SUITE): {said}"
            )
        new.rename(folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _git(repository: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run git there; a repository of another user's is fine, since nothing in it is run."""
    # LC_ALL and the prompt: what git says is shown, and nobody is there to be asked.
    try:
        return subprocess.run(
            ["git", "-c", "safe.directory=*", "-C", str(repository), *words],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=FETCH_SECONDS,
            check=False,
            env={**os.environ, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"},
        )
    except (OSError, subprocess.TimeoutExpired) as failed:
        return subprocess.CompletedProcess(["git", *words], 1, "", str(failed))
