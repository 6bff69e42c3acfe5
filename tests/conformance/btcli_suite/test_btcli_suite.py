"""btcli's own end-to-end suite, unmodified, against our chain: each of its tests is one of ours.

The suite starts a new chain for every test (with `start`), always on ports 9944 and 9945, and keeps
its wallets at fixed places in /tmp. So each test runs in namespaces of its own where it may
(`isolated`), and several can run at once; elsewhere they run one at a time.
"""

from __future__ import annotations

import fcntl
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from localnet_process import TAOKIT, environment_at
from peers import ROOT, peers_folder, python_peer
from suite_source import RELEASE, suite_repository, unpack

HERE = Path(__file__).resolve().parent
CLIENT = (
    f"bittensor-cli=={RELEASE}",
    "click==8.5.1",  # the suite imports it, and Typer no longer brings it
    "pytest==9.0.3",
    "pytest-asyncio==1.3.0",
    "pytest-timeout==2.4.0",
)
LIMIT_SECONDS = 420
ENDING_SECONDS = 30
NAMESPACES = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"]

TESTS = (  # those that take longest first
    "test_stake_movement.py::test_stake_movement[False]",
    "test_hyperparams_setting.py::test_hyperparams_setting",
    "test_staking_sudo.py::test_staking[False]",
    "test_unstaking.py::test_unstaking[False]",
    "test_crowdloans.py::test_all_crowdloan_types",
    "test_coldkey_swap.py::test_coldkey_swap_and_clear_announcement",
    "test_coldkey_swap.py::test_coldkey_swap_dispute",
    "test_coldkey_swap.py::test_coldkey_swap_with_stake",
    "test_crowdloans.py::test_crowdloan_edge_cases",
    "test_crowdloans.py::test_crowdloan_withdraw",
    "test_children_hotkeys.py::test_children_hotkeys",
    "test_wallet_creations.py::test_wallet_balance_all",
    "test_crowdloans.py::test_crowdloan_dissolve",
    "test_crowdloans.py::test_crowdloan_refund",
    "test_proxy.py::test_proxy_create",
    "test_proxy.py::test_add_proxy",
    "test_stake_burn.py::test_stake_burn[False]",
    "test_crowdloans.py::test_crowdloan_update",
    "test_crowdloans.py::test_crowdloan_finalize",
    "test_registration.py::test_registration",
    "test_axon.py::test_axon_reset_and_set[None]",
    "test_axon.py::test_axon_set_with_ipv6[None]",
    "test_proxy.py::test_remove_proxy",
    "test_wallet_interactions.py::test_wallet_overview_inspect",
    "test_set_identity.py::test_set_id",
    "test_wallet_interactions.py::test_wallet_transfer",
    "test_wallet_interactions.py::test_wallet_identities",
    "test_proxy.py::test_remove_all_proxies",
    "test_wallet_interactions.py::test_wallet_associate_hotkey",
    "test_axon.py::test_axon_set_invalid_inputs[None]",
    "test_wallet_creations.py::test_wallet_regen",
    "test_proxy.py::test_remove_proxy_validation",
    "test_wallet_creations.py::test_wallet_creations",
    "test_children_hotkeys.py::test_get_childkey_completion_block",
)
SKIP_THEMSELVES = (
    "test_liquidity.py::test_liquidity",
    "test_root.py::test_root_commands",
    "test_senate.py::test_senate",
)

# Each test's process has a limit of its own, and may first wait for another one's to end.
pytestmark = [pytest.mark.peer, pytest.mark.timeout(0)]


@pytest.fixture(scope="session")
def repository() -> Path:
    """A git repository that holds the suite."""
    return suite_repository()


@pytest.fixture(scope="session")
def python(repository: Path) -> Path:
    """The Python of an environment with the client that the suite is released with."""
    return python_peer(*CLIENT)


@pytest.fixture
def suite(repository: Path, tmp_path: Path) -> Path:
    """A copy of the suite for one test."""
    folder = tmp_path / "suite"
    folder.mkdir()
    unpack(repository, folder)
    return folder


@pytest.fixture(scope="session")
def namespaces() -> bool:
    """Whether a process may have its own network and its own /tmp here."""
    with tempfile.TemporaryDirectory() as private:
        probe = [*NAMESPACES, str(HERE / "isolated"), private, "--", "true"]
        try:
            done = subprocess.run(probe, capture_output=True, timeout=30, check=False)
        except OSError:
            return False
    return done.returncode == 0


@pytest.mark.parametrize("name", TESTS)
def test_btclis_own_test_passes(
    name: str, suite: Path, python: Path, namespaces: bool, tmp_path: Path
) -> None:
    with _alone(not namespaces):
        outcome, output = _run(name, suite, python, namespaces, tmp_path)
    assert outcome == "passed", f"{outcome}:\n{output}"


def test_every_test_of_the_suite_is_run(suite: Path, python: Path, tmp_path: Path) -> None:
    listed = subprocess.run(
        [str(python), "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=suite,
        env=_environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    ids = [line for line in listed.stdout.splitlines() if "::" in line]
    expected = sorted(f"tests/e2e_tests/{name}" for name in TESTS + SKIP_THEMSELVES)
    assert sorted(ids) == expected, listed.stdout + listed.stderr


def _run(name: str, suite: Path, python: Path, namespaces: bool, at: Path) -> tuple[str, str]:
    """Run one of the suite's tests; its outcome, and what it printed."""
    report, log = at / "report.xml", at / "output"
    command = [str(python), "-m", "pytest", f"tests/e2e_tests/{name}", f"--junitxml={report}"]
    command += ["-p", "no:cacheprovider", "-p", "no:logging", "--tb=short"]
    command += [f"--timeout={LIMIT_SECONDS}", "--timeout-method=signal"]
    if namespaces:
        private = at / "tmp"
        private.mkdir()
        kept = {at, ROOT, peers_folder(), Path(sys.prefix), Path(sys.base_prefix)}
        command = [
            *NAMESPACES,
            str(HERE / "isolated"),
            str(private),
            *(str(folder.resolve()) for folder in sorted(kept)),
            "--",
            *command,
        ]
    with open(log, "w") as output:
        process = subprocess.Popen(
            command,
            cwd=suite,
            env=_environment(at),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait(process, report)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    return _outcome(report), log.read_text(errors="replace")


def _wait(process: subprocess.Popen[bytes], report: Path) -> None:
    """Wait for it to end; not for long once it has reported, for clients can hang as they exit."""
    left = LIMIT_SECONDS + ENDING_SECONDS
    while left > 0 and process.poll() is None:
        try:
            process.wait(1)
        except subprocess.TimeoutExpired:
            left = min(left - 1, ENDING_SECONDS) if report.exists() else left - 1


def _outcome(report: Path) -> str:
    if not report.exists():
        return "no report"
    (case,) = ET.parse(report).getroot().iter("testcase")
    return case[0].tag if len(case) and case[0].tag != "system-out" else "passed"


def _environment(at: Path) -> dict[str, str]:
    """What the suite finds: a home of its own, and our chain in place of a docker image."""
    others = ("BTCLI_", "PYTEST_", "LOCALNET_", "COLUMNS", "PYTHONPATH")
    kept = {k: v for k, v in environment_at(at / "home").items() if not k.startswith(others)}
    return {
        **kept,
        "LOCALNET_SH_PATH": shlex.quote(str(HERE / "start")),
        "TAOKIT": str(TAOKIT),
        "USE_DOCKER": "0",
        "TERM": "dumb",
        "LC_ALL": "C.UTF-8",
    }


@contextmanager
def _alone(needed: bool) -> Iterator[None]:
    """Wait for the ports and /tmp to be ours, where all test processes share them."""
    if not needed:
        yield
        return
    with open(Path(tempfile.gettempdir()) / "btcli-suite.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
