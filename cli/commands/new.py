"""``taokit new``: the same as ``taokit subnet new``."""

from __future__ import annotations

from taokit.cli.commands.subnet import MAKE, NEW_EXAMPLES
from taokit.cli.commands.subnet import new as make
from taokit.cli.tree import alone, command

app = alone()
command(app, "new", examples=NEW_EXAMPLES, shows=("network",), section=MAKE)(make)
