"""The JSON Schema of a script, for editors that complete and check while one types.

Owns its shape, from the same tables that reading uses and from the registry of operations. A
script may be right by the schema and still be refused: names of wallets, units and what belongs
together are looked at when it is read.
"""

from __future__ import annotations

from typing import Any

from taokit.chain_client.automation.reading import LIMITS
from taokit.chain_client.automation.reading_conditions import COMPARISONS
from taokit.chain_client.operations import Entry, all_operations
from taokit.chain_client.reads import all_reads

__all__ = ["script_schema"]

_SCALAR = {"type": ["string", "number", "integer", "boolean"]}
_MAPPING = {"type": "object"}


def script_schema() -> dict[str, Any]:
    """The schema of the whole file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A script for `taokit apply`",
        **_object(
            {
                "name": {"type": "string", "description": "identifies the script in the journal"},
                "network": {"type": "string"},
                "wallet": {"type": "string"},
                "hotkey": {"type": "string"},
                "period": {"type": "integer", "minimum": 4, "maximum": 65536},
                "vars": {"type": "object", "additionalProperties": {"$ref": "#/$defs/optional"}},
                "limits": _object({name: {"$ref": "#/$defs/scalar"} for name in LIMITS}),
                "steps": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/step"}},
            },
            "name",
            "steps",
        ),
        "$defs": {
            "scalar": _SCALAR,
            "optional": {"type": [*_SCALAR["type"], "null"]},
            "condition": _condition(),
            "value": _derived(),
            "step": _step(),
        },
    }


def _object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _step() -> dict[str, Any]:
    common = {
        "id": {"type": "string"},
        "when": {
            "oneOf": [
                {"$ref": "#/$defs/condition"},
                {"type": "array", "items": {"$ref": "#/$defs/condition"}},
            ]
        },
        "after": {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
        "every": {"type": "string", "description": "7200 blocks, 6 hours, 1 day"},
        "count": {"type": "integer", "minimum": 1},
        "until": _object({"block": {"type": "integer"}, "time": {"type": "string"}}),
        "on_failure": {"enum": ["stop", "skip", "retry"]},
        "attempts": {"type": "integer", "minimum": 1},
    }
    rebalance = {**common, "rebalance": _rebalance()}
    return {
        "oneOf": [
            *(_operation(entry, common) for entry in all_operations().values()),
            _object(rebalance, "id", "rebalance"),
        ]
    }


def _operation(entry: Entry, common: dict[str, Any]) -> dict[str, Any]:
    fields = {}
    for parameter in entry.parameters:
        shapes: list[dict[str, Any]] = [{"$ref": "#/$defs/optional"}, {"type": "array"}]
        if parameter.kind in ("tao", "alpha", "price", "integer"):
            shapes.append({"$ref": "#/$defs/value"})
        if parameter.kind in ("call", "value"):
            shapes.append(_MAPPING)
        fields[parameter.name] = {"title": parameter.help, "anyOf": shapes}
    needed = [
        p.name for p in entry.parameters if p.required and p.kind not in ("hotkey", "coldkey")
    ]
    known = {
        **common,
        "do": {"const": entry.name, "description": entry.help},
        "with": _object(fields, *needed),
    }
    return _object(known, "id", "do", *(["with"] if needed else []))


def _rebalance() -> dict[str, Any]:
    share = {
        "oneOf": [
            {"$ref": "#/$defs/scalar"},
            _object({"share": {"$ref": "#/$defs/scalar"}, "hotkey": {"type": "string"}}, "share"),
        ]
    }
    scalar = {"$ref": "#/$defs/scalar"}
    return _object(
        {
            "hotkey": {"type": "string"},
            "targets": {"type": "object", "minProperties": 2, "additionalProperties": share},
            "off_by": scalar,
            "min_trade": scalar,
            "max_trade": scalar,
            "tolerance": scalar,
        },
        "targets",
    )


def _derived() -> dict[str, Any]:
    scalar = {"$ref": "#/$defs/scalar"}
    return _object(
        {
            "read": {"enum": list(all_reads())},
            "with": _MAPPING,
            "field": {"type": "string"},
            "minus": scalar,
            "share": scalar,
            "at_most": scalar,
            "at_least": scalar,
        },
        "read",
    )


def _condition() -> dict[str, Any]:
    scalar = {"$ref": "#/$defs/scalar"}
    compared = dict.fromkeys(COMPARISONS, scalar)
    moment = _object({"after": scalar, "before": scalar})
    several = {
        "oneOf": [
            {"$ref": "#/$defs/condition"},
            {"type": "array", "items": {"$ref": "#/$defs/condition"}},
        ]
    }
    kinds = {
        "price": _object({"netuid": scalar, **compared}, "netuid"),
        "balance": _object({"of": {"type": "string"}, **compared}),
        "stake": _object(
            {
                "netuid": scalar,
                "hotkey": {"type": "string"},
                "coldkey": {"type": "string"},
                **compared,
            },
            "netuid",
        ),
        "block": moment,
        "time": moment,
        "any": several,
        "not": several,
    }
    read = _object(
        {
            "read": {"enum": list(all_reads())},
            "with": _MAPPING,
            "field": {"type": "string"},
            **compared,
        },
        "read",
    )
    return {"oneOf": [*(_object({kind: shape}, kind) for kind, shape in kinds.items()), read]}
