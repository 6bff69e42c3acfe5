"""``taokit localnet``: scenarios that come with it, and playing one without a node."""

from __future__ import annotations

from typing import Annotated

import typer

from taokit.cli.table import Column
from taokit.cli.tree import command, group, run_of

app = group()


@command(app, "scenarios", section="Scenarios", examples=["taokit localnet scenarios"])
def scenarios(ctx: typer.Context) -> None:
    """List the scenarios that come with taokit."""
    from taokit.local_chain.scenarios import load_scenario, shipped_names

    run = run_of(ctx)
    rows = []
    for name in shipped_names():
        scenario = load_scenario(name)
        shows = " ".join(scenario.shows.split())
        rows.append({"name": name, "title": scenario.title, "shows": shows})
    columns = [
        Column("name", "Name", priority=9),
        Column("title", "Title", priority=5),
        Column("shows", "Shows", priority=8),
    ]
    run.out.table(columns, rows, json=rows)
    run.out.next("taokit localnet play cabal", "taokit localnet start --scenario cabal")


@command(
    app,
    "scenario",
    section="Scenarios",
    examples=[
        "taokit localnet scenario cabal > my.toml",
        "taokit localnet scenario --schema > scenario.schema.json",
    ],
)
def scenario(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Which.")] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="The JSON schema of scenarios, for editors.")
    ] = False,
) -> None:
    """Print a scenario that comes with taokit, to change it into one of yours."""
    import json

    from taokit.cli.errors import UsageError
    from taokit.local_chain.scenarios import shipped_text
    from taokit.local_chain.scenarios.model import json_schema

    run = run_of(ctx)
    if schema == (name is not None):
        raise UsageError("name a scenario, or say --schema", hint="see `taokit localnet scenarios`")
    if name is None:
        run.out.line(json.dumps(json_schema(), indent=2), json=json_schema())
    else:
        text = shipped_text(name)
        run.out.line(text.rstrip("\n"), json={"name": name, "toml": text})


@command(
    app,
    "play",
    section="Scenarios",
    examples=[
        "taokit localnet play cabal",
        "taokit localnet play my.toml --epochs 20 --json",
        "taokit localnet play my.toml --epochs 7300 --leap",
    ],
)
def play(
    ctx: typer.Context,
    source: Annotated[
        str, typer.Argument(metavar="FILE|NAME", help="A TOML or YAML file, or a shipped one.")
    ],
    epochs: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="Of the first subnet. [default: what the scenario says]"
        ),
    ] = None,
    leap: Annotated[
        bool, typer.Option("--leap", help="Pass over blocks in which nothing happens.")
    ] = False,
) -> None:
    """Play a scenario in memory and print what came of it. Starts no node, asks no network.

    Exits 1 if it came otherwise than the scenario expects.
    """
    from taokit.cli.scenario_report import print_report
    from taokit.local_chain.scenarios import load_scenario
    from taokit.local_chain.scenarios.play import played

    run = run_of(ctx)
    found = load_scenario(source)
    with run.out.phase(f"playing {found.title}"):
        report = played(found, epochs, leap=leap)
    print_report(run, report)
    if not all(outcome.holds for outcome in report.outcomes()):
        raise typer.Exit(1)
