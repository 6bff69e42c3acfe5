"""Commands of reads: every registered read becomes a command with its parameters as options.

Owns asking a read of a block and the command made for it. Does not own the reads, nor how their
results are laid out (read_tables.py, render.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taokit.cli.addresses import resolve, resolve_hotkey
from taokit.cli.derived import declared_function, given_values, require
from taokit.cli.errors import UsageError
from taokit.cli.global_options import NETWORK, WALLET
from taokit.cli.list_values import read_lists
from taokit.cli.operation_commands import resolved_values
from taokit.cli.read_tables import TABLES
from taokit.cli.render import show
from taokit.cli.tree import command, run_of
from taokit.cli.watching import Live

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.reads import Read
    from taokit.cli.context import Run

__all__ = ["At", "add_read", "ask_read", "block_of"]

At = Annotated[
    str | None, typer.Option("--at", metavar="BLOCK", help="Ask of a block: a number or a hash.")
]


def block_of(at: str | None) -> Any:
    """What ``--at`` means: a number, a hash, or the best block."""
    if at is None or at in ("head", "finalized"):
        return at or "head"
    if at.isdigit():
        return int(at)
    if at.startswith("0x") and len(at) == 66:
        return at
    raise UsageError(f"{at!r} is not a block", hint="--at 1234, --at 0x..., or --at finalized")


def ask_read(run: Run, entry: Read, values: dict[str, Any], at: str | None = None) -> Any:
    """The result of a registered read, of the best block or of ``at``."""
    listed = read_lists(entry.parameters, given_values(entry.parameters, values))
    given = resolved_values(run, entry.parameters, listed)
    require(run, entry.parameters, given)

    async def question(chain: ChainClient) -> Any:
        async with chain.at(block_of(at)):
            return await entry.call(chain, given)

    found = run.ask(question, f"reading {entry.name}")
    if entry.name == "subnets" and at is None:
        from taokit.cli.completion_tree import keep_subnets

        keep_subnets(run.network, [(subnet.netuid, subnet.name) for subnet in found])
    return found


def add_read(
    app: typer.Typer,
    name: str,
    entry: Read,
    *,
    path: str,
    examples: Sequence[str] = (),
    aliases: Sequence[str] = (),
    section: str = "",
    own: str | None = None,
    hidden: bool = False,
    live: Callable[[Run], None] | None = None,
) -> None:
    """Add the command of one read; its first required parameter may be given without a name.

    ``own`` names a parameter, coldkey or hotkey, that is the chosen wallet's if it is not given.
    ``live`` is what `--live` does.
    """

    def body(ctx: typer.Context, values: dict[str, Any]) -> None:
        run = run_of(ctx)
        if live is not None and values.get("live"):
            live(run)
            return
        if own is not None and values.get(own) is None:
            values[own] = _own(run, own)
        found = ask_read(run, entry, values, values.get("at"))
        laid_out = None if run.out.form == "json" else TABLES.get(entry.name)
        if laid_out is None:
            show(run.out, found)
        else:
            laid_out(run, found)

    first = next((p.name for p in entry.parameters if p.required and p.name != own), None)
    samples = {"netuid": "1", "uid": "0", "tao": "1.5", "alpha": "1.5", "hotkey": ""}
    needed = [p for p in entry.parameters if p.required and p.name != own]
    words = [samples.get(p.kind, "alice") for p in needed][:1]
    words += [] if own is None else ["-w alice"]
    extra: dict[str, tuple[Any, Any]] = {"at": (At, None)}
    extra |= {} if live is None else {"live": (Live, False)}
    function = declared_function(
        body, entry.parameters, doc=entry.description, extra=extra, positional=first
    )
    command(
        app,
        name,
        examples=list(examples) or [" ".join([path, *words]).strip()],
        shows=NETWORK if own is None else (*WALLET, *NETWORK),
        aliases=aliases,
        section=section,
        hidden=hidden,
        source=f"read:{entry.name}",
    )(function)


def _own(run: Run, what: str) -> str:
    if what == "hotkey":
        return resolve_hotkey(run, None)
    return resolve(run, str(run.settings["wallet.name"]))
