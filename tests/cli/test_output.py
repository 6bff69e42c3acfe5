"""The answer goes to stdout in the form asked for, and nothing else does."""

from __future__ import annotations

import io
import json

import pytest

from taokit.chain_client.money import Alpha, Tao
from taokit.cli.document import dumps, jsonable
from taokit.cli.errors import UnknownName
from taokit.cli.output import Output
from taokit.cli.table import Column
from taokit.cli.terminal import Terminal, styled

COLUMNS = [
    Column("name", "Name", priority=9),
    Column("address", "Address", address=True, priority=7),
    Column("amount", "Amount", right=True, priority=6),
    Column("minor", "Minor", priority=2),
]
ROWS = [
    {"name": "a", "address": "5" + "x" * 47, "amount": Tao(1_500_000_000), "minor": "m" * 30},
    {"name": "b\nb", "address": "5" + "y" * 47, "amount": Tao(25), "minor": None},
]


class Tty(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def output(form: str = "human", **more: object) -> Output:
    return Output(Terminal({}), form=form, **more)


def test_plain_is_tab_separated_and_whole(capsys: pytest.CaptureFixture[str]) -> None:
    output("plain").table(COLUMNS, ROWS)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("\t") for line in lines] == [
        ["a", "5" + "x" * 47, "1.500000000", "m" * 30],
        ["b b", "5" + "y" * 47, "0.000000025", "-"],
    ]


def test_piped_tables_are_aligned_and_cut_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    output().table(COLUMNS, ROWS)
    text = capsys.readouterr().out
    assert "5" + "x" * 47 in text
    assert "m" * 30 in text
    assert "─" not in text
    assert "\x1b" not in text


def test_columns_select_and_order_and_unknown_ones_are_errors(
    capsys: pytest.CaptureFixture[str],
) -> None:
    output("plain", columns="amount,name").table(COLUMNS, ROWS)
    assert capsys.readouterr().out == "1.500000000\ta\n0.000000025\tb b\n"
    with pytest.raises(UnknownName, match="amout"):
        output("plain", columns="amout").table(COLUMNS, ROWS)


@pytest.mark.parametrize("named", ["stake_weight", "Stake", "stake", "STAKE-WEIGHT", "last epoch"])
def test_a_column_goes_by_its_key_or_its_heading(
    named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    columns = [Column("stake_weight", "Stake"), Column("epoch", "Last epoch")]
    output("plain", columns=named).table(columns, [{"stake_weight": "s", "epoch": "e"}])
    assert capsys.readouterr().out == ("e\n" if named == "last epoch" else "s\n")


@pytest.mark.parametrize("width", [200, 100, 60, 40, 20])
def test_a_table_on_a_terminal_fits_its_width(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = Tty()
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setenv("COLUMNS", str(width))
    Output(Terminal({"NO_COLOR": "1"})).table(COLUMNS, ROWS)
    text = screen.getvalue()
    assert max(len(line) for line in text.splitlines()) <= width
    assert ("m" * 30 in text) == (width >= 200 or "Minor" not in capsys.readouterr().err)


def test_an_empty_list_is_an_empty_document(capsys: pytest.CaptureFixture[str]) -> None:
    output("json").table(COLUMNS, [])
    assert json.loads(capsys.readouterr().out) == []
    output().table(COLUMNS, [], empty="none")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "none\n")


def test_json_is_never_wrapped_and_amounts_have_one_shape() -> None:
    document = json.loads(dumps({"t": Tao(1_500_000_000), "a": Alpha(25, 3), "long": "x" * 500}))
    assert document["t"]["rao"] == 1_500_000_000
    assert document["t"]["unit"] == "TAO"
    assert document["a"] == {**document["a"], "rao": 25, "unit": "alpha", "netuid": 3}
    assert "x" * 500 in dumps({"long": "x" * 500}).splitlines()[1]


@pytest.mark.parametrize("value", [2**53, -(2**53)])
def test_integers_that_javascript_holds_are_numbers(value: int) -> None:
    assert jsonable(value) == value


@pytest.mark.parametrize("value", [2**53 + 1, 2**128, -(2**53) - 1])
def test_larger_integers_are_text(value: int) -> None:
    assert jsonable({"n": [value]}) == {"n": [str(value)]}


def test_infinities_are_null_because_json_has_none() -> None:
    assert json.loads(dumps([float("inf"), float("nan"), 0.5])) == [None, None, 0.5]


@pytest.mark.parametrize(
    ("environ", "flag", "tty", "colored"),
    [
        ({}, "auto", True, True),
        ({}, "auto", False, False),
        ({"NO_COLOR": "1"}, "auto", True, False),
        ({"NO_COLOR": ""}, "auto", True, True),
        ({"TERM": "dumb"}, "auto", True, False),
        ({"FORCE_COLOR": "1"}, "auto", False, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, "auto", True, False),
        ({"NO_COLOR": "1"}, "always", False, True),
        ({"FORCE_COLOR": "1"}, "never", True, False),
    ],
)
def test_colour_goes_by_flag_then_environment_then_terminal(
    environ: dict[str, str], flag: str, tty: bool, colored: bool
) -> None:
    stream = Tty() if tty else io.StringIO()
    assert Terminal(environ, flag).colored(stream) is colored


def test_without_colour_text_is_untouched() -> None:
    assert styled("x", "bold red", False) == "x"
    assert styled("x", "bold red", True) == "\x1b[1;31mx\x1b[0m"


def test_without_unicode_an_amount_is_spelled_in_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    class Latin(io.StringIO):
        encoding = "latin-1"

    monkeypatch.setattr("sys.stdout", Latin())
    assert output().money(Tao(1_500_000_000)) == "1.500000000 TAO"


def test_notes_are_silent_when_quiet_and_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    for quiet, form in ((True, "human"), (False, "json")):
        out = Output(Terminal({}), form=form, quiet=quiet)
        out.note("n")
        out.next("taokit x")
        with out.phase("working"):
            pass
    assert capsys.readouterr().err == ""


def test_a_long_phase_is_announced_on_stderr(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    announced = threading.Event()
    monkeypatch.setattr("taokit.cli.output._PATIENCE_S", 0.0)
    out = output()
    aside = out._aside
    monkeypatch.setattr(out, "_aside", lambda text: (aside(text), announced.set()))
    with out.phase("connecting to finney"):
        assert announced.wait(60)
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "connecting to finney ...\n")
