"""``taokit utils``: amounts and addresses in other forms, and how quickly endpoints answer."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from taokit.cli.context import Run
from taokit.cli.errors import MissingInput, UsageError
from taokit.cli.exits import Exit
from taokit.cli.table import Column
from taokit.cli.tree import command, group, run_of

app = group()


@command(
    app,
    "convert",
    examples=[
        "taokit utils convert 1.5tao",
        "taokit utils convert --rao 1500000000",
        "taokit utils convert 5F...",
        "taokit utils convert --tao 100 --netuid 3",
    ],
    shows=("network",),
)
def convert(
    ctx: typer.Context,
    value: Annotated[
        str | None,
        typer.Argument(metavar="VALUE", help="An amount, an address or a public key in hex."),
    ] = None,
    rao: Annotated[str | None, typer.Option(metavar="N", help="So many rao.")] = None,
    tao: Annotated[str | None, typer.Option(metavar="AMOUNT", help="So many TAO.")] = None,
    alpha: Annotated[
        str | None, typer.Option(metavar="AMOUNT", help="So much alpha of --netuid.")
    ] = None,
    netuid: Annotated[
        int | None,
        typer.Option(metavar="N", help="Also at this subnet's present price; asks the chain."),
    ] = None,
) -> None:
    """Convert between rao, TAO and alpha, or between an SS58 address and its public key."""
    run = run_of(ctx)
    given = [text for text in (rao, tao, alpha, value) if text is not None]
    if not given:
        raise MissingInput("what to convert", flag="VALUE", hint="taokit utils convert 1.5tao")
    rows: list[dict[str, Any]] = []
    if rao is not None:
        rows.append(_amount(run, f"{_whole(rao)}rao", netuid))
    if tao is not None:
        rows.append(_amount(run, tao, netuid))
    if alpha is not None:
        if netuid is None:
            raise MissingInput("which subnet's alpha", flag="--netuid N")
        rows.append(_alpha(run, alpha, netuid))
    if value is not None:
        rows.append(_any(run, value, netuid))
    if run.out.form == "json":
        run.out.document(rows[0] if len(rows) == 1 else rows)
        return
    for place, row in enumerate(rows):
        if place:
            run.out.line("")
        run.out.record({key: shown for key, shown in row.items() if shown is not None})


def _whole(text: str) -> int:
    try:
        return int(text.removesuffix("rao"))
    except ValueError:
        raise UsageError(f"--rao {text} is not a whole number", hint="--rao 1500000000") from None


def _any(run: Run, value: str, netuid: int | None) -> dict[str, Any]:
    if value[:1].isdigit() and not value.startswith("0x"):
        try:
            return _amount(run, value, netuid)
        except UsageError:
            if len(value) < 40:
                raise
    return _address(run, value)


def _amount(run: Run, text: str, netuid: int | None) -> dict[str, Any]:
    from taokit.chain_client.errors import InvalidAmount
    from taokit.chain_client.money import Tao

    try:
        amount = Tao.parse(text)
    except InvalidAmount as error:
        raise UsageError(error.message, hint=error.hint) from None
    row: dict[str, Any] = {"rao": amount.rao, "tao": amount.decimal()}
    if netuid is not None:
        price = _price(run, netuid)
        row |= {"netuid": netuid, "price": price}
        row["alpha"] = price.buys(amount).decimal() if price else None
    return row


def _alpha(run: Run, text: str, netuid: int) -> dict[str, Any]:
    from taokit.chain_client.money import Alpha

    amount = Alpha.parse(text, netuid)
    price = _price(run, netuid)
    worth = price.worth(amount)
    alpha = {"netuid": netuid, "price": price, "alpha": amount.decimal()}
    return {"rao": worth.rao, "tao": worth.decimal(), **alpha}


def _price(run: Run, netuid: int) -> Any:
    from taokit.chain_client.reads.stake import price

    return run.ask(lambda chain: price(chain, netuid), "reading the price")


def _address(run: Run, text: str) -> dict[str, Any]:
    from taokit.cli.addresses import resolve
    from taokit.wallet import ss58

    address = resolve(run, text)
    prefix, key = ss58.decode_with_prefix(address)
    return {"ss58": ss58.encode(key), "public_key": "0x" + key.hex(), "prefix": prefix}


@command(
    app,
    "latency",
    examples=[
        "taokit utils latency",
        "taokit utils latency --network wss://my-node.example:443 --network finney",
    ],
)
def latency(
    ctx: typer.Context,
    networks: Annotated[
        list[str] | None,
        typer.Option(
            "--network",
            "--chain",
            "--subtensor-network",
            "--subtensor-chain-endpoint",
            metavar="NAME|URL",
            help="Which to ask. Repeat it. [default: all that are known]",
        ),
    ] = None,
    requests: Annotated[
        int, typer.Option(metavar="N", min=1, max=100, help="Requests to time at each.")
    ] = 5,
) -> None:
    """Time how long endpoints take to connect and to answer; the quickest first."""
    import asyncio

    run = run_of(ctx)
    asked = _endpoints(run, networks)
    patience = float(run.settings["timeout.connect"])

    async def all_of_them() -> list[dict[str, Any]]:
        timings = (_time(name, url, requests, patience) for name, url in asked)
        return list(await asyncio.gather(*timings))

    with run.out.phase(f"asking {len(asked)} endpoints"):
        rows = asyncio.run(all_of_them())
    rows.sort(key=lambda row: (row["answer_ms"] is None, row["answer_ms"] or 0))
    columns = [
        Column("network", "Network", priority=9),
        Column("url", "Endpoint", priority=6),
        Column("connect_ms", "Connect (ms)", right=True, priority=7, show=str),
        Column("answer_ms", "Answer (ms)", right=True, priority=8, show=str),
        Column("block", "Best block", right=True, priority=5, show=str),
        Column("problem", "Problem", priority=4),
    ]
    if run.out.form == "human" and run.terminal.is_tty(run.terminal.out):
        del columns[-1]
        for row in rows:
            if row["problem"] is not None:
                run.out.note(f"{row['network']}: {row['problem']}")
    run.out.table(columns, rows)
    if all(row["answer_ms"] is None for row in rows):
        raise typer.Exit(Exit.UNREACHABLE)


def _endpoints(run: Run, wanted: list[str] | None) -> list[tuple[str, str]]:
    from taokit.chain_client.networks import NETWORKS
    from taokit.cli.connection import network_named

    found = [network_named(run, name) for name in wanted or [*NETWORKS, *run.settings.networks()]]
    return [(network.name, url) for network in found for url in network.urls]


async def _time(name: str, url: str, requests: int, patience: float) -> dict[str, Any]:
    from time import perf_counter

    from taokit.chain_client.errors import ClientError
    from taokit.chain_client.redaction import redacted
    from taokit.chain_client.transport.websocket import WebSocketTransport

    row: dict[str, Any] = {"network": name, "url": redacted(url), "connect_ms": None}
    row |= {"answer_ms": None, "block": None, "problem": None}
    began = perf_counter()
    try:
        transport = await WebSocketTransport.connect(
            url, connect_timeout=patience, request_timeout=patience
        )
    except ClientError as error:
        return {**row, "problem": error.message}
    row["connect_ms"] = round((perf_counter() - began) * 1000)
    try:
        times = []
        for _ in range(requests):
            began = perf_counter()
            header = await transport.send("chain_getHeader")
            times.append(perf_counter() - began)
        row["answer_ms"] = round(sum(times) / len(times) * 1000, 1)
        row["block"] = int(header["number"], 16)
    except ClientError as error:
        row["problem"] = error.message
    finally:
        await transport.close()
    return row
