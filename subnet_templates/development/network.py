"""The processes of a development network: validators, personas, a gateway.

Owns starting them in order, noticing when one ends, and ending all. What they say goes to files in
one folder. Does not own the chain's process nor the subnet (``ground``).
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from taokit.neuron.mechanism import RoundsMechanism
from taokit.neuron.testing import Project
from taokit.subnet_templates.development.ground import Ground, key_of
from taokit.subnet_templates.errors import DevelopmentFailed
from taokit.subnet_templates.loading import load_gateway, package_of

__all__ = ["Member", "Network"]

STAKE = 1_000.0
PATIENCE_S = 60.0


@dataclass
class Member:
    """One process: a validator, or the personas of those names; ``log`` is where it writes."""

    names: tuple[str, ...]
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def name(self) -> str:
        """What it is called."""
        return "+".join(self.names)

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.process.poll() is None

    @property
    def said(self) -> str:
        """The last line that it wrote: of a traceback, the error."""
        lines = self.log.read_text(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "nothing")


@dataclass
class Network:
    """All that runs for a project on a chain, and the folder that it writes to.

    ``spawning`` is entered while a process is made: whatever comes then must not lose it.
    """

    project_folder: Path
    project: Project
    endpoint: str
    ground: Ground
    folder: Path
    members: list[Member] = field(default_factory=list)
    gateway: str | None = None
    buyer_key: str | None = None
    spawning: Callable[[], AbstractContextManager[None]] = nullcontext

    async def start(self, validators: int, *, gateway_port: int | None = None) -> None:
        """Seat and start everybody. Raises DevelopmentFailed when a process does not get ready."""
        for number in range(validators):
            await self.ground.seat(
                [key_of("validator", number)], stake=STAKE * (validators - number + 1)
            )
        for persona in self.project.personas:
            await self.ground.seat([key_of(persona.name, n) for n in range(persona.copies)])
        module = "taokit.subnet_templates.development.persona_process"
        shared = [str(self.project_folder), str(self.folder)]
        for names in self._households():
            words = [*shared, self.endpoint, str(self.ground.netuid), *names]
            self._spawn(names, [module, *words])
        await self._ready()
        routes, sell = load_gateway(self.project_folder)
        sells = bool(routes) or sell is not None
        for number in range(validators):
            more: list[str] = []
            if number == 0 and sells and gateway_port is not None:
                self.gateway = f"http://127.0.0.1:{gateway_port}"
                more = ["--gateway-port", str(gateway_port), "--audit-rate", "0.5"]
                self.buyer_key = await self._account(number)
            self._spawn((f"validator-{number}",), self._validator(number, more))

    def stop(self) -> None:
        """End all processes, politely first."""
        for member in self.members:
            if member.alive:
                member.process.send_signal(signal.SIGTERM)
        for member in self.members:
            try:
                member.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                member.process.kill()
                member.process.wait()

    def ended(self) -> list[Member]:
        """Those that should run and do not."""
        return [member for member in self.members if not member.alive]

    def _households(self) -> list[tuple[str, ...]]:
        """The personas by process: alone, but for those that are to be together."""
        names = [one.name for one in self.project.personas]
        groups = [tuple(n for n in names if n in group) for group in self.project.one_process]
        grouped = {name for group in groups for name in group}
        return [*filter(None, groups), *((name,) for name in names if name not in grouped)]

    def _validator(self, number: int, more: Sequence[str]) -> list[str]:
        package = package_of(self.project_folder)
        # Windows have deadlines in blocks; a service is asked as often as its miners can bear here.
        tick = "1" if isinstance(self.project.mechanism(), RoundsMechanism) else "4"
        return [
            f"{package}.validator",
            *self._settings(number),
            "--tick-blocks",
            tick,
            *("--at-once", str(self.project.at_once)),
            *more,
        ]

    def _settings(self, number: int) -> list[str]:
        from taokit.wallet.wallet import Wallet

        name, wallets = f"validator-{number}", self.folder / "wallets"
        wallet = Wallet(name, "default", path=wallets)
        if not wallet.hotkey_file.path.exists():
            wallet.save_hotkey(key_of("validator", number))
        return [
            *("--network", self.endpoint, "--netuid", str(self.ground.netuid)),
            *("--wallets-path", str(wallets), "--wallet", name),
            *("--state", str(self.folder / name), "--log-form", "console"),
        ]

    async def _account(self, number: int) -> str:
        """Open a buyer's account in the state that validator and gateway share; its key."""
        package = package_of(self.project_folder)
        words = [f"{package}.gateway", *self._settings(number)]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", *words, "--open-account", "buyer", "--grant", "100"),
            cwd=self.project_folder,
            env=self._environment(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        if process.returncode:
            raise DevelopmentFailed(f"no account could be opened: {err.decode().strip()[-500:]}")
        return out.decode().split()[-1]

    def _spawn(self, names: tuple[str, ...], words: Sequence[str]) -> None:
        log = self.folder / f"{'+'.join(names)}.log"
        with log.open("wb") as written, self.spawning():
            process = subprocess.Popen(
                [sys.executable, "-m", *words],
                cwd=self.project_folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self.members.append(Member(names, process, log))

    def _environment(self) -> dict[str, str]:
        source = str((self.project_folder / "src").absolute())
        paths = [source, *filter(None, [os.environ.get("PYTHONPATH")])]
        kept = {k: v for k, v in os.environ.items() if not k.startswith("TAOKIT_NEURON_")}
        given = self.project.surroundings
        around = {} if given is None else given(self.folder)
        return {**kept, **around, "PYTHONPATH": os.pathsep.join(paths)}

    async def _ready(self) -> None:
        """Wait until every persona has said that it serves."""
        deadline = asyncio.get_running_loop().time() + PATIENCE_S + 4.0 * len(self.members)
        while waiting := [m for m in self.members if b"ready" not in m.log.read_bytes()]:
            for member in waiting:
                if not member.alive:
                    raise DevelopmentFailed(f"{member.name} ended before it served: {member.said}")
            if asyncio.get_running_loop().time() > deadline:
                names = ", ".join(member.name for member in waiting)
                raise DevelopmentFailed(f"these did not begin to serve in time: {names}")
            await asyncio.sleep(0.2)
