"""``taokit stake``: the registered stake operations, and what is staked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from taokit.cli.addresses import resolve
from taokit.cli.global_options import NETWORK
from taokit.cli.read_tables import price_cell
from taokit.cli.table import Column
from taokit.cli.tree import command, group, nested, run_of
from taokit.cli.watching import Live

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.cli.context import Run


def _commands() -> typer.Typer:
    from taokit.chain_client.reads import get_read
    from taokit.cli.commands import history_plots, stake_watch
    from taokit.cli.commands.stake_wizard import add_wizard
    from taokit.cli.operation_commands import operations_of
    from taokit.cli.read_commands import add_read

    commands = typer.Typer()
    nested(
        commands,
        "child",
        "Child hotkeys: stake that counts for others",
        more=_child_commands,
        aliases=["children"],
    )
    operations_of("stake", into=commands, examples=_EXAMPLES, next_steps=_NEXT)
    add_wizard(commands)
    stake_watch.add_to(commands)
    history_plots.add_stake_history(commands)
    path = "taokit stake"
    add_read(commands, "auto", get_read("auto-stake"), path=f"{path} auto", own="coldkey")
    locks = get_read("locks")
    add_read(commands, "locks", locks, path=f"{path} locks", own="coldkey", hidden=True)
    add_read(commands, "quote", get_read("quote-stake"), path=f"{path} quote")
    return commands


def _child_commands() -> typer.Typer:
    from taokit.chain_client.reads import get_read
    from taokit.cli.operation_commands import operations_of
    from taokit.cli.read_commands import add_read

    path = "taokit stake child"
    commands = operations_of(
        "stake.child",
        examples={
            "set": [
                f"{path} set --netuid 1 --children 5F...,5G... --proportions 0.3,0.2 -w vali",
            ],
            "revoke": [
                f"{path} revoke --netuid 1 -w vali",
                f"{path} revoke --all-netuids -w vali",
            ],
            "take": [
                f"{path} take --netuid 1 --take 9% -w vali",
                f"{path} take --netuid 1,2 -w vali",
            ],
            "auto": [f"{path} auto --no-enabled -w vali"],
        },
        next_steps={"set": f"{path} get{{wallet}}"},
        instead={"take": _takes},
    )
    add_read(
        commands,
        "get",
        get_read("children"),
        path=f"{path} get",
        own="hotkey",
        examples=[f"{path} get -w vali", f"{path} get --netuid 1 --hotkey 5F... --json"],
    )
    return commands


def _takes(run: Run, given: dict[str, Any]) -> bool:
    """Without a take to set, those that are."""
    if "take" in given:
        return False
    from taokit.cli.addresses import resolve_hotkey
    from taokit.cli.child_subnets import show_takes

    show_takes(run, resolve_hotkey(run, given.get("hotkey")), given)
    return True


_PLACES = "--origin-netuid 1 --dest-netuid 2"
_EXAMPLES = {
    "add": [
        "taokit stake add --netuid 1 --amount 10 -w alice",
        "taokit stake add --netuid 1 --amount 10 --hotkey 5F... --tolerance 5% -w alice",
        "taokit stake add --netuid 1,2,3 --amount 5 -w alice",
    ],
    "remove": [
        "taokit stake remove --netuid 1 --amount 2.5 -w alice",
        "taokit stake remove --netuid 1 --all -w alice",
        "taokit stake remove --all -w alice",
    ],
    "move": [
        f"taokit stake move {_PLACES} --to 5F... --amount 10 -w alice",
        "taokit stake move --origin-netuid 1 --dest-netuid 1 --to 5F... --all -w alice",
    ],
    "swap": [f"taokit stake swap {_PLACES} --amount 10 --tolerance 2% -w alice"],
    "transfer": [f"taokit stake transfer {_PLACES} --to 5F... --amount 10 -w alice"],
    "recycle": ["taokit stake recycle --netuid 1 --amount 10 -w alice"],
    "burn": ["taokit stake burn --netuid 1 --amount 10 -w alice"],
    "set-auto": ["taokit stake set-auto --netuid 1 --hotkey 5F... -w miner"],
    "set-claim": [
        "taokit stake set-claim swap -w alice",
        "taokit stake set-claim keep --netuids 1,2 -w alice",
    ],
    "process-claim": [
        "taokit stake process-claim -w alice",
        "taokit stake process-claim --netuids 1,2 -w alice",
    ],
    "unstake-all": ["taokit stake unstake-all -w alice"],
}
_LIST = "taokit stake list{wallet}"
_NEXT = {
    "add": _LIST,
    "move": _LIST,
    "swap": _LIST,
    "transfer": _LIST,
    "remove": "taokit wallet balance{wallet}",
    "set-auto": "taokit stake auto{wallet}",
    "set-claim": "taokit root claims{wallet}",
}

app = group(more=_commands)


@command(
    app,
    "list",
    examples=["taokit stake list -w alice", "taokit stake list --ss58 5F... --json"],
    shows=("wallet_name", "wallet_path", *NETWORK),
)
def list_stake(
    ctx: typer.Context,
    coldkey: Annotated[
        str | None,
        typer.Option(
            "--ss58",
            "--coldkey-ss58",
            "--key",
            "-k",
            metavar="ADDRESS",
            help="Whose stake: an address or a wallet. [default: the wallet's coldkey]",
        ),
    ] = None,
    live: Live = False,
) -> None:
    """List everything a coldkey has staked, with what it is worth."""
    import asyncio

    from taokit.chain_client.money import Tao
    from taokit.chain_client.reads.availability import stake_availability
    from taokit.chain_client.reads.balances import balance
    from taokit.chain_client.reads.stake import stake
    from taokit.cli.render import fields_of

    run = run_of(ctx)
    owner = resolve(run, coldkey or str(run.settings["wallet.name"]))
    if live:
        from taokit.cli.commands.stake_watch import watch_owner

        watch_owner(run, owner, count=None)
        return
    for_people = run.out.form == "human"

    async def question(chain: ChainClient) -> tuple[Any, ...]:
        if not for_people:
            return await stake(chain, owner), None, ()
        async with chain.snapshot():
            return tuple(
                await asyncio.gather(
                    stake(chain, owner), balance(chain, owner), stake_availability(chain, owner)
                )
            )

    positions, held, availability = run.ask(question, "reading the stake")
    columns = [
        Column("netuid", "Subnet", right=True, priority=9),
        Column("hotkey", "Hotkey", address=True, priority=7),
        Column("stake", "Stake", right=True, priority=9),
        Column("price", "Price", right=True, priority=3, show=price_cell),
        Column("value", "Value", right=True, priority=8),
        Column("emission", "Last dividends", right=True, priority=2),
        Column("registered", "Registered", priority=1),
    ]
    rows = [fields_of(position) for position in positions]
    run.out.table(columns, rows, empty=f"{owner} has nothing staked", json=list(positions))
    if for_people and positions:
        worth = Tao(sum(position.value.rao for position in positions))
        free = run.out.money(held.free, places=4)
        together = run.out.money(held.free + worth, places=4)
        locked = any(one.locked.rao for one in availability)
        run.out.note(
            f"worth {run.out.money(worth, places=4)}; with {free} that are free {together}"
            + ("; some is locked: taokit lock list" if locked else "")
        )
