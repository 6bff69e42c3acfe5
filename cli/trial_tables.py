"""What an extrinsic did, or would do, on a screen: its calls as a tree, changes, events.

Owns the layout, shared by traces, diffs and simulations. Does not own finding any of it out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from taokit.cli.document import dumps
from taokit.cli.table import Column

if TYPE_CHECKING:
    from taokit.cli.context import Run

__all__ = ["named", "show_calls", "show_changes", "show_events", "show_reads"]

_LONG = 60
_COUNTERS = (("System", "BlockWeight"), ("System", "AllExtrinsicsLen"))
"""How full the block is: every extrinsic changes that, and nobody asks."""


def _entry(one: Mapping[str, Any]) -> str:
    if one["pallet"] is None:
        return str(one["raw_key"])
    return f"{one['pallet']}.{one['item']}"


def _key(one: Mapping[str, Any]) -> str:
    return " ".join("(hashed)" if part is None else _text(part) for part in one["key"])


def named(one: Mapping[str, Any]) -> str:
    """A storage entry: pallet, item and key."""
    return f"{_entry(one)} {_key(one)}".rstrip()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else dumps(value, indent=None)


def differences(before: Any, after: Any) -> list[tuple[str, Any, Any]]:
    """What is different, and both values; of two records field by field, else without a name."""
    if isinstance(before, dict) and isinstance(after, dict):
        return list(_differing(before, after, ""))
    return [("", before, after)]


def _differing(
    before: dict[str, Any], after: dict[str, Any], path: str
) -> Iterator[tuple[str, Any, Any]]:
    for name in dict.fromkeys([*before, *after]):
        was, now = before.get(name), after.get(name)
        if isinstance(was, dict) and isinstance(now, dict):
            yield from _differing(was, now, f"{path}{name}.")
        elif was != now:
            yield f"{path}{name}", was, now


def _held(value: Any) -> str:
    return "-" if value is None else _text(value)


def show_changes(run: Run, changes: Sequence[Mapping[str, Any]], *, empty: str) -> None:
    """Storage before and after, an entry or a field of one in each line.

    With ``-v`` and ``--plain`` values are whole, and how full the block is is told, too.
    """
    whole = run.out.form == "plain" or run.out.verbosity > 0
    room = 1 << 30 if whole else _LONG
    told = [one for one in changes if whole or (one["pallet"], one["item"]) not in _COUNTERS]
    if run.out.form == "plain":
        _separated(run, told)
        return
    if not told:
        run.out.note(empty)
    for one in told:
        run.out.line(run.out.sentence(named(one)))
        for name, before, after in differences(one["before"], one["after"]):
            values = f"{_short(_held(before), room)} -> {_short(_held(after), room)}"
            run.out.line(f"  {name}: {values}" if name else f"  {values}")


def _separated(run: Run, changes: Sequence[Mapping[str, Any]]) -> None:
    columns = [
        Column("entry", "Storage"),
        Column("key", "Key"),
        Column("field", "Field"),
        Column("before", "Before"),
        Column("after", "After"),
    ]
    rows = [
        {
            "entry": _entry(one),
            "key": _key(one),
            "field": name,
            "before": _held(before),
            "after": _held(after),
        }
        for one in changes
        for name, before, after in differences(one["before"], one["after"])
    ]
    run.out.table(columns, rows)


def show_reads(run: Run, frame: Mapping[str, Any]) -> None:
    """What was read, of an extrinsic and all its calls."""
    rows: list[dict[str, Any]] = []

    def gather(name: str, one: Mapping[str, Any]) -> None:
        for read in one["reads"]:
            value = "(all keys)" if read["listed"] else _text(read["value"])
            value = "-" if read["value"] is None and not read["listed"] else _short(value)
            rows.append({"by": name, "entry": _entry(read), "key": _key(read), "value": value})
        for inner in one.get("inner", ()):
            gather(f"{inner['pallet']}.{inner['name']}", inner)

    gather("(around it)", frame)
    if frame["call"] is not None:
        gather(f"{frame['call']['pallet']}.{frame['call']['name']}", frame["call"])
    columns = [
        Column("by", "Read by", priority=3),
        Column("entry", "Storage", priority=9),
        Column("key", "Key", priority=7, address=True),
        Column("value", "Value", priority=8),
    ]
    run.out.table(columns, rows, empty="nothing was read")


def show_calls(run: Run, call: Mapping[str, Any], depth: int = 0) -> None:
    """A call and those inside it, with who made them and how they ended."""
    how = f"failed: {call['error']['name']}" if call["error"] else "ok"
    args = {} if call["inner"] else call["args"]
    told = ", ".join(f"{name}={_short(_text(value))}" for name, value in args.items())
    line = f"{'  ' * depth}{call['pallet']}.{call['name']}({told})  by {call['origin']}  {how}"
    run.out.line(run.out.sentence(line))
    for inner in call["inner"]:
        show_calls(run, inner, depth + 1)


def show_events(run: Run, events: Sequence[Mapping[str, Any]]) -> None:
    """Events in their order."""
    rows = [
        {"event": f"{one['pallet']}.{one['name']}", "fields": _short(_text(one["fields"]), 100)}
        for one in events
    ]
    columns = [Column("event", "Event", priority=9), Column("fields", "Fields", priority=8)]
    run.out.table(columns, rows, empty="no events")


def _short(text: str, room: int = _LONG) -> str:
    return text if len(text) <= room else f"{text[: room - 3]}..."
