"""``taokit query``: every registered read by name, and anything in the metadata by its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from taokit.cli.global_options import NETWORK
from taokit.cli.raw_values import raw_value, typed_value
from taokit.cli.read_commands import At, add_read, block_of
from taokit.cli.render import show
from taokit.cli.table import Column
from taokit.cli.tree import Group, alone, built, command, group, run_of

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.cli.context import Run


class Query(Group):
    """The registered reads as commands; a name with a dot is the metadata's: see raw_query."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        found = super().get_command(ctx, cmd_name)
        if found is None and "." in cmd_name:
            raw = alone()
            command(raw, cmd_name, examples=[f"taokit query {cmd_name}"], shows=NETWORK)(raw_query)
            found = built(raw)
        return found


def raw_query(
    ctx: typer.Context,
    keys: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="KEY",
            help="Keys into a map (fewer than it has list what is there), or a method's arguments.",
        ),
    ] = None,
    at: At = None,
    limit: Annotated[
        int, typer.Option(metavar="N", min=1, help="Most entries of a map to show.")
    ] = 100,
) -> None:
    """Read a storage item or a constant, or call a runtime API, by its name in the metadata."""
    run = run_of(ctx)
    pallet, _, item = str(ctx.info_name).partition(".")
    given = _keys(run, pallet, item, keys or [])
    doing = f"reading {pallet}.{item}"
    answer = run.ask(lambda chain: _read(chain, pallet, item, given, at, limit), doing)
    if isinstance(answer, _Entries):
        rows = [{"key": key, "value": value} for key, value in answer.pairs]
        columns = [Column("key", "Key", priority=9), Column("value", "Value", priority=8)]
        run.out.table(columns, rows, empty="the map has no entries")
        if answer.more:
            run.out.note(f"the first {limit}; see --limit")
    else:
        show(run.out, answer)


def _keys(run: Run, place: str, item: str, words: list[str]) -> list[Any]:
    """The keys or arguments by their types; what does not exist is said when it is read."""
    metadata = run.client.runtime.metadata
    values = [raw_value(word) for word in words]
    types: list[int] = []
    if place in metadata.apis and item in metadata.apis[place].methods:
        types = [given.type for given in metadata.apis[place].methods[item].inputs]
    elif place in metadata.pallets and item in metadata.pallets[place].storage:
        types = list(metadata.pallets[place].storage[item].key_types)
    if len(values) > len(types):
        return values  # the error to come names the types
    return [typed_value(run, metadata, t, v) for t, v in zip(types, values, strict=False)]


class _Entries:
    """Entries of a map, and whether there are more."""

    def __init__(self, pairs: list[tuple[Any, Any]], more: bool) -> None:
        self.pairs = pairs
        self.more = more


async def _read(
    chain: ChainClient, pallet: str, item: str, keys: list[Any], at: str | None, limit: int
) -> Any:
    metadata = chain.runtime.metadata
    if pallet in metadata.apis:
        async with chain.at(block_of(at)):
            return await chain.runtime_call(pallet, item, *keys)
    found = metadata.pallets.get(pallet)
    if found is not None and item in found.constants and item not in found.storage:
        return chain.constant(pallet, item)
    entry = chain.runtime.storage(pallet, item)
    async with chain.at(block_of(at)):
        if len(keys) >= len(entry.hashers):
            return await chain.query(pallet, item, *keys)
        pairs: list[tuple[Any, Any]] = []
        async for pair in chain.entries(pallet, item, *keys, page_size=min(limit + 1, 512)):
            if len(pairs) == limit:
                return _Entries(pairs, more=True)
            pairs.append(pair)
        return _Entries(pairs, more=False)


def _reads() -> typer.Typer:
    from taokit.chain_client.reads import all_reads

    commands = typer.Typer()
    for entry in all_reads().values():
        path = f"taokit query {entry.name}"
        add_read(commands, entry.name, entry, path=path, section=entry.group.capitalize())
    return commands


app = group(cls=Query, more=_reads)


@command(app, "list", examples=["taokit query list", "taokit query list --json"])
def list_reads(ctx: typer.Context) -> None:
    """List every declared read with what it tells; with --json, the schema of its parameters."""
    from taokit.chain_client.reads import all_reads

    run = run_of(ctx)
    entries = list(all_reads().values())
    rows = [{"name": e.name, "group": e.group, "help": e.help} for e in entries]
    columns = [
        Column("name", "Read", priority=9),
        Column("group", "Group", priority=5),
        Column("help", "What it tells", priority=8),
    ]
    schemas = [
        {**row, "schema": entry.json_schema()} for row, entry in zip(rows, entries, strict=True)
    ]
    run.out.table(columns, rows, json=schemas)
