"""The catalogue of everything that taokit can do, for programs: made from the declarations.

Owns its shape: lists by kind, each entry with a ``name``, a ``summary`` and, where it takes or
gives something, an ``input_schema`` and an ``output_schema`` (JSON Schema). Does not own commands,
reads or operations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

__all__ = ["KINDS", "catalogue", "each_command", "find_command"]


def catalogue(kinds: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """The entries of each kind asked for."""
    return {kind: list(_MAKERS[kind]()) for kind in kinds}


def each_command() -> Iterator[tuple[str, Any]]:
    """Every visible command of the tree, with the words that lead to it."""
    from taokit.cli.context import Run
    from taokit.cli.main import root

    top = root()
    ctx = top.make_context("taokit", ["x"], obj=Run([]), resilient_parsing=True)

    def below(parent: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
        if hasattr(parent, "list_commands"):
            for name in parent.visible_names(ctx):
                yield from below(parent.get_command(ctx, name), (*words, name))
        else:
            yield " ".join(words), parent

    yield from below(top, ())


def find_command(words: Sequence[str]) -> tuple[str, Any] | None:
    """The command that the words lead to, by its own name (an alias may stand for a group)."""
    from taokit.cli.commands import find
    from taokit.cli.context import Run
    from taokit.cli.main import root

    found = root()
    ctx = found.make_context("taokit", ["x"], obj=Run([]), resilient_parsing=True)
    entry = find(words[0]) if words else None
    path = [] if entry is None else [entry.name, *words[1:]]
    for word in path:
        found = found.get_command(ctx, word) if hasattr(found, "list_commands") else None
        if found is None:
            return None
    return (" ".join(path), found) if path and not hasattr(found, "list_commands") else None


def _commands() -> Iterator[dict[str, Any]]:
    for words, command in each_command():
        yield _command(command, words)


def _command(command: Any, words: str) -> dict[str, Any]:
    from taokit.cli.answers import answer_of
    from taokit.cli.tree import facts_of

    facts = facts_of(command)
    answer = answer_of(words, facts)
    shown = [param for param in command.params if not param.hidden]
    properties = {_key(param): _property(param) for param in shown}
    return {
        "name": words,
        "summary": (command.help or "").strip().split("\n")[0],
        "usage": f"taokit {words}",
        "examples": list(facts.examples),
        "input_schema": {
            "type": "object",
            "properties": properties,
            "required": [_key(param) for param in shown if param.required],
        },
        "output_schema": answer.schema(f"taokit {words} --json"),
        "output_lines": answer.lines,
    }


def _key(param: Any) -> str:
    """An option by its long name, an argument by its metavar."""
    if param.param_type_name == "argument":
        return str(param.metavar or param.name).strip("[]")
    return str(next((o for o in param.opts if o.startswith("--")), param.opts[0]))


def _property(param: Any) -> dict[str, Any]:
    kind = "boolean" if getattr(param, "is_flag", False) else "string"
    # Newer Typers keep the annotation, older ones Click's type.
    declared = getattr(getattr(param, "type_descriptor", None), "annotation", None)
    if "int" in str(declared or getattr(getattr(param, "type", None), "name", "")):
        kind = "integer"
    inner: dict[str, Any] = {"type": kind}
    if param.multiple or param.nargs == -1:
        inner = {"type": "array", "items": inner}
    if param.help:
        inner["description"] = param.help
    if getattr(param, "secondary_opts", None):
        inner["negative"] = param.secondary_opts[0]
    return inner


def _reads() -> Iterator[dict[str, Any]]:
    from taokit.chain_client.json_schema import returned, schema_of
    from taokit.chain_client.reads import all_reads

    for entry in all_reads().values():
        yield {
            "name": entry.name,
            "summary": entry.help,
            "description": entry.description,
            "group": entry.group,
            "usage": f"taokit query {entry.name}",
            "input_schema": entry.json_schema(),
            "output_schema": schema_of(returned(entry.function)),
        }


def _operations() -> Iterator[dict[str, Any]]:
    from taokit.chain_client.operations import all_operations

    for entry in all_operations().values():
        yield {
            "name": entry.name,
            "summary": entry.help,
            "description": entry.description,
            "signer": entry.signer,
            "danger": entry.danger,
            "usage": f"taokit tx {entry.name} --json-args JSON",
            "input_schema": entry.json_schema(),
        }


def _errors() -> Iterator[dict[str, Any]]:
    from taokit.cli import explain

    for entry in explain.catalogue().values():
        yield {
            "name": entry.code,
            "summary": entry.meaning,
            "exit": entry.exit,
            "retryable": entry.retryable,
        }


def _exits() -> Iterator[dict[str, Any]]:
    from taokit.cli.exits import MEANINGS

    for status, meaning in MEANINGS.items():
        yield {"name": str(int(status)), "summary": meaning}


_MAKERS: dict[str, Callable[[], Iterator[dict[str, Any]]]] = {
    "commands": _commands,
    "reads": _reads,
    "operations": _operations,
    "errors": _errors,
    "exits": _exits,
}
KINDS = tuple(_MAKERS)
