"""Starting ``taokit`` loads only what the command line needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {
    "asyncio",
    "bip_utils",
    "cryptography",
    "cyscale",
    "keyring",
    "nacl",
    "numpy",
    "platformdirs",
    "pydantic",
    "rich",
    "sr25519",
    "websockets",
    "xxhash",
}


def _loaded(*argv: str) -> set[str]:
    code = (
        "import sys\n"
        "from taokit.cli.main import run\n"
        f"status = run({list(argv)!r})\n"
        "sys.stderr.write('\\n'.join(sys.modules))\n"
        "sys.exit(status)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=90)
    return set(done.stderr.split())


@pytest.mark.parametrize("argv", [["--version"], ["--help"], ["config", "list"]], ids=" ".join)
def test_what_needs_neither_keys_nor_network_loads_neither(argv: list[str]) -> None:
    modules = _loaded(*argv)
    assert "taokit.cli.main" in modules
    assert not HEAVY & modules


def test_version_loads_no_command_and_no_other_room() -> None:
    ours = {name for name in _loaded("--version") if name.startswith("taokit.")}
    assert ours <= {
        "taokit.cli",
        "taokit.cli.commands",
        "taokit.cli.context",
        "taokit.cli.errors",
        "taokit.cli.exits",
        "taokit.cli.global_options",
        "taokit.cli.main",
        "taokit.cli.quick_values",
        "taokit.cli.streams",
        "taokit.cli.terminal",
        "taokit.cli.tree",
        "taokit.cli.version",
        "taokit.wallet",
        "taokit.wallet.errors",
        "taokit.cli.document",
        "taokit.cli.failure",
    }


def test_listing_wallets_loads_no_cryptography_and_no_network() -> None:
    modules = _loaded("wallet", "list")
    assert not (HEAVY - {"platformdirs"}) & modules
    assert not {name for name in modules if name.startswith("taokit.chain_client")}


def test_a_reader_that_goes_away_ends_it_silently() -> None:
    argv = [sys.executable, "-m", "taokit.cli", "explain"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0
