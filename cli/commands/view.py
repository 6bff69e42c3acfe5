"""``taokit view``: one page about a coldkey, its stake and neurons, and the subnets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taokit.cli import wallets
from taokit.cli.addresses import resolve
from taokit.cli.global_options import NETWORK
from taokit.cli.read_tables import price_cell
from taokit.cli.render import fields_of
from taokit.cli.table import Column
from taokit.cli.terminal import styled
from taokit.cli.tree import command, group, run_of

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.money import Tao
    from taokit.chain_client.reads.neurons_of import OwnNeuron
    from taokit.chain_client.reads.stake import StakePosition
    from taokit.chain_client.reads.subnets import Subnet
    from taokit.cli.context import Run

_FULL = 65535
_BLOCKS_A_DAY = 7200
_BAR = 16

app = group()


@dataclass(frozen=True)
class _Page:
    """What is on the page, all of one block."""

    block: int
    coldkey: str
    free: Tao
    staked: Tao
    positions: tuple[StakePosition, ...]
    neurons: tuple[OwnNeuron, ...]
    subnets: tuple[Subnet, ...]


@command(
    app,
    "dashboard",
    examples=[
        "taokit view dashboard -w alice",
        "taokit view dashboard --ss58 5F... --limit 20 --json",
    ],
    shows=("wallet_name", "wallet_path", *NETWORK),
)
def dashboard(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Wallet; --wallet-name says the same.")
    ] = None,
    coldkey: Annotated[
        str | None,
        typer.Option("--coldkey-ss58", "--ss58", metavar="ADDRESS", help="A coldkey instead."),
    ] = None,
    limit: Annotated[
        int, typer.Option(metavar="N", min=1, help="How many of the largest subnets to show.")
    ] = 12,
) -> None:
    """Show on one page what a coldkey holds, where it is staked, its neurons, and the subnets."""
    run = run_of(ctx)
    asked = coldkey or wallets.named(run, name)
    whose = resolve(run, asked)
    mine = _hotkeys(run, asked if coldkey is None else None, whose)
    page = run.ask(lambda chain: _read(chain, whose, list(mine)), "reading the page")
    if run.out.form == "json":
        run.out.document({**fields_of(page), "total": page.free + page.staked})
        return
    _show_summary(run, page)
    _show_stake(run, page)
    _show_neurons(run, page, mine)
    _show_subnets(run, page, limit)


def _hotkeys(run: Run, wallet: str | None, coldkey: str) -> dict[str, str]:
    """The hotkeys that belong to the page, by address, with what to call them."""
    if wallet is None or wallet.startswith("//"):
        return {coldkey: "coldkey"}
    return {
        address: name
        for address, name in wallets.own_hotkeys(run).items()
        if name.partition("/")[0] == wallet
    }


async def _read(chain: ChainClient, coldkey: str, hotkeys: list[str]) -> _Page:
    import asyncio

    from taokit.chain_client.money import Tao
    from taokit.chain_client.reads.balances import balance
    from taokit.chain_client.reads.neurons_of import neurons_of
    from taokit.chain_client.reads.stake import stake
    from taokit.chain_client.reads.subnets import subnets

    async with chain.snapshot() as block:
        held, positions, neurons, known = await asyncio.gather(
            balance(chain, coldkey),
            stake(chain, coldkey),
            neurons_of(chain, hotkeys),
            subnets(chain),
        )
    worth = sum((position.value for position in positions), Tao(0))
    held_now = tuple(sorted(positions, key=lambda p: p.value.rao, reverse=True))
    return _Page(block.number, coldkey, held.free, worth, held_now, neurons, known)


def _show_summary(run: Run, page: _Page) -> None:
    network = run.network
    run.out.record(
        {
            "coldkey": page.coldkey,
            "free": page.free,
            "staked (worth)": page.staked,
            "total": page.free + page.staked,
        },
        title=f"{network} at block {page.block}",
    )


def _show_stake(run: Run, page: _Page) -> None:
    names = {subnet.netuid: subnet.name for subnet in page.subnets}
    known = wallets.own_hotkeys(run)
    rows = [
        {
            **fields_of(position),
            "name": names.get(position.netuid),
            "whose": known.get(position.hotkey),
            "share": _bar(run, position.value.rao, page.staked.rao),
        }
        for position in page.positions
        if position.stake
    ]
    columns = [
        Column("netuid", "Subnet", right=True, priority=9, show=str),
        Column("name", "Name", priority=6),
        Column("hotkey", "Hotkey", priority=7, address=True),
        Column("stake", "Stake", right=True, priority=8),
        Column("price", "Price", right=True, priority=4, show=price_cell),
        Column("value", "Value", right=True, priority=9),
        Column("share", "Share", priority=5),
        Column("emission", "Last dividends", right=True, priority=3),
    ]
    _section(run, "Stake", columns, rows, "nothing is staked")


def _show_neurons(run: Run, page: _Page, mine: dict[str, str]) -> None:
    rows = [{**fields_of(n), "hotkey": mine.get(n.hotkey, n.hotkey)} for n in page.neurons]
    columns = [
        Column("netuid", "Subnet", right=True, priority=9, show=str),
        Column("hotkey", "Hotkey", priority=9),
        Column("uid", "Uid", right=True, priority=9, show=str),
        Column("stake", "Stake", right=True, priority=7, show=lambda v: v.decimal(places=3)),
        Column("incentive", "Incentive", right=True, priority=8, show=_part),
        Column("dividends", "Dividends", right=True, priority=8, show=_part),
        Column("emission", "Emission", right=True, priority=8, show=lambda v: v.decimal(places=6)),
        Column("validator_permit", "Permit", priority=5),
        Column("updated", "Updated", right=True, priority=6, show=str),
    ]
    _section(run, "Neurons", columns, rows, "no neurons")


def _show_subnets(run: Run, page: _Page, limit: int) -> None:
    largest = sorted(page.subnets, key=lambda s: s.tao_in.rao, reverse=True)
    shown = [subnet for subnet in largest if subnet.netuid][:limit]
    most = max((subnet.tao_in.rao for subnet in shown), default=0)
    rows = [
        {
            **fields_of(subnet),
            "cap": subnet.price.worth(subnet.alpha_in + subnet.alpha_out),
            "daily": subnet.tao_in_emission * _BLOCKS_A_DAY,
            "size": _bar(run, subnet.tao_in.rao, most),
        }
        for subnet in shown
    ]
    columns = [
        Column("netuid", "Subnet", right=True, priority=9, show=str),
        Column("name", "Name", priority=8),
        Column("price", "Price", right=True, priority=8, show=price_cell),
        Column("cap", "Market cap", right=True, priority=6),
        Column("tao_in", "TAO in pool", right=True, priority=7),
        Column("size", "Size", priority=4),
        Column("daily", "Emission a day", right=True, priority=5),
        Column("tempo", "Tempo", right=True, priority=2, show=str),
    ]
    of = f" ({len(rows)} of {len(page.subnets) - 1})" if len(rows) < len(page.subnets) - 1 else ""
    _section(run, f"Subnets{of}", columns, rows, "no subnets")


def _section(
    run: Run, title: str, columns: list[Column], rows: list[dict[str, Any]], empty: str
) -> None:
    if run.out.form == "human":
        heading = styled(title, "bold", run.terminal.colored(run.terminal.out))
        run.out.line(f"\n{heading}" if rows else f"\n{heading}: {empty}")
    if rows:
        run.out.table(columns, rows)


def _bar(run: Run, part: int, whole: int) -> str:
    filled = round(part * _BAR / whole) if whole else 0
    full, rest = ("█", "░") if run.terminal.unicode(run.terminal.out) else ("#", ".")
    return full * filled + rest * (_BAR - filled)


def _part(parts: int) -> str:
    return f"{parts / _FULL:.4f}"
