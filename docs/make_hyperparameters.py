"""Write the table of hyperparameters into ``docs/subnet-owners.md``; ``--check`` only compares.

python docs/make_hyperparameters.py
"""

from __future__ import annotations

import sys
from pathlib import Path

from taokit.chain_client.hyperparameters import SETTINGS, Setting

PAGE = Path(__file__).with_name("subnet-owners.md")
START, END = "<!-- table: made by docs/make_hyperparameters.py -->", "<!-- end of table -->"


def table() -> str:
    """The settings as Markdown, by who may set them."""
    parts = []
    for title, chosen in (
        ("Set by the owner", lambda one: one.on_subnet and one.who == "owner"),
        ("Set by root, of one subnet", lambda one: one.on_subnet and one.who == "root"),
        ("Set by root, of the whole chain", lambda one: not one.on_subnet),
    ):
        rows = [_row(one) for one in SETTINGS.values() if chosen(one)]
        head = [
            "",
            f"### {title}",
            "",
            "| name | unit | range | what it does |",
            "|---|---|---|---|",
        ]
        parts.append("\n".join([*head, *rows]))
    return "\n".join(parts) + "\n"


def _row(one: Setting) -> str:
    name = f"`{one.name}`" + ("" if one.freezes or one.who == "root" else " (never frozen)")
    return f"| {name} | {one.unit_name} | {one.bounds} | {one.does} |"


def page(text: str) -> str:
    """The page with the table of now."""
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n{table()}\n{END}{after}"


def main() -> int:
    """Write or compare; 1 if the page is not what it would be."""
    text = PAGE.read_text("utf-8")
    made = page(text)
    if "--check" in sys.argv:
        return int(made != text)
    PAGE.write_text(made, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
