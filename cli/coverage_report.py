"""The report of `taokit localnet coverage`: rows for people, a document for programs.

The JSON document: `runtime`; `complete`; `totals`, the shares of all that is in scope by part
(`calls`, `storage`, `events`, `errors`, `constants`, `methods`); `pallets` and `apis`, each entry
with `name`, `in_scope`, `complete`, a share for each part, and `missing`; `limits`, where something
that is there stops short of the real runtime, with `name` and `why`. A share has `recorded`,
`declared` and `implemented`, counts of items.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from taokit.cli.table import Column

if TYPE_CHECKING:
    from taokit.local_chain.coverage import Coverage, Covered, Share

PARTS = ("calls", "storage", "events", "errors", "constants", "methods")


def document(report: Coverage, items: list[Covered], limits: dict[str, str]) -> dict[str, Any]:
    """The JSON document of the items asked for."""
    return {
        "runtime": report.runtime,
        "complete": all(item.complete for item in items),
        "totals": {part: asdict(share) for part, share in report.totals().items()},
        "pallets": [_entry(item) for item in items if item.kind == "pallet"],
        "apis": [_entry(item) for item in items if item.kind == "api"],
        "limits": [{"name": name, "why": why} for name, why in limits.items()],
    }


def _entry(item: Covered) -> dict[str, Any]:
    return {
        "name": item.name,
        "in_scope": item.in_scope,
        "complete": item.complete,
        **{part: asdict(share) for part, share in item.parts.items()},
        "missing": item.missing if item.in_scope else [],
    }


COLUMNS = [
    Column("name", "Pallet or API", priority=9),
    *(Column(part, part.capitalize(), right=True) for part in PARTS),
    Column("state", "In scope"),
]


def rows(items: list[Covered]) -> list[dict[str, Any]]:
    """A row for each pallet and API: what of each part is implemented, of how many."""
    return [
        {
            "name": item.name,
            **{part: _share(item, item.parts.get(part)) for part in PARTS},
            "state": _state(item),
        }
        for item in items
    ]


def _share(item: Covered, share: Share | None) -> str:
    if share is None or not share.recorded:
        return ""
    if not item.in_scope:
        return str(share.recorded)
    return f"{share.implemented}/{share.recorded}"


def _state(item: Covered) -> str:
    if not item.in_scope:
        return "left out"
    return "complete" if item.complete else f"{len(item.missing)} missing"
