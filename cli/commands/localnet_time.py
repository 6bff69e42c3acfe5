"""``taokit localnet``: travel in time, and when blocks come."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from taokit.cli.commands.localnet import MINED_AT_ONCE, ask_dev
from taokit.cli.context import Run
from taokit.cli.errors import UsageError
from taokit.cli.tree import command, group, run_of

app = group()


@command(
    app,
    "travel",
    section="Blocks and time",
    examples=[
        "taokit localnet travel --seconds 3600",
        "taokit localnet travel --blocks 7200",
        "taokit localnet travel --epochs 3 --netuid 1",
        "taokit localnet travel --blocks 50400 --leap",
        "taokit localnet travel --to 2030-01-01",
        "taokit localnet travel --to-halving",
    ],
)
def travel(
    ctx: typer.Context,
    seconds: Annotated[
        float | None, typer.Option(metavar="S", min=0, help="Let so much time pass, in one block.")
    ] = None,
    blocks: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Make so many blocks.")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Run so many epochs of --netuid.")
    ] = None,
    netuid: Annotated[int | None, typer.Option(metavar="N", min=0, help="Whose epochs.")] = None,
    to: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Make a block with this very time: a date, or ms."),
    ] = None,
    to_halving: Annotated[
        bool,
        typer.Option("--to-halving", help="Set the issuance to where a block emits half."),
    ] = False,
    leap: Annotated[
        bool,
        typer.Option("--leap", help="With --blocks and --epochs: seal only what something is in."),
    ] = False,
) -> None:
    """Go forward in time. It never goes back: that is `taokit localnet revert`.

    --blocks and --epochs make every block on the way. With --leap those in which nothing happens
    are passed over: the state comes to what it would, but there are no such blocks. --to-halving
    makes none of the years of blocks: it sets the counter that decides, and says so.
    """
    run = run_of(ctx)
    ways = (seconds, blocks, epochs, to, to_halving or None)
    if sum(way is not None for way in ways) != 1:
        raise UsageError(
            "travel by one of --seconds, --blocks, --epochs, --to and --to-halving",
            hint="taokit localnet travel --blocks 100",
        )
    if (epochs is None) != (netuid is None):
        raise UsageError("epochs are those of a subnet", hint="--epochs 3 --netuid 1")
    if leap and blocks is None and epochs is None:
        raise UsageError("--leap goes with --blocks or --epochs")
    if to is not None:
        moment = int(to) if to.isdecimal() else to
        ask_dev(run, "setting the time", "dev_setNextTimestamp", moment)
        head = ask_dev(run, "making the block", "dev_mine")
        _say(run, {**head, "timestamp": _next(run)})
    elif seconds is not None:
        _say(run, ask_dev(run, "travelling", "dev_travel", {"seconds": seconds}))
    elif blocks is not None:
        _say(run, _by_blocks(run, blocks, leap=leap))
    elif epochs is not None and netuid is not None:
        head = ask_dev(run, "travelling", "dev_travel", {"blocks": 0})
        for done in range(epochs):
            doing = f"running epochs ({done} of {epochs} done)"
            head = ask_dev(run, doing, "dev_runEpoch", netuid, leap)
        _say(run, head)
    else:
        _halving(run, ask_dev(run, "travelling", "dev_travel", {"halving": True}))


def _by_blocks(run: Run, blocks: int, *, leap: bool) -> Any:
    made, head = 0, None
    while made < blocks or head is None:
        part = min(MINED_AT_ONCE, blocks - made)
        doing = f"making blocks ({made} of {blocks} made)"
        head = ask_dev(
            run, doing, "dev_travel", {"blocks": part, **({"leap": True} if leap else {})}
        )
        made += part
    return head


def _next(run: Run) -> int:
    return int(ask_dev(run, "asking for the time", "dev_travel", {"blocks": 0})["timestamp"])


def _halving(run: Run, there: dict[str, Any]) -> None:
    from taokit.chain_client.money import Tao

    halving = there["halving"]
    if run.out.form == "json":
        run.out.document(there)
        return
    before, after = (
        run.out.money(Tao(halving[name]), places=4) for name in ("emissionBefore", "emission")
    )
    issuance = run.out.money(Tao(halving["issuance"]), places=0)
    run.out.line(f"block {there['number']} ({there['hash']}): a block emits {after}, not {before}")
    run.out.note(
        f"SubtensorModule.TotalIssuance was set to {issuance}; no TAO was made, and no time passed"
    )


def _say(run: Run, head: dict[str, Any]) -> None:
    from datetime import datetime, timezone

    moment = datetime.fromtimestamp(head["timestamp"] / 1000, tz=timezone.utc)
    said = f"block {head['number']} ({head['hash']}), next at {moment:%Y-%m-%d %H:%M:%S} UTC"
    run.out.line(said, json=head)


@command(app, "epoch", section="Blocks and time", examples=["taokit localnet epoch 1"])
def epoch(
    ctx: typer.Context,
    netuid: Annotated[int, typer.Argument(metavar="NETUID", min=0, help="Whose.")],
) -> None:
    """Make blocks until a subnet's next epoch has run."""
    run = run_of(ctx)
    _say(run, ask_dev(run, f"running an epoch of subnet {netuid}", "dev_runEpoch", netuid))


@command(app, "pause", section="Blocks and time", examples=["taokit localnet pause"])
def pause(ctx: typer.Context) -> None:
    """Make no more blocks but those asked for, until `taokit localnet resume`."""
    run = run_of(ctx)
    head = ask_dev(run, "pausing", "dev_pause")
    run.out.line(f"paused at block {head['number']}", json=head)
    run.out.next("taokit localnet mine", "taokit localnet resume")


@command(app, "resume", section="Blocks and time", examples=["taokit localnet resume"])
def resume(ctx: typer.Context) -> None:
    """Make blocks again, as before `taokit localnet pause`."""
    run = run_of(ctx)
    head = ask_dev(run, "resuming", "dev_resume")
    run.out.line(f"going on after block {head['number']}", json=head)


@command(
    app,
    "block-time",
    section="Blocks and time",
    examples=["taokit localnet block-time 12s", "taokit localnet block-time instant"],
)
def block_time(
    ctx: typer.Context,
    when: Annotated[
        str, typer.Argument(metavar="TIME", help="250ms, 12s, instant, manual, or instant+12s.")
    ],
) -> None:
    """Change when blocks come, while the chain runs."""
    run = run_of(ctx)
    mode = ask_dev(run, "changing the block time", "dev_setBlockBuildMode", when)
    run.out.line(f"blocks {mode}", json={"block_time": mode})


@command(
    app,
    "rate",
    section="Blocks and time",
    examples=["taokit localnet rate 60", "taokit localnet rate 1"],
)
def rate(
    ctx: typer.Context,
    factor: Annotated[
        float, typer.Argument(metavar="RATE", help="Seconds of chain time in a second.")
    ],
) -> None:
    """Let chain time go faster or slower. Blocks at an interval keep chain time."""
    run = run_of(ctx)
    told = ask_dev(run, "setting the rate", "dev_setTimeRate", factor)
    run.out.line(f"{told:g} seconds of chain time in a second", json={"rate": told})


@command(
    app,
    "drop-block",
    section="Blocks and time",
    examples=["taokit localnet drop-block", "taokit localnet drop-block 5"],
)
def drop_block(
    ctx: typer.Context,
    count: Annotated[int, typer.Argument(metavar="N", min=0, help="How many.")] = 1,
) -> None:
    """Leave out the next blocks that would come by themselves; their slots stay empty."""
    run = run_of(ctx)
    dropped = ask_dev(run, "dropping", "dev_dropBlock", count)
    run.out.line(f"blocks that will not come: {dropped}", json={"blocks": dropped})


@command(app, "delay-block", section="Blocks and time", examples=["taokit localnet delay-block 30"])
def delay_block(
    ctx: typer.Context,
    seconds: Annotated[float, typer.Argument(metavar="S", min=0, help="How much later.")],
) -> None:
    """Let the next block that would come by itself come later. Blocks asked for still come."""
    run = run_of(ctx)
    delayed = ask_dev(run, "delaying", "dev_delayBlock", seconds)
    run.out.line(f"the next block comes {delayed:g} seconds later", json={"seconds": delayed})
