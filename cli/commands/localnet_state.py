"""``taokit localnet``: snapshots, dumps, and checking what is on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from taokit.cli.commands.localnet import ask_dev
from taokit.cli.context import Run
from taokit.cli.table import Column
from taokit.cli.tree import command, group, run_of

app = group()

_Name = Annotated[str | None, typer.Argument(metavar="[NAME]", help="Which. [default: the newest]")]


@command(
    app,
    "snapshot",
    section="Keeping it, and going back",
    examples=["taokit localnet snapshot", "taokit localnet snapshot clean"],
)
def snapshot(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Its name. [default: a number]")
    ] = None,
) -> None:
    """Keep this moment of a local chain, to go back to it later. Takes no time."""
    run = run_of(ctx)
    taken = ask_dev(run, "taking a snapshot", "dev_snapshot", name)
    run.out.line(f"snapshot {taken['name']} of block {taken['number']}", json=taken)
    run.out.next(f"taokit localnet revert {taken['name']}")


@command(
    app, "snapshots", section="Keeping it, and going back", examples=["taokit localnet snapshots"]
)
def snapshots(ctx: typer.Context) -> None:
    """List the snapshots of a local chain, oldest first."""
    run = run_of(ctx)
    taken = ask_dev(run, "asking for the snapshots", "dev_snapshots")
    columns = [
        Column("name", "Name", priority=9),
        Column("number", "Block", right=True, priority=8),
        Column("hash", "Hash", priority=2),
    ]
    run.out.table(columns, taken, empty="there is no snapshot", json=taken)


@command(
    app,
    "revert",
    section="Keeping it, and going back",
    examples=["taokit localnet revert", "taokit localnet revert clean --drop"],
)
def revert(
    ctx: typer.Context,
    name: _Name = None,
    drop: Annotated[bool, typer.Option("--drop", help="Forget the snapshot after it.")] = False,
) -> None:
    """Go back to a snapshot. Later blocks never were, later snapshots are forgotten.

    The snapshot stays, so that one can go back to it again.
    """
    run = run_of(ctx)
    if name is None and drop:
        taken = ask_dev(run, "asking for the snapshots", "dev_snapshots")
        name = taken[-1]["name"] if taken else None
    head = ask_dev(run, "going back", "dev_revert", name)
    if drop:
        ask_dev(run, "forgetting the snapshot", "dev_dropSnapshot", name)
    _head(run, head)


@command(
    app,
    "drop-snapshot",
    section="Keeping it, and going back",
    examples=["taokit localnet drop-snapshot clean"],
)
def drop_snapshot(ctx: typer.Context, name: _Name = None) -> None:
    """Forget a snapshot; the chain stays as it is."""
    run = run_of(ctx)
    left = ask_dev(run, "forgetting a snapshot", "dev_dropSnapshot", name)
    run.out.line(f"left: {', '.join(left) or 'none'}", json=left)


@command(
    app,
    "set-head",
    section="Keeping it, and going back",
    examples=["taokit localnet set-head 100", "taokit localnet set-head 0x..."],
)
def set_head(
    ctx: typer.Context,
    block: Annotated[str, typer.Argument(metavar="BLOCK", help="Number or hash.")],
) -> None:
    """Go back to any earlier block, a snapshot or not. Later blocks never were."""
    run = run_of(ctx)
    place: Any = int(block) if block.isdecimal() else block
    hash = ask_dev(run, "going back", "dev_setHead", place)
    header = run.ask(lambda chain: chain.header(hash))
    _head(run, {"number": header.number, "hash": hash})


@command(
    app, "dump", section="Keeping it, and going back", examples=["taokit localnet dump chain.dump"]
)
def dump(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="Where to; an old one is replaced.")],
) -> None:
    """Write a local chain, all its blocks and states, into one file.

    `taokit localnet start --state FILE` begins with it.
    """
    run = run_of(ctx)
    path = Path(file).expanduser().absolute()
    size = ask_dev(run, "writing the chain", "dev_dump", str(path))
    run.out.line(f"{path}: {size} bytes", json={"path": str(path), "bytes": size})
    run.out.next(f"taokit localnet start --state {file}")


@command(
    app,
    "check",
    section="Keeping it, and going back",
    examples=["taokit localnet check ~/chains/mine"],
)
def check(
    ctx: typer.Context,
    directory: Annotated[
        str, typer.Argument(metavar="DIR", help="The chain's --data-dir, or a dump.")
    ],
) -> None:
    """Check a chain on disk: every hash, every block, every change of its state.

    Exits 1 if something is wrong, and says up to which block all is well.
    """
    from taokit.cli.progress import counted
    from taokit.local_chain.persistence.checking import check_place

    run = run_of(ctx)
    with counted(run, "checking", "blocks") as told:
        found = check_place(Path(directory).expanduser(), told)
    document = {
        "blocks": found.blocks,
        "sound_until": found.sound_until,
        "wrong": list(found.wrong),
    }
    if not found.wrong:
        run.out.line(f"all {found.blocks} blocks are as they were sealed", json=document)
        return
    if run.out.form == "json":
        run.out.document(document)
    else:
        run.out.line("\n".join(found.wrong))
        sound = f"blocks 0 to {found.sound_until}" if found.sound_until >= 0 else "no block"
        run.out.note(f"sound: {sound}")
    raise typer.Exit(1)


def _head(run: Run, head: dict[str, Any]) -> None:
    run.out.line(f"block {head['number']} ({head['hash']})", json=head)
