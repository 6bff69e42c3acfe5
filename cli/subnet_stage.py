"""``taokit subnet dev``: the development network from start to end, and one live table of it.

Owns the order (chain, subnet, processes, watching), the table, and that nothing is left running.
Does not own the processes (``taokit.subnet_templates.development``) nor the chain's (this room's
``localnet_process``).
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taokit.cli.context import Run
from taokit.cli.localnet_process import Launch, end, spawn
from taokit.cli.table import Column

if TYPE_CHECKING:
    from collections.abc import Iterator

    from taokit.neuron.metagraph import Snapshot
    from taokit.subnet_templates.development.network import Network

__all__ = ["Wanted", "develop"]

_BAR = 30
_EVERY_S = 1.0


@dataclass(frozen=True)
class Wanted:
    """What was asked for: ``epochs`` 0 for no end, ``gateway_port`` 0 for no gateway."""

    project: Path
    validators: int
    tempo: int
    epochs: int
    commit_reveal: bool
    gateway_port: int


def develop(run: Run, wanted: Wanted) -> None:
    """Run a development network until told to end."""
    from taokit.subnet_templates.loading import load_project

    project = load_project(wanted.project)
    chain: subprocess.Popen[str] | None = None
    networks: list[Network] = []
    folder = Path(tempfile.mkdtemp(prefix="taokit-dev-"))
    failed = False
    try:
        launch = Launch((0,), "127.0.0.1", "instant+500ms", "fast")
        chain, said = spawn(launch)
        endpoint = str(json.loads(said)["endpoints"][0])
        run.out.note(f"chain at {endpoint}; logs in {folder}")
        asyncio.run(_play(run, wanted, project, endpoint, folder, networks))
    except Exception:
        failed = True  # what the processes wrote says why; Ctrl-C is no failure
        raise
    finally:
        for network in networks:
            network.stop()
        if chain is not None:
            end(chain)
        if not failed:
            shutil.rmtree(folder, ignore_errors=True)


async def _play(
    run: Run, wanted: Wanted, project: Any, endpoint: str, folder: Path, networks: list[Network]
) -> None:
    from taokit.neuron.live_chain import LiveChain
    from taokit.subnet_templates.development.ground import Ground, key_of
    from taokit.subnet_templates.development.network import Network

    place = wanted.project.absolute()
    opening = Ground.open(endpoint, tempo=wanted.tempo, commit_reveal=wanted.commit_reveal)
    async with opening as ground:
        network = Network(place, project, endpoint, ground, folder)
        networks.append(network)
        run.out.note(
            f"starting {len(project.personas)} personas and {wanted.validators} validators"
        )
        await network.start(wanted.validators, gateway_port=wanted.gateway_port or None)
        view = LiveChain(ground.client, ground.netuid, key_of("owner").ss58_address)
        if network.gateway:
            run.out.note(f"buy at {network.gateway} with the key {network.buyer_key}")
        due, epoch = (await view.rules()).next_epoch_block, 0
        with _screen(run) as show:
            while True:
                rules, snap = await view.rules(), await view.snapshot()
                if rules.next_epoch_block != due:
                    due, epoch = rules.next_epoch_block, epoch + 1
                rows = _rows(network, snap)
                over = bool(wanted.epochs) and epoch >= wanted.epochs
                show(rows, f"epoch {epoch}, block {snap.block}, next in {due - snap.block}", over)
                if over:
                    return
                await asyncio.sleep(_EVERY_S)


def _rows(network: Network, snap: Snapshot) -> list[dict[str, Any]]:
    """A row for each persona, best earners first, and one for what is burned."""
    from taokit.subnet_templates.development.ground import key_of

    incentive = {neuron.hotkey: neuron.incentive for neuron in snap.neurons}
    alive = {member.name: member.alive for member in network.members}
    rows: list[dict[str, Any]] = [
        {
            "persona": one.name,
            "expected": one.expect,
            "incentive": sum(
                incentive.get(key_of(one.name, n).ss58_address, 0.0) for n in range(one.copies)
            ),
            "runs": alive.get(one.name, False),
        }
        for one in network.project.personas
    ]
    rows.sort(key=lambda row: (-row["incentive"], row["persona"]))
    burned = incentive.get(snap.owner_hotkey, 0.0)
    rows.append({"persona": "(burned)", "expected": None, "incentive": burned, "runs": None})
    rows += [
        {"persona": name, "expected": None, "incentive": None, "runs": runs}
        for name, runs in alive.items()
        if name.startswith("validator-")
    ]
    return rows


Show = Callable[[list[dict[str, Any]], str, bool], None]


@contextmanager
def _screen(run: Run) -> Iterator[Show]:
    """One table that changes where it stands; into a pipe, only the last one."""
    columns = [
        Column("persona", "Persona", priority=9),
        Column("expected", "Expected", priority=8),
        Column("incentive", "Incentive", right=True, priority=9),
        Column("runs", "Runs", priority=7),
    ]
    if run.out.form != "human" or not run.terminal.is_tty(run.terminal.out):

        def at_end(rows: list[dict[str, Any]], title: str, over: bool) -> None:
            if over:
                run.out.table(columns, rows, title=title)

        yield at_end
        return
    from rich.live import Live

    with Live(refresh_per_second=4, transient=False) as live:

        def show(rows: list[dict[str, Any]], title: str, over: bool) -> None:
            live.update(_drawn(rows, title))

        yield show


def _drawn(rows: list[dict[str, Any]], title: str) -> Any:
    from rich.table import Table

    table = Table("persona", "expected", "incentive", "", title=f"{title}  (Ctrl-C ends it)")
    for row in rows:
        share = row["incentive"]
        table.add_row(
            _name(row),
            row["expected"] or "",
            "" if share is None else f"{share:.2%}",
            "█" * round(_BAR * (share or 0.0)),
        )
    return table


def _name(row: Mapping[str, Any]) -> str:
    return f"{row['persona']} [red]ended[/red]" if row["runs"] is False else str(row["persona"])
