"""``taokit subnet dev``: the development network from start to end, and what is seen of it.

Owns the order (chain, subnet, processes, watching), the rows, and that nothing is left running.
Does not own the processes (``taokit.subnet_templates.development``), the chain's (this room's
``localnet_process``), nor how rows are shown (``subnet_screen``).
"""

from __future__ import annotations

import asyncio
import json
import math
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taokit.cli.context import Run
from taokit.cli.errors import UsageError
from taokit.cli.localnet_process import Launch, end, signals_held, spawn
from taokit.cli.subnet_screen import Seen, say, screen

if TYPE_CHECKING:
    from taokit.neuron.metagraph import Snapshot
    from taokit.neuron.testing import Project
    from taokit.subnet_templates.development.network import Network

__all__ = ["Wanted", "develop"]

_EVERY_S = 1.0
_ROUNDS = 3
"""Rounds of a validator that an epoch has time for, even if every one waits for the deadline."""


@dataclass(frozen=True)
class Wanted:
    """What was asked for: ``epochs`` 0 for no end, ``gateway_port`` 0 for no gateway, no
    ``personas`` for all.

    Without a ``tempo``, epochs are as long as the subnet's mechanism needs. ``block_s`` is the time
    between blocks.
    """

    project: Path
    validators: int
    tempo: int | None
    block_s: float
    epochs: int
    commit_reveal: bool
    gateway_port: int
    personas: tuple[str, ...] = ()


def develop(run: Run, wanted: Wanted) -> None:
    """Run a development network until told to end. Ctrl-C is how one without an end ends."""
    from taokit.subnet_templates.loading import load_project

    project = _chosen(load_project(wanted.project), wanted.personas)
    chain: subprocess.Popen[str] | None = None
    networks: list[Network] = []
    folder = Path(tempfile.mkdtemp(prefix="taokit-dev-"))
    failed = False
    try:
        chain, said = spawn(Launch((0,), "127.0.0.1", f"instant+{_text(wanted.block_s)}", "fast"))
        endpoint = str(json.loads(said)["endpoints"][0])
        say(
            run,
            "chain",
            f"chain at {endpoint}; logs in {folder}",
            endpoint=endpoint,
            logs=str(folder),
        )
        asyncio.run(_play(run, wanted, project, endpoint, folder, networks))
    except KeyboardInterrupt:
        if wanted.epochs:
            raise
    except Exception:
        failed = True  # what the processes wrote says why
        raise
    finally:
        with signals_held():
            for network in networks:
                network.stop()
            if chain is not None:
                end(chain)
            if not failed:
                shutil.rmtree(folder, ignore_errors=True)


def _chosen(project: Project, names: tuple[str, ...]) -> Project:
    known = [one.name for one in project.personas]
    for name in names:
        if name not in known:
            raise UsageError(f"no persona is called {name!r}", hint=f"there are {', '.join(known)}")
    return replace(project, personas=[p for p in project.personas if not names or p.name in names])


def tempo_for(project: Project, block_s: float) -> int:
    """Blocks of an epoch in which a validator can ask, wait for whoever never answers, and pay."""
    deadline = float(getattr(project.mechanism(), "deadline", 0.0))
    return max(project.tempo, math.ceil(_ROUNDS * deadline / block_s))


async def _play(
    run: Run,
    wanted: Wanted,
    project: Project,
    endpoint: str,
    folder: Path,
    networks: list[Network],
) -> None:
    from taokit.neuron.live_chain import LiveChain
    from taokit.subnet_templates.development.ground import Ground, key_of
    from taokit.subnet_templates.development.network import Network

    place = wanted.project.absolute()
    tempo = wanted.tempo or tempo_for(project, wanted.block_s)
    opening = Ground.open(endpoint, tempo=tempo, commit_reveal=wanted.commit_reveal)
    async with opening as ground:
        network = Network(place, project, endpoint, ground, folder, spawning=signals_held)
        networks.append(network)
        say(
            run,
            "starting",
            f"starting {len(project.personas)} personas and {wanted.validators} validators; "
            f"an epoch takes {tempo * wanted.block_s:.0f} s",
            netuid=ground.netuid,
            tempo=tempo,
            block_s=wanted.block_s,
            commit_reveal=wanted.commit_reveal,
            personas=[one.name for one in project.personas],
            validators=wanted.validators,
        )
        await network.start(wanted.validators, gateway_port=wanted.gateway_port or None)
        view = LiveChain(ground.client, ground.netuid, key_of("owner").ss58_address)
        if network.gateway:
            say(
                run,
                "gateway",
                f"buy at {network.gateway} with the key {network.buyer_key}",
                url=network.gateway,
                key=network.buyer_key,
            )
        due, epoch = (await view.rules()).next_epoch_block, 0
        with screen(run) as show:
            while True:
                rules, snap = await view.rules(), await view.snapshot()
                ended = rules.next_epoch_block != due
                if ended:
                    due, epoch = rules.next_epoch_block, epoch + 1
                show(Seen(epoch, snap.block, due - snap.block, _rows(network, snap), ended))
                if wanted.epochs and epoch >= wanted.epochs:
                    return
                await asyncio.sleep(_EVERY_S)


def _rows(network: Network, snap: Snapshot) -> list[dict[str, Any]]:
    """A row for each persona, best earners first, one for what is burned, and the validators."""
    from taokit.subnet_templates.development.ground import key_of

    incentive = {neuron.hotkey: neuron.incentive for neuron in snap.neurons}
    alive = {name: member.alive for member in network.members for name in member.names}
    rows: list[dict[str, Any]] = [
        {
            "persona": one.name,
            "expected": one.expect,
            "incentive": sum(
                incentive.get(key_of(one.name, n).ss58_address, 0.0) for n in range(one.copies)
            ),
            "runs": alive.pop(one.name, False),
        }
        for one in network.project.personas
    ]
    rows.sort(key=lambda row: (-row["incentive"], row["persona"]))
    burned = incentive.get(snap.owner_hotkey, 0.0)
    rows.append({"persona": "(burned)", "expected": None, "incentive": burned, "runs": None})
    rows += [
        {"persona": name, "expected": None, "incentive": None, "runs": runs}
        for name, runs in alive.items()
    ]
    return rows


def _text(seconds: float) -> str:
    return f"{round(seconds * 1000)}ms"
