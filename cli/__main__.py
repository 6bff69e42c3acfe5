"""``python -m taokit.cli``: the same as the ``taokit`` command."""

from __future__ import annotations

import sys

from taokit.cli.main import run

if __name__ == "__main__":
    sys.exit(run())
