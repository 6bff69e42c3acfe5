"""Every family of errors has its exit status, and every error is shown in full, twice over."""

from __future__ import annotations

import json
from importlib import import_module

import pytest

from taokit.chain_client import errors as client
from taokit.cli import errors as cli_errors
from taokit.cli.explain import catalogue
from taokit.cli.failure import FAMILIES, as_json, as_text, exit_of
from taokit.wallet import errors as wallet
from taokit.wallet.errors import TaokitError

from .conftest import Cli


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_in_the_mapping_exists(family: str) -> None:
    room, _, name = family.partition(".")
    assert issubclass(getattr(import_module(f"taokit.{room}.errors"), name), TaokitError)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (wallet.WalletExists("there", path=None), 1),
        (client.DispatchFailed(pallet="SubtensorModule", name="NotEnoughBalanceToStake"), 1),
        (cli_errors.Cancelled("no"), 1),
        (cli_errors.UsageError("what"), 2),
        (cli_errors.MissingInput("the subnet", flag="--netuid N"), 2),
        (client.InvalidAmount("x", "y"), 2),
        (cli_errors.SettingsError("bad"), 2),
        (wallet.WalletNotFound("gone", kind="wallet", name="x", path=None), 3),
        (client.NotFound(kind="subnet", name=9), 3),
        (wallet.WrongPassword("wrong"), 4),
        (wallet.MissingPassword("missing"), 4),
        (wallet.SignerRefused("no"), 4),
        (client.ConnectionFailed(url="ws://x", reason="refused"), 5),
        (client.RequestTimeout(url="ws://x", method="m", seconds=1), 5),
        (client.OutcomePending(extrinsic_hash="0x1", seconds=1, waited_for="inclusion"), 8),
        (client.SubmissionUnknown(url="ws://x", extrinsic_hash="0x1", reason="gone"), 8),
        (ValueError("a bug"), 70),
        (KeyboardInterrupt(), 130),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else str(value),
)
def test_the_exit_status_goes_by_the_family(error: BaseException, status: int) -> None:
    assert exit_of(error) == status


def test_text_names_the_chains_error_and_ends_with_the_fix() -> None:
    error = client.DispatchFailed(
        pallet="SubtensorModule",
        name="SettingWeightsTooFast",
        retryable=True,
        hint="wait 20 blocks",
    )
    lines = as_text(error, color=False).splitlines()
    assert lines[0].startswith("error[dispatch_failed]: ")
    assert "note: the chain calls this SubtensorModule.SettingWeightsTooFast" in lines
    assert "see: taokit explain SubtensorModule.SettingWeightsTooFast" in lines
    assert lines[-1] == "help: wait 20 blocks"


def test_json_is_one_line_with_the_errors_own_data() -> None:
    error = client.ConnectionFailed(url="ws://x", reason="refused", hint="start it")
    text = as_json(error)
    assert "\n" not in text
    body = json.loads(text)["error"]
    assert body == {
        "code": "connection_failed",
        "message": "cannot connect to ws://x: refused",
        "hint": "start it",
        "retryable": True,
        "url": "ws://x",
        "reason": "refused",
        "exit": 5,
    }


def test_a_bug_is_reported_without_its_values_and_exits_70(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    from taokit.cli.commands import config

    def broken(*args: object) -> None:
        raise RuntimeError("secret words here")

    monkeypatch.setattr(config, "_row", broken)
    result = cli("config", "list")
    assert result.status == 70
    assert result.err.startswith("error[bug]:")
    assert "secret words" not in result.err
    assert "Traceback" not in result.err
    assert cli("config", "list", "--json").error["exit"] == 70
    assert "Traceback" in cli("config", "list", "--debug").err


def test_explain_knows_every_code_and_suggests_for_a_wrong_one(cli: Cli) -> None:
    for code, entry in catalogue().items():
        assert entry.meaning, code
        shown = cli("explain", code, "--json").document
        assert (shown["code"], shown["exit"]) == (code, entry.exit)
    wrong = cli("explain", "wrong_pasword")
    assert wrong.status == 2
    assert "wrong_password" in wrong.err


def test_explain_knows_the_chains_own_error_names(cli: Cli) -> None:
    shown = cli("explain", "NotEnoughBalanceToStake", "--json").document
    assert shown["name"] == "SubtensorModule.NotEnoughBalanceToStake"
    assert shown["meaning"]
    assert shown["remedy"]


def test_exit_codes_have_a_page(cli: Cli) -> None:
    page = cli("help", "exit-codes").out
    for code in (0, 1, 2, 3, 4, 5, 8, 70, 130, 143):
        assert f"\n  {code} " in page


@pytest.mark.parametrize(
    "url", ["ws://me:s3cr3t@127.0.0.1:1/?key=s3cr3t", "http://me:s3cr3t@127.0.0.1:1"]
)
@pytest.mark.parametrize(
    "argv",
    [
        ("query", "status"),
        ("localnet", "mine"),
        ("doctor",),
        ("config", "list"),
        ("wallet", "list"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("form", [(), ("--json",), ("-vvv", "--debug")], ids=str)
def test_no_output_shows_the_secrets_of_an_address(
    url: str, argv: tuple[str, ...], form: tuple[str, ...], cli: Cli
) -> None:
    result = cli(*argv, *form, "--network", url)
    assert result.status in (0, 1, 2, 5), result.err
    assert "s3cr3t" not in result.out + result.err
