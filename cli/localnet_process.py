"""Starting a local chain: in this process, or in one of its own that stays behind.

Owns what is printed at the start, the record for ``status`` and ``stop``, and the child process of
``--detach``. Does not own the node: it calls ``taokit.local_chain.serve``::

    serve(ports=(9944,), host="127.0.0.1", block_time="250ms", preset="fast", on_ready=ready)

which listens on every port, calls ``ready(served)`` once clients can connect, and returns after
SIGTERM or SIGINT. ``served`` has ``ports`` (with 0 replaced), ``spec_name``, ``spec_version``,
``genesis_hash`` (bytes) and ``accounts``, each with ``name``, ``uri``, ``address``, ``rao``.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from taokit.cli.context import Run
from taokit.cli.errors import LocalnetError
from taokit.cli.localnet_records import Record, endpoint, forget, keep, running
from taokit.cli.terminal import styled
from taokit.wallet.errors import TaokitError

__all__ = ["Launch", "detached", "end", "foreground", "signals_held", "spawn"]

_DETACHED = "TAOKIT_DETACHED"
WARNING = "These keys are public: never send real TAO to them."


@dataclass(frozen=True)
class Launch:
    """How a chain is to be started."""

    ports: tuple[int, ...]
    host: str
    block_time: str
    preset: str
    limits: str = "runtime"
    guards: str = "pool"
    sqrt_prices: bool = False
    without_features: tuple[str, ...] = ()
    beacon: str = "local"
    drand_pulses: str | None = None
    config_out: str | None = None
    fork: str | None = None
    force_fork: bool = False
    data_dir: str | None = None
    state: str | None = None
    dump_every: int = 0
    dev_methods: bool | None = None
    without_cheats: tuple[str, ...] = ()
    scenario: str | None = None
    play: int = 0

    def argv(self) -> list[str]:
        """The same as a command line."""
        words = ["localnet", "start", "--host", self.host, "--block-time", self.block_time]
        words += ["--preset", self.preset, "--limits", self.limits, "--guards", self.guards]
        if self.sqrt_prices:
            words.append("--sqrt-prices")
        for name in self.without_features:
            words += ["--without-feature", name]
        words += ["--beacon", self.beacon]
        if self.drand_pulses is not None:
            words += ["--drand-pulses", self.drand_pulses]
        if self.fork is not None:
            words += ["--fork", self.fork, *(["--force"] if self.force_fork else [])]
        if self.data_dir is not None:
            words += ["--data-dir", self.data_dir]
        if self.state is not None:
            words += ["--state", self.state, "--dump-every", str(self.dump_every)]
        if self.dev_methods is not None:
            words.append("--dev-methods" if self.dev_methods else "--no-dev-methods")
        for name in self.without_cheats:
            words += ["--without-cheat", name]
        if self.scenario is not None:
            words += ["--scenario", self.scenario, "--play", str(self.play)]
        for port in self.ports:
            words += ["--port", str(port)]
        return words


def foreground(run: Run, launch: Launch) -> None:
    """Serve until the process is told to end."""
    from taokit.chain_client.runtime_cache import cache_directory
    from taokit.cli.drand_files import read_pulses
    from taokit.local_chain import serve
    from taokit.local_chain.fork.forking import ForkPoint
    from taokit.local_chain.node_config import FEATURES
    from taokit.local_chain.scenarios import load_scenario

    pulses = read_pulses(launch.drand_pulses) if launch.drand_pulses is not None else ()
    records: list[Path] = []

    def ready(served: Any) -> None:
        ports = tuple(served.ports)
        try:
            records.append(keep(launch.host, ports, launch.block_time, launch.preset))
        except OSError as error:  # a home that cannot be written is no reason to have no chain
            why = error.strerror or type(error).__name__
            run.out.warn(f"`taokit localnet status` and `stop` will not find it: {why}")
        else:
            _begin_log(run, ports[0])
        _announce(run, launch, served)

    try:
        serve(
            ports=launch.ports,
            host=launch.host,
            block_time=launch.block_time,
            preset=launch.preset,
            limits=launch.limits,
            guards=launch.guards,
            sqrt_prices=launch.sqrt_prices,
            features=[name for name in FEATURES if name not in launch.without_features],
            beacon=launch.beacon,
            pulses=pulses,
            fork=None if launch.fork is None else ForkPoint.parse(launch.fork),
            fork_cache=cache_directory() / "forks",
            force_fork=launch.force_fork,
            data_dir=None if launch.data_dir is None else Path(launch.data_dir),
            state=None if launch.state is None else Path(launch.state),
            dump_every=launch.dump_every,
            dev_methods=launch.dev_methods,
            without_cheats=launch.without_cheats,
            scenario=None if launch.scenario is None else load_scenario(launch.scenario),
            play=launch.play,
            on_ready=ready,
        )
    finally:
        for record in records:
            forget(record)


def _begin_log(run: Run, port: int) -> None:
    from taokit.cli.localnet_logs import begin

    try:
        begin(port, detached=bool(os.environ.get(_DETACHED)))
    except OSError as error:
        why = error.strerror or type(error).__name__
        run.out.warn(f"`taokit localnet logs` will have nothing of it: {why}")


def detached(run: Run, launch: Launch) -> None:
    """Start a process of its own, wait until it is ready, and leave it."""
    process, said = spawn(launch)
    record = next((r for r in running() if r.pid == process.pid), None)
    summary = json.loads(said)
    if launch.config_out:
        _write_config(launch.config_out, summary)
    if run.out.form == "json":
        run.out.document({**summary, "pid": process.pid})
        return
    if not run.out.quiet:
        _print_summary(run, launch, summary)
    run.out.line(f"ready {summary['endpoints'][0]}")
    port = (record or _unrecorded(summary)).ports[0]
    run.out.next(f"taokit localnet stop --port {port}")


def spawn(
    launch: Launch,
    *,
    environ: Mapping[str, str] | None = None,
    meanwhile: Callable[[], object] | None = None,
) -> tuple[subprocess.Popen[str], str]:
    """Start the child and return it with the JSON line that it prints when it is ready.

    ``meanwhile`` is done while it starts. Whatever goes wrong on the way, the child is ended.
    """
    process: subprocess.Popen[str] | None = None
    try:
        with signals_held():
            process = subprocess.Popen(
                [sys.executable, "-m", "taokit.cli", *launch.argv(), "--json"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env={**(os.environ if environ is None else environ), _DETACHED: "1"},
                start_new_session=True,
            )
        assert process.stdout is not None
        assert process.stderr is not None
        if meanwhile is not None:
            meanwhile()
        said = process.stdout.readline()
        if said:
            return process, said
        complaint = process.stderr.read()
        process.wait()
    except BaseException:
        if process is not None:
            process.kill()
            process.wait()
        raise
    raise _reported(complaint.strip(), process.returncode)


def end(process: subprocess.Popen[str]) -> None:
    """End a child that :func:`spawn` made, and wait for it."""
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()


@contextmanager
def signals_held() -> Iterator[None]:
    """Put off what Ctrl-C and SIGTERM do, so that no child is made that nobody knows of."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []
    before = {
        number: signal.signal(number, lambda caught, frame: held.append(caught))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for caught in held:
            signal.raise_signal(caught)


def _reported(complaint: str, status: int) -> TaokitError:
    """The error that the child ended with, of the kind that it was there."""
    from taokit.local_chain import errors

    try:
        said = json.loads(complaint.splitlines()[-1])["error"]
        code, message, hint = said["code"], said["message"], said.get("hint")
    except (ValueError, IndexError, KeyError, TypeError):
        code, message, hint = "", complaint or f"it ended with status {status}", None
    kinds = [getattr(errors, name) for name in errors.__all__]
    kind = next((kind for kind in kinds if kind.code == code), LocalnetError)
    error: TaokitError = kind.__new__(kind)
    TaokitError.__init__(error, f"the chain did not start: {message}", hint=hint)
    return error


def _announce(run: Run, launch: Launch, served: Any) -> None:
    summary = _summary(launch, served)
    if launch.config_out:
        _write_config(launch.config_out, summary)
    out = run.terminal.out
    if run.out.form == "json":
        out.write(json.dumps(summary) + "\n")
    else:
        if not run.out.quiet:
            _print_summary(run, launch, summary)
        if launch.play and not run.out.quiet:
            from taokit.cli.scenario_report import print_report

            print_report(run, served.scenario.report)
        for url in summary["endpoints"]:
            out.write(f"ready {url}\n")
    out.flush()
    if os.environ.get(_DETACHED):
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, sys.stdout.fileno())  # whoever waited for the line is gone by now
        if not logging.getLogger().hasHandlers():  # else errors go into its log
            os.dup2(silence, sys.stderr.fileno())


def _summary(launch: Launch, served: Any) -> dict[str, Any]:
    played = {} if served.scenario is None else {"scenario": _scenario(launch, served.scenario)}
    return {
        **played,
        "endpoints": [endpoint(launch.host, port) for port in served.ports],
        "spec": f"{served.spec_name} {served.spec_version}",
        "genesis_hash": "0x" + served.genesis_hash.hex(),
        "block_time": launch.block_time,
        "preset": launch.preset,
        "accounts": [
            {"name": a.name, "uri": a.uri, "address": a.address, "rao": a.rao}
            for a in served.accounts
        ],
    }


def _scenario(launch: Launch, play: Any) -> dict[str, Any]:
    told = {
        "title": play.scenario.title,
        "subnets": {name: stage.netuid for name, stage in play.cast.stages.items()},
    }
    return {**told, "report": play.report.document()} if launch.play else told


def _print_summary(run: Run, launch: Launch, summary: dict[str, Any]) -> None:
    from taokit.chain_client.money import Tao

    write = run.terminal.out.write
    color = run.terminal.colored(run.terminal.out)
    write(f"{styled('taokit local chain', 'bold', color)}  {summary['spec']}, ")
    write(f"blocks {summary['block_time']}, preset {summary['preset']}\n\n")
    for account in summary["accounts"]:
        balance = run.out.money(Tao(account["rao"]), places=0)
        write(f"  {account['uri']:<10} {account['address']}  {balance}\n")
    if scenario := summary.get("scenario"):
        named = [f"{name} is {netuid}" for name, netuid in scenario["subnets"].items()]
        more = f", and {len(named) - 4} more" if len(named) > 4 else ""
        write(f"\nscenario {scenario['title']}: subnet {', '.join(named[:4])}{more}\n")
    write(f"\n{styled(WARNING, 'yellow bold', color)}\n")


def _write_config(path: str, summary: dict[str, Any]) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(json.dumps(summary, indent=2) + "\n")
    except OSError as error:
        raise LocalnetError(f"{path} cannot be written: {error.strerror}") from None


def _unrecorded(summary: dict[str, Any]) -> Record:
    port = int(summary["endpoints"][0].rsplit(":", 1)[1])
    return Record(0, None, "", (port,), summary["block_time"], summary["preset"])
