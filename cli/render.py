"""Results of reads for people: records and tables made from dataclasses.

Owns the generic rendering that every read gets without a line of its own. Does not own the tables
that a command lays out by hand, nor JSON (``taokit.chain_client.jsonable``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from taokit.cli.output import Output
from taokit.cli.table import Column

__all__ = ["columns_of", "fields_of", "show"]


def show(out: Output, value: Any, *, columns: Sequence[Column] | None = None) -> None:
    """Answer with a value: a table for many records, a record for one, a line for the rest."""
    if out.form == "json":
        out.document(value)
    elif isinstance(value, list | tuple) and all(dataclasses.is_dataclass(v) for v in value):
        rows = [fields_of(item) for item in value]
        out.table(columns or columns_of(rows), rows, empty="none")
    elif dataclasses.is_dataclass(value) and not _is_amount(value):
        _show_record(out, value)
    elif isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        out.record(value)
    elif isinstance(value, Mapping):
        rows = [{"key": key, "value": item} for key, item in value.items()]
        out.table([Column("key", "Key"), Column("value", "Value")], rows, empty="none")
    elif isinstance(value, list | tuple):
        rows = [{"value": item} for item in value]
        out.table([Column("value", "Value")], rows, empty="none")
    else:
        out.line(value)


def fields_of(value: Any) -> dict[str, Any]:
    """A dataclass as a mapping of its own fields, not looked into."""
    return {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.repr}


def columns_of(rows: Sequence[Mapping[str, Any]]) -> list[Column]:
    """A column for each field of the first row; the last ones go first when space is short."""
    if not rows:
        return []
    names = [name for name, value in rows[0].items() if not isinstance(value, list | tuple | dict)]
    return [
        Column(
            name,
            name.replace("_", " "),
            right=_is_number(rows[0][name]),
            priority=len(names) - place + 3,
            address=isinstance(rows[0][name], str) and len(rows[0][name]) == 48,
        )
        for place, name in enumerate(names)
    ]


def _show_record(out: Output, value: Any) -> None:
    fields = fields_of(value)
    nested = {name: inner for name, inner in fields.items() if _is_table(inner)}
    out.record({name: inner for name, inner in fields.items() if name not in nested})
    for name, inner in nested.items():
        rows = [fields_of(item) for item in inner]
        out.note("")
        out.table(columns_of(rows), rows, title=name)


def _is_table(value: Any) -> bool:
    return (
        isinstance(value, list | tuple)
        and bool(value)
        and all(dataclasses.is_dataclass(item) and not _is_amount(item) for item in value)
    )


def _is_amount(value: Any) -> bool:
    return hasattr(value, "rao")


def _is_number(value: Any) -> bool:
    return (isinstance(value, int | float) and not isinstance(value, bool)) or _is_amount(value)
