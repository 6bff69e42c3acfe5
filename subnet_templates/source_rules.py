"""Rules on a project's source that can be read off the text: what it draws, waits for, commits to.

Owns the rules on one file's syntax. Does not own which files they apply to, nor rules on the whole
project (``linting``). No rule runs the project's code.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["MOST_COMMITTED", "Finding", "of_everything", "of_mechanism"]

MOST_COMMITTED = 128
"""Bytes that one commitment on chain holds."""

_UNSEEDED = {
    "os.urandom",
    "uuid.uuid1",
    "uuid.uuid4",
    "random.SystemRandom",
}
_CLOCKS = {
    "time.time",
    "time.time_ns",
    "datetime.now",
    "datetime.utcnow",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "date.today",
    "datetime.date.today",
}
_WAITING = {
    "requests.get",
    "requests.post",
    "requests.put",
    "requests.request",
    "subprocess.run",
    "subprocess.check_call",
    "subprocess.check_output",
    "urllib.request.urlopen",
    "socket.create_connection",
}


@dataclass(frozen=True)
class Finding:
    """One thing to change: ``rule`` names it, ``line`` is 0 where it is about a whole file."""

    rule: str
    path: str
    line: int
    message: str


def of_mechanism(path: str, text: str) -> Iterator[Finding]:
    """Rules for what validators have to agree on: nothing but seeds, no clock, no coldkeys."""
    for node, name in _calls(ast.parse(text)):
        if name in _UNSEEDED or name.startswith("secrets.") or _undetermined(node, name):
            yield Finding(
                "unseeded-random",
                path,
                node.lineno,
                f"{name}() differs between validators and cannot be audited: draw from rng, which "
                "is seeded by a block",
            )
        if name in _CLOCKS:
            yield Finding(
                "wall-clock", path, node.lineno, f"{name}() cannot be replayed: use ctx.clock()"
            )
    for one in ast.walk(ast.parse(text)):
        if isinstance(one, ast.Attribute) and one.attr == "coldkey":
            yield Finding(
                "coldkey-as-identity",
                path,
                one.lineno,
                "coldkeys cost nothing, so a limit per coldkey stops nobody: make splitting "
                "unprofitable instead (taokit.neuron.scoring.payouts.power)",
            )


def of_everything(path: str, text: str) -> Iterator[Finding]:
    """Rules for all code: whoever waits says how long, and commitments fit."""
    for node, name in _calls(ast.parse(text)):
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        never = isinstance(given.get("timeout"), ast.Constant) and given["timeout"].value is None  # type: ignore[attr-defined]
        if (name in _WAITING and "timeout" not in given and None not in given) or never:
            yield Finding(
                "no-timeout", path, node.lineno, f"{name}() may wait for ever: give it a timeout"
            )
        if name.rpartition(".")[2] == "commit" and node.args:
            size = _length(node.args[0])
            if size > MOST_COMMITTED:
                yield Finding(
                    "commitment-too-long",
                    path,
                    node.lineno,
                    f"{size} bytes, and a commitment holds {MOST_COMMITTED}: commit to a hash and "
                    "a place",
                )


def _calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Calls by the full name of what is called, with imports resolved."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                known[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            first, dot, rest = _dotted(node.func).partition(".")
            if first:
                yield node, known.get(first, first) + dot + rest


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = _dotted(node.value)
        return f"{inner}.{node.attr}" if inner else ""
    return ""


def _undetermined(node: ast.Call, name: str) -> bool:
    """Whether a call of a random library takes its numbers from nowhere."""
    if name in ("random.Random", "numpy.random.default_rng", "numpy.random.RandomState"):
        return not (node.args or node.keywords)
    if name.startswith("numpy.random."):
        return name.rpartition(".")[2] not in ("Generator", "Philox", "PCG64", "SeedSequence")
    return name.startswith("random.") and name != "random.seed"


def _length(node: ast.expr) -> int:
    if isinstance(node, ast.Constant) and isinstance(node.value, bytes):
        return len(node.value)
    if (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Mult)
        and isinstance(node.left, ast.Constant)
        and isinstance(node.right, ast.Constant)
        and isinstance(node.left.value, bytes)
        and isinstance(node.right.value, int)
    ):
        return len(node.left.value) * node.right.value
    return 0
