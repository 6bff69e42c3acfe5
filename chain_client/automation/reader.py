"""What reading a script needs everywhere: problems, who accounts are, and checked keys.

Owns these small steps. Does not own which keys there are (``reading`` and its neighbours).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from taokit.chain_client.automation.nodes import Node, Problems, near
from taokit.chain_client.parameters import Parameter
from taokit.wallet.errors import TaokitError

__all__ = ["PlainAccounts", "Reader", "Resolver"]

_T = TypeVar("_T")


class Resolver(Protocol):
    """Turns names of wallets into addresses; the library's own knows addresses only."""

    def account(self, text: str, kind: str) -> str:
        """The address of ``text``; ``kind`` is account, coldkey or hotkey."""


class PlainAccounts:
    """Addresses only."""

    def account(self, text: str, kind: str) -> str:
        """``text``, checked."""
        from taokit.chain_client.addresses import ss58_of

        return ss58_of(text)


@dataclass(frozen=True)
class Reader:
    """The steps; each reports what is wrong and goes on."""

    problems: Problems
    accounts: Resolver
    defaults: Mapping[str, str]
    """Addresses of the wallet: ``coldkey`` and ``hotkey``."""

    def mapping(
        self, node: Node, what: str, known: Iterable[str], required: Iterable[str] = ()
    ) -> dict[str, Node]:
        """The entries of a mapping whose keys are ``known``."""
        if not isinstance(node.value, dict):
            self.problems.add(node.line, f"{what} must be a mapping (key: value)")
            return {}
        known = tuple(known)
        for key, entry in node.value.items():
            if key not in known:
                said = f"{what} has no {key!r}{near(key, known)}"
                said += "" if "did you mean" in said else f"; it has {', '.join(known)}"
                self.problems.add(entry.line, said)
        for key in required:
            if key not in node.value:
                self.problems.add(node.line, f"{what} needs {key!r}")
        return {key: entry for key, entry in node.value.items() if key in known}

    def scalar(self, node: Node | None, what: str) -> str | None:
        """The text of a single value."""
        if node is None or node.value is None:
            return None
        if node.text is None:
            self.problems.add(node.line, f"{what} must be a single value")
        return node.text

    def parsed(self, node: Node | None, what: str, parse: Callable[[str], _T]) -> _T | None:
        """A single value, parsed."""
        text = self.scalar(node, what)
        if node is None or text is None:
            return None
        try:
            return parse(text)
        except TaokitError as error:
            said = "; ".join(part for part in (error.message, error.hint) if part)
            self.problems.add(node.line, f"{what}: {said}")
        except (ValueError, OverflowError) as error:
            self.problems.add(node.line, f"{what}: {error}")
        return None

    def value(self, node: Node, parameter: Parameter, where: str) -> Any:
        """The plain value for a parameter, with names of accounts resolved."""
        plain = node.plain()
        if parameter.kind in ("account", "coldkey", "hotkey"):
            return self.parsed(
                node,
                f"{where}.{parameter.name}",
                lambda t: self.accounts.account(t, parameter.kind),
            )
        if parameter.kind == "accounts":
            given = plain.split(",") if isinstance(plain, str) else plain or []
            nodes = [Node(str(part).strip(), node.line) for part in given]
            return [
                self.parsed(
                    n, f"{where}.{parameter.name}", lambda t: self.accounts.account(t, "account")
                )
                for n in nodes
            ]
        if parameter.kind in ("call", "calls", "value"):
            return node.typed()
        return plain

    def values(
        self, node: Node | None, parameters: tuple[Parameter, ...], where: str, line: int
    ) -> tuple[dict[str, Any], dict[str, Node]]:
        """Values by parameter, and the nodes that were mappings (not read here).

        A missing hotkey or coldkey is the wallet's.
        """
        entries = {}
        if node is not None and node.value is not None:
            entries = self.mapping(node, where, [p.name for p in parameters])
        values: dict[str, Any] = {}
        nested: dict[str, Node] = {}
        for parameter in parameters:
            entry = entries.get(parameter.name)
            if entry is not None and isinstance(entry.value, dict):
                nested[parameter.name] = entry
            elif entry is not None and entry.value is not None:
                values[parameter.name] = self.value(entry, parameter, where)
            elif parameter.required and parameter.kind in self.defaults:
                values[parameter.name] = self.defaults[parameter.kind]
            elif parameter.required:
                self.problems.add(node.line if node else line, f"{where} needs {parameter.name!r}")
        return values, nested
