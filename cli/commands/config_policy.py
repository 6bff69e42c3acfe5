"""``taokit config policy``: what the user's policy lets be signed."""

from __future__ import annotations

import os
from typing import Any

import typer

from taokit.cli.data_folder import data_folder
from taokit.cli.policy import policy_of
from taokit.cli.tree import command, run_of

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the command to the group."""

    @command(app, "policy", examples=["taokit config policy", "taokit config policy --json"])
    def policy(ctx: typer.Context) -> None:
        """Show the policy that everything signed here obeys, and what is left of it today."""
        run = run_of(ctx)
        found = policy_of(run)
        if found is None:
            text = "there is no policy: whatever a wallet can sign may be signed"
            run.out.line(text, json={"policy": None})
            return
        from taokit.chain_client.money import Tao

        def listed(values: Any) -> Any:
            return None if values is None else sorted(values)

        def tao(rao: int | None) -> Tao | None:
            return None if rao is None else Tao(rao)

        fields: dict[str, Any] = {
            "policy": found.path,
            "networks": listed(found.networks),
            "operations": listed(found.operations),
            "forbidden_operations": list(found.forbidden_operations),
            "netuids": listed(found.netuids),
            "hotkeys": listed(found.hotkeys),
            "destinations": listed(found.destinations),
            "signers": listed(found.signers),
            "max_spend_per_operation": tao(found.per_operation),
            "max_spend_per_day": tao(found.per_day),
            "max_spend_of_operations": {name: Tao(rao) for name, rao in found.by_operation},
            "spends_counted_in": str(data_folder(os.environ) / "spends.sqlite3"),
        }
        if run.out.form == "json":
            run.out.document(fields)
            return
        shown = {key: value for key, value in fields.items() if value not in (None, [], {})}
        limits = shown.pop("max_spend_of_operations", {})
        shown |= {f"max_spend of {name}": limit for name, limit in limits.items()}
        run.out.record({key: _text(value) for key, value in shown.items()})


def _text(value: Any) -> Any:
    return ", ".join(str(item) for item in value) if isinstance(value, list) else value
