"""``taokit localnet``: how whole the runtime is, and pulses of a beacon that is not its own."""

from __future__ import annotations

from typing import Annotated

import typer

from taokit.cli.commands.localnet import ask_dev
from taokit.cli.tree import command, group, run_of

app = group()

PULSES_AT_ONCE = 200
"""Pulses brought in one request, so that no request outlasts the patience for an answer."""


@command(
    app,
    "coverage",
    section="Understanding",
    examples=["taokit localnet coverage", "taokit localnet coverage --pallet System --json"],
)
def coverage(
    ctx: typer.Context,
    pallet: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only this pallet or runtime API.")
    ] = None,
) -> None:
    """Compare the local chain with the recorded main-network runtime.

    Counts what is there, of what there is: calls, storage items, events, errors, constants, and
    runtime API methods, each with the same index and types. Exits 1 if anything in scope is
    missing.
    """
    from taokit.cli import coverage_report
    from taokit.cli.errors import UnknownName
    from taokit.local_chain.coverage import LIMITS
    from taokit.local_chain.coverage import coverage as compare

    run = run_of(ctx)
    with run.out.phase("comparing"):
        report = compare()
    items, limits = report.items, LIMITS
    if pallet is not None:
        named = {item.name.lower(): item for item in items}
        if pallet.lower() not in named:
            known = [item.name for item in items]
            raise UnknownName("pallet", pallet, known, see="taokit localnet coverage")
        items = [named[pallet.lower()]]
        limits = {k: why for k, why in LIMITS.items() if k.split(".")[0] == items[0].name}
    run.out.table(
        coverage_report.COLUMNS,
        coverage_report.rows(items),
        json=coverage_report.document(report, items, limits),
    )
    for name, why in limits.items():
        run.out.note(f"{name} {why}")
    missing = [f"{item.name}.{what}" for item in items if item.in_scope for what in item.missing]
    if missing:
        run.out.note("missing: " + ", ".join(missing))
        raise typer.Exit(1)
    run.out.note(f"all of {report.runtime} that is in scope is there")


@command(
    app,
    "pulses",
    section="Cheats",
    examples=["taokit localnet pulses rounds.jsonl", "taokit localnet pulses - < rounds.jsonl"],
)
def pulses(
    ctx: typer.Context,
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="Pulses as api.drand.sh answers, one in a line; - reads stdin."
        ),
    ],
) -> None:
    """Bring pulses of a public drand beacon to a chain that was started with `--beacon quicknet`.

    Each is held to the beacon's key. Rounds only grow; what the chain has already is passed over.
    """
    from taokit.cli.drand_files import read_pulses, relayed

    run = run_of(ctx)
    found = [relayed(pulse) for pulse in read_pulses(file)]
    new: list[int] = []
    known: list[int] = []
    while found:
        part, found = found[:PULSES_AT_ONCE], found[PULSES_AT_ONCE:]
        answer = ask_dev(run, "bringing pulses", "dev_injectPulses", part)
        new += answer["rounds"]
        known += answer["known"]
    shown = f"{new[0]} to {new[-1]}" if len(new) > 1 else "".join(map(str, new))
    said = f"{len(new)} new round{'' if len(new) == 1 else 's'}{': ' if new else ''}{shown}"
    run.out.line(said, json={"rounds": new, "known": known})
