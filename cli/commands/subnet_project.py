"""Commands of ``taokit subnet`` for a project that exists: test, attack, lint, spec, dev.

Each is typed in the project's folder, or is told where that is with ``--project``.
"""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from taokit.cli.context import Run
from taokit.cli.table import Column
from taokit.cli.tree import command, group, run_of

app = group()

WORK = "Work on it, in its folder"
Hidden = Annotated[
    bool,
    typer.Option(
        "--commit-reveal/--no-commit-reveal",
        help="With weights hidden at first, or (the default) not.",
    ),
]


class Offer(str, Enum):
    """Whose document ``spec`` prints."""

    MINER = "miner"
    GATEWAY = "gateway"


Where = Annotated[Path, typer.Option(metavar="DIR", help="The project, if not this folder.")]


@command(
    app,
    "test",
    examples=["taokit subnet test", "taokit subnet test --localnet --commit-reveal --json"],
    section=WORK,
)
def try_out(
    ctx: typer.Context,
    project: Where = Path("."),
    localnet: Annotated[
        bool, typer.Option("--localnet", help="On a real local chain, not one in memory.")
    ] = False,
    epochs: Annotated[
        int, typer.Option(metavar="N", min=1, help="Epochs of the chain to run.")
    ] = 6,
    validators: Annotated[int, typer.Option(metavar="N", min=1, help="Validators.")] = 2,
    tempo: Annotated[
        int | None, typer.Option(metavar="BLOCKS", min=1, help="Blocks of an epoch.")
    ] = None,
    commit_reveal: Hidden = False,
    restart: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, help="Kill a validator in that epoch; the first is 0."),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Other keys, another chain.")] = 0,
) -> None:
    """Run the personas: does each earn what was declared for it?

    Every persona is a miner on real requests. Exits 1 if one of them does not get what it should,
    or not for the declared reason. The project's own tests are `pytest`. The tempo is the project's
    (tests/project.py) if none is given.
    """
    from dataclasses import replace

    from taokit.subnet_templates.loading import load_project

    run = run_of(ctx)
    loaded = load_project(project)
    if tempo is not None:
        loaded = replace(loaded, tempo=tempo)
    from taokit.neuron.testing import run_localnet, run_memory

    runs = run_localnet if localnet else run_memory
    with run.out.phase("running the personas"):
        report = runs(
            loaded,
            epochs=epochs,
            validators=validators,
            commit_reveal=commit_reveal,
            restart=restart,
            seed=seed,
        )
    settings = {"tempo": loaded.tempo, "commit_reveal": commit_reveal, "validators": validators}
    _show_verdicts(run, report, settings)
    if report.problems():
        raise typer.Exit(1)


@command(
    app,
    "attack",
    examples=["taokit subnet attack", "taokit subnet attack --random --seed 7 --json"],
    section=WORK,
)
def attack(
    ctx: typer.Context,
    project: Where = Path("."),
    at_random: Annotated[
        bool, typer.Option("--random", help="Random changes of answers and of requests.")
    ] = False,
    seed: Annotated[int, typer.Option(metavar="N", help="The same attack again, or another.")] = 0,
    epochs: Annotated[int, typer.Option(metavar="N", min=1, help="Epochs of each run.")] = 4,
    mutants: Annotated[int, typer.Option(metavar="N", min=1, help="Mutants, if random.")] = 12,
    requests: Annotated[
        int, typer.Option(metavar="N", min=0, help="Requests to a miner's server, if random.")
    ] = 100,
    only: Annotated[
        str | None, typer.Option(metavar="NAME", help="One persona, or one mutant, alone.")
    ] = None,
) -> None:
    """Look for what pays better than honesty, in memory.

    One honest miner turns into each persona in turn, the others stay: it must not gain. With
    --random, mutants of an honest miner change what they send (fields, bytes, headers, times,
    signed anew where a cheater could), and a miner's server gets requests that are not quite right:
    no mutant may earn more than the honest one, and nothing may fail. Exits 1 if anything does.
    """
    from taokit.cli.subnet_attacks import deviate, mutate
    from taokit.subnet_templates.loading import load_project

    run = run_of(ctx)
    loaded = load_project(project)
    if at_random:
        held = mutate(run, loaded, seed, epochs, mutants, requests, only)
    else:
        held = deviate(run, loaded, seed, epochs, only)
    if not held:
        raise typer.Exit(1)


@command(
    app,
    "lint",
    examples=["taokit subnet lint", "taokit subnet lint --rules"],
    section=WORK,
)
def lint(
    ctx: typer.Context,
    project: Where = Path("."),
    rules: Annotated[bool, typer.Option("--rules", help="List the rules.")] = False,
) -> None:
    """Check a mechanism for what is known to go wrong with subnets.

    Unseeded draws, waits without an end, pay without work, no cheater among the personas. A line
    that ends in `# lint: allow RULE` is let through. Exits 1 if anything is found.
    """
    from taokit.subnet_templates.linting import RULES
    from taokit.subnet_templates.linting import lint as check

    run = run_of(ctx)
    if rules:
        listed = [{"rule": name, "says": says} for name, says in RULES.items()]
        run.out.table([Column("rule", "Rule", priority=9), Column("says", "Says")], listed)
        return
    found = [
        {"where": f"{f.path}:{f.line}" if f.line else f.path, **vars(f)} for f in check(project)
    ]
    columns = [
        Column("where", "Where", priority=9),
        Column("rule", "Rule", priority=8),
        Column("message", "Finding", priority=7),
    ]
    run.out.table(columns, found, empty="nothing to find fault with")
    if found:
        raise typer.Exit(1)


@command(
    app,
    "spec",
    examples=["taokit subnet spec", "taokit subnet spec --of gateway --out gateway.json"],
    section=WORK,
)
def spec(
    ctx: typer.Context,
    project: Where = Path("."),
    of: Annotated[
        Offer, typer.Option("--of", help="What miners serve, or what the gateway sells.")
    ] = Offer.MINER,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it to FILE.")] = None,
) -> None:
    """Print what miners serve, or what the gateway sells, as OpenAPI with all schemas."""
    from taokit.cli.document import dumps
    from taokit.subnet_templates.specification import gateway_specification, specification

    run = run_of(ctx)
    document = (specification if of is Offer.MINER else gateway_specification)(project)
    if out is not None:
        out.write_text(dumps(document) + "\n", encoding="utf-8")
        run.out.note(f"written to {out}")
        if run.out.form != "json":
            return
    run.out.document(document)


@command(
    app,
    "dev",
    examples=["taokit subnet dev", "taokit subnet dev --epochs 5 --json"],
    section=WORK,
)
def dev(
    ctx: typer.Context,
    project: Where = Path("."),
    validators: Annotated[int, typer.Option(metavar="N", min=1, help="Validators.")] = 2,
    tempo: Annotated[
        int | None,
        typer.Option(metavar="BLOCKS", min=10, help="Blocks of an epoch, if not by the deadline."),
    ] = None,
    block_s: Annotated[
        float, typer.Option("--block-seconds", metavar="S", min=0.05, help="Time between blocks.")
    ] = 0.5,
    epochs: Annotated[
        int, typer.Option(metavar="N", min=0, help="End after N epochs; 0 goes on.")
    ] = 0,
    commit_reveal: Hidden = False,
    gateway_port: Annotated[
        int, typer.Option(metavar="PORT", min=0, help="Sell there; 0 sells nothing.")
    ] = 0,
    personas: Annotated[
        list[str] | None,
        typer.Option("--persona", metavar="NAME", help="Only this one; may be given again."),
    ] = None,
) -> None:
    """Run the subnet here: a local chain, validators and every persona, each a process.

    One table shows what each persona earns on chain, as it changes; into a pipe, one an epoch, and
    with --json a line an event. Ctrl-C ends everything; what the processes wrote is kept only if
    something failed. An epoch has room for three rounds in which somebody never answers.
    """
    from taokit.cli.subnet_stage import Wanted, develop

    chosen = tuple(personas or ())
    develop(
        run_of(ctx),
        Wanted(project, validators, tempo, block_s, epochs, commit_reveal, gateway_port, chosen),
    )


def _show_verdicts(run: Run, report: Any, settings: dict[str, Any]) -> None:
    problems = report.problems()
    rows = []
    for one in sorted(report.standings, key=lambda s: (-s.share, s.persona.name)):
        wrong = [p for p in problems if _about(p, one.persona.name)]
        reasons = {str(reason): count for reason, count in sorted(one.reasons.items())}
        rows.append(
            {
                "persona": one.persona.name,
                "expected": one.persona.expect,
                "for": str(one.persona.reason) if one.persona.reason else None,
                "share": round(one.share, 6),
                "verdicts": reasons,
                "verdict": "failed" if wrong else "passed",
                "problems": wrong,
            }
        )
    columns = [
        Column("persona", "Persona", priority=9),
        Column("expected", "Expected", priority=8),
        Column("for", "For", priority=5),
        Column("share", "Share", right=True, priority=8),
        Column("found", "Verdicts", priority=4),
        Column("verdict", "Result", priority=9),
    ]
    document = {
        "passed": not problems,
        "world": report.world,
        "epochs": report.epochs,
        **settings,
        "burned": report.burned,
        "agreement": report.agreement,
        "calls": report.calls,
        "seconds": round(report.seconds, 2),
        "bought": report.bought
        and {
            "requests": report.bought.sent,
            "served": dict(report.bought.served),
            "paid_micro_credits": report.bought.paid,
        },
        "problems": problems,
        "personas": rows,
    }
    shown = [
        {
            **row,
            "share": f"{row['share']:.2%}",
            "found": " ".join(f"{k}:{v}" for k, v in row["verdicts"].items()),
        }
        for row in rows
    ]
    run.out.table(columns, shown, json=document)
    hidden = "weights hidden at first, " if settings["commit_reveal"] else ""
    run.out.note(
        f"{report.world}, {report.epochs} epochs, {hidden}{report.calls} requests, "
        f"{report.seconds:.1f} s; {report.burned:.1%} burned; "
        f"validators agree by {report.agreement:.4f}"
    )
    if report.bought is not None:
        run.out.note(report.bought.told())
    for problem in problems:
        run.out.warn(problem)


def _about(problem: str, name: str) -> bool:
    """Whether a problem is this persona's, among those that name one."""
    return problem.startswith((f"{name}:", f"{name} ")) or f" {name} " in f" {problem} "
