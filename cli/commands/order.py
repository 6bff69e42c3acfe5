"""``taokit order``: limit orders: signed here, kept in a file, brought to the chain by relayers."""

from __future__ import annotations

import functools
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taokit.cli.errors import MissingInput, UsageError
from taokit.cli.global_options import NETWORK, WALLET
from taokit.cli.table import Column
from taokit.cli.tree import command, group, run_of

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.limit_orders import SignedOrder
    from taokit.cli.context import Run

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def _operations() -> typer.Typer:
    from taokit.cli.operation_commands import operations_of

    return operations_of(
        "order",
        examples={
            "cancel": ["taokit order cancel --order 0x5d... -w alice"],
            "execute": ["taokit order execute --order order.json -w relayer"],
        },
        completed={"cancel": _read, "execute": _read},
    )


app = group(more=_operations)


@command(
    app,
    "place",
    examples=[
        "taokit order place --netuid 1 --kind buy --amount 10 --price 0.05 -w alice",
        "taokit order place -n 1 --kind take-profit --amount 4 --price 0.2 --expires 7d -w alice",
    ],
    shows=(*WALLET, *NETWORK),
)
def place(
    ctx: typer.Context,
    netuid: Annotated[
        int | None, typer.Option("--netuid", "-n", metavar="N", help="The subnet.")
    ] = None,
    kind: Annotated[
        str, typer.Option(metavar="KIND", help="buy, take-profit or stop-loss.")
    ] = "buy",
    amount: Annotated[
        str | None,
        typer.Option("--amount", "-a", metavar="AMOUNT", help="TAO to buy with, alpha to sell."),
    ] = None,
    price: Annotated[
        str | None,
        typer.Option("--price", "--limit-price", metavar="PRICE", help="The limit, in TAO."),
    ] = None,
    expires: Annotated[
        str, typer.Option(metavar="TIME", help="How long it stands: 90m, 24h, 7d.")
    ] = "24h",
    tolerance: Annotated[
        str | None,
        typer.Option(metavar="SHARE", help="How far beyond the limit the trade may move it."),
    ] = None,
    relayers: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS,ADDRESS", help="Who may bring it; anybody if not given."),
    ] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="It may be filled in parts; needs --relayers.")
    ] = False,
) -> None:
    """Sign an order to trade when the price allows, and keep it in a file.

    Nothing is sent: hand the file to a relayer, or bring it yourself with `taokit order execute`.
    """
    from taokit.chain_client.limit_orders import PARTS, LimitOrder, evm_chain_id, sign_order
    from taokit.chain_client.money import Tao
    from taokit.chain_client.prices import parse_fraction
    from taokit.cli.addresses import resolve, resolve_hotkey
    from taokit.cli.signing import signing_key

    run = run_of(ctx)
    if netuid is None or amount is None or price is None:
        flag = "--netuid N" if netuid is None else "--amount X" if amount is None else "--price X"
        raise MissingInput("what to trade, and when", flag=flag)
    signing = signing_key(run, "coldkey")
    parties = [resolve(run, part.strip()) for part in (relayers or "").split(",") if part.strip()]
    seconds = _seconds(expires)

    async def make(chain: ChainClient) -> LimitOrder:
        now = await chain.query("Timestamp", "Now")
        return LimitOrder(
            signer=signing.signer.ss58_address,
            hotkey=resolve_hotkey(run, run.flags.hotkey),
            netuid=netuid,
            kind=kind,
            amount=Tao.parse(amount).rao,
            limit_price=Tao.parse(price).rao,
            expiry=now + seconds * 1000,
            chain_id=await evm_chain_id(chain),
            relayers=tuple(parties) or None,
            slippage=None if tolerance is None else int(parse_fraction(tolerance) * PARTS),
            partial=partial,
        )

    order = run.ask(make, "reading the chain's time")
    signing.unlock()
    signed = run.ask(lambda chain: sign_order(chain, order, signing.signer))
    name = run.ask(lambda chain: _id(chain, signed))
    path = _folder() / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:  # whoever has it may execute it
        file.write(signed.to_text() + "\n")
    run.out.line(name, json={"order_id": name, "file": str(path), **_shown(signed)})
    run.out.note(f"kept in {path}; it stands for {expires}")
    run.out.next("taokit order list")


@command(app, "list", examples=["taokit order list", "taokit order list --json"], shows=NETWORK)
def list_orders(ctx: typer.Context) -> None:
    """List the orders that were placed here, and what became of each."""
    from taokit.chain_client.limit_orders import SignedOrder

    run = run_of(ctx)
    folder = _folder()
    files = sorted(folder.glob("0x*.json")) if folder.is_dir() else []
    rows = []
    for path in files:
        signed = SignedOrder.from_text(path.read_text("utf-8"))
        name = path.stem
        asked = functools.partial(_status, name=name)
        rows.append(
            {"order_id": name, "status": run.ask(asked, "reading the orders"), **_shown(signed)}
        )
    columns = [
        Column("order_id", "Order", address=True, priority=8),
        Column("status", "Status", priority=9),
        Column("netuid", "Subnet", right=True, priority=9),
        Column("kind", "Kind", priority=8),
        Column("amount", "Amount", right=True, priority=8),
        Column("price", "Limit", right=True, priority=8),
        Column("hotkey", "Hotkey", address=True, priority=2),
    ]
    run.out.table(columns, rows, empty="no order was placed here")


def _read(run: Run, given: dict[str, Any]) -> dict[str, Any]:
    """The values with the order itself: named by its id or the start of it, or by a file."""
    text = given.get("order")
    if text is None or str(text).lstrip().startswith("{"):
        return given
    folder = _folder()
    found = sorted(folder.glob(f"{text}*.json")) if re.fullmatch(r"0x[0-9a-f]*", text) else []
    path = found[0] if len(found) == 1 else Path(text).expanduser()
    try:
        return {**given, "order": path.read_text("utf-8").strip()}
    except OSError:
        raise UsageError(
            f"{text} is neither one order that was placed here nor a file",
            hint="see them: `taokit order list`",
        ) from None


def _shown(signed: SignedOrder) -> dict[str, Any]:
    from taokit.chain_client.money import Alpha, Tao
    from taokit.chain_client.prices import Price

    order = signed.order
    buys = order.kind == "buy"
    return {
        "netuid": order.netuid,
        "kind": order.kind,
        "amount": Tao(order.amount) if buys else Alpha(order.amount, order.netuid),
        "price": Price(order.limit_price, order.netuid),
        "hotkey": order.hotkey,
        "signer": order.signer,
        "expiry": order.expiry,
    }


async def _status(chain: ChainClient, *, name: str) -> str:
    from taokit.chain_client.limit_orders import order_status

    return await order_status(chain, name)


async def _id(chain: ChainClient, signed: SignedOrder) -> str:
    return signed.order.id(chain)


def _seconds(text: str) -> int:
    found = re.fullmatch(r"(\d+)([smhd])", text.strip())
    if found is None:
        raise UsageError(f"{text!r} is no length of time", hint="such as 90m, 24h or 7d")
    return int(found[1]) * _UNITS[found[2]]


def _folder() -> Path:
    from taokit.cli.state import state_folder

    return state_folder(os.environ) / "orders"
