"""The command tree: Typer's groups and commands with lazy loading and our help pages.

Owns how a verb is found (loaded on use, near names suggested), how global options are taken at
every level, and the decorator that commands are declared with. Does not own which groups exist
(commands/__init__.py) nor the text of a help page (help.py).

A command is declared with its examples; the function's docstring is its help::

    app = group()

    @command(app, "list", examples=["taokit wallet list"], shows=WALLET)
    def list_wallets(ctx: typer.Context) -> None:
        '''List the wallets and their hotkeys.'''

A group may hold groups, each as lazy as itself::

    nested(app, "child", "Child hotkeys", aliases=["children"], more=_child_commands)
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from taokit.cli.errors import closest
from taokit.cli.global_options import global_params, merge
from taokit.cli.quick_values import use_quick_values

if TYPE_CHECKING:
    from taokit.cli.context import Run

__all__ = [
    "ClickUsageError",
    "Command",
    "Facts",
    "Group",
    "alone",
    "built",
    "command",
    "facts_of",
    "group",
    "nested",
    "run_of",
    "words_of",
]

# Click's usage error, by way of Typer: newer Typers carry Click inside, older ones import it.
ClickUsageError: Any = next(k for k in typer.BadParameter.__mro__ if k.__name__ == "UsageError")

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Facts:
    """What is known of a command beyond its options.

    Examples, the global options worth showing, and what makes its answer: ``read:NAME`` or
    ``operation:NAME``, where it is made from one.
    """

    examples: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    section: str = ""
    source: str = ""


def facts_of(command: Any) -> Facts:
    """The facts a command was declared with."""
    found = getattr(command.callback, "taokit_facts", None)
    return found if isinstance(found, Facts) else Facts(section=getattr(command, "section", ""))


def run_of(ctx: typer.Context) -> Run:
    """The run that a command is part of."""
    run: Run = ctx.obj
    return run


def group(
    cls: type[Group] | None = None, *, more: Callable[[], typer.Typer] | None = None
) -> typer.Typer:
    """A group of commands; its summary is in the table of groups.

    ``more`` makes further commands, for which more has to be imported: it is called when a verb
    is not among the group's own, or when all are listed.
    """
    kind = cls or Group
    return typer.Typer(
        cls=type(kind.__name__, (kind,), {"more": staticmethod(more)}) if more else kind,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        subcommand_metavar="COMMAND",
    )


def nested(
    app: typer.Typer,
    name: str,
    summary: str,
    *,
    more: Callable[[], typer.Typer] | None = None,
    aliases: Sequence[str] = (),
    section: str = "",
) -> typer.Typer:
    """Declare a group inside of ``app`` and return it; ``more`` as for :func:`group`.

    ``aliases`` are further names that stay out of lists, ``section`` is as for :func:`command`.
    """
    inner = group(type(Group.__name__, (Group,), {"section": section}), more=more)
    app.add_typer(inner, name=name, help=summary)
    for alias in aliases:
        app.add_typer(inner, name=alias, help=summary, hidden=True)
    return inner


def alone() -> typer.Typer:
    """The home of a single command that stands at the root, without a group."""
    return typer.Typer(add_completion=False, rich_markup_mode=None)


def built(app: typer.Typer) -> Any:
    """The command or group that an app declares, as the tree wants it."""
    kind = app.info.cls
    if not (isinstance(kind, type) and issubclass(kind, Group)):
        return typer.main.get_command(app)
    bare = copy.copy(app)
    bare.registered_commands = []
    bare.registered_groups = []
    group = typer.main.get_group(bare)
    assert isinstance(group, Group)
    group.declare([*app.registered_commands, *app.registered_groups])
    return group


def command(
    app: typer.Typer,
    name: str,
    *,
    examples: Sequence[str],
    shows: Sequence[str] = (),
    aliases: Sequence[str] = (),
    section: str = "",
    hidden: bool = False,
    source: str = "",
) -> Callable[[F], F]:
    """Declare a command of ``app``.

    ``shows`` names the global options that its help lists, ``section`` the heading that it is
    listed under, ``aliases`` further names that stay out of lists, as a ``hidden`` one does.
    ``source`` is the read or operation that it is made from; see :class:`Facts`.
    """

    def declare(function: F) -> F:
        function.taokit_facts = Facts(  # type: ignore[attr-defined]
            tuple(examples), tuple(shows), section, source
        )
        app.command(name, cls=Command, hidden=hidden)(function)
        for alias in aliases:
            app.command(alias, cls=Command, hidden=True)(function)
        return function

    return declare


def words_of(ctx: Any) -> list[str]:
    """The words that lead to a command, without ``taokit`` and by their own names."""
    words: list[str] = []
    while ctx.parent is not None:
        words.insert(0, str(ctx.command.name))
        ctx = ctx.parent
    return words


class _TakesGlobals:
    """Global options at this level of the command line; they go to the run, not the function."""

    params: list[Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        use_quick_values(self.params)

    def get_params(self, ctx: Any) -> list[Any]:
        own = [spelling for p in self.params for spelling in (*p.opts, *p.secondary_opts)]
        helping = [self.get_help_option(ctx)]  # type: ignore[attr-defined]
        use_quick_values(helping)
        return [*self.params, *global_params(own), *helping]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        rest: list[str] = super().parse_args(ctx, args)  # type: ignore[misc]
        own = {param.name for param in self.params}
        shared = {p.name for p in global_params()} - own
        merge(ctx.obj.flags, {name: ctx.params.pop(name, None) for name in shared})
        return rest


class Command(_TakesGlobals, TyperCommand):
    """A verb."""

    _foreign: list[Any] | None = None

    def get_params(self, ctx: Any) -> list[Any]:
        own = super().get_params(ctx)
        if self._foreign is None:
            from taokit.cli.btcli import foreign_params

            self._foreign = foreign_params(" ".join(words_of(ctx)), own)
        return [*own, *self._foreign]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        from taokit.cli.btcli import settle

        rest = super().parse_args(ctx, args)
        settle(" ".join(words_of(ctx)), ctx.params)
        return rest

    def get_help(self, ctx: Any) -> str:
        from taokit.cli.help import command_page

        return command_page(self, ctx)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write(self.get_help(ctx))


class Group(_TakesGlobals, TyperGroup):
    """A group of verbs."""

    more: Callable[[], typer.Typer] | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._declared: dict[str, Any] = {}

    def declare(self, commands: Sequence[Any]) -> None:
        """Take over declarations of commands and groups; one is made when it is asked for.

        Making all of a group's commands to run one of them takes longer than running it.
        """
        for info in commands:
            self._declared.setdefault(str(info.name), info)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self._declared:
            self._load_more()
        if cmd_name not in self.commands and cmd_name in self._declared:
            self.commands[cmd_name] = _made(self._declared[cmd_name])
        return self.commands.get(cmd_name)

    def list_commands(self, ctx: Any) -> list[str]:
        self._load_more()
        return list(self._declared)

    def _load_more(self) -> None:
        if self.more is not None:
            further, self.more = self.more(), None
            self.declare([*further.registered_commands, *further.registered_groups])

    def get_help(self, ctx: Any) -> str:
        from taokit.cli.help import group_page

        return group_page(self, ctx)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write(self.get_help(ctx))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name = args[0]
        for spelling in (name, name.replace("_", "-")):
            found = self.get_command(ctx, spelling)
            if found is not None:
                return spelling, found, args[1:]
        if name.startswith("-"):
            return super().resolve_command(ctx, args)
        near = [f"{ctx.command_path} {known}" for known in closest(name, self.suggested(ctx))]
        error = ClickUsageError(f"{ctx.command_path} has no command {name!r}", ctx=ctx)
        error.suggestions = near
        raise error

    def suggested(self, ctx: Any) -> list[str]:
        """The names that a typo may have meant."""
        return self.visible_names(ctx)

    def visible_names(self, ctx: Any) -> list[str]:
        """The commands that are listed."""
        names = self.list_commands(ctx)
        return [name for name in names if not self._declared[name].hidden]


def _made(info: Any) -> Any:
    """The command, or the group, of one declaration."""
    inner = getattr(info, "typer_instance", None)
    if inner is None:
        single = typer.Typer(add_completion=False, rich_markup_mode=None)
        single.registered_commands = [info]
        return typer.main.get_command(single)
    made = built(inner)
    made.name, made.help, made.hidden = info.name, info.help, bool(info.hidden)
    return made
