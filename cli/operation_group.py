"""A group that knows every operation by its name (``stake.add``), each declared when it is used.

Owns that look-up. Operations stay out of the group's list; they are suggested for a typo.
"""

from __future__ import annotations

from typing import Any

import typer

from taokit.cli.tree import Group

__all__ = ["OperationGroup"]


class OperationGroup(Group):
    """Its own commands, and all operations."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if "." in cmd_name and cmd_name not in self._declared:
            self._declare_operation(cmd_name)
        return super().get_command(ctx, cmd_name)

    def suggested(self, ctx: Any) -> list[str]:
        from taokit.chain_client.operations import all_operations

        return [*self.visible_names(ctx), *all_operations()]

    def _declare_operation(self, name: str) -> None:
        from taokit.chain_client.operations import all_operations
        from taokit.cli.operation_commands import add_operation

        entry = all_operations().get(name)
        if entry is not None:
            one = typer.Typer()
            add_operation(one, name, entry, path=f"taokit {self.name} {name}", json_args=True)
            self.declare(one.registered_commands)
