"""What taokit doctor finds, and what it does not tell; what help says of exits; the pager."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from taokit.cli.exits import MEANINGS
from taokit.cli.output import Output
from taokit.cli.table import Column
from taokit.cli.terminal import Terminal

from .conftest import NOBODY_LISTENS, Cli, done


def rows_of(cli: Cli, *argv: str) -> dict[str, dict[str, Any]]:
    return {row["check"]: row for row in done(cli, "doctor", *argv, "--json").document}


def test_it_tells_versions_settings_and_folders_and_no_names(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Path(os.environ["HOME"])
    done(cli, "config", "set", "wallet.name", "my-secret-name")
    key = tmp_path / "wallets" / "my-secret-name" / "coldkey"
    key.parent.mkdir(parents=True)
    key.touch(mode=0o644)
    monkeypatch.setenv("TAOKIT_WALLET_PATH", str(tmp_path / "wallets"))
    monkeypatch.setenv("BT_PW_SOMETHING", "a password")
    rows = rows_of(cli)
    assert {"taokit", "python", "system", "websockets", "pager", "policy", "wallets"} <= set(rows)
    assert rows["wallets"]["problem"] == "1 key files are readable by others: chmod 600"
    assert "BT_PW_SOMETHING" in rows["variables"]["value"]
    said = str(rows)
    assert "my-secret-name" not in said
    assert "a password" not in said
    assert str(home) not in said


def test_an_endpoint_that_does_not_answer_is_a_problem_and_no_failure(cli: Cli) -> None:
    result = done(cli, "doctor", "--network", NOBODY_LISTENS)
    assert "connection refused" in result.out
    assert "problem" in result.err


@pytest.mark.usefixtures("_on_chain")
def test_each_endpoint_is_asked_what_it_serves(cli: Cli, endpoint: str) -> None:
    (row,) = [r for c, r in rows_of(cli).items() if c.startswith("network")]
    assert row["problem"] is None
    assert "node-subtensor 424, block" in row["value"]
    shown = done(cli, "doctor", "--network", f"{NOBODY_LISTENS},{endpoint}", "--plain").out
    assert shown.count("\nnetwork ") == 2


def test_exit_codes_are_told(cli: Cli) -> None:
    listed = done(cli, "help", "exit-codes", "--json").document
    assert {row["code"] for row in listed} == {int(code) for code in MEANINGS}
    assert "130" in done(cli, "help", "exit-codes").out


class Screen(Terminal):
    """A window of ten lines."""

    def is_tty(self, stream: Any) -> bool:
        return True

    def height(self) -> int:
        return 10


@pytest.mark.parametrize(
    ("rows", "pager", "paged"), [(30, True, True), (3, True, False), (30, False, False)]
)
def test_what_is_taller_than_the_window_is_paged(
    rows: int, pager: bool, paged: bool, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    to = tmp_path / "paged"
    screen = Screen({"PAGER": f"tee {to}", "TERM": "dumb"})
    out = Output(screen, pager=pager)
    out.table([Column("n", "Number")], [{"n": number} for number in range(rows)])
    assert to.exists() == paged
    if paged:
        assert "29" in to.read_text().split()
    assert str(rows - 1) in capfd.readouterr().out.split()


def test_without_the_pager_it_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    out = Output(Screen({"PAGER": "no-such-pager-here", "TERM": "dumb"}), pager=True)
    out.table([Column("n", "Number")], [{"n": number} for number in range(30)])
    assert "29" in capsys.readouterr().out.split()
