"""``taokit subnet``: a subnet of one's own. Making its project and keeping it up to date is here;
testing, checking and running it is in ``subnet_project``.

The chain's subnets are ``taokit subnets``; its verbs are understood here too (``subnet list``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from taokit.cli.context import Run
from taokit.cli.table import Column
from taokit.cli.tree import Group, command, group, run_of

MAKE, WORK = "Make", "Work on it, in its folder"
NEW_EXAMPLES = (
    "taokit subnet new blank my-subnet",
    "taokit new inference chat --engine transformers --model Qwen/Qwen3-8B --netuid 12",
    "taokit subnet new blank my-subnet --dry-run --json",
)


class SubnetGroup(Group):
    """Its own commands, and (unlisted) those of ``taokit subnets``, once called the same."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        from taokit.cli.commands.subnets import app as chain
        from taokit.cli.tree import built

        return built(chain).get_command(ctx, cmd_name)


def _more() -> typer.Typer:
    from taokit.cli.commands.subnet_project import app as project

    return project


app = group(SubnetGroup, more=_more)


def new(
    ctx: typer.Context,
    template: Annotated[
        str | None, typer.Argument(metavar="[TEMPLATE]", help="See `taokit subnet templates`.")
    ] = None,
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Its name; the folder follows from it.")
    ] = None,
    into: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Make it in this folder instead.")
    ] = None,
    package: Annotated[
        str | None, typer.Option(metavar="NAME", help="Name of its Python package.")
    ] = None,
    netuid: Annotated[
        int | None, typer.Option("--netuid", "-n", metavar="N", help="Its number, if it has one.")
    ] = None,
    engine: Annotated[
        str | None, typer.Option(metavar="NAME", help="What runs the model (inference).")
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="The model that is served (inference).")
    ] = None,
    backend: Annotated[
        str | None, typer.Option(metavar="NAME", help="What trains the model (training).")
    ] = None,
    more: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="QUESTION=ANSWER", help="Answer any other question."),
    ] = None,
    defaults: Annotated[
        bool, typer.Option("--defaults", help="Ask nothing that has a default.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be made; make nothing.")
    ] = False,
    no_git: Annotated[
        bool, typer.Option("--no-git", help="No repository; such a project cannot be updated.")
    ] = False,
) -> None:
    """Make a subnet's project from a template, tests and all.

    Works without a network. A folder that exists is never touched.
    """
    from taokit.subnet_templates.composing import templates
    from taokit.subnet_templates.questions import questions
    from taokit.subnet_templates.scaffolding import create

    run = run_of(ctx)
    if template is None:
        template = run.prompts.text(f"template ({', '.join(templates())})", flag="TEMPLATE")
    asked = {question.name: question for question in questions(template)}
    if name is None:
        name = run.prompts.text("name of the subnet", flag="NAME")
    network = run.flags.network
    options = {
        "package": package,
        "network": network,
        "engine": engine,
        "model": model,
        "backend": backend,
    }
    given: dict[str, Any] = {key: value for key, value in options.items() if value is not None}
    given |= _pairs(more or [])
    if netuid is not None:
        given["netuid"] = str(netuid)
    if run.prompts.possible and not defaults:
        given |= _chosen(run, [q for q in asked.values() if q.choices and q.name not in given])
    made = create(
        template,
        name,
        into=into,
        answers=_typed(given, asked),
        with_git=not no_git,
        dry_run=dry_run,
    )
    _show_made(run, made)


command(app, "new", examples=NEW_EXAMPLES, shows=("network",), section=MAKE)(new)


@command(app, "templates", examples=["taokit subnet templates"], section=MAKE)
def templates_(ctx: typer.Context) -> None:
    """List the templates, what each measures, and what it asks."""
    from taokit.subnet_templates.composing import templates
    from taokit.subnet_templates.questions import about, questions
    from taokit.subnet_templates.releases import now

    rows, documents = [], []
    for name in templates():
        asked = [q for q in questions(name) if q.name != "project"]
        row = {"template": name, "measures": about(name)}
        rows.append({**row, "asks": ", ".join(q.name for q in asked)})
        told = [
            {
                "name": q.name,
                "type": q.kind,
                "help": q.help,
                "default": q.default,
                "choices": list(q.choices),
            }
            for q in asked
        ]
        documents.append({**row, "version": now(name).tag, "questions": told})
    columns = [
        Column("template", "Template", priority=9),
        Column("measures", "Measures", priority=8),
        Column("asks", "Asks", priority=5),
    ]
    run_of(ctx).out.table(columns, rows, json=documents)


@command(
    app,
    "update",
    examples=["taokit subnet update", "taokit subnet update --check"],
    section=MAKE,
)
def update(
    ctx: typer.Context,
    project: Annotated[
        Path, typer.Option(metavar="DIR", help="The project, if not this folder.")
    ] = Path("."),
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether there is anything newer (exits 1).")
    ] = False,
) -> None:
    """Bring a project up to the templates of the installed taokit.

    What its author owns (mechanism, protocol, miner, personas) stays as it is; the rest is merged.
    Nothing is committed. Exits 1 if anything conflicts.
    """
    from taokit.subnet_templates.updating import update as bring

    run = run_of(ctx)
    done = bring(project, check=check)
    if run.out.form == "json":
        run.out.document({**vars(done), "pending": done.pending and check})
    elif not done.pending:
        run.out.line(f"up to date with {done.template} {done.after}")
    elif check:
        run.out.line(f"{done.template} {done.after} can be had; the project is of {done.before}")
        run.out.next("taokit subnet update")
    else:
        run.out.line("\n".join(done.changed))
        run.out.note(f"updated from {done.before} to {done.after}, not committed")
        for path in done.conflicts:
            run.out.warn(f"both sides changed {path}: look for <<<<<<< in it")
        run.out.next("git diff", "taokit subnet test")
    if done.conflicts or (check and done.pending):
        raise typer.Exit(1)


def _pairs(given: list[str]) -> dict[str, str]:
    from taokit.cli.errors import UsageError

    found = {}
    for pair in given:
        key, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"--set takes QUESTION=ANSWER, not {pair!r}")
        found[key.strip()] = value
    return found


def _chosen(run: Run, open_questions: list[Any]) -> dict[str, str]:
    """Ask for what is chosen from a list; the rest has defaults that fit."""
    from taokit.cli.errors import MissingInput

    found = {}
    for question in open_questions:
        text = f"{question.help}: {', '.join(question.choices)} [{question.default}]"
        try:
            found[question.name] = run.prompts.text(text, flag=f"--{question.name}")
        except MissingInput:  # an empty line: the default
            continue
    return found


def _typed(given: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """Answers in their questions' types; those to no question are for ``create`` to refuse."""
    from taokit.subnet_templates.questions import answer

    return {k: answer(asked[k], str(v)) if k in asked else v for k, v in given.items()}


def _show_made(run: Run, made: Any) -> None:
    import os

    place = os.path.relpath(made.folder)
    steps = [f"cd {place}", "pip install -e . pytest ruff", "taokit subnet test"]
    if run.out.form == "json":
        run.out.document({**vars(made), "folder": str(made.folder), "next": steps})
        return
    run.out.line("\n".join(made.files))
    what = f"the subnet {made.name} of template {made.template} {made.version}"
    if not made.written:
        run.out.note(f"{what} would be these {len(made.files)} files in {place}")
        return
    run.out.note(f"{what}: {len(made.files)} files in {place}")
    run.out.next(*steps)
