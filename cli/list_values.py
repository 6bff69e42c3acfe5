"""Lists given as JSON: ``--weights @weights.json``, or ``--weights -`` for stdin.

Owns reading such a list for any option that takes several values, and the one object that gives
uids and weights together. Does not own what the values mean: the declaration parses them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taokit.cli.errors import UsageError

if TYPE_CHECKING:
    from taokit.chain_client.parameters import Parameter

__all__ = ["FROM_FILE", "LISTS", "json_object", "read_lists"]

LISTS = frozenset({"accounts", "integers", "uids", "weights"})
FROM_FILE = "@FILE reads them as JSON, - from stdin."


def read_lists(parameters: Sequence[Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    """The values with lists read from where they say.

    An object is a list of weights with their uids: ``{"3": 0.6, "4": 0.4}``.
    """
    read = dict(given)
    kinds = {parameter.name: parameter.kind for parameter in parameters}
    for name, value in given.items():
        if kinds[name] in LISTS and isinstance(value, str) and (value == "-" or value[:1] == "@"):
            read[name] = _document(f"--{name}", value)
    if isinstance(read.get("weights"), dict):
        if "uids" in given:
            raise UsageError("the object for --weights names the uids: leave --uids out")
        weights = read["weights"]
        read["uids"], read["weights"] = list(weights), list(weights.values())
    return read


def json_object(flag: str, value: str) -> dict[str, Any]:
    """An object given as JSON on the command line, in ``@FILE`` or on stdin (``-``)."""
    if value == "-" or value[:1] == "@":
        found = _read(flag, value)
    else:
        try:
            found = json.loads(value, parse_float=Decimal)
        except ValueError as error:
            raise UsageError(f"{flag} is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise UsageError(f"{flag} has to be an object", hint="""such as {"netuid": 1}""")
    return found


def _document(flag: str, value: str) -> Any:
    found = _read(flag, value)
    allowed = (list, dict) if flag == "--weights" else list
    if not isinstance(found, allowed):
        raise UsageError(f"{flag} from JSON has to be a list", hint="such as [1, 2]")
    return found


def _read(flag: str, value: str) -> Any:
    try:
        text = sys.stdin.read() if value == "-" else Path(value[1:]).expanduser().read_text("utf-8")
        return json.loads(text, parse_float=Decimal)
    except (OSError, ValueError) as error:
        where = "stdin" if value == "-" else value[1:]
        why = getattr(error, "strerror", None) or error
        raise UsageError(f"{flag} from {where} cannot be read: {why}") from None
