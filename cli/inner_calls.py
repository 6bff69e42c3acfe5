"""Calls given to a command that wraps them: after ``--``, as JSON, from a file, or as bytes.

``taokit multisig propose ... -- stake add --netuid 1 --amount 10`` wraps what the command after
``--`` would have sent. Owns finding that out and reading the other forms. Does not own what is
wrapped around it (``taokit.chain_client.operations``).
"""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taokit.cli.errors import UsageError

if TYPE_CHECKING:
    from taokit.chain_client.parameters import Parameter
    from taokit.cli.context import Run

__all__ = ["command_call", "read_calls"]


def command_call(run: Run, words: Sequence[str]) -> Any:
    """The operation or call that ``taokit WORDS`` would send. Raises :class:`UsageError`."""
    from taokit.cli.context import Run as AnyRun
    from taokit.cli.main import root

    inner = AnyRun([*run.args])
    inner.flags = copy.copy(run.flags)
    inner.__dict__["client"] = run.client
    inner.__dict__["out"] = run.out
    found: list[Any] = []
    inner.collected = found
    with root().make_context("taokit", list(words), obj=inner) as ctx:
        ctx.command.invoke(ctx)
    if len(found) != 1:
        raise UsageError(
            f"`{' '.join(words[:2])}` sends nothing that could be wrapped",
            hint="after -- comes a command that sends something, such as: stake add --netuid 1 ...",
        )
    return found[0]


def read_calls(
    run: Run, parameters: Sequence[Parameter], given: Mapping[str, Any]
) -> dict[str, Any]:
    """The values with calls read from files, and names in them turned into addresses."""
    read = dict(given)
    for parameter in parameters:
        value = read.get(parameter.name)
        if parameter.kind not in ("call", "calls") or value is None:
            continue
        if isinstance(value, str) and not value.startswith("0x"):
            value = _document(parameter.name, value)
        read[parameter.name] = (
            [_resolved(run, one) for one in value]
            if isinstance(value, list)
            else _resolved(run, value)
        )
    return read


def _document(name: str, value: str) -> Any:
    flag = "--call" if name == "inner" else f"--{name}"
    try:
        if value == "-":
            text = sys.stdin.read()
        elif value.startswith("@"):
            text = Path(value[1:]).expanduser().read_text("utf-8")
        else:
            text = value
    except OSError as error:
        raise UsageError(f"{flag} from {value[1:]} cannot be read: {error.strerror}") from None
    if text.strip().startswith("0x"):
        return text.strip()
    try:
        return json.loads(text, parse_float=Decimal)
    except ValueError:
        raise UsageError(
            f"{flag} is neither JSON nor 0x and a call's bytes",
            hint='such as {"operation": "stake.add", "hotkey": "5F...", ...}, or -- stake add ...',
        ) from None


def _resolved(run: Run, value: Any) -> Any:
    """One call of a script, with names of wallets where addresses belong."""
    from taokit.cli.operation_commands import resolved_values

    if not isinstance(value, Mapping) or "operation" not in value:
        return value
    from taokit.chain_client.operations import get_operation

    parameters = get_operation(str(value["operation"])).parameters
    fields = {name: inner for name, inner in value.items() if name != "operation"}
    fields = {name: _plain(inner) for name, inner in fields.items()}
    fields = resolved_values(run, parameters, read_calls(run, parameters, fields))
    return {"operation": value["operation"], **fields}


def _plain(value: Any) -> Any:
    """A decimal of JSON as text, which is how amounts are read exactly."""
    if isinstance(value, Decimal):
        return str(value)
    return [_plain(one) for one in value] if isinstance(value, list) else value
