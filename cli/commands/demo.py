"""``taokit demo``: a subnet from nothing to unstaking, in commands that anyone can type."""

from __future__ import annotations

from typing import Annotated

import typer

from taokit.cli.tree import alone, command, run_of

app = alone()


@command(app, "demo", examples=["taokit demo", "taokit demo --keep"])
def demo(
    ctx: typer.Context,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the chain and the wallets, to look around.")
    ] = False,
) -> None:
    """Watch a subnet live: a guided run on a local chain of its own.

    Starts a chain on a free port and runs ordinary taokit commands against it, each shown with
    what it says: wallets, funding, a subnet, registration, stake, weights, epochs, earnings.
    Nothing of yours is touched, and nothing is left behind.
    """
    from taokit.cli.demo_stage import play

    play(run_of(ctx), keep=keep)
