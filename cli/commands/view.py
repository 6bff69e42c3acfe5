"""``taokit view``: one page about a coldkey, its stake and neurons, and the subnets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taokit.chain_client.redaction import redacted
from taokit.cli import wallets
from taokit.cli.addresses import resolve
from taokit.cli.chart_page import keep_page
from taokit.cli.global_options import NETWORK
from taokit.cli.read_tables import price_cell
from taokit.cli.render import fields_of
from taokit.cli.table import Column
from taokit.cli.table_page import Section, check_page, table_page
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
        "taokit view dashboard -w alice --html --out dashboard.html",
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
    html: Annotated[
        bool,
        typer.Option(
            "--html", "--use-wry", help="Write it as a page for a browser, and open that."
        ),
    ] = False,
    save: Annotated[
        bool, typer.Option("--save-file", "--save", help="As --html, without opening it.")
    ] = False,
    out: Annotated[
        str | None,
        typer.Option(
            "--out",
            "--dashboard-path",
            "--dash-path",
            metavar="FILE",
            help="With --html: where to write the page, a file or a folder.",
        ),
    ] = None,
) -> None:
    """Show on one page what a coldkey holds, where it is staked, its neurons, and the subnets."""
    run = run_of(ctx)
    as_page = html or save
    check_page(run, out, wanted=as_page)
    asked = coldkey or wallets.named(run, name)
    whose = resolve(run, asked)
    mine = _hotkeys(run, asked if coldkey is None else None, whose)
    page = run.ask(lambda chain: _read(chain, whose, list(mine)), "reading the page")
    if run.out.form == "json":
        run.out.document({**fields_of(page), "total": page.free + page.staked})
        return
    facts = _summary(page)
    title = f"{redacted(run.network)} at block {page.block}"
    sections = [_stake(run, page), _neurons(page, mine), _subnets(run, page, limit)]
    if as_page:
        whole = table_page(run, f"Coldkey {page.coldkey}", title, facts, sections)
        keep_page(run, whole, out, name="taokit-dashboard.html", opened=not save)
        return
    run.out.record(facts, title=title)
    for section in sections:
        _show(run, section)


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


def _summary(page: _Page) -> dict[str, Any]:
    return {
        "coldkey": page.coldkey,
        "free": page.free,
        "staked (worth)": page.staked,
        "total": page.free + page.staked,
    }


def _stake(run: Run, page: _Page) -> Section:
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
    return Section("Stake", columns, rows, "nothing is staked")


def _neurons(page: _Page, mine: dict[str, str]) -> Section:
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
    return Section("Neurons", columns, rows, "no neurons")


def _subnets(run: Run, page: _Page, limit: int) -> Section:
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
    return Section(f"Subnets{of}", columns, rows, "no subnets")


def _show(run: Run, section: Section) -> None:
    if run.out.form == "human":
        heading = styled(section.title, "bold", run.terminal.colored(run.terminal.out))
        run.out.line(f"\n{heading}" if section.rows else f"\n{heading}: {section.empty}")
    if section.rows:
        run.out.table(section.columns, section.rows)


def _bar(run: Run, part: int, whole: int) -> str:
    filled = round(part * _BAR / whole) if whole else 0
    full, rest = ("█", "░") if run.terminal.unicode(run.terminal.out) else ("#", ".")
    return full * filled + rest * (_BAR - filled)


def _part(parts: int) -> str:
    return f"{parts / _FULL:.4f}"
