"""Plots in the terminal: a line over blocks, drawn with the characters that the terminal has.

Owns the drawing, of numbers already read: braille dots (two by four in a character), or asterisks
where only ASCII can be shown. Does not own reading them, nor files of pictures. Drawn here because
the plotting packages take longer to import than a command may take to start.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from taokit.cli.terminal import styled

__all__ = ["Line", "plot"]

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_BLANK = 0x2800
_STYLES = ("cyan", "yellow", "green", "red")
_MARKS = "*+ox"
_LEAST_WIDTH = 20
_HEIGHT = 13


@dataclass(frozen=True)
class Line:
    """One line of a plot: its name, and points of (block, value), the oldest first.

    Instead of a block it may be another number that grows, such as a day.
    """

    name: str
    points: Sequence[tuple[int, float]]


def plot(
    lines: Sequence[Line],
    *,
    width: int,
    height: int = _HEIGHT,
    unicode: bool = True,
    color: bool = False,
    unit: str = "",
    log: bool = False,
    along: str = "block",
) -> str:
    """The lines over their blocks, with the values' range on the left and a legend above.

    With ``log`` each step up is a factor, and values that are not above zero are left out.
    ``along`` says what the points are numbered by.
    """
    known = [_scaled(line) if log else line for line in lines]
    known = [line for line in known if line.points]
    if not known:
        return ""
    values = [value for line in known for _, value in line.points]
    low, high = min(values), max(values)
    level = low == high
    if level:  # in the middle
        low, high = low - (abs(low) or 1) / 10, high + (abs(high) or 1) / 10
    steps = [high - (high - low) * row / (height - 1) for row in range(height)]
    labels = [_short(10**step if log else step) for step in steps]
    margin = max(map(len, labels))
    room = max(_LEAST_WIDTH, width - margin - 3)
    first = min(line.points[0][0] for line in known)
    last = max(line.points[-1][0] for line in known)
    canvas = _Canvas(room, height, unicode)
    for number, line in enumerate(known):
        spots = [
            (_share(block, first, last), _share(value, low, high)) for block, value in line.points
        ]
        canvas.draw(spots, number)
    side = "┤" if unicode else "|"
    shown = {height // 2} if level else {0, height // 2, height - 1}
    rows = [
        f"{labels[row] if row in shown else '':>{margin}} {side}{canvas.row(row, color)}"
        for row in range(height)
    ]
    corner = ("└" + "─" * room) if unicode else ("+" + "-" * room)
    left, right = f"{along} {first}", str(last)
    gap = " " * max(1, room - len(left) - len(right))
    below = [f"{'':{margin}} {corner}", f"{'':{margin}}  {left}{gap}{right}"]
    legend = "  ".join(_legend(line, place, color, unicode) for place, line in enumerate(known))
    about = ", ".join(filter(None, (unit, "log scale" if log else "")))
    heading = f"{'':{margin}}  {legend}{f'  ({about})' if about else ''}"
    return "\n".join(text.rstrip() for text in (heading, *rows, *below)) + "\n"


def _scaled(line: Line) -> Line:
    """The line with the logarithms of its values."""
    return Line(line.name, [(x, math.log10(value)) for x, value in line.points if value > 0])


def _legend(line: Line, place: int, color: bool, unicode: bool) -> str:
    mark = "●" if unicode and color else _MARKS[place % len(_MARKS)]
    mark = "" if unicode and not color else f"{mark} "
    return styled(f"{mark}{line.name}", _STYLES[place % len(_STYLES)], color)


def _share(value: float, low: float, high: float) -> float:
    return (value - low) / (high - low) if high > low else 0.5


def _short(value: float) -> str:
    """A number of about five digits, as is usual of a price."""
    if value == 0:
        return "0"
    if abs(value) >= 1e15 or abs(value) < 1e-9:
        return f"{value:.2e}"
    digits = max(0, 4 - math.floor(math.log10(abs(value))))
    return f"{value:.{digits}f}"


class _Canvas:
    """Dots in a grid of characters; each character has the colour of the last line through it."""

    def __init__(self, width: int, height: int, unicode: bool) -> None:
        self._across, self._down = (2, 4) if unicode else (1, 1)
        self._columns, self._rows = width * self._across, height * self._down
        self._unicode = unicode
        self._cells = [[0] * width for _ in range(height)]
        self._lines = [[0] * width for _ in range(height)]

    def draw(self, spots: Sequence[tuple[float, float]], line: int) -> None:
        """Join the spots, each with its share of the width and of the height (0 is below)."""
        dots = [
            (round(x * (self._columns - 1)), round((1 - y) * (self._rows - 1))) for x, y in spots
        ]
        self._dot(*dots[0], line)
        for (x0, y0), (x1, y1) in pairwise(dots):
            steps = max(abs(x1 - x0), abs(y1 - y0), 1)
            for step in range(1, steps + 1):
                x = x0 + round((x1 - x0) * step / steps)
                self._dot(x, y0 + round((y1 - y0) * step / steps), line)

    def _dot(self, x: int, y: int, line: int) -> None:
        column, row = x // self._across, y // self._down
        bit = _DOTS[y % 4][x % 2] if self._unicode else 1
        self._cells[row][column] |= bit
        self._lines[row][column] = line

    def row(self, number: int, color: bool) -> str:
        """A row of characters."""
        drawn = []
        for bits, line in zip(self._cells[number], self._lines[number], strict=True):
            if not bits:
                drawn.append(" ")
                continue
            mark = chr(_BLANK + bits) if self._unicode else _MARKS[line % len(_MARKS)]
            drawn.append(styled(mark, _STYLES[line % len(_STYLES)], color))
        return "".join(drawn)
