"""Naming chains on the command line: several endpoints of one, names of one's own, the log."""

from __future__ import annotations

import pytest

from .conftest import NOBODY_LISTENS, Cli, done


@pytest.mark.usefixtures("_on_chain")
def test_the_first_endpoint_that_answers_is_used(cli: Cli, endpoint: str) -> None:
    both = f"{NOBODY_LISTENS},{endpoint}"
    result = done(cli, "query", "status", "--json", "--network", both)
    assert result.document
    done(cli, "config", "set", "networks.mine", both)
    assert done(cli, "config", "get", "networks.mine").out == f"{both}\n"
    assert done(cli, "query", "status", "--json", "--network", "mine").document
    done(cli, "query", "status", "--network", f"mine,{endpoint}")


@pytest.mark.usefixtures("_on_chain")
def test_several_endpoints_may_be_a_list_in_the_settings(cli: Cli, endpoint: str, tmp_path) -> None:
    (tmp_path / "project" / "taokit.toml").write_text(
        f'[networks]\nmine = ["{NOBODY_LISTENS}", "{endpoint}"]\n'
    )
    done(cli, "query", "status", "--network", "mine")


def test_what_is_wrong_with_a_network_is_said(cli: Cli) -> None:
    assert "did you mean finney" in cli("query", "status", "--network", "local,finny").err
    assert cli("config", "set", "networks.mine", "wss://a,b").status == 2
    nobody = cli("query", "status", "--network", f"{NOBODY_LISTENS},ws://127.0.0.1:2", "--json")
    assert nobody.status == 5
    assert nobody.error["code"] == "connection_failed"


@pytest.mark.usefixtures("_on_chain")
def test_a_chain_of_several_local_endpoints_is_local(cli: Cli, endpoint: str) -> None:
    both = f"{NOBODY_LISTENS},{endpoint}"
    sent = done(cli, "wallet", "transfer", "--to", "//Bob", "--amount", "1", "--network", both)
    assert "done in block" in sent.out


@pytest.mark.usefixtures("_on_chain")
def test_the_log_goes_to_stderr_as_far_as_it_was_asked_for(
    cli: Cli, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["query", "issuance", "--network", f"{NOBODY_LISTENS},{endpoint}"]
    quiet = done(cli, *asked)
    assert "connection refused" not in quiet.err
    said = done(cli, *asked, "-v")
    assert "connection refused" in said.err
    assert "took" not in said.err
    assert said.out == quiet.out
    requests = done(cli, *asked, "-vv").err
    assert "state_getStorage took" in requests
    assert '"jsonrpc"' not in requests
    assert '> {"jsonrpc"' in done(cli, *asked, "-vvv").err
    monkeypatch.setenv("TAOKIT_LOG", "debug")
    assert "state_getStorage took" in done(cli, *asked, "--json").err
    monkeypatch.setenv("TAOKIT_LOG", "loud")
    wrong = cli(*asked)
    assert wrong.status == 2
    assert "one of error, warning, info, debug, frames" in wrong.err
