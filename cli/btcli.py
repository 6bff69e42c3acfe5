"""What becomes of btcli's options that a command here does not have: none is taken and forgotten.

Owns the list of them: an option that means one of ours, one that has nothing to do here (with the
reason), and one that is refused with what to do instead. All are accepted hidden, so that a
script written for btcli runs or says why not. ``docs/btcli.md`` is made from the same list. Does
not own the commands.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import typer

from taokit.cli.errors import UsageError
from taokit.cli.quick_values import use_quick_values

__all__ = ["GONE", "Foreign", "foreign_params", "foreigners", "settle"]

_NAME = "btcli_"


@dataclass(frozen=True)
class Foreign:
    """One option of btcli, with its further spellings, and what is done about it."""

    spellings: tuple[str, ...]
    does: Literal["means", "nothing", "refused"]
    text: str
    """The option that it means; why nothing has to be done; or what to do instead."""
    value: bool = False
    """Whether a value follows it."""


def _means(spellings: str, own: str) -> Foreign:
    return Foreign(tuple(spellings.split()), "means", own)


def _nothing(spellings: str, why: str, *, value: bool = False) -> Foreign:
    return Foreign(tuple(spellings.split()), "nothing", why, value)


def _refused(spellings: str, instead: str, *, value: bool = False) -> Foreign:
    return Foreign(tuple(spellings.split()), "refused", instead, value)


_EVERYWHERE = (
    _nothing("--prompt", "a terminal is asked anyway"),
    _refused("--announce-only", "announce it: `taokit proxy announce --help`"),
    _nothing("--no-announce-only", "nothing is announced unless asked for"),
)

_CACHES = "what may be kept is kept by itself; nothing has to be told"
_DASHBOARD = "it is said each time: `taokit view dashboard --html --out FILE`"
_ARGV = "a secret on a command line is seen by everybody: `--json-password-file FILE`"

_swap = (_means("--new-coldkey-ss58 --new-wallet --new", "--new-coldkey"),)
_hotkey = _means("--wallet-hotkey-ss58", "--hotkey")
_graph = _nothing("--graph --no-graph", "`taokit lock show` draws what becomes of a lock")

_BY_COMMAND: dict[str, tuple[Foreign, ...]] = {
    "axon set": (_nothing("--ip-type", "the address says whether it is IPv4 or IPv6", value=True),),
    "config set": (
        _nothing("--cache --no-cache --disk-cache --no-disk-cache", _CACHES),
        _nothing("--dashboard-path --dash-path", _DASHBOARD, value=True),
    ),
    "config clear": (
        _nothing("--cache", _CACHES),
        _nothing("--no-safe-staking --unsafe", "`--safe-staking` removes the setting"),
        _nothing(
            "--no-allow-partial-stake --no-partial --not-allow",
            "`--allow-partial-stake` removes the setting",
        ),
        _nothing("--dashboard-path --dash-path", _DASHBOARD, value=True),
    ),
    "crowd create": (
        _nothing("--fundraising", "that is what it is without `--subnet-lease`"),
        _refused(
            "--custom-call-pallet --custom-call-method --custom-call-args",
            "the whole call is one option here: `--call`",
            value=True,
        ),
    ),
    "crowd update": (_means("--min", "--min-contribution"),),
    "lock add": (_graph,),
    "lock list": (_graph,),
    "lock move": (_means("--dest", "--destination-hotkey"),),
    "proxy execute": (_refused("--call-hash", "the call itself is needed: `--call`", value=True),),
    "stake child get": (
        _nothing("--all-netuids --all --allnetuids", "that is so unless `--netuid` names one"),
    ),
    "stake child set": (_means("--prop", "--proportions"),),
    "stake child take": (_means("--child-hotkey-ss58", "--hotkey"),),
    "stake move": (
        _means("--from --hotkey-ss58 --wallet-hotkey-ss58", "--hotkey"),
        _means("--dest-ss58", "--to"),
        _means("--stake-all", "--all"),
    ),
    "stake process-claim": (_means("--netuid", "--netuids"),),
    "stake add": (_means("--all-tokens", "--all"),),
    "stake remove": (
        _means("--unstake-all", "--all"),
        _refused("--interactive", "`taokit stake wizard` asks step by step"),
    ),
    "stake swap": (
        _means("--origin", "--origin-netuid"),
        _means("--dest", "--dest-netuid"),
        _means("--swap-all", "--all"),
    ),
    "stake transfer": (
        _hotkey,
        _means("--dest-ss58 --dest-coldkey", "--to"),
        _means("--stake-all", "--all"),
    ),
    "sudo stake-burn": (_hotkey,),
    "wallet regen-coldkey": (_refused("--json-password", _ARGV, value=True),),
    "wallet regen-hotkey": (_refused("--json-password", _ARGV, value=True),),
    "wallet associate-hotkey": (_hotkey,),
    "wallet swap-coldkey announce": _swap,
    "wallet swap-coldkey execute": _swap,
    "wallet swap-hotkey": (
        _nothing("--all-netuids --no-all-netuids", "that is so unless `--netuid` names one"),
    ),
}

# Commands of btcli for what the chain has no more: why, and what to do instead.
GONE: dict[str, tuple[str, str]] = {
    "sudo senate": (
        "the chain has no senate any more",
        "who may change what is in `taokit sudo --help`",
    ),
    "sudo proposals": (
        "the chain has no senate any more, and so no proposals",
        "multisig accounts decide together: `taokit multisig --help`",
    ),
    "sudo senate-vote": (
        "the chain has no senate any more, and so nothing to vote on",
        "multisig accounts decide together: `taokit multisig --help`",
    ),
}


def foreigners(path: str) -> Iterator[Foreign]:
    """Those of one command, ``path`` being its words without ``taokit``."""
    yield from _BY_COMMAND.get(path, ())
    yield from _EVERYWHERE


def foreign_params(path: str, own: Sequence[Any]) -> list[Any]:
    """Hidden options for a command; spellings that mean one of ``own`` are added to that one."""
    taken = {spelling for param in own for spelling in (*param.opts, *param.secondary_opts)}
    signature = []
    for place, foreign in enumerate(foreigners(path)):
        free = [spelling for spelling in foreign.spellings if spelling not in taken]
        taken.update(free)
        if not free:
            continue
        if foreign.does == "means":
            for param in own:
                if foreign.text in param.opts:
                    param.opts.extend(free)
                elif foreign.text in param.secondary_opts:
                    param.secondary_opts.extend(free)
            continue
        kind: Any = list[str] if foreign.value else bool
        option = typer.Option(*free, hidden=True)
        signature.append(
            inspect.Parameter(
                f"{_NAME}{place}",
                inspect.Parameter.KEYWORD_ONLY,
                default=[] if foreign.value else False,
                annotation=Annotated[kind, option],
            )
        )
    return _declared(signature)


def settle(path: str, values: dict[str, Any]) -> None:
    """Take btcli's options out of ``values``; raises :class:`UsageError` for a refused one."""
    given = {name: values.pop(name) for name in list(values) if name.startswith(_NAME)}
    for place, foreign in enumerate(foreigners(path)):
        if given.get(f"{_NAME}{place}") and foreign.does == "refused":
            raise UsageError(f"{foreign.spellings[0]} of btcli is not here", hint=foreign.text)


def _declared(signature: list[inspect.Parameter]) -> list[Any]:
    if not signature:
        return []

    def function(**values: Any) -> None: ...

    function.__signature__ = inspect.Signature(signature)  # type: ignore[attr-defined]
    annotations: Mapping[str, Any] = {p.name: p.annotation for p in signature}
    function.__annotations__ = dict(annotations)
    app = typer.Typer(add_completion=False)
    app.command()(function)
    params = list(typer.main.get_command(app).params)
    use_quick_values(params)
    return params
