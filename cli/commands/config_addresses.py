"""``taokit config addresses|proxies|add-...|update-...|remove-...``: the address book."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Annotated, Any

import typer

from taokit.cli.address_book import Known, book_path, entry, load, save
from taokit.cli.addresses import resolve
from taokit.cli.commands.config import app
from taokit.cli.context import Run
from taokit.cli.errors import UnknownName, UsageError
from taokit.cli.table import Column
from taokit.cli.tree import command, run_of

_SECTION = "Address book"

Name = Annotated[str | None, typer.Argument(metavar="NAME", help="What to call it.")]
Named = Annotated[str | None, typer.Option("--name", metavar="NAME", help="What to call it.")]
Address = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="Its address, or a wallet whose it is.")
]
ProxyType = Annotated[
    str | None, typer.Option(metavar="KIND", help="What it may do: Any, Staking, Transfer, ...")
]
Spawner = Annotated[
    str | None,
    typer.Option(
        "--spawner", "--delegator", metavar="ADDRESS", help="Whom it acts for, or who made it."
    ),
]
Delay = Annotated[
    int | None, typer.Option(metavar="N", min=0, help="Blocks between announcing and acting.")
]
Note = Annotated[str | None, typer.Option(metavar="TEXT", help="Anything worth remembering.")]


@command(
    app,
    "addresses",
    section=_SECTION,
    examples=["taokit config addresses", "taokit config addresses --json"],
)
def addresses(ctx: typer.Context) -> None:
    """List the address book: names that stand for addresses everywhere."""
    run = run_of(ctx)
    _show(run, load(book_path(run)), empty="the address book is empty")


@command(app, "proxies", section=_SECTION, examples=["taokit config proxies"])
def proxies(ctx: typer.Context) -> None:
    """List the proxies of the address book."""
    run = run_of(ctx)
    found = {name: known for name, known in load(book_path(run)).items() if known.is_proxy}
    _show(run, found, empty="the address book has no proxies")


@command(
    app,
    "add-address",
    section=_SECTION,
    examples=["taokit config add-address bob 5F...", "taokit config add-address cold alice"],
)
def add_address(
    ctx: typer.Context,
    name: Name = None,
    address: Annotated[
        str | None, typer.Argument(metavar="ADDRESS", help="Its address, or a wallet whose it is.")
    ] = None,
    note: Note = None,
) -> None:
    """Give an address a name."""
    run = run_of(ctx)
    named = _needed(run, name, "the name", "NAME")
    where = resolve(run, _needed(run, address, "the address", "ADDRESS"))
    _add(run, entry(named, where, note=note or ""))


@command(
    app,
    "add-proxy",
    section=_SECTION,
    examples=["taokit config add-proxy --name desk --address 5F... --proxy-type Staking"],
)
def add_proxy(
    ctx: typer.Context,
    name: Named = None,
    address: Address = None,
    proxy_type: ProxyType = None,
    spawner: Spawner = None,
    delay: Delay = None,
    note: Note = None,
) -> None:
    """Note a proxy in the address book; nothing is sent to the chain."""
    run = run_of(ctx)
    named = _needed(run, name, "the name", "--name NAME")
    where = resolve(run, _needed(run, address, "the address", "--address ADDRESS"))
    kind = _needed(run, proxy_type, "what it may do", "--proxy-type KIND")
    whose = None if spawner is None else resolve(run, spawner)
    known = entry(named, where, proxy_type=kind, spawner=whose, delay=delay or 0, note=note or "")
    _add(run, known)


@command(
    app,
    "update-proxy",
    section=_SECTION,
    examples=["taokit config update-proxy --name desk --delay 600"],
)
def update_proxy(
    ctx: typer.Context,
    name: Named = None,
    address: Address = None,
    proxy_type: ProxyType = None,
    spawner: Spawner = None,
    delay: Delay = None,
    note: Note = None,
) -> None:
    """Change what the address book says of a name."""
    run = run_of(ctx)
    named = _needed(run, name, "the name", "--name NAME")
    given: dict[str, Any] = {
        "address": None if address is None else resolve(run, address),
        "proxy_type": proxy_type,
        "spawner": None if spawner is None else resolve(run, spawner),
        "delay": delay,
        "note": note,
    }
    fields = {key: value for key, value in given.items() if value is not None}
    if not fields:
        raise UsageError("nothing to change", hint="give --address, --note or another option")

    def changed(entries: dict[str, Known]) -> Known:
        entries[named] = entry(**{**asdict(_of(entries, named)), **fields})
        return entries[named]

    _change(run, changed, "changed")


@command(app, "remove-address", section=_SECTION, examples=["taokit config remove-address bob"])
def remove_address(ctx: typer.Context, name: Name = None) -> None:
    """Remove a name from the address book."""
    run = run_of(ctx)
    named = _needed(run, name, "the name", "NAME")
    _change(run, lambda entries: _taken(entries, named), "removed")


@command(app, "remove-proxy", section=_SECTION, examples=["taokit config remove-proxy --name desk"])
def remove_proxy(ctx: typer.Context, name: Named = None) -> None:
    """Remove a proxy from the address book; it stays one on the chain."""
    run = run_of(ctx)
    named = _needed(run, name, "the name", "--name NAME")
    _change(run, lambda entries: _taken(entries, named), "removed")


@command(app, "clear-proxies", section=_SECTION, examples=["taokit config clear-proxies --yes"])
def clear_proxies(ctx: typer.Context) -> None:
    """Remove all proxies from the address book; they stay proxies on the chain."""
    run = run_of(ctx)
    path = book_path(run)
    entries = load(path)
    gone = [name for name, known in entries.items() if known.is_proxy]
    if gone:
        run.prompts.confirm(f"Remove {', '.join(gone)} from the address book?")
        save(path, {name: known for name, known in entries.items() if name not in gone})
    if run.out.form == "json":
        run.out.document({"removed": gone, "path": path})
    else:
        run.out.note(f"removed {', '.join(gone)}" if gone else "the address book has no proxies")


def _needed(run: Run, value: str | None, what: str, flag: str) -> str:
    return run.prompts.text(what, flag=flag) if value is None else value


def _add(run: Run, known: Known) -> None:
    def added(entries: dict[str, Known]) -> Known:
        if known.name in entries:
            raise UsageError(
                f"{known.name} is in the address book already",
                hint=f"taokit config update-proxy --name {known.name} ..., or remove it first",
            )
        entries[known.name] = known
        return known

    _change(run, added, "added")


def _change(run: Run, change: Callable[[dict[str, Known]], Known], done: str) -> None:
    path = book_path(run)
    entries = load(path)
    known = change(entries)
    save(path, entries)
    if run.out.form == "json":
        run.out.document({done: asdict(known), "path": path})
    else:
        run.out.note(f"{done} {known.name} ({known.address}) in {path}")


def _of(entries: Mapping[str, Known], name: str) -> Known:
    if name not in entries:
        raise UnknownName("address", name, entries, see="taokit config addresses")
    return entries[name]


def _taken(entries: dict[str, Known], name: str) -> Known:
    known = _of(entries, name)
    del entries[name]
    return known


def _show(run: Run, entries: Mapping[str, Known], *, empty: str) -> None:
    columns = [
        Column("name", "Name", priority=9),
        Column("address", "Address", priority=8, address=True),
        Column("proxy_type", "Proxy", priority=7),
        Column("spawner", "Acts for", priority=5, address=True),
        Column("delay", "Delay", right=True, priority=3),
        Column("note", "Note", priority=4),
    ]
    run.out.table(columns, [asdict(known) for known in entries.values()], empty=empty)
