"""Where numbers over time are drawn: a terminal, a page for a browser; and going on with blocks."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.dom.minidom import parseString

import pytest

from taokit.cli.chart_page import chart_page
from taokit.cli.plots import Line, plot

from .conftest import Cli, done

ASKED = ("--interval-hours", "1", "--points", "4")


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard output of each command is a window of 80 columns."""
    monkeypatch.setattr("taokit.cli.terminal.Terminal.is_tty", lambda self, stream: True)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The pages that were opened in a browser."""
    found: list[str] = []
    monkeypatch.setattr("webbrowser.open", found.append)
    monkeypatch.setenv("DISPLAY", ":0")
    return found


def test_each_step_up_a_log_scale_is_a_factor() -> None:
    points = [(0, 0.0), (1, 1.0), (2, 10.0), (3, 100.0)]
    text = plot([Line("x", points)], width=40, height=5, unicode=False, log=True, unit="TAO")
    assert "(TAO, log scale)" in text
    labels = re.findall(r"^ *([\d.]+) \|", text, re.MULTILINE)
    assert [float(label) for label in labels] == [100.0, 10.0, 1.0]


def test_a_level_line_says_its_value_once() -> None:
    text = plot([Line("x", [(0, 5.0), (1, 5.0)])], width=40, unicode=False)
    assert re.findall(r"^ *([-\d.]+) \|", text, re.MULTILINE) == ["5.0000"]


def test_a_page_is_whole_by_itself_and_shows_strangers_names_as_text() -> None:
    lines = [Line("</script><b>1", [(1, 1.0), (5, 3.0)]), Line("b", [(1, 0.0), (5, 9.0)])]
    page = chart_page("Prices <of> & all", lines, unit="TAO")
    assert "<b>1" not in page
    assert not re.search(r"(src|href)=|https?://|@import|url\(", page)
    svg = re.search(r"<svg.*?</svg>", page, re.DOTALL)
    assert svg is not None
    drawn = parseString(svg[0])
    assert len(drawn.getElementsByTagName("polyline")) == 2
    data = re.search(r"const data = (.*);\n", page)
    assert data is not None
    assert json.loads(data[1])["lines"][0]["points"] == [[1, 1.0], [5, 3.0]]
    log = chart_page("Prices", lines, unit="TAO", log=True)
    assert "log scale" in log
    drawn = parseString(re.findall(r"(?s)<svg.*?</svg>", log)[0])
    assert len(drawn.getElementsByTagName("polyline")) == 2


@pytest.mark.usefixtures("_on_chain")
def test_a_page_is_written_and_opened_only_where_somebody_looks(
    cli: Cli, tmp_path: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    done(cli, "localnet", "mine", "10")
    file = tmp_path / "prices.html"
    result = done(cli, "subnets", "price", "1", *ASKED, "--html", "--out", str(file))
    assert result.out == f"{file}\n"
    assert file.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert opened == []
    monkeypatch.setattr("taokit.cli.terminal.Terminal.is_tty", lambda self, stream: True)
    for argv in (["subnets", "emission", "1"], ["stake", "history", "--ss58", "//Alice"]):
        path = Path(done(cli, *argv, *ASKED, "--html").out.strip())
        assert path.suffix == ".html"
        assert opened.pop() == path.as_uri()
        path.unlink()
    monkeypatch.delenv("DISPLAY")
    monkeypatch.setattr("sys.platform", "linux")
    done(cli, "subnets", "price", "1", *ASKED, "--html", "--out", str(file))
    assert opened == []


@pytest.mark.parametrize(
    "wrong",
    [["--html", "--json"], ["--html", "--current"], ["--out", "x.html"], ["--html", "--plot"]],
    ids=" ".join,
)
def test_options_that_exclude_each_other_say_so(cli: Cli, wrong: list[str]) -> None:
    result = cli("subnets", "price", "1", *wrong)
    assert result.status == 2


@pytest.mark.usefixtures("_on_chain")
def test_where_a_page_cannot_be_written_it_says_so(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "nowhere" / "x.html"
    result = cli("subnets", "price", "1", *ASKED, "--html", "--out", str(file))
    assert result.status == 1
    assert str(file) in result.err


@pytest.mark.usefixtures("_on_chain", "window")
def test_a_window_shows_the_plot_and_a_summary_and_can_show_the_numbers(cli: Cli) -> None:
    done(cli, "localnet", "mine", "10")
    shown = done(cli, "subnets", "price", "1", *ASKED).out
    assert "subnet 1  (TAO for one alpha)" in shown
    assert "Lowest" in shown
    for argv in (["subnets", "emission", "1"], ["stake", "history", "--ss58", "//Alice"]):
        drawn = done(cli, *argv, *ASKED).out
        assert "Lowest" in drawn
        assert max(map(len, drawn.splitlines())) <= 80
        numbers = done(cli, *argv, *ASKED, "--no-plot").out
        assert "Lowest" not in numbers
        assert "Block" in numbers
    assert "(TAO" not in done(cli, "subnets", "price", "1", *ASKED, "--columns", "price").out
    assert "(TAO" not in done(cli, "subnets", "price", "1", *ASKED, "--plain").out


@pytest.mark.usefixtures("_on_chain")
def test_into_a_pipe_there_is_a_plot_only_where_it_is_asked_for(cli: Cli) -> None:
    assert "(TAO" not in done(cli, "subnets", "price", "1", *ASKED).out
    assert "(TAO" in done(cli, "subnets", "price", "1", *ASKED, "--plot").out
    assert "log scale" in done(cli, "subnets", "price", "1", *ASKED, "--log-scale").out


@pytest.mark.parametrize("words", [["subnets", "list"], ["stake", "list", "--ss58", "//Alice"]])
@pytest.mark.usefixtures("_on_chain")
def test_live_goes_on_with_every_block_as_watch_does(
    cli: Cli, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from taokit.cli import watching

    def two(run: Any, question: Any, watched: Any, *, count: int | None) -> None:
        assert count is None
        original(run, question, watched, count=1)

    original = watching.watch
    monkeypatch.setattr("taokit.cli.commands.stake_watch.watch", two)
    monkeypatch.setattr("taokit.cli.commands.subnets_watch.watch", two)
    line = json.loads(done(cli, *words, "--live", "--json").out)
    assert line["block"] >= 0
    assert ("subnets" if words[0] == "subnets" else "positions") in line


@pytest.mark.usefixtures("_on_chain")
def test_the_dashboard_is_a_page_too_saved_where_it_is_told_to_be(
    cli: Cli, tmp_path: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taokit.cli.terminal.Terminal.is_tty", lambda self, stream: True)
    done(cli, "view", "dashboard", "--save-file", "--dashboard-path", str(tmp_path))
    page = (tmp_path / "taokit-dashboard.html").read_text(encoding="utf-8")
    assert opened == []
    assert "Market cap" in page
    assert "nothing is staked" in page or "Last dividends" in page
    assert not re.search(r"<script|(src|href)=|https?://|@import|url\(", page)
    file = tmp_path / "mine.html"
    done(cli, "view", "dashboard", "--html", "--out", str(file))
    assert opened == [file.as_uri()]
    assert cli("view", "dashboard", "--html", "--json").status == 2
