"""The user's state folder: records of running local chains and the last bug's traceback.

Owns where it is. Nothing secret and nothing that cannot be deleted lives there.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

__all__ = ["state_folder"]


def state_folder(environ: Mapping[str, str]) -> Path:
    """``$XDG_STATE_HOME/taokit``, or the platform's own place."""
    if sys.platform not in ("win32", "darwin"):
        base = environ.get("XDG_STATE_HOME") or "~/.local/state"
        return Path(base).expanduser() / "taokit"
    from platformdirs import user_state_path

    return user_state_path("taokit", appauthor=False)
