"""Everything of btcli is here, by the same words and options, and its page says what there is."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from taokit.cli.btcli import _BY_COMMAND, GONE
from taokit.cli.commands import find

from .conftest import Cli

DOCS = Path(__file__).parents[2] / "docs"


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_btcli_table", DOCS / "make_btcli_table.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


TABLE = _load()
PEERS = TABLE.peers()


def test_all_visible_commands_of_btcli_are_compared() -> None:
    assert len(PEERS) == 96


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.words)
def test_a_command_of_btcli_is_here_with_its_options(peer: object) -> None:
    words: str = peer.words  # type: ignore[attr-defined]
    assert TABLE.counterpart(words) is not None, f"there is no taokit {words}"
    assert TABLE.missing(peer) == []


@pytest.mark.parametrize("path", _BY_COMMAND, ids=str)
def test_what_is_said_of_an_options_fate_is_said_of_a_command_that_is_there(path: str) -> None:
    found = TABLE.counterpart(path)
    assert found is not None
    command, ctx = found
    own = {s for param in command.params for s in (*param.opts, *param.secondary_opts)}
    own |= {s for param in command.get_params(ctx) for s in param.opts}
    for foreign in _BY_COMMAND[path]:
        if foreign.does == "means":
            assert foreign.text in own, f"{path} has no {foreign.text}"


def test_the_page_is_made_from_the_tree_as_it_is() -> None:
    advice = "run docs/make_btcli_table.py"
    assert (DOCS / "btcli.md").read_text(encoding="utf-8") == TABLE.page(), advice


@pytest.mark.parametrize("path", GONE, ids=str)
def test_what_the_chain_has_no_more_says_so(path: str, cli: Cli) -> None:
    result = cli(*path.split(), "--anything", "1", "--json")
    assert result.status == 1
    assert result.error["code"] == "gone"
    assert result.error["hint"]


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("w", "wallet"),
        ("wallets", "wallet"),
        ("st", "stake"),
        ("s", "subnets"),
        ("wt", "weights"),
        ("weight", "weights"),
        ("su", "sudo"),
        ("c", "config"),
        ("conf", "config"),
        ("cr", "crowd"),
        ("crowdloan", "crowd"),
    ],
)
def test_btclis_short_names_of_groups_are_known(alias: str, name: str) -> None:
    entry = find(alias)
    assert entry is not None
    assert entry.name == name


def test_a_refused_option_says_what_to_do_instead_and_a_needless_one_is_taken(cli: Cli) -> None:
    refused = cli("stake", "remove", "--interactive", "--json")
    assert refused.status == 2
    assert "taokit stake wizard" in refused.error["hint"]
    taken = cli("config", "set", "network", "test", "--no-cache", "--prompt", "--json")
    assert taken.status == 0, taken.err


def test_no_answers_no(cli: Cli) -> None:
    result = cli("config", "clear", "--all", "--yes")
    assert result.status == 0
    cli("config", "set", "network", "test")
    result = cli("config", "clear", "--all", "--no", "--json")
    assert result.error["code"] == "cancelled"
