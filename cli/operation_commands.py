"""Commands of operations: every registered ``group.verb`` becomes ``taokit group verb``.

``stake.child.set`` is ``taokit stake child set``: a group in the group, loaded when it is used.

Owns how a group of commands picks up the operations that belong to it, so that a new operation
needs no line here. Does not own the operations, nor how they are sent (submit.py).
"""

from __future__ import annotations

import collections
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from taokit.cli.addresses import resolve, resolve_hotkey
from taokit.cli.connection import on_local_chain
from taokit.cli.derived import declared_function, flag_of, given_values, require
from taokit.cli.errors import UnknownName, UsageError
from taokit.cli.global_options import NETWORK, WALLET
from taokit.cli.list_values import json_object, read_lists
from taokit.cli.multisig_sets import set_option, with_set
from taokit.cli.spread import spread_of
from taokit.cli.submit import SUBMIT_OPTIONS, How, submit
from taokit.cli.tree import command, nested, run_of

if TYPE_CHECKING:
    from taokit.chain_client.operations import Entry, Operation, SignerKind
    from taokit.chain_client.parameters import Parameter
    from taokit.cli.context import Run

Completed = Callable[["Run", dict[str, Any]], dict[str, Any]]
Instead = Callable[["Run", dict[str, Any]], bool]

__all__ = ["SAFE", "Safe", "add_operation", "operations_of", "resolved_values", "with_tolerance"]

SAFE = "0.5%"  # what btcli tolerates unless told otherwise

_SAMPLES = {
    "account": "5F...",
    "alpha": "1.5",
    "boolean": "",
    "call": "0x...",
    "calls": "@batch.json",
    "coldkey": "5F...",
    "fraction": "5%",
    "hotkey": "default",
    "integers": "1,2",
    "netuid": "1",
    "price": "0.05",
    "tao": "1.5",
    "text": "TEXT",
    "uids": "0,1",
    "value": "1",
    "weights": "0.6,0.4",
}


def operations_of(
    group: str,
    *,
    into: typer.Typer | None = None,
    examples: Mapping[str, Sequence[str]] | None = None,
    aliases: Mapping[str, Sequence[str]] | None = None,
    next_steps: Mapping[str, str] | None = None,
    groups: Mapping[str, str] | None = None,
    completed: Mapping[str, Completed] | None = None,
    instead: Mapping[str, Instead] | None = None,
) -> typer.Typer:
    """The commands of the operations named ``group.verb``, and groups of those below.

    An operation ``group.verb-variant`` beside a ``group.verb`` becomes the flag ``--variant`` of
    that verb. The mappings go by verb (``child.set`` for one of a group below); a verb without an
    example gets one made from its fields. A next step may hold the fields in braces, and
    ``{wallet}`` and ``{of_subnet}``. ``groups`` has the summaries of the groups below, by name.
    One that holds more than operations is declared with ``nested`` and wins over the one made here.
    ``completed`` adds to the values that were given what else is known; ``instead`` may answer
    without sending anything, and says whether it did.
    """
    from taokit.chain_client.operations.registry import operations_in

    app = into or typer.Typer()
    known = operations_in(group)
    below: list[str] = []
    for entry in known.values():
        verb = entry.name.removeprefix(f"{group}.")
        inner, dot, _ = verb.partition(".")
        if dot:
            below += [] if inner in below else [inner]
        elif _base_of(entry.name, known) is None:
            add_operation(
                app,
                verb,
                entry,
                path=f"taokit {group.replace('.', ' ')} {verb}",
                examples=(examples or {}).get(verb, ()),
                aliases=(aliases or {}).get(verb, ()),
                next_step=(next_steps or {}).get(verb, ""),
                completed=(completed or {}).get(verb),
                instead=(instead or {}).get(verb),
                variants=_variants_of(entry, known),
            )
    declared = {info.name for info in app.registered_groups}
    for inner in below:
        if inner not in declared:
            more = functools.partial(
                operations_of,
                f"{group}.{inner}",
                examples=_below(examples, inner),
                aliases=_below(aliases, inner),
                next_steps=_below(next_steps, inner),
                groups=_below(groups, inner),
            )
            summary = (groups or {}).get(inner, f"{inner.capitalize()} of `taokit {group}`")
            nested(app, inner, summary, more=more)
    return app


V = TypeVar("V")


def _below(by_verb: Mapping[str, V] | None, inner: str) -> dict[str, V]:
    """What concerns the verbs of one group below, by their names there."""
    start = f"{inner}."
    return {
        verb.removeprefix(start): value
        for verb, value in (by_verb or {}).items()
        if verb.startswith(start)
    }


def _base_of(name: str, known: Mapping[str, Entry]) -> str | None:
    return next((other for other in known if _is_variant(name, other)), None)


def _variants_of(entry: Entry, known: Mapping[str, Entry]) -> dict[str, Entry]:
    return {
        name.removeprefix(f"{entry.name}-"): other
        for name, other in known.items()
        if _is_variant(name, entry.name)
    }


# Fields that btcli takes without their option.
_POSITIONAL = {
    "stake.set-claim": "claim_type",
    "subnets.set-symbol": "symbol",
    "tx.remark": "text",
    "wallet.swap-hotkey": "new_hotkey",
}

# btcli has these as commands of their own, though their names go on from others'.
_NO_VARIANTS = frozenset({"sudo.set-take"})


def _is_variant(name: str, base: str) -> bool:
    further = name.startswith(f"{base}-") and "." not in name.removeprefix(base)
    return further and name not in _NO_VARIANTS


def resolved_values(
    run: Run, parameters: Sequence[Parameter], values: Mapping[str, Any]
) -> dict[str, Any]:
    """The values with names of wallets and hotkeys turned into addresses."""
    resolved = dict(values)
    for parameter in parameters:
        given = resolved.get(parameter.name)
        own = parameter.required and parameter.name == "hotkey"
        if parameter.kind == "hotkey" and (given is not None or own):
            resolved[parameter.name] = resolve_hotkey(run, given)
        elif parameter.kind in ("account", "coldkey") and given is not None:
            resolved[parameter.name] = resolve(run, given)
        elif parameter.kind == "accounts" and given is not None:
            parts = given.split(",") if isinstance(given, str) else given
            resolved[parameter.name] = [resolve(run, str(part)) for part in parts]
    return resolved


def add_operation(
    app: typer.Typer,
    name: str,
    entry: Entry,
    *,
    path: str,
    examples: Sequence[str] = (),
    aliases: Sequence[str] = (),
    next_step: str = "",
    completed: Completed | None = None,
    instead: Instead | None = None,
    variants: Mapping[str, Entry] | None = None,
    json_args: bool = False,
) -> None:
    """Add the command of one operation; ``path`` is what one types to reach it.

    With ``json_args`` it stays out of lists, and its fields may come as one JSON object too.
    """
    kinds = {kind.replace("-", "_"): other for kind, other in (variants or {}).items()}

    def body(ctx: typer.Context, values: dict[str, Any]) -> None:
        run = run_of(ctx)
        given = read_lists(entry.parameters, given_values(entry.parameters, values))
        given = {**_from_json(entry, values.get("json_args")), **given}
        given = with_set(run, entry, _with_calls(run, entry, given, values), values)
        if instead is not None and instead(run, given):
            return
        if completed is not None:
            given = completed(run, given)
        if spread is not None:
            given = spread.first(run, given, values)
        wanted = _wanted(entry, kinds, values, given)
        given = resolved_values(run, wanted.parameters, given)
        given = with_tolerance(run, wanted, given, values.get("safe"))
        require(run, wanted.parameters, given)
        operation = wanted.build(given)
        if spread is not None:
            operation = spread.operation(run, wanted, given, values) or operation
        words: dict[str, str] = collections.defaultdict(str)
        words |= {n: str(v) for n, v in given.items() if isinstance(v, str | int)}
        words["of_subnet"] = f" --netuid {words['netuid']}" if words["netuid"] else ""
        name = run.flags.wallet_name
        words["wallet"] = f" -w {name}" if name else ""
        submit(
            run,
            operation,
            How.of(run, values),
            key=_signer_of(operation, wanted.signer),
            danger=wanted.danger,
            next_step=next_step.format_map(words),
        )

    flags = {
        kind: (Annotated[bool, typer.Option(f"--{kind.replace('_', '-')}", help=other.help)], False)
        for kind, other in kinds.items()
    }
    extra: dict[str, tuple[Any, Any]] = {"json_args": (JsonArgs, None)} if json_args else {}
    extra |= {"safe": (Safe, None)} if _has_tolerance(entry) else {}
    spread = spread_of(entry.name)
    extra |= {} if spread is None else spread.options
    extra |= {**_call_arguments(entry), **set_option(entry)}
    function = declared_function(
        body,
        entry.parameters,
        doc=entry.description,
        extra={**flags, **extra, **SUBMIT_OPTIONS},
        positional=_POSITIONAL.get(entry.name),
    )
    examples = examples or [_example(path, entry)]
    shows = (*WALLET, *NETWORK)
    command(
        app,
        name,
        examples=examples,
        shows=shows,
        aliases=aliases,
        hidden=json_args,
        source=f"operation:{entry.name}",
    )(function)


# The command after `--` whose call is wrapped, or the file of a list of them.
Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="[-- COMMAND ...]", help="The call as the command that would send it."),
]
CallsFile = Annotated[
    str | None, typer.Argument(metavar="FILE", help="The calls as a JSON list; - for stdin.")
]


def _call_arguments(entry: Entry) -> dict[str, tuple[Any, Any]]:
    kinds = [parameter.kind for parameter in entry.parameters]
    if kinds.count("call") == 1:
        return {"words": (Words, None)}
    return {"calls_file": (CallsFile, None)} if "calls" in kinds else {}


def _with_calls(
    run: Run, entry: Entry, given: dict[str, Any], values: Mapping[str, Any]
) -> dict[str, Any]:
    """The values with the calls that the command wraps, however they were given."""
    from taokit.cli.inner_calls import command_call, read_calls

    wraps = [
        parameter.name for parameter in entry.parameters if parameter.kind in ("call", "calls")
    ]
    if not wraps:
        return given
    words, file = values.get("words"), values.get("calls_file")
    if (words or file) and wraps[0] in given:
        raise UsageError("the call is given twice", hint="as an option, or as an argument")
    if words:
        return {**given, wraps[0]: command_call(run, words)}
    if file:
        given = {**given, wraps[0]: file if file == "-" else f"@{file}"}
    return read_calls(run, entry.parameters, given)


JsonArgs = Annotated[
    str | None,
    typer.Option(
        "--json-args", metavar="JSON", help="The fields as one object; @FILE, or - for stdin."
    ),
]


def _from_json(entry: Entry, text: str | None) -> dict[str, Any]:
    """The fields given as one JSON object."""
    if text is None:
        return {}
    found = json_object("--json-args", text)
    known = [parameter.name for parameter in entry.parameters]
    for name in found:
        if name not in known:
            raise UnknownName("field", name, known, see=f"taokit tx {entry.name} --help")
    return {name: value for name, value in found.items() if value is not None}


# btcli's: with a tolerance (that of the settings, or 0.5 %), or with none.
Safe = Annotated[
    bool | None,
    typer.Option(
        "--safe-staking/--no-safe-staking",
        "--safe/--unsafe",
        "--safe-register/--unsafe-register",
        hidden=True,
    ),
]


def _has_tolerance(entry: Entry) -> bool:
    return any(p.name == "tolerance" and p.kind == "fraction" for p in entry.parameters)


def with_tolerance(
    run: Run, entry: Entry, given: dict[str, Any], safe: bool | None
) -> dict[str, Any]:
    """The values with the tolerance of the settings, where the trade was given no limit.

    Without a setting it is btcli's for stake, because its scripts count on that; on a local chain,
    whose pools are small, none.
    """
    if not _has_tolerance(entry) or given.keys() & {"tolerance", "limit_price"}:
        if safe is False and given.get("tolerance") is not None:
            raise UsageError("--unsafe is without a tolerance: give one or the other")
        return given
    usual = str(run.settings["stake.tolerance"])
    if safe is False:
        return given
    if usual == "auto":
        of_stake = entry.name.startswith(("stake.", "sudo.stake"))
        usual = SAFE if of_stake and not on_local_chain(run) else "none"
    if usual == "none":
        usual = SAFE if safe else usual
    if usual == "none":
        return given
    partial = any(p.name == "allow_partial" for p in entry.parameters)
    if partial and "allow_partial" not in given and run.settings["stake.allow_partial"]:
        return {**given, "tolerance": usual, "allow_partial": True}
    return {**given, "tolerance": usual}


def _signer_of(operation: Operation, usual: SignerKind) -> SignerKind:
    """The key that signs: of a batch, that of what is in it, which has to be one."""
    inner = getattr(operation, "calls", ())
    kinds = {getattr(getattr(one, "entry", None), "signer", usual) for one in inner}
    if len(kinds) > 1:
        raise UsageError(
            "some of these are signed by the coldkey and some by a hotkey",
            hint="make two batches of them: a transaction has one signer",
        )
    return kinds.pop() if kinds else usual


def _wanted(
    entry: Entry, kinds: Mapping[str, Entry], values: Mapping[str, Any], given: dict[str, Any]
) -> Entry:
    """The operation that the flags choose; ``--amount all`` is ``--all``."""
    if given.get("amount") == "all":
        if "all" not in kinds:
            raise UsageError(f"{entry.name} takes no `all`", hint="give an amount, such as 1.5")
        del given["amount"]
        return kinds["all"]
    chosen = [kind for kind in kinds if values.get(kind)]
    if not chosen:
        return entry
    if len(chosen) > 1:
        raise UsageError(f"--{chosen[0]} and --{chosen[1]} exclude each other".replace("_", "-"))
    wanted = kinds[chosen[0]]
    fields = {parameter.name for parameter in wanted.parameters}
    for name in given:
        if name not in fields:
            flag = chosen[0].replace("_", "-")
            raise UsageError(f"--{name.replace('_', '-')} makes no sense with --{flag}")
    return wanted


def _example(path: str, entry: Entry) -> str:
    words = [
        f"{flag_of(parameter)} {_SAMPLES.get(parameter.kind, '1')}".strip()
        for parameter in entry.parameters
        if parameter.required and parameter.name != "hotkey"
    ]
    return " ".join([path, *words, "-w alice"])
