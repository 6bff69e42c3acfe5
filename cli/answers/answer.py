"""One command's answer: a type, or a schema that is made elsewhere. Owns nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["Answer"]


@dataclass(frozen=True)
class Answer:
    """``kind`` is a type; with ``made_by`` its schema is what that makes instead.

    With ``lines`` it is of each line. ``note`` says what a type cannot.
    """

    kind: Any
    lines: bool = False
    note: str = ""
    made_by: Callable[[], dict[str, Any]] | None = None

    def schema(self, title: str) -> dict[str, Any]:
        """The JSON Schema, under that title."""
        from taokit.chain_client.json_schema import schema_of

        if self.made_by is not None:
            made = {**self.made_by(), "title": title}
        else:
            made = schema_of(self.kind, title=title)
        return {**made, "$comment": self.note} if self.note else made
