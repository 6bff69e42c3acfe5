"""Values typed on a command line for raw storage keys and call arguments.

Owns the reading of one word: JSON where it is JSON, otherwise text (hex, names of variants), and
where an account belongs, everything that means one elsewhere (``//Alice``, a wallet). Does not
own encoding: the chain's metadata decides whether the value fits.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from taokit.cli.errors import UsageError

if TYPE_CHECKING:
    from taokit.chain_client.metadata import Metadata
    from taokit.cli.context import Run

__all__ = ["arguments", "raw_value", "typed_value"]

_DEEPEST = 100
_ACCOUNTS = ("sp_core::crypto::AccountId32", "sp_runtime::multiaddress::MultiAddress")


def raw_value(word: str) -> Any:
    """``12``, ``true``, ``[1,2]``, ``{"Id": "5F..."}`` as JSON; anything else is text.

    Raises :class:`UsageError` for lists in lists in lists that no chain would take.
    """
    try:
        value = json.loads(word)
        _check_depth(value, _DEEPEST)
    except ValueError:
        return word
    except RecursionError:
        raise UsageError(f"a value is nested deeper than {_DEEPEST} levels") from None
    return value


def _check_depth(value: Any, left: int) -> None:
    if not left:
        raise RecursionError
    if isinstance(value, list | dict):
        for inner in value.values() if isinstance(value, dict) else value:
            _check_depth(inner, left - 1)


def typed_value(run: Run, metadata: Metadata, type_id: int, value: Any) -> Any:
    """The value for a type of the metadata: text for an account becomes its address.

    Raises :class:`UsageError` for text that means no account.
    """
    if metadata.types.path(type_id) not in _ACCOUNTS or not isinstance(value, str | int):
        return value
    from taokit.cli.addresses import resolve
    from taokit.wallet.errors import WalletNotFound

    try:
        return resolve(run, str(value))
    except WalletNotFound:
        raise UsageError(
            f"{value!r} is no account",
            hint="give an SS58 address, 0x and 64 hex digits, a wallet, wallet/hotkey, or //Alice",
        ) from None


def arguments(words: Sequence[str], names: Sequence[str], what: str) -> dict[str, Any]:
    """Arguments of a call by name, from ``name=value`` words or values in order."""
    found: dict[str, Any] = {}
    left = list(names)
    for word in words:
        name, equals, value = word.partition("=")
        if equals and name in names:
            found[name] = raw_value(value)
        elif left:
            name = next(n for n in left if n not in found)
            found[name] = raw_value(word)
        left = [n for n in left if n not in found]
        if not equals and name not in names:
            raise UsageError(f"{what} takes {len(names)} arguments", hint=_signature(what, names))
    missing = [name for name in names if name not in found]
    if missing:
        raise UsageError(f"{what} also needs {', '.join(missing)}", hint=_signature(what, names))
    return found


def _signature(what: str, names: Sequence[str]) -> str:
    return " ".join(["taokit call", what, *(f"{name}=VALUE" for name in names)])
