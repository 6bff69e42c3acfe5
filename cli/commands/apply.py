"""``taokit apply``: a file of operations, applied once each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from taokit.cli.document import jsonable
from taokit.cli.errors import MissingInput
from taokit.cli.global_options import NETWORK, WALLET
from taokit.cli.table import Column
from taokit.cli.tree import alone, command, run_of

if TYPE_CHECKING:
    from taokit.chain_client.automation import StepView
    from taokit.cli.context import Run
    from taokit.cli.scripts import Application

app = alone()


@command(
    app,
    "apply",
    examples=[
        "taokit apply --example dca > plan.yaml",
        "taokit apply plan.yaml --dry-run",
        "taokit apply plan.yaml --var amount=2 -w alice",
        "taokit apply plan.yaml --once --yes --json",
    ],
    shows=(*WALLET, *NETWORK),
)
def apply(
    ctx: typer.Context,
    file: Annotated[
        str | None, typer.Argument(metavar="FILE", help="The script; - for stdin.")
    ] = None,
    var: Annotated[
        list[str] | None,
        typer.Option("--var", metavar="NAME=VALUE", help="Set a variable of it; may be repeated."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be sent now, and stop.")
    ] = False,
    once: Annotated[
        bool, typer.Option("--once", help="Do what is due now, and stop; for a timer.")
    ] = False,
    journal: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Where what was done is kept. [default: the user's]"),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Apply it under another name, as another script."),
    ] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Try again what failed earlier.")
    ] = False,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of a script.")
    ] = False,
    events_schema: Annotated[
        bool, typer.Option("--events-schema", help="Print the JSON Schema of the events.")
    ] = False,
    examples: Annotated[bool, typer.Option("--examples", help="List the examples.")] = False,
    example: Annotated[
        str | None, typer.Option(metavar="NAME", help="Print an example to begin with.")
    ] = None,
) -> None:
    """Apply a script: operations with conditions, repetition and targets, each done once.

    What was done is in a journal, so that a crash or another run repeats nothing. With --json each
    event is a line of JSON.
    """
    run = run_of(ctx)
    if schema or events_schema or examples or example is not None:
        _about(run, schema=schema, events_schema=events_schema, example=example)
        return
    if file is None:
        raise MissingInput("the script", flag="FILE", hint="taokit apply --example dca > plan.yaml")
    from taokit.cli.scripts import Application, variables_of

    script = Application(run, file, variables_of(var or []), name)
    if dry_run:
        _show(run, script, script.preview(journal))
        return
    if not run.on_local_chain:
        _confirm(run, script)
    script.unlock()
    script.apply(journal, once=once, retry_failed=retry_failed)


def _about(run: Run, *, schema: bool, events_schema: bool, example: str | None) -> None:
    from taokit.chain_client import automation

    if schema or events_schema:
        from taokit.cli.document import dumps

        shape = automation.script_schema() if schema else automation.event_schema()
        run.terminal.out.write(dumps(shape) + "\n")
    elif example is not None:
        run.terminal.out.write(automation.example(example))
    else:
        rows = [{"name": key, "about": about} for key, about in automation.examples().items()]
        run.out.table([Column("name", "Name"), Column("about", "What for")], rows)


def _confirm(run: Run, script: Application) -> None:
    """Ask once, for everything that the script will do by itself."""
    from taokit.cli.connection import has_real_money, network_of

    money = " (real TAO)" if has_real_money(run) else ""
    steps = ", ".join(step.id for step in script.script.steps)
    run.out.note(f"{script.script.name}: {steps}; `--dry-run` shows what would be sent now")
    run.prompts.confirm(
        f"Apply it on {network_of(run).name}{money} without asking for each transaction?"
    )


def _show(run: Run, script: Application, views: list[StepView]) -> None:
    if run.out.form == "json":
        run.out.document(
            {"dry_run": True, "script": script.script.name, "steps": [_view(v) for v in views]}
        )
        return
    from taokit.chain_client.extrinsics.submitter import Terms
    from taokit.cli.connection import network_of
    from taokit.cli.preview import Preview, summary_of

    terms = Terms(period=script.script.period)
    for view in views:
        reason = f": {view.reason}" if view.reason else ""
        run.terminal.out.write(run.out.sentence(f"{view.id} is {view.state}{reason}") + "\n")
        for found in view.planned:
            signing = script.signing(found.kind)
            shown = Preview(
                found.plan, summary_of(run, found.plan), network_of(run), signing, terms
            )
            run.terminal.out.write(shown.text(run, run.terminal.out) + "\n")


def _view(view: StepView) -> Any:
    return {
        "id": view.id,
        "occurrence": view.occurrence,
        "state": view.state,
        "reason": view.reason,
        "planned": [
            {
                "summary": found.plan.summary,
                "signer": found.plan.signer,
                "call": jsonable(found.plan.call),
                "effects": jsonable(found.plan.effects),
                "warnings": list(found.plan.warnings),
                "fee": jsonable(found.plan.fee),
                "spend": jsonable(found.spend),
                "problem": jsonable(found.plan.problem),
                "limit": found.breach.limit if found.breach else None,
            }
            for found in view.planned
        ],
    }
