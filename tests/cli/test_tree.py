"""Every command of the tree keeps the promises that all commands make."""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from taokit.cli.commands import ENTRIES
from taokit.cli.context import Run
from taokit.cli.main import root
from taokit.wallet import Keypair, WalletStore

from .conftest import Cli

SERVES_UNTIL_STOPPED = {("localnet", "start"), ("demo",)}
ASKS_THE_WORLD = {("utils", "latency")}  # every public endpoint, unless some are named
PHRASE = "bottom drive obey lake curtain smoke basket hold race lonely fit walk"
SEED = "fac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e"
SECRETS = (PHRASE, "curtain smoke basket", SEED)
STATUSES = {0, 1, 2, 3, 4, 5, 8}


def walk() -> Iterator[tuple[tuple[str, ...], Any]]:
    """All visible commands and groups below the root."""
    command = root()
    ctx = command.make_context("taokit", ["x"], obj=Run([]), resilient_parsing=True)

    def below(parent: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
        if path:
            yield path, parent
        if hasattr(parent, "list_commands"):
            for name in parent.visible_names(ctx):
                yield from below(parent.get_command(ctx, name), (*path, name))

    yield from below(command, ())


TREE = list(walk())
COMMANDS = [path for path, command in TREE if not hasattr(command, "list_commands")]
GROUPS = [path for path, command in TREE if hasattr(command, "list_commands")]
QUICK = [path for path in COMMANDS if path not in SERVES_UNTIL_STOPPED | ASKS_THE_WORLD]


@pytest.fixture(autouse=True)
def _one_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read every command line with one tree; a fresh one for each is tested everywhere else."""
    monkeypatch.setattr("taokit.cli.main.root", _tree)


@functools.cache
def _tree() -> Any:
    return root()


def _id(path: tuple[str, ...]) -> str:
    return " ".join(path)


@pytest.mark.parametrize("path", COMMANDS, ids=_id)
def test_help_of_a_command_is_short_and_has_an_example(
    path: tuple[str, ...], cli: Cli, files: Callable[[], set[str]]
) -> None:
    before = files()
    result = cli(*path, "--help")
    assert result.status == 0
    assert result.err == ""
    assert len(result.out.splitlines()) <= 60
    assert "Examples:" in result.out
    assert f"taokit {_id(path)}" in result.out.split("Examples:")[1]
    assert files() == before


FIRST_OF_EACH = list({path[:-1]: path for path in reversed(COMMANDS)}.values())


@pytest.mark.parametrize("path", FIRST_OF_EACH, ids=_id)
def test_help_is_the_same_however_it_is_asked_for(path: tuple[str, ...], cli: Cli) -> None:
    shown = cli(*path, "--help").out
    assert cli(*path, "-h").out == shown
    assert cli("help", *path).out == shown


@pytest.mark.parametrize("path", GROUPS, ids=_id)
def test_a_bare_group_prints_its_help_to_stderr_and_exits_2(
    path: tuple[str, ...], cli: Cli
) -> None:
    helped = cli(*path, "--help")
    assert helped.status == 0
    assert len(helped.out.splitlines()) <= 60
    bare = cli(*path)
    assert (bare.status, bare.out) == (2, "")
    assert bare.err == helped.out


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a wallet whose keys are not encrypted, so that any command could tell them."""
    folder = tmp_path_factory.mktemp("wallets")
    wallet = WalletStore(folder).open("default", "default")
    key = Keypair.from_mnemonic(PHRASE)
    wallet.save_coldkey(key, encrypt=False)
    wallet.save_hotkey(key, encrypt=False)
    return folder


@pytest.mark.parametrize("path", QUICK, ids=_id)
def test_without_a_terminal_a_command_neither_asks_nor_breaks_nor_tells_a_key(
    path: tuple[str, ...],
    cli: Cli,
    keys: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shutil.copytree(keys, tmp_path / "wallets")
    monkeypatch.setenv("TAOKIT_WALLET_PATH", str(tmp_path / "wallets"))
    plain = cli(*path)
    assert plain.status in STATUSES, plain.err
    assert "Traceback" not in plain.err
    structured = cli(*path, "--json")
    assert structured.status in STATUSES, structured.err
    if structured.out:
        json.loads(structured.out)
    if structured.status == 0:
        assert structured.out
        assert structured.err == ""
    elif not structured.out:
        assert structured.error["exit"] == structured.status
        assert len(structured.err.splitlines()) == 1
    said = plain.out + plain.err + structured.out + structured.err
    assert not [secret for secret in SECRETS if secret in said]


@pytest.mark.parametrize("path", QUICK, ids=_id)
def test_without_a_network_a_command_works_or_says_so_and_writes_nothing(
    path: tuple[str, ...],
    cli: Cli,
    files: Callable[[], set[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def blocked(*args: object) -> None:
        raise OSError("the network is blocked")

    monkeypatch.setattr("socket.socket.connect", blocked)
    before = files()
    result = cli(*path, "--no-input")
    assert result.status in STATUSES - {1, 8}, result.err
    assert files() == before


@pytest.mark.parametrize("path", FIRST_OF_EACH, ids=_id)
def test_an_unknown_option_is_a_usage_error_also_in_json(path: tuple[str, ...], cli: Cli) -> None:
    result = cli(*path, "--no-such-option-at-all", "--json")
    assert result.status == 2
    assert result.out == ""
    assert result.error["code"] == "usage"
    assert result.error["exit"] == 2


def test_root_help_lists_every_group_and_where_to_go_on(cli: Cli) -> None:
    result = cli("--help")
    assert result.status == 0
    assert len(result.out.splitlines()) <= 60
    for entry in ENTRIES:
        assert f"  {entry.name}" in result.out
        assert entry.summary in result.out
    assert "taokit help globals" in result.out


def test_no_arguments_print_the_help_to_stderr_and_exit_2(cli: Cli) -> None:
    result = cli()
    assert (result.status, result.out) == (2, "")
    assert "Usage: taokit COMMAND" in result.err


@pytest.mark.parametrize("entry", [e for e in ENTRIES if e.aliases], ids=lambda e: e.name)
def test_an_alias_is_the_same_command(entry: Any, cli: Cli) -> None:
    for alias in entry.aliases:
        assert cli(alias, "--help").out == cli(entry.name, "--help").out


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["walet"], "taokit wallet"),
        (["confg", "list"], "taokit config"),
        (["config", "lst"], "taokit config list"),
        (["wallet", "new-hotky"], "taokit wallet new-hotkey"),
        (["config", "list", "--show-orign"], "--show-origin"),
        (["--netwrk", "local", "config", "list"], "--network"),
    ],
)
def test_a_typo_is_answered_with_the_nearest_name(typed: list[str], meant: str, cli: Cli) -> None:
    result = cli(*typed)
    assert result.status == 2
    assert result.err.splitlines()[-1].startswith("help: did you mean")
    assert meant in result.err.splitlines()[-1]


def test_version_is_one_line(cli: Cli) -> None:
    from importlib.metadata import version

    assert cli("--version").out == f"taokit {version('taokit')}\n"
