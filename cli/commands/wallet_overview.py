"""``taokit wallet overview``: what wallets hold, and every neuron of their hotkeys."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taokit.cli import wallets
from taokit.cli.commands.wallet import Name, app, entry_of
from taokit.cli.errors import UnknownName
from taokit.cli.global_options import NETWORK
from taokit.cli.render import fields_of
from taokit.cli.table import Column
from taokit.cli.tree import command, run_of

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.cli.context import Run

_FULL = 65535
_SORTS = {
    "netuid": "netuid",
    "wallet": "wallet",
    "coldkey": "wallet",
    "hotkey": "hotkey_name",
    "uid": "uid",
    "active": "active",
    "stake": "stake",
    "rank": "rank",
    "trust": "trust",
    "consensus": "consensus",
    "incentive": "incentive",
    "dividends": "dividends",
    "emission": "emission",
    "vtrust": "validator_trust",
    "validator-permit": "validator_permit",
    "updated": "updated",
}


@command(
    app,
    "overview",
    examples=[
        "taokit wallet overview alice",
        "taokit wallet overview --all --sort-by emission --sort-order descending",
        "taokit wallet overview alice --netuids 1,2 --json",
    ],
    shows=("wallet_name", "wallet_path", *NETWORK),
)
def overview(
    ctx: typer.Context,
    name: Name = None,
    every: Annotated[bool, typer.Option("--all", "-a", help="All wallets of the folder.")] = False,
    netuids: Annotated[
        str | None,
        typer.Option("--netuids", "--netuid", "-n", metavar="N,N", help="Only these subnets."),
    ] = None,
    include_hotkeys: Annotated[
        str | None,
        typer.Option(metavar="NAME,NAME", help="Only these hotkeys, by name or address."),
    ] = None,
    exclude_hotkeys: Annotated[
        str | None, typer.Option(metavar="NAME,NAME", help="All hotkeys but these.")
    ] = None,
    sort_by: Annotated[
        str | None, typer.Option(metavar="COLUMN", help=f"One of {', '.join(_SORTS)}.")
    ] = None,
    sort_order: Annotated[
        str | None, typer.Option(metavar="ORDER", help="ascending or descending.")
    ] = None,
) -> None:
    """Show what wallets hold and how every neuron of their hotkeys does."""
    run = run_of(ctx)
    order = _sorting(sort_by, sort_order)
    subnets = None if netuids is None else _numbers(netuids)
    asked = _asked(run, name, every)
    keys = _chosen(asked, _names(include_hotkeys), _names(exclude_hotkeys))
    holdings, neurons, block = run.ask(
        lambda chain: _read(chain, asked, list(keys), subnets), "reading wallets and neurons"
    )
    rows = [
        {
            **fields_of(neuron),
            "wallet": keys[neuron.hotkey].wallet,
            "hotkey_name": keys[neuron.hotkey].name,
        }
        for neuron in neurons
    ]
    if order is not None:
        key, down = order
        rows.sort(key=lambda row: _rank(row[key]), reverse=down)
    if run.out.form == "json":
        run.out.document({"block": block, "wallets": holdings, "neurons": rows})
        return
    if run.out.form == "human":
        _show_holdings(run, holdings)
    _show_neurons(run, rows)


@dataclass(frozen=True)
class _Key:
    """One hotkey that may have neurons."""

    wallet: str
    name: str
    address: str


@dataclass(frozen=True)
class _Asked:
    """One wallet: its coldkey's address, where known, and its hotkeys."""

    wallet: str
    coldkey: str | None
    hotkeys: tuple[_Key, ...]


def _asked(run: Run, name: str | None, every: bool) -> list[_Asked]:
    wanted = wallets.named(run, name)
    if not every and wanted.startswith("//"):
        from taokit.cli.addresses import resolve

        address = resolve(run, wanted)  # a development account is its own hotkey
        return [_Asked(wanted, address, (_Key(wanted, "", address),))]
    entries = wallets.store(run).entries() if every else [entry_of(run, name)]
    return [
        _Asked(
            entry.name,
            entry.coldkey.address if entry.coldkey else None,
            tuple(_Key(entry.name, k.name, k.address) for k in entry.hotkeys if k.address),
        )
        for entry in entries
    ]


def _chosen(asked: Iterable[_Asked], only: set[str], without: set[str]) -> dict[str, _Key]:
    keys = {key.address: key for wallet in asked for key in wallet.hotkeys}
    known = {name for key in keys.values() for name in (key.name, key.address)}
    for name in sorted(only | without):
        if name not in known:
            raise UnknownName("hotkey", name, known, see="taokit wallet list")
    return {
        address: key
        for address, key in keys.items()
        if (not only or {key.name, address} & only) and not {key.name, address} & without
    }


async def _read(
    chain: ChainClient, asked: list[_Asked], hotkeys: list[str], netuids: list[int] | None
) -> tuple[list[dict[str, Any]], tuple[Any, ...], int]:
    import asyncio

    from taokit.chain_client.money import Tao
    from taokit.chain_client.reads.balances import balances
    from taokit.chain_client.reads.neurons_of import neurons_of
    from taokit.chain_client.reads.stake import stake

    known = [(wallet.wallet, wallet.coldkey) for wallet in asked if wallet.coldkey]
    async with chain.snapshot() as block:
        held, positions, neurons = await asyncio.gather(
            balances(chain, [address for _, address in known]),
            asyncio.gather(*(stake(chain, address) for _, address in known)),
            neurons_of(chain, hotkeys, netuids),
        )
    rows = []
    for (name, address), account, staked in zip(known, held, positions, strict=True):
        worth = sum((position.value for position in staked), Tao(0))
        total = account.free + worth
        row = {"wallet": name, "address": address, "free": account.free}
        rows.append({**row, "staked": worth, "total": total})
    return rows, neurons, block.number


def _show_holdings(run: Run, rows: list[dict[str, Any]]) -> None:
    columns = [
        Column("wallet", "Wallet", priority=9),
        Column("address", "Address", address=True, priority=6),
        Column("free", "Free", right=True, priority=8),
        Column("staked", "Staked (worth)", right=True, priority=7),
        Column("total", "Total", right=True, priority=8),
    ]
    if run.flags.columns is None:
        run.out.table(columns, rows, empty="no wallets")
        run.out.line("")


def _show_neurons(run: Run, rows: list[dict[str, Any]]) -> None:
    shown = [
        {**row, "axon": f"{row['axon'].address}:{row['axon'].port}" if row["axon"] else None}
        for row in rows
    ]
    columns = [
        Column("netuid", "Subnet", right=True, priority=9, show=str),
        Column("wallet", "Wallet", priority=9),
        Column("hotkey_name", "Hotkey", priority=9),
        Column("uid", "Uid", right=True, priority=9, show=str),
        Column("active", "Active", priority=4),
        Column("stake", "Stake", right=True, priority=8, show=lambda v: v.decimal(places=3)),
        Column("rank", "Rank", right=True, priority=1, show=_share),
        Column("trust", "Trust", right=True, priority=1, show=_share),
        Column("consensus", "Consensus", right=True, priority=3, show=_share),
        Column("incentive", "Incentive", right=True, priority=8, show=_share),
        Column("dividends", "Dividends", right=True, priority=8, show=_share),
        Column("validator_trust", "Vtrust", right=True, priority=3, show=_share),
        Column("validator_permit", "Permit", priority=5),
        Column("emission", "Emission", right=True, priority=8, show=lambda v: v.decimal(places=6)),
        Column("updated", "Updated", right=True, priority=6, show=str),
        Column("axon", "Axon", priority=2),
        Column("hotkey", "Address", priority=2, address=True),
    ]
    run.out.table(columns, shown, empty="none of the hotkeys is registered in a subnet")


def _share(parts: int) -> str:
    return f"{parts / _FULL:.4f}"


def _rank(value: Any) -> Any:
    return value.rao if hasattr(value, "rao") else value


def _sorting(by: str | None, order: str | None) -> tuple[str, bool] | None:
    down = {None: False, "ascending": False, "asc": False, "descending": True, "desc": True}
    if order not in down:
        raise UnknownName("order", str(order), [k for k in down if k], see="--sort-order ascending")
    if by is None:
        return None if order is None else ("netuid", down[order])
    wanted = by.strip().lower().replace("_", "-")
    if wanted not in _SORTS:
        raise UnknownName("column", by, _SORTS, see="taokit wallet overview --help")
    return _SORTS[wanted], down[order]


def _names(text: str | None) -> set[str]:
    return {part.strip() for part in (text or "").split(",") if part.strip()}


def _numbers(text: str) -> list[int]:
    from taokit.cli.errors import UsageError

    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise UsageError(f"--netuids {text} is no list of numbers", hint="--netuids 1,2") from None
