"""One run of ``taokit``: its flags, settings, output, and (made on use) wallet and client.

Owns what a command may ask of its surroundings, each made when first needed, so that a command
pays only for what it uses. Does not own any of those things' behaviour.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from taokit.cli.global_options import Flags, normalized
from taokit.cli.terminal import Terminal

if TYPE_CHECKING:
    from taokit.chain_client.blocking import Client
    from taokit.chain_client.client import ChainClient
    from taokit.cli.output import Output
    from taokit.cli.prompts import Prompts
    from taokit.cli.settings import Settings

__all__ = ["Run"]

T = TypeVar("T")

_JSON = ("--json", "--json-output", "--json-out")
_FLAG_OF = {
    "network": "network",
    "wallet.name": "wallet_name",
    "wallet.hotkey": "hotkey",
    "wallet.path": "wallet_path",
    "timeout.connect": "connect_timeout",
    "timeout.read": "timeout",
    "color": "color",
}


class Run:
    """Everything one command line works with."""

    def __init__(self, args: list[str]) -> None:
        self.args = args
        self.flags = Flags()
        self.terminal = Terminal()
        self.sent: list[str] = []
        self.collected: list[Any] | None = None
        """Where what would be sent goes instead, for a command that another one wraps."""

    @property
    def wants_json(self) -> bool:
        """Whether errors are JSON too, known even when the command line cannot be parsed."""
        before = self.args[: self.args.index("--")] if "--" in self.args else self.args
        return self.flags.json or any(normalized(arg) in _JSON for arg in before)

    @cached_property
    def settings(self) -> Settings:
        """The settings, from all their sources."""
        from taokit.cli.settings import Settings

        given = {key: getattr(self.flags, flag) for key, flag in _FLAG_OF.items()}
        user = self.flags.config
        return Settings(
            options={key: value for key, value in given.items() if value is not None},
            environ=os.environ,
            directory=Path.cwd(),
            user_path=Path(user).expanduser() if user else None,
        )

    @cached_property
    def out(self) -> Output:
        """Where the answer goes."""
        from taokit.cli.output import Output

        self.terminal.color = str(self.settings["color"])
        flags = self.flags
        form = "json" if flags.json else "plain" if flags.plain else "human"
        output = Output(
            self.terminal,
            form=form,
            quiet=flags.quiet,
            verbosity=flags.verbose,
            columns=flags.columns,
            pager=not flags.no_pager and bool(self.settings["pager"]),
        )
        self._note_spellings(output)
        if flags.verbose or os.environ.get("TAOKIT_LOG"):
            from taokit.cli import logs

            logs.begin(self.terminal, flags.verbose)
        elif (begun := sys.modules.get("taokit.cli.logs")) is not None:
            begun.end()  # another command line of this process had asked for it
        return output

    @cached_property
    def prompts(self) -> Prompts:
        """Who answers questions, if anybody."""
        from taokit.cli.prompts import Prompts

        flags = self.flags
        silent = flags.json or flags.no_input or flags.no_prompt
        return Prompts(
            self.terminal,
            allowed=not silent,
            yes=flags.yes or flags.no_prompt,
            no=flags.no,
        )

    @property
    def network(self) -> str:
        """The name or URL of the chain, as the settings have it."""
        return str(self.settings["network"])

    @cached_property
    def client(self) -> Client:
        """A client connected to that chain."""
        from taokit.cli.connection import connect

        return connect(self)

    @cached_property
    def on_local_chain(self) -> bool:
        """Whether that chain is a development chain on this machine; asked once."""
        from taokit.cli.connection import on_local_chain

        return on_local_chain(self)

    def ask(
        self, question: Callable[[ChainClient], Awaitable[T]], doing: str = "asking the chain"
    ) -> T:
        """Run one coroutine over the connected client; ``doing`` is shown if it takes a while."""
        client = self.client
        with self.out.phase(doing):
            return client.run(question)

    def sent_so_far(self) -> str:
        """For an interrupted run: whether anything has left this machine."""
        if not self.sent:
            return "; nothing was sent"
        return f"; already sent: {', '.join(self.sent)}"

    def close(self) -> None:
        """Let go of what the run holds."""
        if "client" in self.__dict__:
            self.client.close()

    def _note_spellings(self, output: Output) -> None:
        """One line for spellings of other tools: they work, and there is a shorter one."""
        for arg in self.args:
            if arg == "--":
                return
            name = arg.split("=")[0]
            if name.startswith("--") and ("." in name or "_" in name):
                output.note(f"note: {name} works; its name here is {_ours(name)}")


def _ours(spelling: str) -> str:
    plain = normalized(spelling)
    aliases = {
        "--subtensor-network": "--network",
        "--subtensor-chain-endpoint": "--network",
        "--wallet-hotkey": "--hotkey",
    }
    return aliases.get(plain, plain)
