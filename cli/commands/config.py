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
from taokit.cli.errors import MissingInput, UsageError
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
    _list(run_of(ctx), origins=show_origin)


def _list(run: Run, *, origins: bool) -> None:
    rows = [{**_row(found), "value": _shown(found.value)} for found in run.settings.everything()]
    columns = [Column("key", "Setting", priority=9), Column("value", "Value", priority=8)]
    if origins or run.out.form == "json":
        columns.append(Column("origin", "Origin", priority=7))
        columns.append(Column("where", "Where", priority=6))
    run.out.table(columns, rows)


@command(app, "get", examples=["taokit config get network", "taokit config get"])
def get(
    ctx: typer.Context,
    key: Annotated[
        str | None, typer.Argument(metavar="KEY", help="A setting, such as wallet.name.")
    ] = None,
) -> None:
    """Print the value of one setting; without one, all of them as `taokit config list` does."""
    run = run_of(ctx)
    if key is None:
        _list(run, origins=False)
        return
    found = run.settings.resolve(key)
    run.out.line(found.value, json=_row(found))


# btcli's options of `config set` that are not global ones, and the settings that they are.
Tolerance = Annotated[
    str | None, typer.Option("--tolerance", metavar="SHARE", help="The same as stake.tolerance.")
]
Safe = Annotated[
    bool | None,
    typer.Option("--safe-staking/--no-safe-staking", "--safe/--unsafe", hidden=True),
]
Partial = Annotated[
    bool | None,
    typer.Option(
        "--allow-partial-stake/--no-allow-partial-stake",
        "--partial/--no-partial",
        "--allow/--not-allow",
        hidden=True,
    ),
]
_GLOBALS = {
    "wallet_name": "wallet.name",
    "wallet_path": "wallet.path",
    "hotkey": "wallet.hotkey",
    "network": "network",
}


@command(
    app,
    "set",
    examples=[
        "taokit config set wallet.name alice",
        "taokit config set network finney --project",
        "taokit config set networks.mine wss://my-node.example:443",
        "taokit config set --wallet-name alice --network finney --tolerance 5%",
    ],
)
def set_setting(
    ctx: typer.Context,
    key: Annotated[
        str | None, typer.Argument(metavar="KEY", help="A setting, such as wallet.name.")
    ] = None,
    value: Annotated[str | None, typer.Argument(metavar="VALUE", help="Its new value.")] = None,
    project: Project = False,
    tolerance: Tolerance = None,
    safe: Safe = None,
    allow_partial: Partial = None,
) -> None:
    """Change settings in a file; comments in it survive.

    Either one setting by its key, or as btcli does it: the settings that options are for.
    """
    run = run_of(ctx)
    if key is None:
        wanted = _from_options(run, tolerance, safe, allow_partial)
    elif value is None:
        raise MissingInput("its new value", flag="VALUE", hint=f"taokit config set {key} VALUE")
    else:
        wanted = {key: value}
    path = _file(run, project)
    rows = []
    for name, text in wanted.items():
        parsed = parse_setting(name, text, where="the command line")
        aside = settings_file.change(path, name, parsed)
        if aside is not None:
            run.out.warn(f"{path} could not be read and was kept as {aside}")
        rows.append({"key": name, "value": _shown(parsed), "path": path})
        run.out.note(f"{name} = {json.dumps(_shown(parsed))} in {path}")
        if key is not None:
            winner = _fresh(run).resolve(name)
            if winner.value != parsed:
                shown = _shown(winner.value)
                run.out.warn(f"{winner.origin.where} still sets {name} to {shown}")
    if run.out.form == "json":
        run.out.document(rows[0] if key is not None else rows)


def _from_options(
    run: Run, tolerance: str | None, safe: bool | None, allow_partial: bool | None
) -> dict[str, Any]:
    """What btcli's options of ``config set`` set."""
    flags = {key: getattr(run.flags, flag) for flag, key in _GLOBALS.items()}
    wanted = {key: value for key, value in flags.items() if value is not None}
    if tolerance is not None:
        wanted["stake.tolerance"] = tolerance
    elif safe is False:
        wanted["stake.tolerance"] = "none"
    elif safe and run.settings["stake.tolerance"] in ("none", "auto"):
        from taokit.cli.operation_commands import SAFE

        wanted["stake.tolerance"] = SAFE
    if allow_partial is not None:
        wanted["stake.allow_partial"] = allow_partial
    if not wanted and not safe:
        raise MissingInput("what to set", flag="KEY", hint="taokit config set KEY VALUE")
    return wanted


@command(app, "unset", examples=["taokit config unset network"])
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


# btcli's `config clear` names settings by their options, as switches.
OfWallet = Annotated[bool, typer.Option("--wallet-name", "--name", hidden=True)]
OfPath = Annotated[bool, typer.Option("--wallet-path", "-p", hidden=True)]
OfHotkey = Annotated[bool, typer.Option("--hotkey", "--wallet-hotkey", "-H", hidden=True)]
OfNetwork = Annotated[
    bool,
    typer.Option(
        "--network", "--chain", "--subtensor-network", "--subtensor-chain-endpoint", hidden=True
    ),
]
OfTolerance = Annotated[bool, typer.Option("--tolerance", "--safe-staking", "--safe", hidden=True)]
OfPartial = Annotated[
    bool, typer.Option("--allow-partial-stake", "--partial", "--allow", hidden=True)
]


@command(app, "clear", examples=["taokit config clear network", "taokit config clear --all"])
def clear(
    ctx: typer.Context,
    keys: Annotated[
        list[str] | None, typer.Argument(metavar="KEY", help="Settings, such as wallet.name.")
    ] = None,
    project: Project = False,
    every: Annotated[bool, typer.Option("--all", help="Every setting of the file.")] = False,
    wallet_name: OfWallet = False,
    wallet_path: OfPath = False,
    hotkey: OfHotkey = False,
    network: OfNetwork = False,
    tolerance: OfTolerance = False,
    allow_partial: OfPartial = False,
) -> None:
    """Remove settings from a file: those named, or all of them after a question."""
    run = run_of(ctx)
    path = _file(run, project)
    values = settings_file.read(path) if path.exists() else {}
    flags = {
        "wallet.name": wallet_name,
        "wallet.path": wallet_path,
        "wallet.hotkey": hotkey,
        "network": network,
        "stake.tolerance": tolerance,
        "stake.allow_partial": allow_partial,
    }
    wanted = [*(keys or ()), *(key for key, given in flags.items() if given)]
    for key in wanted:
        if key not in values:
            run.settings.resolve(key)  # raises for one that does not exist
    if not wanted and not every:
        raise MissingInput("what to remove", flag="KEY", hint="name settings, or give --all")
    gone = [key for key in values if every or key in wanted]
    if every and gone:
        run.prompts.confirm(f"Remove {', '.join(gone)} from {path}?")
    for key in gone:
        settings_file.change(path, key, None)
    if run.out.form == "json":
        run.out.document({"removed": gone, "path": path})
    else:
        run.out.note(f"removed {', '.join(gone)} from {path}" if gone else f"nothing in {path}")


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
    if not isinstance(value, str):
        return value
    return ",".join(redacted(part) for part in value.split(","))


def _row(found: Any) -> dict[str, Any]:
    return {
        "key": found.key,
        "value": found.value,
        "origin": found.origin.kind,
        "where": found.origin.where or None,
    }


from taokit.cli.commands import config_addresses  # noqa: E402, F401 - it adds to app
from taokit.cli.commands.config_policy import add_to as _add_policy  # noqa: E402

_add_policy(app)
