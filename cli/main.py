"""The entry point: one command line in, one exit status out.

Owns the root of the command tree, the single place where errors are caught, and signals. Does not
own any command. Group modules are imported when a command line names them.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any

import typer

from taokit.cli.commands import ENTRIES, find
from taokit.cli.errors import UsageError
from taokit.cli.exits import Exit
from taokit.cli.global_options import normalized
from taokit.cli.tree import ClickUsageError, Group, built
from taokit.wallet.errors import TaokitError

__all__ = ["Root", "root", "run"]


class Root(Group):
    """``taokit`` itself: knows the names of the groups and imports one when it is used."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [entry.name for entry in ENTRIES]

    def visible_names(self, ctx: Any) -> list[str]:
        return self.list_commands(ctx)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        entry = find(cmd_name)
        if entry is None:
            return None
        if entry.name not in self.commands:
            module = import_module(f"taokit.cli.commands.{entry.module}")
            command = built(module.app)
            command.name = entry.name
            command.help = command.help or entry.summary
            self.commands[entry.name] = command
        return self.commands[entry.name]

    def get_help(self, ctx: Any) -> str:
        from taokit.cli.help import root_page

        return root_page()


def _show_version(wanted: bool) -> None:
    if wanted:
        from taokit.cli.version import version

        sys.stdout.write(f"taokit {version()}\n")
        raise typer.Exit


def _root_options(
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version."),
    ] = False,
) -> None:
    """Nothing: the callback of ``--version`` does the work."""


def root() -> Any:
    """The command tree, fresh."""
    app = typer.Typer(
        cls=Root,
        name="taokit",
        add_completion=False,
        rich_markup_mode=None,
        no_args_is_help=True,
        callback=_root_options,
    )
    return built(app)


def run(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit status."""
    args = list(sys.argv[1:] if argv is None else argv)
    from taokit.cli import streams
    from taokit.cli.context import Run

    if argv is None:
        streams.make_safe()

    this = Run(args)
    handler = _end_on_sigterm() if argv is None else None
    try:
        return int(_checked(this, args))
    finally:
        this.close()
        if handler is not None:
            signal.signal(signal.SIGTERM, handler)


def _checked(this: Any, args: list[str]) -> int:
    """The single try: whatever happens becomes an exit status."""
    from taokit.cli import failure, streams

    terminal = this.terminal
    try:
        status = _invoke(this, args)
        terminal.out.flush()
        return status
    except TaokitError as error:
        return failure.show(error, terminal, json=this.wants_json)
    except KeyboardInterrupt:
        terminal.err.write("interrupted" + this.sent_so_far() + "\n")
        return Exit.INTERRUPTED
    except _Terminated:
        terminal.err.write("terminated" + this.sent_so_far() + "\n")
        return Exit.TERMINATED
    except BrokenPipeError:  # the reader of our output went away (``| head``): end quietly
        streams.discard_output()
        return Exit.DONE
    except Exception as error:  # noqa: BLE001 - the one place: anything else is our defect
        unwritten = streams.output_error(error) if isinstance(error, OSError) else None
        if unwritten is not None:
            streams.discard_output()
            return failure.show(unwritten, terminal, json=this.wants_json)
        from taokit.cli import bug

        return bug.show_bug(error, terminal, as_json=this.wants_json, debug="--debug" in args)


def _invoke(this: Any, args: list[str]) -> int:
    command = root()
    settings: dict[str, Any] = {
        "obj": this,
        "help_option_names": ["--help", "-h"],
        "token_normalize_func": normalized,
    }
    try:
        with command.make_context("taokit", args, **settings) as ctx:
            command.invoke(ctx)
    except typer.Exit as ended:
        return int(ended.exit_code)
    except typer.Abort:
        raise KeyboardInterrupt from None
    except ClickUsageError as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            this.terminal.err.write(error.format_message() + "\n")
            return Exit.USAGE
        raise _usage(error) from None
    return Exit.DONE


def _usage(error: Any) -> UsageError:
    """Click's usage error in our words: what is wrong, and the nearest right thing."""
    path = error.ctx.command_path if error.ctx is not None else "taokit"
    given = getattr(error, "suggestions", None) or getattr(error, "possibilities", None)
    near = list(given or ())
    near = near or _near_options(error)
    hint = f"did you mean {' or '.join(near[:3])}?" if near else f"see `{path} --help`"
    return UsageError(_said(error), hint=hint)


def _said(error: Any) -> str:
    """What Click says, without its own suggestion."""
    text = str(error.format_message())
    for suggestion in (" (Possible", " Did you mean", " (Did you mean"):
        text = text.partition(suggestion)[0]
    return text.rstrip(".")


def _near_options(error: Any) -> list[str]:
    name = getattr(error, "option_name", None)
    if name is None or error.ctx is None:
        return []
    from taokit.cli.errors import closest

    spellings = [o for p in error.ctx.command.get_params(error.ctx) for o in p.opts]
    return closest(normalized(str(name)), spellings)


class _Terminated(BaseException):
    """SIGTERM arrived; unwinds like Ctrl-C, so that what was begun is cleaned up."""


def _end_on_sigterm() -> Any:
    def end(signum: int, frame: Any) -> None:
        raise _Terminated

    return signal.signal(signal.SIGTERM, end)
