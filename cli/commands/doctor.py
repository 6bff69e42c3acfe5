"""``taokit doctor``: what is installed, configured and reachable, fit to paste in an issue."""

from __future__ import annotations

import platform
import sys
from pathlib import Path
from typing import Any

import typer

from taokit.cli.context import Run
from taokit.cli.table import Column
from taokit.cli.tree import alone, command, run_of
from taokit.cli.version import version

app = alone()

_LIBRARIES = (
    "typer",
    "rich",
    "websockets",
    "bip-utils",
    "pynacl",
    "py-sr25519-bindings",
    "cryptography",
    "keyring",
    "numpy",
    "xxhash",
)


@command(app, "doctor", examples=["taokit doctor", "taokit doctor --json"])
def doctor(ctx: typer.Context) -> None:
    """Check this installation: versions, settings, wallets, and whether a chain answers.

    Shows no secret, no wallet name and no home folder.
    """
    run = run_of(ctx)
    rows = [*_versions(), *_settings(run), _wallets(run), _endpoint(run)]
    columns = [
        Column("check", "Check", priority=9),
        Column("value", "Value", priority=8),
        Column("problem", "Problem", priority=7),
    ]
    run.out.table(columns, rows)


def _row(check: str, value: object, problem: str | None = None) -> dict[str, Any]:
    return {"check": check, "value": value, "problem": problem}


def _versions() -> list[dict[str, Any]]:
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    rows = [
        _row("taokit", version()),
        _row("python", platform.python_version()),
        _row("system", f"{platform.system()} {platform.machine()}"),
        _row("terminal", f"encoding {getattr(sys.stdout, 'encoding', None)}"),
    ]
    for name in _LIBRARIES:
        try:
            rows.append(_row(name, installed(name)))
        except PackageNotFoundError:
            rows.append(_row(name, None, "not installed"))
    return rows


def _settings(run: Run) -> list[dict[str, Any]]:
    rows = []
    for found in run.settings.everything():
        if found.origin.kind != "default":
            where = _redacted(found.origin.where)
            shown = "(set)" if found.key.startswith("wallet.") else _redacted(str(found.value))
            rows.append(_row(f"setting {found.key}", f"{shown}, from {where}"))
    return rows


def _wallets(run: Run) -> dict[str, Any]:
    folder = Path(run.settings["wallet.path"]).expanduser()
    if not folder.is_dir():
        return _row("wallets", "no folder yet")
    exposed = [
        path
        for path in (*folder.glob("*/coldkey"), *folder.glob("*/hotkeys/*"))
        if sys.platform != "win32" and path.stat().st_mode & 0o077 and "pub.txt" not in path.name
    ]
    count = sum(1 for path in folder.iterdir() if path.is_dir())
    problem = f"{len(exposed)} key files are readable by others: chmod 600" if exposed else None
    return _row("wallets", f"{count} in the folder", problem)


def _endpoint(run: Run) -> dict[str, Any]:
    """Whether something listens there: a connection and nothing more."""
    import socket
    from urllib.parse import urlsplit

    from taokit.cli.connection import network_of

    network = network_of(run)
    url = urlsplit(network.urls[0])
    where = url.netloc.rpartition("@")[2]
    port = url.port or (443 if url.scheme == "wss" else 80)
    try:
        socket.create_connection((url.hostname or "", port), timeout=3).close()
    except OSError as error:
        return _row(f"network {network.name}", where, f"no answer: {error.strerror or error}")
    return _row(f"network {network.name}", where)


def _redacted(text: str) -> str:
    from taokit.chain_client.redaction import redacted

    return redacted(text).replace(str(Path.home()), "~")
