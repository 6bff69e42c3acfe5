"""``taokit proxy``: accounts that may act for others."""

from __future__ import annotations

from typing import Annotated

import typer

from taokit.cli.addresses import resolve
from taokit.cli.global_options import NETWORK, WALLET
from taokit.cli.table import Column
from taokit.cli.tree import command, group, run_of


def _operations() -> typer.Typer:
    from taokit.cli.operation_commands import operations_of

    return operations_of(
        "proxy",
        examples={
            "add": [
                "taokit proxy add --delegate 5F... --proxy-type Staking -w alice",
                "taokit proxy add --delegate 5F... --proxy-type Transfer --delay 300 -w alice",
            ],
            "remove": [
                "taokit proxy remove --delegate 5F... --proxy-type Staking -w alice",
                "taokit proxy remove --all -w alice",
            ],
            "create": ["taokit proxy create --proxy-type Any -w alice"],
            "kill": ["taokit proxy kill --height 1234 --ext-index 2 -w alice"],
            "announce": [
                "taokit proxy announce --real 5F... -w helper -- wallet transfer --to 5G... -a 1",
            ],
            "execute": [
                "taokit proxy execute --real 5F... -w helper -- wallet transfer --to 5G... -a 1",
            ],
            "reject": ["taokit proxy reject --delegate 5F... --call-hash 0x... -w alice"],
            "withdraw": ["taokit proxy withdraw --real 5F... --call-hash 0x... -w helper"],
            "pays-fee": ["taokit proxy pays-fee --delegate 5F... -w alice"],
        },
        next_steps={"add": "taokit proxy list{wallet}", "create": "taokit proxy list{wallet}"},
    )


app = group(more=_operations)


@command(
    app,
    "list",
    examples=["taokit proxy list -w alice", "taokit proxy list --address 5F... --json"],
    shows=(*WALLET[:1], *NETWORK),
)
def list_proxies(
    ctx: typer.Context,
    address: Annotated[
        str | None,
        typer.Option(
            "--address",
            "--ss58",
            metavar="ADDRESS",
            help="Whose proxies. [default: the wallet's coldkey]",
        ),
    ] = None,
) -> None:
    """List who may act for an account, and what it has announced as a proxy itself."""
    from taokit.chain_client.reads.proxies import announcements, proxies

    run = run_of(ctx)
    owner = resolve(run, address or str(run.settings["wallet.name"]))
    found = run.ask(lambda chain: proxies(chain, owner), "reading the proxies")
    made = run.ask(lambda chain: announcements(chain, owner))
    if run.out.form == "json":
        run.out.document({"address": owner, "proxies": found, "announcements": made})
        return
    rows = [
        {"delegate": one.delegate, "proxy_type": one.proxy_type, "delay": one.delay}
        for one in found
    ]
    columns = [
        Column("delegate", "Proxy", address=True, priority=9),
        Column("proxy_type", "May", priority=8),
        Column("delay", "Blocks after announcing", right=True, priority=7),
    ]
    run.out.table(columns, rows, empty=f"nobody may act for {owner}")
    for one in made:
        run.out.note("")
        run.out.record(
            {
                "announced call": one.call_hash,
                "for": one.real,
                "in block": one.announced_at,
                "can be made from block": one.ready_at,
            }
        )
