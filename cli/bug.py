"""Bugs: what a person sees when taokit itself is wrong, and the file that helps to mend it.

Owns the short block on stderr and the traceback file (0600, in the user's state folder, without
any value of a variable). Does not own errors that taokit raises on purpose: failure.py.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import traceback
from pathlib import Path

from taokit.cli.exits import Exit
from taokit.cli.terminal import Terminal, styled

__all__ = ["show_bug"]


def show_bug(error: BaseException, terminal: Terminal, *, as_json: bool, debug: bool) -> Exit:
    """Show an unexpected exception; keep its traceback where the message says."""
    from taokit.chain_client.redaction import redacted
    from taokit.cli.version import project_url, version

    text = redacted("".join(traceback.format_exception(error)))
    what = f"{type(error).__name__} (unexpected)"
    kept = None if debug else _keep(text)
    where = project_url("Issues")
    report = f"please report it{' at ' + where if where else ''}, with what `taokit doctor` says"
    if as_json:
        body = {
            "code": "bug",
            "message": f"a defect in taokit {version()}: {what}",
            "hint": report,
            "retryable": False,
            "log": str(kept) if kept else None,
            "exit": int(Exit.BUG),
        }
        terminal.err.write(json.dumps({"error": body}) + "\n")
        return Exit.BUG
    if debug:
        terminal.err.write(text)
    head = styled("error[bug]:", "red bold", terminal.colored(terminal.err))
    terminal.err.write(
        f"{head} a defect in taokit: {what}\n"
        f"note: taokit {version()}, Python {platform.python_version()}, {sys.platform}\n"
    )
    if kept:
        terminal.err.write(f"note: the traceback is in {kept}\n")
    terminal.err.write(f"help: {report}\n")
    return Exit.BUG


def _keep(text: str) -> Path | None:
    from taokit.cli.state import state_folder

    path = state_folder(os.environ) / "last-bug.txt"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        return None
    return path
