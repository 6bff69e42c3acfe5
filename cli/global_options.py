"""Global options: taken before or after any verb, declared once, shown by ``taokit help globals``.

Owns their names, the spellings of other Bittensor tools that mean the same, and the values of one
run (:class:`Flags`). Does not own what they change: context.py builds that from the flags.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

import typer

from taokit.cli.quick_values import use_quick_values

__all__ = ["NETWORK", "WALLET", "Flags", "global_params", "merge", "normalized"]

NETWORK = ("network",)
WALLET = ("wallet_name", "hotkey", "wallet_path", "password_file")

# Further spellings, accepted and not shown. Dots and underscores count as dashes (normalized).
_ALSO = {
    "network": ("--chain", "--subtensor-network", "--subtensor-chain-endpoint"),
    "wallet_name": ("--wallet", "--name"),
    "wallet_path": ("-p",),
    "hotkey": ("--wallet-hotkey", "-H"),
    "json": ("--json-output", "--json-out"),
}


@dataclass
class Flags:
    """The global options of one run; None and False mean not given."""

    network: str | None = None
    wallet_name: str | None = None
    hotkey: str | None = None
    wallet_path: str | None = None
    password_file: str | None = None
    password_fd: int | None = None
    json: bool = False
    plain: bool = False
    columns: str | None = None
    yes: bool = False
    no_input: bool = False
    no_prompt: bool = False
    no: bool = False
    quiet: bool = False
    verbose: int = 0
    color: str | None = None
    no_pager: bool = False
    connect_timeout: str | None = None
    timeout: str | None = None
    config: str | None = None
    debug: bool = False


def _declared(
    network: Annotated[
        str | None,
        typer.Option(metavar="NAME|URL", help="Chain: local, test, finney, or a URL."),
    ] = None,
    wallet_name: Annotated[
        str | None, typer.Option("--wallet-name", "-w", metavar="NAME", help="Wallet to use.")
    ] = None,
    hotkey: Annotated[
        str | None, typer.Option(metavar="NAME", help="Hotkey of the wallet.")
    ] = None,
    wallet_path: Annotated[
        str | None, typer.Option(metavar="DIR", help="Folder of the wallets.")
    ] = None,
    password_file: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Read the coldkey's password from FILE (- is stdin)."),
    ] = None,
    password_fd: Annotated[
        int | None, typer.Option(metavar="N", help="Read it from an open file descriptor.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="Answer with tab-separated lines, nothing cut.")
    ] = False,
    columns: Annotated[
        str | None, typer.Option(metavar="A,B", help="Columns of a table to show, in order.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Answer yes to the usual questions.")
    ] = False,
    no_input: Annotated[
        bool, typer.Option("--no-input", help="Never ask; fail and name the missing option.")
    ] = False,
    no_prompt: Annotated[
        bool, typer.Option("--no-prompt", hidden=True, help="As --yes --no-input.")
    ] = False,
    no: Annotated[
        bool, typer.Option("--no", hidden=True, help="Answer no to the usual questions.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only the answer.")] = False,
    verbose: Annotated[
        int,
        typer.Option("--verbose", "-v", count=True, help="Say more; -vv requests, -vvv messages."),
    ] = 0,
    color: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Colours: auto, always or never.")
    ] = None,
    no_pager: Annotated[bool, typer.Option("--no-pager", help="Do not page tall output.")] = False,
    connect_timeout: Annotated[
        str | None, typer.Option(metavar="SECONDS", help="How long to try to connect.")
    ] = None,
    timeout: Annotated[
        str | None, typer.Option(metavar="SECONDS", help="How long to wait for an answer.")
    ] = None,
    config: Annotated[
        str | None, typer.Option(metavar="FILE", help="Settings file to use as the user's.")
    ] = None,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an unexpected error.")
    ] = False,
) -> None:
    """Declare the options for Typer; never called."""


@cache
def _params() -> tuple[Any, ...]:
    app = typer.Typer(add_completion=False)
    app.command()(_declared)
    params = list(typer.main.get_command(app).params)
    use_quick_values(params)
    return tuple(params)


def global_params(taken: Iterable[str] = ()) -> list[Any]:
    """The options for one command, without the spellings that it uses itself (``taken``)."""
    own = set(taken)
    found = []
    for declared in _params():
        param = copy.copy(declared)
        spellings = [*declared.opts, *_ALSO.get(declared.name, ())]
        param.opts = [spelling for spelling in spellings if spelling not in own]
        if param.opts:
            found.append(param)
    return found


def merge(flags: Flags, values: Mapping[str, Any]) -> None:
    """Take over what one level of the command line gave; the innermost wins."""
    for name, value in values.items():
        if name == "verbose":
            flags.verbose += value or 0
        elif value is not None and value is not False:
            setattr(flags, name, value)


def normalized(token: str) -> str:
    """The one spelling of an option or verb: dots and underscores are dashes."""
    return token.replace("_", "-").replace(".", "-")
