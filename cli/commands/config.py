"""``taokit config``: see and change settings."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from taokit.chain_client.redaction import redacted
from taokit.cli import settings_file
from taokit.cli.context import Run
from taokit.cli.errors import UsageError
from taokit.cli.settings import Settings, parse_setting
from taokit.cli.table import Column
from taokit.cli.tree import command, group, run_of

app = group()

Key = Annotated[str, typer.Argument(metavar="KEY", help="A setting, such as wallet.name.")]
Project = Annotated[
    bool, typer.Option("--project", help="Use the project's taokit.toml, not the user's file.")
]


@command(app, "list", examples=["taokit config list --show-origin"])
def list_settings(
    ctx: typer.Context,
    show_origin: Annotated[
        bool, typer.Option("--show-origin", help="Show where each value comes from.")
    ] = False,
) -> None:
    """List every setting and its value; `taokit config get` shows a URL with its secrets."""
    run = run_of(ctx)
    rows = [{**_row(found), "value": _shown(found.value)} for found in run.settings.everything()]
    columns = [Column("key", "Setting", priority=9), Column("value", "Value", priority=8)]
    if show_origin or run.out.form == "json":
        columns.append(Column("origin", "Origin", priority=7))
        columns.append(Column("where", "Where", priority=6))
    run.out.table(columns, rows)


@command(app, "get", examples=["taokit config get network"])
def get(ctx: typer.Context, key: Key) -> None:
    """Print the value of one setting."""
    run = run_of(ctx)
    found = run.settings.resolve(key)
    run.out.line(found.value, json=_row(found))


@command(
    app,
    "set",
    examples=[
        "taokit config set wallet.name alice",
        "taokit config set network finney --project",
        "taokit config set networks.mine wss://my-node.example:443",
    ],
)
def set_setting(
    ctx: typer.Context,
    key: Key,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="Its new value.")],
    project: Project = False,
) -> None:
    """Change one setting in a file; comments in it survive."""
    run = run_of(ctx)
    path = _file(run, project)
    parsed = parse_setting(key, value, where="the command line")
    aside = settings_file.change(path, key, parsed)
    if aside is not None:
        run.out.warn(f"{path} could not be read and was kept as {aside}")
    if run.out.form == "json":
        run.out.document({"key": key, "value": _shown(parsed), "path": path})
        return
    run.out.note(f"{key} = {json.dumps(_shown(parsed))} in {path}")
    winner = _fresh(run).resolve(key)
    if winner.value != parsed:
        run.out.warn(f"{winner.origin.where} still sets {key} to {_shown(winner.value)}")


@command(app, "unset", examples=["taokit config unset network"], aliases=["clear"])
def unset(ctx: typer.Context, key: Key, project: Project = False) -> None:
    """Remove one setting from a file."""
    run = run_of(ctx)
    path = _file(run, project)
    values = settings_file.read(path) if path.exists() else {}
    if key not in values:
        run.settings.resolve(key)
        raise UsageError(
            f"{path} does not set {key}", hint="see `taokit config list --show-origin`"
        )
    settings_file.change(path, key, None)
    if run.out.form == "json":
        run.out.document({"key": key, "value": None, "path": path})
    else:
        run.out.note(f"{key} is no longer set in {path}")


@command(app, "path", examples=["taokit config path"])
def path(ctx: typer.Context, project: Project = False) -> None:
    """Print where the settings file is."""
    run = run_of(ctx)
    found = _file(run, project)
    run.out.line(str(found), json={"path": found, "exists": found.exists()})


def _file(run: Run, project: bool) -> Path:
    if project:
        found = settings_file.project_path(Path.cwd())
        return found or Path.cwd() / settings_file.PROJECT_FILE
    given = run.flags.config
    return Path(given).expanduser() if given else settings_file.user_path(os.environ)


def _fresh(run: Run) -> Settings:
    old = run.settings
    return Settings(old.options, old.environ, old.directory, old.user_path)


def _shown(value: Any) -> Any:
    """A value without the secrets that a URL may hold."""
    return redacted(value) if isinstance(value, str) else value


def _row(found: Any) -> dict[str, Any]:
    return {
        "key": found.key,
        "value": found.value,
        "origin": found.origin.kind,
        "where": found.origin.where or None,
    }
