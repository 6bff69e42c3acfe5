"""``taokit localnet``: understand it: epochs, extrinsics, and what changed."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from taokit.cli.commands.localnet import ask_dev
from taokit.cli.context import Run
from taokit.cli.tree import command, group, run_of

app = group()

UNLIKE_SHOWN = 10
"""Entries that did not come out as the chain holds them, on a screen."""


def _result(told: dict[str, Any]) -> str:
    if told["invalid"] is not None:
        return f"refused: {told['invalid']['kind']}"
    return "ok" if told["error"] is None else f"failed: {told['error']['name']}"


def _warn(run: Run, told: dict[str, Any]) -> None:
    """Say where running again did not come to what the chain holds."""
    from taokit.cli import trial_tables

    for note in told["notes"]:
        run.out.note(note)
    if told["faithful"] is not False:
        return
    run.out.warn("run again, the block did not come to what the chain holds")
    for one in told["unlike"][:UNLIKE_SHOWN]:
        run.out.note(f"  unlike: {trial_tables.named(one)}")
    if len(told["unlike"]) > UNLIKE_SHOWN:
        run.out.note(f"  and {len(told['unlike']) - UNLIKE_SHOWN} more: --json has them all")


def _place(block: str | None) -> Any:
    return int(block) if block is not None and block.isdecimal() else block


@command(
    app,
    "explain",
    section="Understanding",
    examples=[
        "taokit localnet explain 2",
        "taokit localnet explain 2 --neuron 3",
        "taokit localnet explain 2 --stage clipped",
        "taokit localnet explain 2 --block 500 --json",
    ],
)
def explain(
    ctx: typer.Context,
    netuid: Annotated[int, typer.Argument(metavar="NETUID", min=0, help="Of which subnet.")],
    block: Annotated[
        str | None,
        typer.Option(metavar="BLOCK", help="The newest epoch up to this block. [default: head]"),
    ] = None,
    mechanism: Annotated[
        int, typer.Option(metavar="N", min=0, help="Which mechanism of the subnet.")
    ] = 0,
    neuron: Annotated[
        int | None, typer.Option(metavar="UID", min=0, help="Follow one neuron through it.")
    ] = None,
    stage: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="One stage: weights-set, weights, clipped, weights-for-bonds, bonds-before, "
            "bonds, or a column's name.",
        ),
    ] = None,
) -> None:
    """Explain a subnet's last epoch: every stage from stake and weights to emission.

    The epoch is run again over the state before it, and what it came to is held to what the chain
    has stored.
    """
    from taokit.cli import epoch_tables

    run = run_of(ctx)
    doing = "running the epoch again"
    told = ask_dev(run, doing, "dev_explain", netuid, mechanism, _place(block))
    _warn(run, told)
    if run.out.form == "json":
        run.out.document(told)
    elif stage is not None:
        epoch_tables.show_stage(run, told, stage)
    elif neuron is not None:
        epoch_tables.show_neuron(run, told, neuron)
    else:
        epoch_tables.show_neurons(run, told)
        if run.out.form == "human" and not run.flags.columns:
            epoch_tables.show_emission(run, told)
            run.out.next(f"taokit localnet explain {netuid} --stage clipped")


@command(
    app,
    "trace",
    section="Understanding",
    examples=["taokit localnet trace 12-2", "taokit localnet trace 0x... --reads"],
)
def trace(
    ctx: typer.Context,
    extrinsic: Annotated[
        str, typer.Argument(metavar="HASH|BLOCK-INDEX", help="Its hash, or its place.")
    ],
    reads: Annotated[
        bool, typer.Option("--reads", help="Show the storage that was read instead.")
    ] = False,
) -> None:
    """Run an extrinsic of the chain again and tell what it did.

    Calls inside calls, storage read and written, events, weight and fee.
    """
    from taokit.chain_client.money import Tao
    from taokit.cli import trial_tables

    run = run_of(ctx)
    told = ask_dev(run, "running it again", "dev_trace", extrinsic)
    _warn(run, told)
    if run.out.form == "json":
        run.out.document(told)
        return
    if reads:
        trial_tables.show_reads(run, told)
        return
    run.out.record(
        {
            "extrinsic": f"{told['block']}-{told['index']}",
            "hash": told["hash"],
            "signer": told["signer"],
            "result": _result(told),
            "fee": Tao(told["fee"]),
            "weight": f"{told['weight'] / 10**6:.0f} us",
        }
    )
    if told["call"] is not None:
        trial_tables.show_calls(run, told["call"])
    trial_tables.show_changes(run, told["changes"], empty="nothing changed")
    trial_tables.show_events(run, told["events"])


@command(
    app,
    "diff",
    section="Understanding",
    examples=["taokit localnet diff 10", "taokit localnet diff 10 20 --pallet SubtensorModule"],
)
def diff(
    ctx: typer.Context,
    first: Annotated[str, typer.Argument(metavar="BLOCK", help="Number or hash.")],
    last: Annotated[
        str | None, typer.Argument(metavar="[BLOCK]", help="Number or hash. [default: the head]")
    ] = None,
    pallet: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only storage of this pallet.")
    ] = None,
) -> None:
    """Show what storage holds other values after one block than after another.

    On a fork, the other chain's own blocks are run again to find out.
    """

    run = run_of(ctx)
    places = (_place(first), _place(last))
    told = ask_dev(run, "comparing", "dev_diff", *places, pallet)
    if run.out.form == "json":
        run.out.document(told)
        return
    from taokit.cli import trial_tables

    _warn(run, told)
    for item in told["missing"]:
        run.out.warn(f"{item} is too large to be compared: more of it may be different")
    trial_tables.show_changes(run, told["changes"], empty="nothing is different")
