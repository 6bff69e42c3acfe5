"""Scripts on the command line: a file, a wallet and a terminal around the engine.

Owns loading the file, names of wallets in it, the journal's place, signals, and how events look.
Does not own what a script does (``taokit.chain_client.automation``).
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taokit.cli.addresses import resolve, resolve_hotkey
from taokit.cli.data_folder import data_folder
from taokit.cli.document import jsonable
from taokit.cli.errors import UsageError
from taokit.cli.exits import Exit
from taokit.cli.signing import Signing, signing_key
from taokit.cli.submit import keep
from taokit.cli.table import flat
from taokit.wallet.errors import WalletError

if TYPE_CHECKING:
    from taokit.chain_client.automation import Event, Script, StepView
    from taokit.chain_client.client import ChainClient
    from taokit.cli.context import Run
    from taokit.wallet import Signer

__all__ = ["Application", "read_text", "variables_of"]


def read_text(path: str) -> str:
    """The text of a file, or of stdin for ``-``."""
    try:
        if path == "-":
            return sys.stdin.buffer.read().decode()
        return Path(path).expanduser().read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}", hint="taokit apply --examples") from None
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UsageError(f"{path} cannot be read: {said}") from None


def variables_of(given: list[str]) -> dict[str, str]:
    """``NAME=VALUE`` words as a mapping."""
    found = {}
    for word in given:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise UsageError(f"--var {word} has no value", hint="--var NAME=VALUE")
        found[name] = value
    return found


class _Accounts:
    """Names of wallets and of the address book, as everywhere on the command line."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def account(self, text: str, kind: str) -> str:
        """The address that ``text`` names."""
        return resolve_hotkey(self._run, text) if kind == "hotkey" else resolve(self._run, text)


class Application:
    """One script to be applied in this run."""

    def __init__(self, run: Run, path: str, variables: dict[str, str], name: str | None) -> None:
        from taokit.chain_client.automation import read_header

        self._run = run
        self._source = "stdin" if path == "-" else path
        self._text = read_text(path)
        self._variables = variables
        self._name = name
        self._signings: dict[str, Signing] = {}
        header = read_header(self._text, self._source)
        flags = run.flags
        flags.network = flags.network or header.network
        flags.wallet_name = flags.wallet_name or header.wallet
        flags.hotkey = flags.hotkey or header.hotkey

    @cached_property
    def script(self) -> Script:
        """The script, checked."""
        from dataclasses import replace

        from taokit.chain_client.automation import read_script

        script = read_script(
            self._text,
            source=self._source,
            variables=self._variables,
            accounts=_Accounts(self._run),
            coldkey=self.signing("coldkey").signer.ss58_address,
            hotkey=self._hotkey(),
        )
        return replace(script, name=self._name) if self._name else script

    def _hotkey(self) -> str | None:
        """The wallet's hotkey, where it has one."""
        try:
            return resolve_hotkey(self._run, self._run.flags.hotkey)
        except (WalletError, UsageError):
            return None

    def signing(self, kind: str) -> Signing:
        """The wallet's coldkey or hotkey."""
        if kind not in self._signings:
            self._signings[kind] = signing_key(self._run, kind)
        return self._signings[kind]

    def signer_of(self, kind: str) -> Signer:
        """The signer for the engine."""
        return self.signing(kind).signer

    def unlock(self) -> None:
        """Open the keys that the script needs, while somebody may be there to type a password."""
        from taokit.chain_client.automation.script import Do
        from taokit.chain_client.operations import get_operation

        kinds = {
            get_operation(step.action.operation).signer
            if isinstance(step.action, Do)
            else "coldkey"
            for step in self.script.steps
        }
        for kind in sorted(kinds):
            self.signing(kind).unlock()

    def journal_path(self, given: str | None) -> Path:
        """Where the journal is."""
        if given is not None:
            return Path(given).expanduser().absolute()
        return data_folder(os.environ) / "journal.sqlite3"

    def preview(self, journal: str | None) -> list[StepView]:
        """How every step stands; nothing is written."""
        from taokit.chain_client.automation import Engine, Journal

        script, path = self.script, self.journal_path(journal)
        address = self.signing("coldkey").signer.ss58_address

        async def looking(chain: ChainClient) -> list[StepView]:
            who = (script.name, chain.runtime.genesis_hash, address)
            book = Journal.open(path, *who) if path.exists() else Journal.empty(*who)
            try:
                engine = Engine(chain, script, book, self.signer_of, emit=lambda event: None)
                return await engine.preview()
            finally:
                book.close()

        return self._run.ask(looking)

    def apply(self, journal: str | None, *, once: bool, retry_failed: bool) -> bool:
        """Apply it; whether nothing is left to do. SIGTERM and Ctrl-C end it in good order."""
        from taokit.chain_client.automation import Engine, Journal

        script, path = self.script, self.journal_path(journal)
        address = self.signing("coldkey").signer.ss58_address
        patience = float(self._run.settings["timeout.outcome"])
        ending = _Ending()

        async def applying(chain: ChainClient) -> bool:
            book = Journal.open(path, script.name, chain.runtime.genesis_hash, address)
            try:
                book.lock(script.name)
                if retry_failed:
                    book.forget_failed()
                engine = Engine(
                    chain,
                    script,
                    book,
                    self.signer_of,
                    emit=self._show,
                    patience=patience,
                    keep=lambda plan: keep(self._run, plan),
                )
                return await engine.run(once=once, stop=ending.begin())
            finally:
                book.close()

        with ending.by_signals():
            complete = self._run.client.run(applying)
        if ending.status is not None:
            import typer

            raise typer.Exit(ending.status)
        return complete

    # -- events -----------------------------------------------------------------------------------

    def _show(self, event: Event) -> None:
        out, stream = self._run.out, self._run.terminal.out
        if event.event == "signed":
            self._run.sent.append(f"{event.step} ({event.data['extrinsic_hash']})")
        if out.form == "json":
            line = json.dumps(jsonable(event.document()), ensure_ascii=False)
        elif out.form == "plain":
            line = "\t".join(self._cell(value) for value in event.document().values())
        else:
            line = self._line(event)
        if line:
            stream.write(line + "\n")
            stream.flush()

    def _cell(self, value: Any) -> str:
        """A value of an event for ``--plain``, where amounts are bare numbers."""
        from taokit.chain_client.money import Tao

        amount = isinstance(value, dict) and value.keys() == {"rao", "unit"}
        return flat(self._run.out.text(Tao(int(value["rao"])) if amount else value))

    def _line(self, event: Event) -> str:
        """The event for a person; empty for one that only programs need."""
        data: dict[str, Any] = dict(event.data)
        texts = {
            "started": f"applying {event.script} as {data.get('account')}",
            "waiting": f"waits: {data.get('reason')}",
            "planned": f"is due: {data.get('summary')}",
            "held": f"held back: {data.get('reason')}",
            "included": f"done: {data.get('summary')} (block {data.get('in_block')})",
            "failed": f"failed: {(data.get('error') or {}).get('message')}",
            "lost": f"never happened: {data.get('reason')}",
            "recovered": f"an earlier run sent this, looking for it: {data.get('summary')}",
            "reverted": "its block was replaced, looking for it again",
            "skipped": f"given up: {data.get('reason')}",
            "outage": f"no answer ({data.get('reason')}), trying again",
            "stopping": "ending",
            "finished": "nothing is left to do" if data.get("complete") else "",
        }
        text = texts.get(event.event, "")
        if not text:
            return ""
        when = f"[{event.moment.number}] " if event.moment else ""
        step = f"{event.step}: " if event.step else ""
        return self._run.out.sentence(flat(f"{when}{step}{text}"))


class _Ending:
    """Lets signals end the engine, which runs in another thread, in good order.

    The first asks it to end once what is under way is recorded; a second does not wait.
    """

    def __init__(self) -> None:
        self.status: Exit | None = None
        self._stop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def begin(self) -> asyncio.Event:
        """The event that the engine watches; called in its loop."""
        self._stop, self._loop = asyncio.Event(), asyncio.get_running_loop()
        if self.status is not None:
            self._stop.set()
        return self._stop

    @contextmanager
    def by_signals(self) -> Iterator[None]:
        """While inside, SIGTERM and SIGINT end the engine."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

        def end(number: int, frame: Any) -> None:
            self.status = Exit.TERMINATED if number == signal.SIGTERM else Exit.INTERRUPTED
            for known, handler in before.items():
                signal.signal(known, handler)
            if self._loop is not None and self._stop is not None:
                self._loop.call_soon_threadsafe(self._stop.set)

        try:
            for number in before:
                signal.signal(number, end)
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
