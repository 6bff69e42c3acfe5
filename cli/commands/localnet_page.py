"""``taokit localnet``: see it: the web page's address, and the log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from taokit.cli.errors import LocalnetError, NotRunning, UsageError
from taokit.cli.tree import command, group, run_of

if TYPE_CHECKING:
    from taokit.cli.localnet_records import Record

app = group()

_Port = Annotated[
    int | None, typer.Option(metavar="PORT", help="Which chain, if several are running.")
]


def _chosen(port: int | None) -> Record:
    """The running chain of that port, or the only one."""
    from taokit.cli.localnet_records import running

    chains = [r for r in running() if port is None or port in r.ports]
    if not chains:
        raise NotRunning(
            f"no local chain is running{'' if port is None else f' on port {port}'}",
            hint="start one with `taokit localnet start`",
        )
    if len(chains) > 1:
        ports = ", ".join(str(record.ports[0]) for record in chains)
        raise UsageError(f"several are running: {ports}", hint="add --port PORT")
    return chains[0]


@command(
    app,
    "page",
    section="Running a chain",
    examples=["taokit localnet page", "taokit localnet page --open"],
)
def page(
    ctx: typer.Context,
    port: _Port = None,
    show: Annotated[bool, typer.Option("--open", help="Open it in a browser.")] = False,
) -> None:
    """Tell the address of the web page that a running local chain serves.

    Blocks, events, accounts, subnets with their metagraphs, and the last epoch stage by stage.
    """
    run = run_of(ctx)
    url = _chosen(port).endpoint.replace("ws://", "http://") + "/"
    run.out.line(url, json={"url": url})
    if show:
        import webbrowser

        if not webbrowser.open(url):
            raise LocalnetError(f"no browser was found for {url}")


@command(
    app,
    "logs",
    section="Running a chain",
    examples=[
        "taokit localnet logs",
        "taokit localnet logs --follow",
        "taokit localnet logs --lines 1000 --json",
    ],
)
def logs(
    ctx: typer.Context,
    port: _Port = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")
    ] = False,
    lines: Annotated[
        int, typer.Option("--lines", metavar="N", min=0, help="How many lines, the newest.")
    ] = 100,
) -> None:
    """Show what a local chain has logged: transactions, going back, slow blocks, faults.

    Also that of a chain that has ended: the last one, or that of --port. Times are UTC. With --json
    a JSON object a line.
    """
    from taokit.cli.localnet_logs import log_path, read, shown
    from taokit.cli.localnet_logs import logs as found_logs
    from taokit.cli.localnet_records import running
    from taokit.cli.terminal import styled

    run = run_of(ctx)
    written = found_logs()
    if not running() and port is None and written:
        path = written[0]
    elif port is not None and log_path(port) in written:
        path = log_path(port)
    elif port is not None and not any(port in record.ports for record in running()):
        ports = ", ".join(sorted(log.stem for log in written)) or "none"
        raise NotRunning(f"there is no log of a chain on port {port}", hint=f"there are {ports}")
    else:
        path = log_path(_chosen(port).ports[0])
    out, color = run.terminal.out, run.terminal.colored(run.terminal.out)
    styles = {"warning": "yellow", "error": "red", "critical": "red"}
    for line in read(path, lines=lines, follow=follow):
        time, level, text = shown(line)
        if run.out.form == "json":
            whole = line if time else json.dumps({"level": level, "message": text})
            out.write(whole + "\n")
        else:
            marked = f"{level}: {text}" if level in styles else text
            out.write(f"{time:<23}  {styled(marked, styles.get(level, ''), color)}\n")
        if follow:
            out.flush()
