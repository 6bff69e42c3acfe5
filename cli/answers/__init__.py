"""What each command answers with ``--json``: types, from which JSON Schemas are made.

Owns finding the answer of a command: that of the read or operation that it is made from, or else
the type declared for it in the table ``ANSWERS`` of a module of this package, by the command's
words. Does not own the JSON itself (document.py) nor how a type becomes a schema
(``taokit.chain_client.json_schema``).

Imported only when a schema is wanted.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

from taokit.cli.answers.answer import Answer
from taokit.cli.tree import Facts

__all__ = ["answer_of", "error_schema", "schema_of_answer"]

_MODULES = (
    "chain",
    "dev_powers",
    "insight",
    "localnet",
    "looking",
    "machine",
    "projects",
    "streams",
    "transactions",
    "wallets",
)


def answer_of(words: str, facts: Facts) -> Answer:
    """The answer of a command, by its words; of one without a declaration, anything."""
    declared = _declared()
    if words in declared:
        return declared[words]
    kind, _, name = facts.source.partition(":")
    if kind == "operation":
        from taokit.cli.answers.transactions import TRANSACTION

        return TRANSACTION
    if kind == "read":
        from taokit.chain_client.json_schema import returned
        from taokit.chain_client.reads import get_read

        return Answer(returned(get_read(name).function))
    return Answer(Any)


def schema_of_answer(words: str, facts: Facts) -> dict[str, Any]:
    """The JSON Schema of what a command answers with ``--json``, of one line where it streams."""
    found = answer_of(words, facts)
    what = "A line of" if found.lines else "The answer of"
    return found.schema(f"{what} `taokit {words} --json`")


def error_schema() -> dict[str, Any]:
    """The JSON Schema of an error: one line on stderr, of any command with ``--json``."""
    from taokit.chain_client.json_schema import DIALECT

    return {
        "$schema": DIALECT,
        "title": "An error of any command with `--json`, one line on stderr",
        "type": "object",
        "properties": {
            "error": {
                "type": "object",
                "description": "Further fields are the error's own data.",
                "properties": {
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "hint": {"type": ["string", "null"]},
                    "retryable": {"type": "boolean"},
                    "exit": {"type": "integer"},
                },
                "required": ["code", "message", "hint", "retryable", "exit"],
            }
        },
        "required": ["error"],
    }


@cache
def _declared() -> Mapping[str, Answer]:
    found: dict[str, Answer] = {}
    for module in _MODULES:
        table = import_module(f"{__name__}.{module}").ANSWERS
        for words, kind in table.items():
            if words in found:
                raise TypeError(f"two answers are declared for {words!r}")
            found[words] = kind if isinstance(kind, Answer) else Answer(kind)
    return found
