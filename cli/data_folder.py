"""Where what must not be lost is kept: journals of scripts, and what was spent.

Owns the folder: ``$TAOKIT_DATA_DIR``, or the platform's for a user's data. Unlike the cache it
is never safe to delete.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

__all__ = ["data_folder"]


def data_folder(environ: Mapping[str, str]) -> Path:
    """The folder; it may not exist yet."""
    if environ.get("TAOKIT_DATA_DIR"):
        return Path(environ["TAOKIT_DATA_DIR"]).expanduser()
    if sys.platform not in ("win32", "darwin"):
        base = environ.get("XDG_DATA_HOME") or "~/.local/share"
        return Path(base).expanduser() / "taokit"
    from platformdirs import user_data_path

    return user_data_path("taokit", appauthor=False)
