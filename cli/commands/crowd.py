"""``taokit crowd``: crowdloans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from taokit.cli.errors import UsageError
from taokit.cli.global_options import NETWORK
from taokit.cli.render import fields_of
from taokit.cli.table import Column
from taokit.cli.tree import command, group, run_of

if TYPE_CHECKING:
    from taokit.chain_client.reads.crowdloans import Contribution, Crowdloan
    from taokit.cli.context import Run

_SORTS = ("raised", "end", "contributors", "id")
_STATUSES = ("active", "funded", "ended", "finalized")
_KINDS = ("fundraising", "lease", "call", "subnet")

Id = Annotated[
    int | None,
    typer.Option("--crowdloan-id", "--id", metavar="N", help="The number of the crowdloan."),
]
BareId = Annotated[int | None, typer.Argument(metavar="[ID]", help="The number of the crowdloan.")]


def _operations() -> typer.Typer:
    from taokit.cli.operation_commands import operations_of

    return operations_of(
        "crowd",
        examples={
            "create": [
                "taokit crowd create --deposit 10 --min-contribution 0.1 --cap 100 "
                "--duration 50400 --target-address 5F... -w alice",
                "taokit crowd create --deposit 10 --min-contribution 1 --cap 2000 "
                "--duration 50400 --subnet-lease --emissions-share 25 -w alice",
            ],
            "contribute": ["taokit crowd contribute --id 0 --amount 5 -w bob"],
            "withdraw": ["taokit crowd withdraw --id 0 -w bob"],
            "update": ["taokit crowd update --id 0 --cap 200 -w alice"],
        },
        next_steps={
            "create": "taokit crowd list",
            "contribute": "taokit crowd info --id {crowdloan_id}",
            "refund": "taokit crowd dissolve --id {crowdloan_id}{wallet}",
        },
    )


app = group(more=_operations)


def _number(given: int | None, bare: int | None) -> int:
    number = bare if given is None else given
    if number is None:
        from taokit.cli.errors import MissingInput

        raise MissingInput("the number of the crowdloan", flag="--crowdloan-id N")
    return number


@command(
    app,
    "list",
    examples=["taokit crowd list", "taokit crowd list --status active --type lease --json"],
    shows=NETWORK,
)
def list_crowdloans(
    ctx: typer.Context,
    status: Annotated[
        str | None, typer.Option(metavar="STATUS", help="active, funded, ended or finalized.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--type", metavar="KIND", help="fundraising, lease or call.")
    ] = None,
    sort_by: Annotated[
        str, typer.Option(metavar="WHAT", help="raised, end, contributors or id.")
    ] = "id",
    sort_order: Annotated[str, typer.Option(metavar="ORDER", help="asc or desc.")] = "asc",
    search_creator: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Only those of this creator.")
    ] = None,
) -> None:
    """List the crowdloans: how much each raised of its cap, and until when it runs."""
    from taokit.chain_client.reads.crowdloans import crowdloans

    run = run_of(ctx)
    for flag, value, known in (
        ("--status", status, _STATUSES),
        ("--type", kind, _KINDS),
        ("--sort-by", sort_by, _SORTS),
        ("--sort-order", sort_order, ("asc", "desc")),
    ):
        if value is not None and value not in known:
            raise UsageError(f"{flag} cannot be {value!r}", hint=" or ".join(known))
    found = list(run.ask(crowdloans, "reading the crowdloans"))
    wanted = "lease" if kind == "subnet" else kind
    found = [
        one
        for one in found
        if status in (None, one.status)
        and wanted in (None, one.kind)
        and (search_creator is None or search_creator in one.creator)
    ]
    found.sort(key=lambda one: _sort_key(one, sort_by), reverse=sort_order == "desc")
    columns = [
        Column("crowdloan_id", "Id", right=True, priority=9),
        Column("status", "Status", priority=8),
        Column("kind", "For", priority=7),
        Column("raised", "Raised", right=True, priority=9),
        Column("cap", "Cap", right=True, priority=8),
        Column("contributors_count", "Contributors", right=True, priority=5),
        Column("blocks_left", "Blocks left", right=True, priority=6),
        Column("min_contribution", "Least", right=True, priority=4),
        Column("creator", "Creator", address=True, priority=3),
    ]
    run.out.table(columns, [fields_of(one) for one in found], empty="no crowdloans", json=found)


def _sort_key(one: Crowdloan, by: str) -> Any:
    return {
        "raised": one.raised,
        "end": one.end,
        "contributors": one.contributors_count,
        "id": one.crowdloan_id,
    }[by]


@command(
    app,
    "info",
    examples=["taokit crowd info 0", "taokit crowd info --id 0 --show-contributors --json"],
    shows=NETWORK,
)
def info(
    ctx: typer.Context,
    bare: BareId = None,
    crowdloan_id: Id = None,
    show_contributors: Annotated[
        bool, typer.Option("--show-contributors", help="Who contributed how much, too.")
    ] = False,
) -> None:
    """Show one crowdloan: what it raised, for what, until when."""
    from taokit.chain_client.reads.crowdloans import crowdloan, crowdloan_contributors
    from taokit.cli.call_text import call_text

    run = run_of(ctx)
    number = _number(crowdloan_id, bare)
    found = run.ask(lambda chain: crowdloan(chain, number), "reading the crowdloan")
    given = (
        run.ask(lambda chain: crowdloan_contributors(chain, number)) if show_contributors else None
    )
    fields: dict[str, Any] = fields_of(found)
    if run.out.form == "json":
        run.out.document({**fields, **({} if given is None else {"contributors": list(given)})})
        return
    share = found.raised.rao / found.cap.rao if found.cap.rao else 0
    fields["raised"] = f"{run.out.text(found.raised)} ({share:.1%})"
    if found.call is not None:
        fields["call"] = call_text(found.call, run.out.text)
    run.out.record({name: value for name, value in fields.items() if value is not None})
    if given is not None:
        _show_contributors(run, given)


@command(
    app,
    "contributors",
    examples=["taokit crowd contributors 0", "taokit crowd contributors --id 0 --json"],
    shows=NETWORK,
)
def contributors(ctx: typer.Context, bare: BareId = None, crowdloan_id: Id = None) -> None:
    """List who contributed how much to a crowdloan, the most first."""
    from taokit.chain_client.reads.crowdloans import crowdloan_contributors

    run = run_of(ctx)
    number = _number(crowdloan_id, bare)
    given = run.ask(lambda chain: crowdloan_contributors(chain, number), "reading the crowdloan")
    _show_contributors(run, given)


def _show_contributors(run: Run, given: tuple[Contribution, ...]) -> None:
    columns = [
        Column("contributor", "Contributor", address=True, priority=9),
        Column("amount", "Amount", right=True, priority=8),
        Column("share", "Share", right=True, priority=7, show=lambda share: f"{float(share):.2%}"),
        Column("is_creator", "Creator", priority=5),
    ]
    rows = [fields_of(one) for one in given]
    run.out.table(columns, rows, empty="nobody has contributed", json=list(given))
