"""Failures: one error in, an exit status, a text block or one line of JSON out.

Owns which family of errors gets which exit status, and how an error is shown. It knows families
by their names, so that showing an error never imports a room that the command did not need;
a test checks that every name exists. Does not own the errors.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from taokit.cli.document import jsonable
from taokit.cli.exits import Exit
from taokit.cli.terminal import Terminal, styled
from taokit.wallet.errors import TaokitError

__all__ = ["FAMILIES", "as_json", "as_text", "exit_of", "exit_of_kind", "see_of", "show"]

# By room and class. The nearest in an error's ancestry decides; what is in none is REFUSED.
FAMILIES: dict[str, Exit] = {
    "cli.UsageError": Exit.USAGE,
    "cli.SettingsError": Exit.USAGE,
    "cli.NotRunning": Exit.NOT_FOUND,
    "wallet.WalletNotFound": Exit.NOT_FOUND,
    "wallet.InvalidAddress": Exit.USAGE,
    "wallet.InvalidMnemonic": Exit.USAGE,
    "wallet.InvalidSecretUri": Exit.USAGE,
    "wallet.InvalidKey": Exit.USAGE,
    "wallet.InvalidName": Exit.USAGE,
    "wallet.PasswordError": Exit.AUTHENTICATION,
    "wallet.SignerRefused": Exit.AUTHENTICATION,
    "wallet.CannotSign": Exit.AUTHENTICATION,
    "local_chain.InvalidNodeConfig": Exit.USAGE,
    "subnet_templates.NoTemplate": Exit.NOT_FOUND,
    "subnet_templates.NotAProject": Exit.NOT_FOUND,
    "subnet_templates.BadProjectName": Exit.USAGE,
    "subnet_templates.BadAnswer": Exit.USAGE,
    "chain_client.ArgumentError": Exit.USAGE,
    "chain_client.EncodeError": Exit.USAGE,
    "chain_client.InvalidScript": Exit.USAGE,
    "chain_client.InvalidTransactionFile": Exit.USAGE,
    "chain_client.PolicyUnreadable": Exit.USAGE,
    "chain_client.UnknownName": Exit.NOT_FOUND,
    "chain_client.NotFound": Exit.NOT_FOUND,
    "chain_client.StateUnavailable": Exit.NOT_FOUND,
    "chain_client.TransportError": Exit.UNREACHABLE,
    "chain_client.TooManyRequests": Exit.UNREACHABLE,
    "chain_client.SubmissionUnknown": Exit.PENDING,
    "chain_client.OutcomePending": Exit.PENDING,
}


def exit_of(error: BaseException) -> Exit:
    """The exit status that an error ends the run with."""
    if isinstance(error, KeyboardInterrupt):
        return Exit.INTERRUPTED
    return exit_of_kind(type(error)) if isinstance(error, TaokitError) else Exit.BUG


def exit_of_kind(kind: type[TaokitError]) -> Exit:
    """The exit status of a family of errors."""
    for base in kind.__mro__:
        package, _, module = base.__module__.partition(".")
        name = f"{module.partition('.')[0]}.{base.__qualname__}"
        if package == "taokit" and name in FAMILIES:
            return FAMILIES[name]
    return Exit.REFUSED


def see_of(code: str) -> str:
    """Where to read more about an error code."""
    return f"taokit explain {code}"


def as_json(error: TaokitError) -> str:
    """The error as one line of JSON."""
    body: dict[str, Any] = {
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "retryable": error.retryable,
    }
    for key, value in error.data.items():
        if key not in body and value is not None:
            body[key] = _shape(value)
    body["exit"] = int(exit_of(error))
    body = {key: _without_secrets(value) for key, value in body.items()}
    return json.dumps({"error": body}, ensure_ascii=False)


def as_text(error: TaokitError, *, color: bool) -> str:
    """The error as a person reads it; the fix is the last line."""
    head = styled(f"error[{error.code}]:", "red bold", color)
    lines = [f"{head} {error.message}"]
    lines += [f"{styled('note:', 'bold', color)} {note}" for note in _notes(error)]
    lines.append(f"{styled('see:', 'bold', color)} {see_of(_topic(error))}")
    if error.hint:
        lines.append(f"{styled('help:', 'green bold', color)} {error.hint}")
    return str(_without_secrets("\n".join(lines) + "\n"))


def show(error: TaokitError, terminal: Terminal, *, json: bool) -> Exit:
    """Write the error to stderr and say how to exit."""
    color = terminal.colored(terminal.err)
    terminal.err.write(as_json(error) + "\n" if json else as_text(error, color=color))
    return exit_of(error)


def _topic(error: TaokitError) -> str:
    """What to look up: the chain's own name for it where it has one."""
    return _chains_name(error) or error.code


def _chains_name(error: TaokitError) -> str:
    """What the chain calls it: ``Pallet.Name``, or a name that belongs to no pallet."""
    name, pallet = getattr(error, "name", None), getattr(error, "pallet", None)
    if not name or not (hasattr(error, "pallet") or hasattr(error, "custom")):
        return ""
    return f"{pallet}.{name}" if pallet else str(name)


def _notes(error: TaokitError) -> Iterator[str]:
    if name := _chains_name(error):
        yield f"the chain calls this {name}"
    within = getattr(error, "within", None)
    if within:
        yield f"it failed inside {within}"
    if error.retryable:
        yield "the same request may succeed later"


def _without_secrets(value: Any) -> Any:
    """The value, with addresses of nodes in its texts redacted."""
    if isinstance(value, str) and "://" in value:
        from taokit.chain_client.redaction import redacted

        return redacted(value)
    if isinstance(value, dict):
        return {key: _without_secrets(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_secrets(inner) for inner in value]
    return value


def _shape(value: object) -> Any:
    try:
        return jsonable(value)
    except TypeError:
        return str(value)
