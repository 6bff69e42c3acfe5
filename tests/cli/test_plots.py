"""Plots in the terminal, and the histories that they show."""

from __future__ import annotations

import pytest

from taokit.cli.plots import Line, plot

from .conftest import Cli, done
from .test_schemas import held


def drawn(text: str) -> list[str]:
    """What is right of the axis, a text for each row."""
    return [line.partition("|")[2] for line in text.splitlines() if "|" in line]


def test_a_line_goes_from_its_first_point_to_its_last() -> None:
    text = plot([Line("up", [(10, 1.0), (20, 3.0)])], width=40, height=5, unicode=False)
    rows = drawn(text)
    assert len(rows) == 5
    assert rows[0].rstrip().endswith("*")
    assert rows[-1].startswith("*")
    heights = [
        next(row for row, text in enumerate(rows) if text[column : column + 1] == "*")
        for column in range(0, 30, 5)
    ]
    assert heights == sorted(heights, reverse=True)
    assert "block 10" in text
    assert text.splitlines()[-1].endswith("20")
    assert "3.0000" in text
    assert "1.0000" in text


def test_what_has_no_points_is_not_drawn_and_a_level_line_is() -> None:
    assert plot([Line("none", [])], width=40) == ""
    rows = drawn(plot([Line("level", [(1, 5.0), (9, 5.0)])], width=40, height=5, unicode=False))
    assert [row for row in rows if "*" in row] == [rows[2]]
    assert "*" in plot([Line("one", [(7, 0.0)])], width=40, unicode=False)


def test_lines_are_told_apart_also_without_colours() -> None:
    lines = [Line("a", [(0, 0.0), (9, 0.0)]), Line("b", [(0, 1.0), (9, 1.0)])]
    text = plot(lines, width=40, height=4, unicode=False, unit="TAO")
    assert text.splitlines()[0].split() == ["*", "a", "+", "b", "(TAO)"]
    assert "+" in drawn(text)[0]
    colored = plot(lines, width=40, height=4, color=True)
    assert "\x1b[36m" in colored
    assert "\x1b[33m" in colored


def test_it_fits_the_width_and_is_braille_where_that_can_be_shown() -> None:
    points = [(block, float(block % 7)) for block in range(200)]
    text = plot([Line("x", points)], width=60)
    assert max(map(len, text.splitlines())) <= 60
    assert any("\u2800" < sign < "\u28ff" for sign in text)
    assert plot([Line("x", points)], width=60, unicode=False).isascii()


@pytest.mark.usefixtures("_on_chain")
def test_histories_are_read_over_blocks_and_plotted(cli: Cli) -> None:
    done(cli, "localnet", "mine", "30")
    asked = ["--interval-hours", "1", "--points", "4"]
    prices = done(cli, "subnets", "price", "1", *asked, "--json").document
    held("subnets price", prices)
    blocks = [point["block"] for point in prices[0]["points"]]
    assert len(blocks) == 4
    assert blocks == sorted(blocks)
    emission = done(cli, "subnets", "emission", "1", *asked, "--json").document
    held("subnets emission", emission)
    assert len(emission[0]["points"]) == 4
    stake = done(cli, "stake", "history", "--ss58", "//Alice", *asked, "--json").document
    held("stake history", stake)
    assert stake["change"] == {"rao": 0, "unit": "TAO"}
    for argv in (["subnets", "price", "1"], ["subnets", "emission", "1"], ["stake", "history"]):
        shown = done(cli, *argv, *asked, "--plot").out
        assert f"block {blocks[0]}" in shown or "block " in shown
        assert "block " not in done(cli, *argv, *asked, "--plot", "--plain").out
    assert cli("subnets", "emission", "99", "--json").error["code"] == "not_found"
    assert cli("subnets", "price", "99", "--json").error["code"] == "not_found"
