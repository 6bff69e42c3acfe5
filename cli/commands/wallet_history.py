"""``taokit wallet history``: what happened to an account, from the chain's own events."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Annotated, Any

import typer

from taokit.cli.addresses import resolve
from taokit.cli.commands.wallet import Name, app
from taokit.cli.global_options import NETWORK
from taokit.cli.table import Column
from taokit.cli.tree import command, run_of
from taokit.cli.wallets import named


@command(
    app,
    "history",
    examples=[
        "taokit wallet history alice",
        "taokit wallet history alice --blocks 7200 --limit 200 --network archive",
        "taokit wallet history --ss58 5F... --json",
    ],
    shows=("wallet_name", "wallet_path", *NETWORK),
)
def history(
    ctx: typer.Context,
    name: Name = None,
    ss58: Annotated[
        str | None,
        typer.Option("--ss58", "--ss58-address", metavar="ADDRESS", help="Another account."),
    ] = None,
    blocks: Annotated[
        int, typer.Option(metavar="N", min=1, help="How many blocks to look at.")
    ] = 300,
    last: Annotated[
        int | None, typer.Option("--until", metavar="BLOCK", min=0, help="Newest block to look at.")
    ] = None,
    limit: Annotated[
        int, typer.Option(metavar="N", min=1, help="Stop when so much was found.")
    ] = 50,
) -> None:
    """Show transfers, stake moves and registrations of an account, the newest first.

    The chain keeps no list: the events of each block are read. Most nodes know about the last 256
    blocks; `--network archive` knows all.
    """
    from taokit.chain_client.account_history import account_history

    run = run_of(ctx)
    account = resolve(run, ss58 or named(run, name))
    told = _Progress(run)
    found = run.ask(
        lambda chain: account_history(
            chain, account, blocks=blocks, limit=limit, last=last, progress=told
        ),
        f"reading up to {blocks} blocks",
    )
    rows = [_row(happening) for happening in found.happenings]
    columns = [
        Column("block", "Block", right=True, priority=9),
        Column("time", "Time (UTC)", priority=6),
        Column("what", "What", priority=9),
        Column("amount", "Amount", right=True, priority=8),
        Column("netuid", "Subnet", right=True, priority=6),
        Column("other", "With", priority=7, address=True),
        Column("fee", "Fee", right=True, priority=3),
        Column("call", "Call", priority=2),
        Column("succeeded", "Succeeded", priority=4),
    ]
    empty = f"nothing happened to {account} in blocks {found.first} to {found.last}"
    run.out.table(columns, rows, empty=empty, json=found)
    if rows:
        run.out.note(f"blocks {found.first} to {found.last}")
    if found.forgotten:
        run.out.warn(
            f"this node does not have the state before block {found.first}: try --network archive"
        )


def _row(happening: Any) -> dict[str, Any]:
    moment = datetime.fromtimestamp(happening.time / 1000, timezone.utc)
    return {
        "block": happening.block,
        "time": moment.strftime("%Y-%m-%d %H:%M:%S"),
        "what": happening.what,
        "amount": happening.amount,
        "netuid": None if happening.netuid is None else str(happening.netuid),
        "other": happening.other,
        "fee": happening.fee,
        "call": happening.call,
        "succeeded": happening.succeeded,
    }


class _Progress:
    """Says on a terminal's stderr how far it is, about every tenth."""

    def __init__(self, run: Any) -> None:
        self._run = run
        self._told = 0

    def __call__(self, done: int, total: int) -> None:
        terminal = self._run.terminal
        if not terminal.is_tty(terminal.err) or self._run.out.form == "json":
            return
        tenths = done * 10 // max(1, total)
        if self._told < tenths < 10:
            self._told = tenths
            self._run.out.note(f"{done} of {total} blocks")
