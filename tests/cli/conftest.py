"""A command line of its own for each test: private folders, and nobody at a terminal."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from taokit.cli.main import run

NOBODY_LISTENS = "ws://127.0.0.1:1"


@dataclass(frozen=True)
class Result:
    """What one command line did."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The JSON answer."""
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, Any]:
        """The JSON error."""
        return json.loads(self.err.strip().splitlines()[-1])["error"]


Cli = Callable[..., Result]


@pytest.fixture(autouse=True)
def _private_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("TAOKIT_", "BT_", "XDG_")) or name in ("NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TAOKIT_NETWORK", NOBODY_LISTENS)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)


@pytest.fixture
def _quick_argon2(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run argon2i at its cheapest: the commands around it are tested here, not the format."""
    from nacl import bindings

    for name, value in (("OPSLIMIT", 3), ("MEMLIMIT", 8192)):
        monkeypatch.setattr(bindings, f"crypto_pwhash_argon2i_{name}_SENSITIVE", value)


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Run a command line in this process: ``cli("wallet", "list")``."""

    def call(*argv: str, stdin: str = "") -> Result:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        capsys.readouterr()
        status = run([str(word) for word in argv])
        captured = capsys.readouterr()
        return Result(status, captured.out, captured.err)

    return call


@pytest.fixture
def files(tmp_path: Path) -> Callable[[], set[str]]:
    """Every file under the private surroundings."""
    return lambda: {str(path) for path in tmp_path.rglob("*") if path.is_file()}


@pytest.fixture(scope="session")
def _chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A chain that makes a block for each transaction, in a process of its own."""
    home = tmp_path_factory.mktemp("chain")
    argv = [sys.executable, "-m", "taokit.cli", "localnet", "start", "--port", "0"]
    process = subprocess.Popen(
        [*argv, "--block-time", "instant", "--json"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "XDG_STATE_HOME": str(home)},
    )
    assert process.stdout is not None
    url = json.loads(process.stdout.readline())["endpoints"][0]
    _ask(url, "dev_snapshot")
    yield url
    process.terminate()
    assert process.wait(60) == 0
    process.stdout.close()
    assert not list(home.rglob("*.json"))


def _ask(url: str, method: str) -> None:
    question = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": ["new"]})
    request = urllib.request.Request(
        url.replace("ws:", "http:"), question.encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert "result" in json.load(answer)


@pytest.fixture(scope="module")
def endpoint(_chain: str) -> str:
    """That chain, as it was when it was new: what a subnet costs depends on who made one."""
    _ask(_chain, "dev_revert")
    return _chain


@pytest.fixture
def _on_chain(endpoint: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Commands go to that chain, signed by //Alice unless they say otherwise."""
    monkeypatch.setenv("TAOKIT_NETWORK", endpoint)
    monkeypatch.setenv("TAOKIT_WALLET_PATH", str(tmp_path / "wallets"))
    monkeypatch.setenv("TAOKIT_WALLET_NAME", "//Alice")


def done(cli: Cli, *argv: str, stdin: str = "") -> Result:
    """What a command that has to succeed said."""
    result = cli(*argv, stdin=stdin)
    assert result.status == 0, result.err
    return result


def free(cli: Cli, who: str) -> int:
    """The rao that an account holds."""
    rao = done(cli, "wallet", "balance", "--ss58", who, "--json").document[0]["free"]["rao"]
    return int(rao)


def wallet(cli: Cli, name: str, tao: int) -> None:
    """Make a wallet and give it so many TAO."""
    done(cli, "wallet", "create", name, "--no-use-password", "--mnemonic-out", f"{name}.txt")
    done(cli, "localnet", "fund", name, str(tao))
