"""``taokit call``: any call of the metadata by its name; operations too, as in ``taokit tx``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from taokit.cli.context import Run
from taokit.cli.global_options import NETWORK, WALLET
from taokit.cli.operation_group import OperationGroup
from taokit.cli.raw_values import arguments, typed_value
from taokit.cli.submit import (
    Confirm,
    DryRun,
    How,
    Period,
    ProxyFor,
    Simulate,
    Tip,
    Wait,
    submit,
)
from taokit.cli.table import Column
from taokit.cli.tree import alone, built, command, group, run_of

if TYPE_CHECKING:
    from taokit.chain_client.calls import Call


class AnyCall(OperationGroup):
    """The registered operations as commands; any other name with a dot is a call of the chain."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        found = super().get_command(ctx, cmd_name)
        if found is None and "." in cmd_name:
            raw = alone()
            example = [f"taokit call {cmd_name} name=VALUE --dry-run -w alice"]
            command(raw, cmd_name, examples=example, shows=(*WALLET, *NETWORK))(raw_call)
            found = built(raw)
        return found


def raw_call(
    ctx: typer.Context,
    args: Annotated[
        list[str] | None,
        typer.Argument(metavar="ARG", help="Arguments as name=VALUE or in order; VALUE is JSON."),
    ] = None,
    sudo: Annotated[bool, typer.Option("--sudo", help="Wrap it in Sudo.sudo.")] = False,
    use_hotkey: Annotated[bool, typer.Option("--use-hotkey", help="Sign with the hotkey.")] = False,
    dry_run: DryRun = False,
    simulate: Simulate = False,
    wait: Wait = None,
    confirm: Confirm = None,
    tip: Tip = None,
    period: Period = None,
    proxy_for: ProxyFor = None,
) -> None:
    """Send any call of the chain, by its name in the metadata."""
    run = run_of(ctx)
    given = {
        "dry_run": dry_run,
        "simulate": simulate,
        "wait": wait,
        "confirm": confirm,
        "tip": tip,
        "period": period,
        "proxy_for": proxy_for,
    }
    how = How.of(run, given)
    call = call_of(run, str(ctx.info_name), list(args or ()), sudo)
    submit(run, call, how, key="hotkey" if use_hotkey else "coldkey", danger="moderate")


def call_of(run: Run, name: str, words: list[str], sudo: bool = False) -> Call:
    """The call of that name in the metadata, with arguments as typed. Raises `UnknownName`."""
    from taokit.chain_client.calls import Call
    from taokit.chain_client.errors import UnknownName

    pallet, _, item = name.partition(".")
    pallets = run.client.runtime.metadata.pallets
    if pallet not in pallets:
        raise UnknownName(kind="pallet", name=pallet, known=pallets)
    calls = pallets[pallet].calls
    if item not in calls:
        raise UnknownName(kind="call", name=item, known=calls, where=pallet)
    types = {str(field.name): field.type for field in calls[item].fields}
    given = arguments(words, list(types), name)
    metadata = run.client.runtime.metadata
    typed = {key: typed_value(run, metadata, types[key], given[key]) for key in given}
    call = Call(pallet, item, typed)
    return Call("Sudo", "sudo", {"call": call}) if sudo else call


app = group(cls=AnyCall)


@command(
    app,
    "list",
    examples=["taokit call list Balances", "taokit call list --json"],
    shows=NETWORK,
)
def list_calls(
    ctx: typer.Context,
    pallet: Annotated[
        str | None, typer.Argument(metavar="PALLET", help="Only the calls of this pallet.")
    ] = None,
) -> None:
    """List every call that the chain knows, with its arguments: `taokit call NAME` sends one.

    Names of operations (`taokit tx list`) are taken too.
    """
    from taokit.chain_client.errors import UnknownName

    run = run_of(ctx)
    pallets = run.client.runtime.metadata.pallets
    if pallet is not None and pallet not in pallets:
        raise UnknownName(kind="pallet", name=pallet, known=pallets)
    rows = [
        {
            "name": f"{name}.{item}",
            "arguments": [str(field.name) for field in variant.fields],
            "help": " ".join(" ".join(variant.docs).split()).partition(". ")[0],
        }
        for name, found in sorted(pallets.items())
        if pallet in (None, name)
        for item, variant in found.calls.items()
    ]
    columns = [
        Column("name", "Call", priority=9),
        Column("arguments", "Arguments", priority=8, show=", ".join),
        Column("help", "What it does", priority=7),
    ]
    run.out.table(columns, rows, empty=f"{pallet} has no calls")
