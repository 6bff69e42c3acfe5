"""Write docs/json.md: what every command answers with --json, from the declared types.

Run it when commands or results change: `.venv/bin/python docs/make_json_page.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from taokit.cli.answers import answer_of
from taokit.cli.tool_catalogue import each_command
from taokit.cli.tree import facts_of

PAGE = Path(__file__).parent / "json.md"

HEAD = """# JSON

What each command answers with `--json`. Made by `docs/make_json_page.py` from the types of the
code; tests run commands against a chain and hold their answers to the schemas.

- `taokit schema stake list` prints the JSON Schema (draft 2020-12) of a command's answer,
  `taokit schema` all of them, `taokit schema error` that of an error. `taokit tools` has them
  beside what each command takes.
- stdout is one document. Commands marked *lines* go on: each line is a document (NDJSON), written
  at once.
- An error is one line on stderr, and stdout is empty; the
  [exit status](command-line.md#exit-status) says of what kind.

## What stays

Within a major version no field goes, changes its type or its meaning, and no command changes its
answer for another. New fields may come: a program has to pass over those that it does not know,
and the schemas allow for them. Text for people (`message`, `hint`, `summary`, `problem`) may
change at any time; `code` does not. The order of fields is no promise, the order of a list is where
the command says so.

## Values

| type | is |
|---|---|
| Integer | a number; text beyond 2^53 |
| Ratio | decimal text, such as `"0.05"` |
| Tao | `{"rao": 1500000000, "unit": "TAO"}` |
| Alpha | `{"rao": 1500000000, "unit": "alpha", "netuid": 1}` |
| Price | `{"rao": 31000000, "unit": "TAO/alpha", "netuid": 1}`: rao for one alpha |
| Call | `{"pallet": "Balances", "name": "...", "args": {}}` |
| Error | `{"code": "...", "message": "...", "hint": null}`; `chain` has the chain's own name |
| ss58 | an account's address |
| hex | bytes, `0x` and hex digits |

`?` after a type: it may be null. `(optional)`: the field may be absent.

"""

PLAIN = {"Integer", "Ratio", "Tao", "Alpha", "Price", "Call", "TaokitError"}


def page() -> str:
    """The whole page."""
    groups: dict[str, list[str]] = {}
    records: dict[str, Mapping[str, Any]] = {}
    for words, command in each_command():
        answer = answer_of(words, facts_of(command))
        schema = _with_own_names(answer.schema("x"), records)
        lines = " (lines)" if answer.lines else ""
        shown = "one of the [events](scripted-staking.md)" if answer.made_by else shape(schema)
        groups.setdefault(words.split()[0], []).append(f"| `{words}` | {shown}{lines} |")
    parts = [HEAD, "## Commands\n"]
    for group, rows in groups.items():
        parts.append(f"\n### {group}\n\n| command | answer |\n|---|---|\n" + "\n".join(rows) + "\n")
    parts.append("\n## Records\n")
    names = sorted(set(records) - PLAIN, key=str.lower)
    parts += ["\n" + "\n".join(_record(name, records[name])) + "\n" for name in names]
    return "".join(parts)


def _with_own_names(schema: dict[str, Any], records: dict[str, Mapping[str, Any]]) -> Any:
    """The schema with its definitions among the records; a name that is taken gets a number."""
    renamed: dict[str, str] = {}
    defs = schema.get("$defs", {})
    for name, record in defs.items():
        own, number = name, 1
        while own in records and records[own] != record:
            number += 1
            own = f"{name}{number}"
        renamed[name] = own
        records.setdefault(own, record)
    changed = {name: own for name, own in renamed.items() if name != own}
    if not changed:
        return schema
    text = json.dumps(schema)
    for name, own in changed.items():
        text = text.replace(f'"#/$defs/{name}"', f'"#/$defs/{own}"')
    told = json.loads(text)
    for name, own in renamed.items():
        if records[own] is defs[name]:
            records[own] = told["$defs"][name]
    return told


def shape(schema: Mapping[str, Any]) -> str:
    """A schema in a few words."""
    if "$ref" in schema:
        return _link(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        rest = [part for part in schema["anyOf"] if part != {"type": "null"}]
        null = "?" if len(rest) < len(schema["anyOf"]) else ""
        return " or ".join(shape(part) for part in rest) + null
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    kinds = schema.get("type")
    if isinstance(kinds, list):
        null = "?" if "null" in kinds else ""
        return " or ".join(_kind(kind, schema) for kind in kinds if kind != "null") + null
    return _kind(kinds, schema)


def _kind(kind: Any, schema: Mapping[str, Any]) -> str:
    if kind == "array":
        if "prefixItems" in schema:
            return "list of " + ", ".join(shape(part) for part in schema["prefixItems"])
        return f"list of {shape(schema['items'])}"
    if kind == "object":
        inner = schema.get("additionalProperties")
        return f"by name: {shape(inner)}" if inner else "object"
    if kind == "string":
        pattern = str(schema.get("pattern", ""))
        return "hex" if pattern.startswith("^0x") else str(schema.get("format") or "text")
    return {"number": "number", "boolean": "true or false", "null": "null", None: "anything"}.get(
        kind, str(kind)
    )


def _link(name: str) -> str:
    shown = "Error" if name == "TaokitError" else name
    return shown if name in PLAIN else f"[{shown}](#{name.lower()})"


def _record(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {name}"
    if schema.get("description"):
        yield ""
        yield str(schema["description"]).replace("``", "`")
    if "properties" not in schema:
        yield ""
        yield shape(schema)
        return
    yield ""
    yield "| field | type |"
    yield "|---|---|"
    for field, inner in schema["properties"].items():
        absent = "" if field in schema["required"] else " (optional)"
        yield f"| `{field}` | {shape(inner)}{absent} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
