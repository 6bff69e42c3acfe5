"""Where a setting's value comes from, and what happens to bad ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from taokit.cli.settings import CATALOGUE

from .conftest import Cli


def origins(cli: Cli, *argv: str) -> dict[str, tuple[object, str]]:
    rows = cli("config", "list", "--json", *argv).document
    return {row["key"]: (row["value"], row["origin"]) for row in rows}


def test_an_option_wins_over_everything_and_the_default_loses_to_everything(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def now(*argv: str) -> tuple[object, str]:
        return origins(cli, *argv)["wallet.name"]

    assert now() == ("default", "default")
    monkeypatch.setenv("BT_WALLET", "from-bt")
    assert now() == ("from-bt", "legacy-env")
    cli("config", "set", "wallet.name", "from-user")
    assert now() == ("from-user", "user")
    Path("taokit.toml").write_text('[wallet]\nname = "from-project"\n')
    assert now() == ("from-project", "project")
    monkeypatch.setenv("TAOKIT_WALLET_NAME", "from-env")
    assert now() == ("from-env", "env")
    assert now("--wallet-name", "from-option") == ("from-option", "option")


def test_the_default_network_is_the_local_chain(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TAOKIT_NETWORK")
    assert origins(cli)["network"] == ("local", "default")


def test_the_project_file_is_found_from_a_folder_below(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("taokit.toml").write_text('wait = "finalization"\n')
    below = Path("src/package")
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert origins(cli)["wait"] == ("finalization", "project")


def test_what_a_subnets_programs_read_in_the_same_file_is_left_to_them(cli: Cli) -> None:
    text = 'wait = "none"\n\n[neuron]\nnetuid = 3\nwallet = "hot"\n'
    Path("taokit.toml").write_text(text)
    assert origins(cli)["wait"] == ("none", "project")
    assert cli("config", "set", "wait", "inclusion", "--project").status == 0
    assert Path("taokit.toml").read_text() == text.replace("none", "inclusion")


def test_every_setting_has_a_variable_that_sets_it(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = {"wait": "none", "color": "never", "pager": "no", "stake.tolerance": "5%"}
    samples["stake.allow_partial"] = "yes"
    for key, setting in CATALOGUE.items():
        value = samples.get(key, "7" if key.startswith("timeout") else "some-text")
        monkeypatch.setenv(setting.variable, value)
        assert origins(cli)[key][1] == "env"
        monkeypatch.delenv(setting.variable)


def test_an_unknown_key_in_a_file_is_an_error_with_a_suggestion(cli: Cli) -> None:
    Path("taokit.toml").write_text('[wallet]\nnam = "x"\n')
    result = cli("config", "list")
    assert result.status == 2
    assert "wallet.name" in result.err


@pytest.mark.parametrize(
    ("key", "value"),
    [("wait", "forever"), ("color", "blue"), ("timeout.read", "-1"), ("networks.mine", "nowhere")],
)
def test_a_value_that_makes_no_sense_is_refused_before_anything_is_written(
    key: str, value: str, cli: Cli
) -> None:
    result = cli("config", "set", "--json", "--", key, value)
    assert result.status == 2
    assert result.error["code"] == "bad_settings"
    assert not Path(cli("config", "path").out.strip()).exists()


def test_setting_and_unsetting_keeps_comments_and_other_values(cli: Cli) -> None:
    path = Path(cli("config", "path").out.strip())
    path.parent.mkdir(parents=True)
    path.write_text('# mine\nnetwork = "test"\n\n[wallet]\n# who\nname = "alice"\n')
    assert cli("config", "set", "wallet.hotkey", "h1").status == 0
    assert cli("config", "set", "wait", "none").status == 0
    assert cli("config", "unset", "wallet.name").status == 0
    assert path.read_text() == (
        '# mine\nnetwork = "test"\nwait = "none"\n\n[wallet]\n# who\nhotkey = "h1"\n'
    )


def test_an_unreadable_file_is_set_aside_and_never_overwritten(cli: Cli) -> None:
    path = Path(cli("config", "path").out.strip())
    path.parent.mkdir(parents=True)
    path.write_text("this is = = not toml")
    assert cli("config", "list").status == 2
    result = cli("config", "set", "wallet.name", "bob")
    assert result.status == 0
    assert "warning:" in result.err
    aside = [p for p in path.parent.iterdir() if "unreadable" in p.name]
    assert [p.read_text() for p in aside] == ["this is = = not toml"]
    assert cli("config", "get", "wallet.name").out == "bob\n"


def test_a_layout_that_cannot_be_edited_safely_is_left_alone(cli: Cli) -> None:
    path = Path(cli("config", "path").out.strip())
    path.parent.mkdir(parents=True)
    text = 'wallet = { name = "alice" }\n'
    path.write_text(text)
    assert cli("config", "set", "wallet.name", "bob").status == 2
    assert path.read_text() == text
    assert cli("config", "get", "wallet.name").out == "alice\n"


def test_set_warns_when_something_stronger_hides_the_new_value(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAOKIT_WALLET_NAME", "stronger")
    result = cli("config", "set", "wallet.name", "weaker")
    assert result.status == 0
    assert "TAOKIT_WALLET_NAME" in result.err


def test_another_settings_file_can_be_named(cli: Cli, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    assert cli("config", "set", "wallet.name", "x", "--config", str(other)).status == 0
    assert cli("--config", str(other), "config", "get", "wallet.name").out == "x\n"
    assert cli("config", "get", "wallet.name").out == "default\n"


def test_a_named_settings_file_that_is_missing_is_an_error_until_it_is_made(cli: Cli) -> None:
    missing = cli("config", "list", "--config", "mine.toml", "--json")
    assert (missing.status, missing.error["code"]) == (2, "bad_settings")
    assert "mine.toml" in missing.error["message"]
    made = cli("config", "set", "wait", "none", "--config", "mine.toml")
    assert made.status == 0, made.err
    assert origins(cli, "--config", "mine.toml")["wait"] == ("none", "user")


def test_settings_are_made_and_removed_by_btclis_options_too(cli: Cli) -> None:
    made = cli(
        "config", "set", "--wallet.name", "alice", "--safe", "--partial", "--network", "test"
    )
    assert made.status == 0, made.err
    expected = {"wallet.name": "alice", "stake.tolerance": "0.5%", "stake.allow_partial": True}
    found = {row["key"]: row["value"] for row in cli("config", "get", "--json").document}
    assert {key: found[key] for key in expected} == expected
    assert cli("config", "clear", "--wallet-name", "--tolerance").status == 0
    assert cli("config", "clear", "--all").status == 2
    assert cli("config", "clear", "--all", "--yes", "--json").document["removed"] == [
        "network",
        "stake.allow_partial",
    ]


def test_a_tolerance_has_to_be_a_share(cli: Cli) -> None:
    result = cli("config", "set", "stake.tolerance", "200%")
    assert result.status == 2
    assert "stake.tolerance" in result.err
