"""What a running script tells: one event for each thing that happens, for people and programs.

Owns the kinds of events and what each carries; ``docs/scripted-staking.md`` lists them, and a test
holds the two together. Does not own how they are shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from taokit.chain_client.automation.conditions import Moment
from taokit.chain_client.automation.durations import moment_text

__all__ = ["EVENTS", "Emit", "Event", "event_schema", "gist"]

EVENTS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "started": ("The script is applied from here on.", ("network", "account", "journal", "steps")),
    "waiting": ("A step waits; told again when the reason changes in words.", ("reason",)),
    "planned": (
        "A step is due: what will be sent.",
        ("part", "summary", "call", "effects", "warnings", "fee", "spend"),
    ),
    "held": (
        "A limit or a refusal holds a step back for now; told again as above.",
        ("reason", "limit"),
    ),
    "signed": (
        "A transaction is signed and recorded, not yet sent.",
        ("part", "extrinsic_hash", "nonce", "last_block"),
    ),
    "sent": ("The node has accepted it.", ("part", "extrinsic_hash")),
    "included": (
        "It is in a block and its call succeeded.",
        ("part", "summary", "extrinsic_hash", "in_block", "block_hash", "fee"),
    ),
    "failed": (
        "It is in a block and its call failed.",
        ("part", "summary", "extrinsic_hash", "in_block", "block_hash", "fee", "error"),
    ),
    "lost": (
        "It is certain that it never gets into a block; the step is due again.",
        ("part", "extrinsic_hash", "reason"),
    ),
    "recovered": (
        "An earlier run left a transaction whose outcome is now looked for.",
        ("part", "extrinsic_hash", "summary"),
    ),
    "reverted": (
        "The block that held it was replaced; it is looked for again.",
        ("extrinsic_hash",),
    ),
    "done": ("An occurrence of a step is complete.", ("transactions",)),
    "skipped": ("An occurrence of a step is given up.", ("reason",)),
    "outage": ("The node cannot be reached; tried again.", ("reason", "seconds")),
    "stopping": ("The script was told to end.", ()),
    "finished": ("Nothing is left to do, or this run is over.", ("complete",)),
}
"""By name: what it means, and its own fields. All have event, script, block and time; those of a
step have step and occurrence."""

_TYPES: Final[Mapping[str, Any]] = {
    "part": {"type": "integer", "minimum": 0},
    "nonce": {"type": "integer", "minimum": 0},
    "last_block": {"type": ["integer", "null"]},
    "in_block": {"type": "integer"},
    "transactions": {"type": "integer"},
    "steps": {"type": "array", "items": {"type": "string"}},
    "call": {"type": "object"},
    "effects": {"type": "array"},
    "warnings": {"type": "array", "items": {"type": "string"}},
    "fee": {"type": ["object", "null"]},
    "spend": {"type": ["object", "null"]},
    "error": {"type": ["object", "null"]},
    "seconds": {"type": "number"},
    "complete": {"type": "boolean"},
    "limit": {"type": ["string", "null"]},
}


@dataclass(frozen=True)
class Event:
    """One event. ``data`` holds what its kind carries (:data:`EVENTS`)."""

    event: str
    script: str
    moment: Moment | None
    step: str | None = None
    occurrence: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The event as one flat mapping, for JSON."""
        shown: dict[str, Any] = {
            "event": self.event,
            "script": self.script,
            "block": self.moment.number if self.moment else None,
            "time": moment_text(self.moment.ms) if self.moment else None,
        }
        if self.step is not None:
            shown |= {"step": self.step, "occurrence": self.occurrence}
        return shown | dict(self.data)


Emit: TypeAlias = Callable[[Event], None]


def gist(reason: str) -> str:
    """A reason without its numbers: a price that moves with every block is no news."""
    return re.sub(r"\d[\d.]*", "", reason)


def event_schema() -> dict[str, Any]:
    """The JSON Schema of one line of events."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An event of `taokit apply --json`",
        "oneOf": [_schema_of(name, about, own) for name, (about, own) in EVENTS.items()],
    }


def _schema_of(name: str, about: str, own: tuple[str, ...]) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "event": {"const": name},
        "script": {"type": "string"},
        "block": {"type": ["integer", "null"], "description": "best block when it happened"},
        "time": {"type": ["string", "null"], "description": "time of that block, ISO 8601"},
        "step": {"type": "string"},
        "occurrence": {"type": "integer"},
    }
    properties |= {key: _TYPES.get(key, {"type": "string"}) for key in own}
    return {
        "type": "object",
        "description": about,
        "properties": properties,
        "required": ["event", "script", "block", "time", *own],
        "additionalProperties": False,
    }
