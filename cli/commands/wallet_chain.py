"""``taokit wallet get-identity|swap-check``: what the chain knows of a coldkey."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from taokit.cli import wallets
from taokit.cli.addresses import resolve
from taokit.cli.commands.wallet import Name, app
from taokit.cli.global_options import NETWORK
from taokit.cli.render import fields_of
from taokit.cli.table import Column
from taokit.cli.tree import command, run_of

if TYPE_CHECKING:
    from taokit.cli.context import Run

_SHOWS = ("wallet_name", "wallet_path", *NETWORK)

Key = Annotated[
    str | None,
    typer.Option(
        "--ss58",
        "--coldkey-ss58",
        "--key",
        "-k",
        metavar="ADDRESS",
        help="A coldkey instead of a wallet.",
    ),
]


@command(
    app,
    "get-identity",
    examples=["taokit wallet get-identity alice", "taokit wallet get-identity --ss58 5F... --json"],
    shows=_SHOWS,
)
def get_identity(ctx: typer.Context, name: Name = None, coldkey: Key = None) -> None:
    """Show what a coldkey's owner says of itself on the chain."""
    from taokit.chain_client.reads.identities import identity

    run = run_of(ctx)
    whose = resolve(run, coldkey or wallets.named(run, name))
    found = run.ask(lambda chain: identity(chain, whose), "reading the identity")
    if found is None:
        if run.out.form == "json":
            run.out.document(None)
        else:
            run.out.note(f"{whose} has set no identity")
        return
    run.out.record({k: v for k, v in fields_of(found).items() if v}, json=found)


@command(
    app,
    "swap-check",
    examples=["taokit wallet swap-check alice", "taokit wallet swap-check --all"],
    shows=_SHOWS,
)
def swap_check(
    ctx: typer.Context,
    name: Name = None,
    ss58: Annotated[
        str | None,
        typer.Option(
            "--ss58", "--ss58-address", "--address", metavar="ADDRESS", help="Another coldkey."
        ),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", "-a", help="Every swap that is announced on the chain.")
    ] = False,
) -> None:
    """Show the swap that a coldkey has announced, and when it can be made."""
    from taokit.chain_client.reads.coldkey_swaps import coldkey_swap, coldkey_swaps

    run = run_of(ctx)
    if every:
        found = run.ask(coldkey_swaps, "reading the swaps")
        _show(run, list(found), "no coldkey has announced a swap")
        return
    whose = resolve(run, ss58 or wallets.named(run, name))
    swap = run.ask(lambda chain: coldkey_swap(chain, whose), "reading the swap")
    _show(run, [] if swap is None else [swap], f"{whose} has announced no swap")


def _show(run: Run, swaps: list[Any], empty: str) -> None:
    rows = [{**fields_of(swap), "wait": swap.wait, "status": _status(swap)} for swap in swaps]
    columns = [
        Column("coldkey", "Coldkey", priority=9, address=True),
        Column("status", "Status", priority=8),
        Column("ready_at", "Ready at block", right=True, priority=7, show=str),
        Column("wait", "Blocks left", right=True, priority=7, show=str),
        Column("clearable_at", "Clearable at", right=True, priority=3, show=str),
        Column("new_coldkey_hash", "Hash of the new coldkey", priority=2),
    ]
    run.out.table(columns, rows, empty=empty)


def _status(swap: Any) -> str:
    if swap.disputed_at is not None:
        return f"disputed at block {swap.disputed_at}"
    return "ready" if swap.wait == 0 else "waiting"
