"""A page with a chart, for a browser: one file that needs nothing else.

Owns the page, its chart (drawn here as SVG; a little script shows the values under the pointer and
hides lines), and where the file goes. Nothing is loaded from anywhere. Does not own the numbers.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

from taokit.cli.errors import OutputError
from taokit.cli.plots import Line

if TYPE_CHECKING:
    from taokit.cli.context import Run

__all__ = ["chart_page", "keep_page"]

_WIDE, _HIGH = 960, 420
_LEFT, _RIGHT, _TOP, _BELOW = 90, 16, 12, 34
_TICKS: Final = 6


def chart_page(title: str, lines: Sequence[Line], *, unit: str, log: bool = False) -> str:
    """The page: its title, the lines over blocks, and a table of where each began and ended."""
    kept = [Line(line.name, [(x, y) for x, y in line.points if not log or y > 0]) for line in lines]
    kept = [line for line in kept if line.points]
    low, high = _range(kept, log=log)
    first = min((line.points[0][0] for line in kept), default=0)
    last = max((line.points[-1][0] for line in kept), default=1)
    across, up = _Scale(first, max(last, first + 1)), _Scale(low, high)

    def place(x: float, y: float) -> tuple[float, float]:
        share = up.share(math.log10(y) if log else y)
        return (
            _LEFT + across.share(x) * (_WIDE - _LEFT - _RIGHT),
            _TOP + (1 - share) * (_HIGH - _TOP - _BELOW),
        )

    marks = []
    for step in range(_TICKS):
        value = low + (high - low) * step / (_TICKS - 1)
        shown = 10**value if log else value
        _, y = place(first, shown)
        marks.append(
            f'<path class="rule" d="M{_LEFT} {y:.1f}H{_WIDE - _RIGHT}"/>'
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" class="value">{shown:.6g}</text>'
        )
        block = first + (last - first) * step // (_TICKS - 1)
        x = _LEFT + across.share(block) * (_WIDE - _LEFT - _RIGHT)
        marks.append(f'<text x="{x:.1f}" y="{_HIGH - 10}" class="block">{block}</text>')
    drawn = []
    for number, line in enumerate(kept):
        spots = " ".join("{:.1f},{:.1f}".format(*place(x, y)) for x, y in line.points)
        drawn.append(f'<polyline class="line" style="stroke:{_color(number)}" points="{spots}"/>')
    about = f"{unit}{', log scale' if log else ''}, blocks {first} to {last}"
    return _PAGE.format(
        title=escape(title),
        about=escape(about),
        box=f"0 0 {_WIDE} {_HIGH}",
        marks="".join(marks),
        lines="".join(drawn),
        rows="".join(_row(number, line) for number, line in enumerate(kept)),
        data=json.dumps(
            {
                "lines": [{"name": line.name, "points": list(line.points)} for line in kept],
                "from": first,
                "to": max(last, first + 1),
                "left": _LEFT,
                "right": _WIDE - _RIGHT,
                "wide": _WIDE,
            }
        ).replace("<", "\\u003c"),
    )


def keep_page(
    run: Run, page: str, wanted: str | None, *, name: str = "taokit.html", opened: bool = True
) -> None:
    """Write the page to ``wanted`` or a file of its own, print its path, and open it.

    In a folder it is called ``name``. It is opened only where a person looks, and something can
    show it.
    """
    import tempfile

    try:
        if wanted is None:
            number, made = tempfile.mkstemp(prefix="taokit-", suffix=".html")
            with os.fdopen(number, "w", encoding="utf-8") as file:
                file.write(page)
            path = Path(made)
        else:
            path = Path(wanted).expanduser()
            path = path / name if path.is_dir() else path
            path.write_text(page, encoding="utf-8")
    except OSError as error:
        where = wanted or tempfile.gettempdir()
        raise OutputError(f"{where}: {error.strerror or error}") from error
    run.out.line(str(path.absolute()))
    if opened and run.terminal.is_tty(run.terminal.out) and _shows_pages(run):
        import webbrowser

        webbrowser.open(path.absolute().as_uri())


def _shows_pages(run: Run) -> bool:
    """Whether there is a screen; a browser in the terminal itself would take it away."""
    if sys.platform in ("darwin", "win32"):
        return True
    return any(run.terminal.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))


class _Scale:
    def __init__(self, low: float, high: float) -> None:
        self._low, self._span = low, (high - low) or 1

    def share(self, value: float) -> float:
        """Where a value is between the ends, from 0 to 1."""
        return (value - self._low) / self._span


def _range(lines: Sequence[Line], *, log: bool) -> tuple[float, float]:
    values = [y for line in lines for _, y in line.points]
    if log:
        values = [math.log10(y) for y in values]
    low, high = min(values, default=0.0), max(values, default=1.0)
    if low == high:
        return low - (abs(low) or 1) / 10, high + (abs(high) or 1) / 10
    return low, high


def _row(number: int, line: Line) -> str:
    values = [y for _, y in line.points]
    change = f"{values[-1] / values[0] - 1:+.2%}" if values[0] else "-"
    cells = (f"{values[-1]:.9g}", change, f"{min(values):.9g}", f"{max(values):.9g}")
    return (
        f'<tr><td><label><input type="checkbox" checked data-line="{number}">'
        f'<i style="background:{_color(number)}"></i> {escape(line.name)}</label></td>'
        + "".join(f"<td>{cell}</td>" for cell in cells)
        + "</tr>"
    )


def _color(number: int) -> str:
    """Colours as far apart as they can be, however many there are."""
    return f"hsl({(200 + number * 137.508) % 360:.0f} 65% 50%)"


_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --rule: #8884; --dim: #888; }}
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 1000px; margin: 2rem auto; }}
body {{ padding: 0 1rem; }}
h1 {{ font-size: 1.3rem; margin: 0; }}
p {{ color: var(--dim); margin: 0 0 1rem; }}
svg {{ width: 100%; height: auto; }}
.rule {{ stroke: var(--rule); }}
.line {{ fill: none; stroke-width: 2; stroke-linejoin: round; }}
text {{ font-size: 12px; fill: var(--dim); }}
.value {{ text-anchor: end; }}
.block {{ text-anchor: middle; }}
#at {{ stroke: var(--dim); stroke-dasharray: 3 3; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
th, td {{ text-align: right; padding: .15rem .9rem; }}
th:first-child, td:first-child {{ text-align: left; padding-left: 0; }}
i {{ display: inline-block; width: .8em; height: .8em; border-radius: 2px; }}
</style>
<h1>{title}</h1>
<p id="about">{about}</p>
<svg viewBox="{box}" role="img" aria-label="{title}">{marks}{lines}<path id="at" d=""/></svg>
<table>
<thead><tr><th></th><th>now</th><th>change</th><th>lowest</th><th>highest</th></tr></thead>
<tbody>{rows}</tbody>
</table>
<script>
const data = {data};
const svg = document.querySelector("svg");
const about = document.getElementById("about");
const said = about.textContent;
const lines = document.querySelectorAll(".line");
const cells = document.querySelectorAll("tbody tr");
const now = [...cells].map(row => row.children[1].textContent);
document.querySelectorAll("[data-line]").forEach(box => box.addEventListener("change", () => {{
  lines[box.dataset.line].style.display = box.checked ? "" : "none";
}}));
svg.addEventListener("pointermove", event => {{
  const box = svg.getBoundingClientRect();
  const x = (event.clientX - box.left) * data.wide / box.width;
  const share = (x - data.left) / (data.right - data.left);
  if (share < 0 || share > 1) return;
  const block = Math.round(data.from + share * (data.to - data.from));
  document.getElementById("at").setAttribute("d", `M${{x}} 12V386`);
  about.textContent = `block ${{block}}`;
  data.lines.forEach((line, number) => {{
    const past = line.points.filter(point => point[0] <= block);
    const found = past.length ? past[past.length - 1] : line.points[0];
    cells[number].children[1].textContent = found[1];
  }});
}});
svg.addEventListener("pointerleave", () => {{
  document.getElementById("at").setAttribute("d", "");
  about.textContent = said;
  now.forEach((text, number) => {{ cells[number].children[1].textContent = text; }});
}});
</script>
</html>
"""
