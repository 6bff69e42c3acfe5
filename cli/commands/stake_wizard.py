"""``taokit stake wizard``: asks what to do with a stake, step by step, and does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from taokit.cli.errors import UnknownName
from taokit.cli.global_options import NETWORK, WALLET
from taokit.cli.read_tables import price_cell
from taokit.cli.render import fields_of
from taokit.cli.submit import SUBMIT_OPTIONS, How, submit
from taokit.cli.table import Column
from taokit.cli.tree import command, run_of

if TYPE_CHECKING:
    from taokit.cli.context import Run

__all__ = ["add_wizard"]

_DOES = {
    "add": "stake TAO",
    "remove": "take it back",
    "move": "to another hotkey",
    "swap": "to another subnet",
    "transfer": "to another coldkey",
}


def add_wizard(app: typer.Typer) -> None:
    """Add the command to the group of stake."""
    from taokit.cli.derived import declared_function
    from taokit.cli.operation_commands import Safe

    tolerance = typer.Option(
        "--tolerance",
        "--rate-tolerance",
        "--limit",
        metavar="SHARE",
        help="Refuse a price more than this worse than the present one.",
    )
    partial = typer.Option(
        "--allow-partial/--no-allow-partial",
        "--allow-partial-stake/--no-allow-partial-stake",
        "--partial/--no-partial",
        "--allow/--not-allow",
        "--allow-partial/--not-partial",
        hidden=True,
    )
    extra: dict[str, tuple[Any, Any]] = {
        "tolerance": (Annotated[str | None, tolerance], None),
        "allow_partial": (Annotated[bool | None, partial], None),
        "safe": (Safe, None),
        **SUBMIT_OPTIONS,
    }
    doc = """Ask step by step what to do with a stake, and do it.

    Shows what is staked, then asks for whatever the chosen command needs; for people only.
    """
    function = declared_function(_wizard, (), doc=doc, extra=extra)
    examples = ["taokit stake wizard -w alice"]
    command(app, "wizard", examples=examples, shows=(*WALLET, *NETWORK))(function)


def _wizard(ctx: typer.Context, values: dict[str, Any]) -> None:
    from taokit.chain_client.operations import get_operation
    from taokit.cli.derived import require
    from taokit.cli.operation_commands import resolved_values, with_tolerance

    run = run_of(ctx)
    choices = ", ".join(f"{verb} ({does})" for verb, does in _DOES.items())
    if run.prompts.possible:
        _show(run)
    verb = run.prompts.text(f"what to do: {choices}", flag="a command, such as `taokit stake move`")
    if verb not in _DOES:
        raise UnknownName("choice", verb, _DOES, see="taokit stake --help")
    entry = get_operation(f"stake.{verb}")
    given: dict[str, Any] = {}
    names = {parameter.name for parameter in entry.parameters}
    for parameter in entry.parameters:
        if parameter.kind == "hotkey" and parameter.required:
            flag = f"--{parameter.name}"
            given[parameter.name] = run.prompts.text(parameter.help.rstrip(".").lower(), flag=flag)
    require(run, entry.parameters, given)
    for name in ("tolerance", "allow_partial"):
        if name in names and values.get(name) is not None:
            given[name] = values[name]
    if given.get("amount") == "all":
        entry = get_operation(f"stake.{verb}-all")
        del given["amount"]
    given = resolved_values(run, entry.parameters, given)
    given = with_tolerance(run, entry, given, values.get("safe"))
    how = How.of(run, values)
    submit(run, entry.build(given), how, key=entry.signer, danger=entry.danger)


def _show(run: Run) -> None:
    from taokit.chain_client.reads.stake import stake
    from taokit.cli.addresses import resolve

    owner = resolve(run, str(run.settings["wallet.name"]))
    positions = run.ask(lambda chain: stake(chain, owner), "reading the stake")
    columns = [
        Column("netuid", "Subnet", right=True, priority=9, show=str),
        Column("hotkey", "Hotkey", address=True, priority=8),
        Column("stake", "Stake", right=True, priority=9),
        Column("price", "Price", right=True, priority=3, show=price_cell),
        Column("value", "Value", right=True, priority=7),
    ]
    run.out.table(columns, [fields_of(p) for p in positions], empty=f"{owner} has nothing staked")
