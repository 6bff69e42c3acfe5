"""``taokit localnet``: start, watch, feed and stop the bundled chain."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from taokit.cli.context import Run
from taokit.cli.errors import LocalnetError, NotRunning, UsageError
from taokit.cli.table import Column
from taokit.cli.tree import command, group, run_of


def _more() -> typer.Typer:
    from taokit.cli.commands import (
        localnet_cheats,
        localnet_faults,
        localnet_insight,
        localnet_page,
        localnet_runtime,
        localnet_scenarios,
        localnet_state,
        localnet_time,
    )

    more = group()
    parts = (
        localnet_runtime,
        localnet_insight,
        localnet_page,
        localnet_scenarios,
        localnet_state,
        localnet_time,
        localnet_cheats,
        localnet_faults,
    )
    for part in parts:
        more.registered_commands += part.app.registered_commands
        more.registered_groups += part.app.registered_groups
    return more


app = group(more=_more)

MINED_AT_ONCE = 2_000
"""Blocks asked for in one request, so that no request outlasts the patience for an answer."""

CHAIN_REFUSED = -32000
"""The number under which a local chain says that it cannot do what was asked."""

INVALID_PARAMS = -32602

_BLOCK_TIME = {"fast": "250ms", "mainnet": "12s"}


@command(
    app,
    "start",
    section="Running a chain",
    examples=[
        "taokit localnet start",
        "taokit localnet start --port 0 --block-time instant --detach",
        "taokit localnet start --data-dir ~/chains/mine",
        "taokit localnet start --fork finney --block-time instant",
        "taokit localnet start --scenario cabal --play 5",
        "taokit localnet start --port 9944 --port 9945 --preset mainnet",
    ],
)
def start(
    ctx: typer.Context,
    port: Annotated[
        list[int] | None,
        typer.Option(
            metavar="PORT",
            min=0,
            max=65535,
            help="Port to listen on; 0 picks a free one. Repeat it for several. [default: 9944]",
        ),
    ] = None,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address to listen on.")
    ] = "127.0.0.1",
    block_time: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="When blocks come: 250ms, 12s, instant (on a transaction), manual, or "
            "instant+12s. [default: 250ms, 12s with --preset mainnet, instant with --fork]",
        ),
    ] = None,
    preset: Annotated[
        str, typer.Option(metavar="NAME", help="Constants of the runtime: fast or mainnet.")
    ] = "fast",
    limits: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Limits between calls: runtime, or localnet for the shorter ones of Subtensor's "
            "localnet image.",
        ),
    ] = "runtime",
    guards: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Where Subtensor's guards refuse a call: pool, or dispatch (in its block) as "
            "before spec 423.",
        ),
    ] = "pool",
    sqrt_prices: Annotated[
        bool,
        typer.Option(
            "--sqrt-prices",
            help="Keep prices also where clients older than weighted pools read them.",
        ),
    ] = False,
    without_feature: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Leave out storage of later runtimes that newer clients read: one of "
            "alpha-totals, baskets, childkey-threshold, collateral, epoch-consensus, "
            "network-queues, root-unlock, or all. Repeat it for several.",
        ),
    ] = None,
    beacon: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Drand beacon that opens timelocks: local, or quicknet for the public network's, "
            "whose pulses must be brought.",
        ),
    ] = "local",
    drand_pulses: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Pulses of the beacon to begin with, as api.drand.sh answers, one in a line.",
        ),
    ] = None,
    fork: Annotated[
        str | None,
        typer.Option(
            metavar="URL[@BLOCK]",
            help="Go on after a block of another chain (a number or a hash). [default: its newest "
            "final one]",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="With --fork: take a chain of another runtime, too.")
    ] = False,
    data_dir: Annotated[
        str | None,
        typer.Option(
            metavar="DIR", help="Keep the chain in DIR, and go on with the one that is there."
        ),
    ] = None,
    state: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Begin with the dump in FILE, if there is one; dump there at the end.",
        ),
    ] = None,
    dump_every: Annotated[
        int, typer.Option(metavar="N", min=0, help="With --state: dump after every N blocks, too.")
    ] = 0,
    dev_methods: Annotated[
        bool | None,
        typer.Option(
            "--dev-methods/--no-dev-methods",
            help="Whether clients may cheat. [default: if only this machine can connect]",
        ),
    ] = None,
    without_cheat: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Forbid one of the cheats: balance, blocks, dump, faucet, faults, finality, "
            "impersonation, insight, neurons, pulses, rate-limits, snapshots, stake, storage, "
            "time, or all. Repeat it for several.",
        ),
    ] = None,
    scenario: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|NAME",
            help="Set up the subnets and neurons of a scenario, or go on with the one there, and "
            "let happen what it says: see `taokit localnet scenarios`.",
        ),
    ] = None,
    play: Annotated[
        int,
        typer.Option(metavar="N", min=0, help="With --scenario: play its first N epochs at once."),
    ] = 0,
    detach: Annotated[
        bool, typer.Option("--detach", help="Leave it running in the background.")
    ] = False,
    config_out: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write endpoints and dev accounts to FILE as JSON."),
    ] = None,
) -> None:
    """Start a local chain; ends with Ctrl-C or `taokit localnet stop`.

    Prints the development accounts, then `ready ws://...` on a line of its own.
    """
    from taokit.cli.drand_files import readable
    from taokit.cli.localnet_process import Launch, detached, foreground
    from taokit.local_chain.cheat_names import CHEATS
    from taokit.local_chain.node_config import FEATURES

    run = run_of(ctx)
    _one_of("preset", preset, ("fast", "mainnet"))
    _one_of("limits", limits, ("runtime", "localnet"))
    _one_of("guards", guards, ("pool", "dispatch"))
    _one_of("beacon", beacon, ("local", "quicknet"))
    without = without_feature or []
    for name in without:
        _one_of("without-feature", name, (*FEATURES, "all"))
    if drand_pulses is not None:
        readable(drand_pulses)
    if force and fork is None:
        raise UsageError("--force makes sense with --fork only")
    for name in without_cheat or []:
        _one_of("without-cheat", name, (*CHEATS, "all"))
    if play and scenario is None:
        raise UsageError("--play makes sense with --scenario only")
    launch = Launch(
        ports=tuple(port or (9944,)),
        host=host,
        block_time=block_time or ("instant" if fork else _BLOCK_TIME[preset]),
        preset=preset,
        limits=limits,
        guards=guards,
        sqrt_prices=sqrt_prices,
        without_features=FEATURES if "all" in without else tuple(without),
        beacon=beacon,
        drand_pulses=drand_pulses,
        config_out=config_out,
        fork=None if fork is None else _fork_point(run, fork),
        force_fork=force,
        data_dir=None if data_dir is None else str(Path(data_dir).expanduser().absolute()),
        state=None if state is None else str(Path(state).expanduser().absolute()),
        dump_every=dump_every,
        scenario=None if scenario is None else scenario_source(scenario),
        play=play,
        dev_methods=dev_methods,
        without_cheats=tuple(without_cheat or ()),
    )
    if detach:
        detached(run, launch)
    else:
        foreground(run, launch)


@command(
    app,
    "status",
    section="Running a chain",
    examples=["taokit localnet status", "taokit localnet status --json"],
)
def status(ctx: typer.Context) -> None:
    """List the local chains that are running."""
    from taokit.cli.localnet_records import running

    run = run_of(ctx)
    rows = [
        {
            "endpoint": record.endpoint,
            "ports": list(record.ports),
            "block_time": record.block_time,
            "preset": record.preset,
            "pid": record.pid,
        }
        for record in running()
    ]
    columns = [
        Column("endpoint", "Endpoint", priority=9),
        Column("block_time", "Block time"),
        Column("preset", "Preset"),
        Column("pid", "Process", right=True),
    ]
    run.out.table(columns, rows, empty="no local chain is running")


@command(
    app,
    "stop",
    section="Running a chain",
    examples=["taokit localnet stop", "taokit localnet stop --port 9955"],
)
def stop(
    ctx: typer.Context,
    port: Annotated[
        int | None, typer.Option(metavar="PORT", help="Which, if several are running.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Stop all of them.")] = False,
) -> None:
    """Stop a running local chain."""
    from taokit.cli.localnet_records import end, running

    run = run_of(ctx)
    chains = [r for r in running() if port is None or port in r.ports]
    if not chains:
        raise NotRunning(
            f"no local chain is running{'' if port is None else f' on port {port}'}",
            hint="see `taokit localnet status`",
        )
    if len(chains) > 1 and not everything:
        ports = ", ".join(str(record.ports[0]) for record in chains)
        raise UsageError(f"several are running: {ports}", hint="add --port PORT, or --all")
    for record in chains:
        if not end(record):
            raise LocalnetError(
                f"the chain at {record.endpoint} did not end (process {record.pid})",
                hint=f"kill -9 {record.pid}",
            )
    if run.out.form == "json":
        run.out.document([{"endpoint": r.endpoint, "pid": r.pid} for r in chains])
    else:
        run.out.note("\n".join(f"stopped {record.endpoint}" for record in chains))


@command(app, "mine", section="Blocks and time", examples=["taokit localnet mine 10"])
def mine(
    ctx: typer.Context,
    count: Annotated[int, typer.Argument(metavar="N", min=1, help="How many blocks.")] = 1,
) -> None:
    """Make blocks now, whatever the block time is."""
    run = run_of(ctx)
    made, mined = 0, ""
    while made < count:
        part = min(MINED_AT_ONCE, count - made)
        doing = f"making blocks ({made} of {count} made)" if made else "making blocks"
        mined = dev_block(run, doing, "dev_newBlock", {"count": part})
        made += part
    block = run.ask(lambda chain: chain.header(mined))
    run.out.line(f"block {block.number} ({mined})", json={"number": block.number, "hash": mined})


@command(
    app,
    "fund",
    section="Cheats",
    examples=["taokit localnet fund alice 1000", "taokit localnet fund 5F... 2.5"],
)
def fund(
    ctx: typer.Context,
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS", help="SS58 address, wallet, or wallet/hotkey.")
    ],
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="TAO to add, such as 1000.")],
) -> None:
    """Give an account TAO out of thin air."""
    from taokit.chain_client.money import Tao
    from taokit.cli.addresses import resolve

    run = run_of(ctx)
    to = resolve(run, address)
    added = Tao.parse(amount)
    block = dev_block(run, "funding", "dev_fund", to, added.rao)
    run.out.line(
        f"{run.out.money(added)} to {to}",
        json={"address": to, "added": added, "block_hash": block},
    )
    run.out.next(f"taokit wallet balance {address}")


def _fork_point(run: Run, text: str) -> str:
    """`URL[@BLOCK]` with the name of a network made its address."""
    name, at, block = text.rpartition("@") if "@" in text else (text, "", "")
    if "://" in (name or text):
        return text
    from taokit.cli.connection import network_named

    return f"{network_named(run, name or text).urls[0]}{at}{block}"


def scenario_source(text: str) -> str:
    """The scenario as another process finds it, if it can be read."""
    from taokit.local_chain.scenarios import load_scenario

    load_scenario(text)
    path = Path(text)
    return str(path.expanduser().absolute()) if path.suffix else text


def _one_of(option: str, given: str, allowed: tuple[str, ...]) -> None:
    if given not in allowed:
        hint = f"--{option} {' or '.join(allowed)}"
        raise UsageError(f"there is no {option} {given!r}", hint=hint)


def dev_block(run: Run, doing: str, method: str, *params: object) -> str:
    """Ask the chain for something that only a local one does; the hash of the block it made."""
    return str(ask_dev(run, doing, method, *params))


def ask_dev(run: Run, doing: str, method: str, *params: object) -> Any:
    from taokit.chain_client.errors import MethodUnavailable, RpcError, StateUnavailable
    from taokit.chain_client.redaction import redacted

    try:
        return run.ask(lambda chain: chain.transport.send(method, list(params)), doing)
    except MethodUnavailable:
        raise LocalnetError(
            f"the chain at {redacted(run.network)} is not a local chain of taokit",
            hint="start one with `taokit localnet start`",
        ) from None
    except StateUnavailable as refused:
        number = str(refused).rpartition(": ")[2]
        raise LocalnetError(f"no block {number} on this chain") from refused
    except RpcError as refused:
        if refused.rpc_code == INVALID_PARAMS and isinstance(refused.detail, str):
            raise LocalnetError(refused.detail) from refused
        if refused.rpc_code != CHAIN_REFUSED:
            raise
        runs_none = (
            refused.text.endswith("has not run an epoch") and "subnet 0 " not in refused.text
        )
        hint = "`taokit localnet epoch NETUID` runs one" if runs_none else None
        raise LocalnetError(refused.text, hint=hint) from refused
