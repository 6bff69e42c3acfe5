"""Commands made from declarations: a read's parameters or an operation's fields become options.

Owns how a declared parameter looks on the command line: its option, its further spellings (those
that btcli's users type), a flag for a boolean, a question for a missing one. Does not own parsing:
values stay text until the declaration itself parses them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taokit.cli.errors import MissingInput
from taokit.cli.list_values import FROM_FILE, LISTS

if TYPE_CHECKING:
    from taokit.chain_client.parameters import Parameter
    from taokit.cli.context import Run

__all__ = ["ALSO", "declared_function", "flag_of", "given_values", "require"]

# Further spellings of a parameter's option, by the parameter's name.
ALSO: dict[str, tuple[str, ...]] = {
    "netuid": ("-n", "--netuids"),
    "amount": ("-a",),
    "to": ("-d", "--dest", "--destination"),
    "hotkey": ("-H", "--wallet-hotkey", "--hotkey-ss58-address", "--hotkey-ss58"),
    "tolerance": ("--rate-tolerance", "--limit"),
    "uids": ("-u",),
    "address": ("--ss58", "--ss58-address"),
    "coldkey": ("--coldkey-ss58", "--ss58", "--key", "-k"),
    "subnet_name": ("--sn-name",),
    "github_repo": ("--repo",),
    "subnet_contact": ("--contact", "--email"),
    "subnet_url": ("--url",),
    "discord_handle": ("--discord",),
    "param": ("--parameter",),
    "max_uids": ("--max",),
    "count": ("--mech-count",),
    "crowdloan_id": ("--id",),
    "target_address": ("--target",),
    "emissions_share": ("--emissions",),
    "lease_end_block": ("--lease-end",),
    "end": ("--end-block",),
    "inner": ("--call-hex",),
    "mechanism": ("--mechid", "--mech-id", "--mechanism-id"),
    "web_url": ("--web",),
    "image_url": ("--image",),
    "allow_partial": (
        "--allow-partial-stake/--no-allow-partial-stake",
        "--partial/--no-partial",
        "--allow/--not-allow",
        "--allow-partial/--not-partial",
    ),
}

_METAVARS = {
    "account": "ADDRESS",
    "accounts": "ADDRESS,ADDRESS",
    "alpha": "AMOUNT",
    "block": "BLOCK",
    "call": "JSON|0x..",
    "calls": "JSON",
    "coldkey": "ADDRESS",
    "fraction": "SHARE",
    "hotkey": "HOTKEY",
    "integer": "N",
    "integers": "N,N",
    "netuid": "N",
    "price": "PRICE",
    "tao": "AMOUNT",
    "text": "TEXT",
    "uid": "N",
    "uids": "N,N",
    "weights": "W,W",
}


def flag_of(parameter: Parameter) -> str:
    """The option that gives a parameter."""
    if parameter.kind == "call" and parameter.name == "inner":
        return "--call"
    return "--" + parameter.name.rstrip("_").replace("_", "-")


def declared_function(
    body: Callable[[typer.Context, dict[str, Any]], None],
    parameters: tuple[Parameter, ...],
    *,
    doc: str,
    extra: Mapping[str, tuple[Any, Any]] | None = None,
    positional: str | None = None,
) -> Callable[..., None]:
    """A function that Typer understands, with an option for each parameter.

    ``body`` gets the values that were given, by parameter name, and ``extra`` options (a mapping of
    name to annotation and default) beside them. ``positional`` names a parameter that may also
    be given without its option.
    """

    def function(**values: Any) -> None:
        ctx = values.pop("ctx")
        if positional is not None:
            bare = values.pop(f"bare_{positional}", None)
            if bare is not None:
                values[positional] = bare
        body(ctx, values)

    kind = inspect.Parameter.KEYWORD_ONLY
    signature = [inspect.Parameter("ctx", kind, annotation=typer.Context)]
    for parameter in parameters:
        if parameter.name == positional:
            bare = typer.Argument(metavar=_METAVARS.get(parameter.kind), help=parameter.help)
            signature.append(
                inspect.Parameter(
                    f"bare_{positional}", kind, default=None, annotation=Annotated[str | None, bare]
                )
            )
        annotation = _annotation(parameter, hidden=parameter.name == positional)
        signature.append(
            inspect.Parameter(parameter.name, kind, default=None, annotation=annotation)
        )
    for name, (annotation, default) in (extra or {}).items():
        signature.append(inspect.Parameter(name, kind, default=default, annotation=annotation))
    function.__signature__ = inspect.Signature(signature)  # type: ignore[attr-defined]
    function.__annotations__ = {p.name: p.annotation for p in signature}
    function.__doc__ = doc
    return function


def given_values(parameters: tuple[Parameter, ...], values: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that the command line gave."""
    names = {parameter.name for parameter in parameters}
    return {name: value for name, value in values.items() if name in names and value is not None}


def require(run: Run, parameters: tuple[Parameter, ...], values: dict[str, Any]) -> None:
    """Ask for what is required and was not given; fail with the option's name off a terminal."""
    missing = [p for p in parameters if p.required and p.name not in values]
    for parameter in missing:
        flag = f"{flag_of(parameter)} {_METAVARS.get(parameter.kind, 'VALUE')}"
        what = parameter.help.rstrip(".").lower() or parameter.name
        if not run.prompts.possible:
            raise MissingInput(what, flag=flag)
        values[parameter.name] = run.prompts.text(what, flag=flag)


def _annotation(parameter: Parameter, *, hidden: bool) -> Any:
    flag = flag_of(parameter)
    help = parameter.help + _default(parameter)
    if parameter.kind in LISTS:
        help = f"{help} {FROM_FILE}"
    if parameter.kind == "boolean":
        also = ALSO.get(parameter.name, ())
        option = typer.Option(f"{flag}/--no-{flag[2:]}", *also, help=help, hidden=hidden)
        return Annotated[bool | None, option]
    also = ALSO.get(parameter.name, ())
    metavar = _METAVARS.get(parameter.kind, "VALUE")
    option = typer.Option(flag, *also, metavar=metavar, help=help, hidden=hidden)
    return Annotated[str | None, option]


def _default(parameter: Parameter) -> str:
    if parameter.required:
        return " [default: the wallet's]" if parameter.kind == "hotkey" else ""
    value = parameter.default
    if value is None or value == () or value == "":
        return ""
    shown = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
    return f" [default: {shown}]"
