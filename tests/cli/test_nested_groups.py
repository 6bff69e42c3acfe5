"""Groups inside of groups: declared, or made from operations with names of three parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer

from taokit.chain_client.calls import Call
from taokit.chain_client.operations import Operation, registry
from taokit.chain_client.parameters import Arg, NetUid
from taokit.cli.context import Run
from taokit.cli.operation_commands import operations_of
from taokit.cli.tree import built, command, group, nested


@dataclass(frozen=True)
class Grow(Operation):
    """Grow a leaf."""

    netuid: Annotated[NetUid, Arg("Where.")]

    def call(self) -> Call:
        return Call("Garden", "grow", {"netuid": self.netuid})

    def summary(self) -> str:
        return f"grow a leaf in {self.netuid}"


@pytest.fixture
def _garden(monkeypatch: pytest.MonkeyPatch) -> None:
    """Operations of a group that the real ones do not have."""
    named = {
        name: registry.Entry(name, "coldkey", "mild", Grow)
        for name in ("garden.grow", "garden.leaf.grow", "garden.leaf.grow-twice")
    }
    monkeypatch.setattr(
        "taokit.chain_client.operations.registry.operations_in",
        lambda group: {n: e for n, e in named.items() if n.startswith(f"{group}.")},
    )


def tree(app: typer.Typer) -> tuple[object, object]:
    made = built(app)
    made.name = "garden"
    ctx = made.make_context("taokit garden", ["x"], obj=Run([]), resilient_parsing=True)
    return made, ctx


@pytest.mark.usefixtures("_garden")
def test_an_operation_of_three_parts_is_a_command_of_a_group_in_the_group() -> None:
    app = group(
        more=lambda: operations_of(
            "garden",
            groups={"leaf": "Leaves"},
            examples={"leaf.grow": ["taokit garden leaf grow --netuid 7"]},
        )
    )
    top, ctx = tree(app)
    assert top.visible_names(ctx) == ["grow", "leaf"]  # type: ignore[attr-defined]
    leaf = top.get_command(ctx, "leaf")  # type: ignore[attr-defined]
    assert leaf.help == "Leaves"
    assert leaf.visible_names(ctx) == ["grow"]
    grow = leaf.get_command(ctx, "grow")
    assert grow.callback.taokit_facts.examples == ("taokit garden leaf grow --netuid 7",)
    assert any("--twice" in param.opts for param in grow.params)


@pytest.mark.usefixtures("_garden")
def test_a_declared_group_wins_and_its_aliases_stay_out_of_lists() -> None:
    loaded = []

    def leaves() -> typer.Typer:
        loaded.append(1)
        return operations_of("garden.leaf")

    app = group(more=lambda: operations_of("garden"))
    leaf_app = nested(app, "leaf", "Leaves", aliases=["leaves"], more=leaves)

    @command(leaf_app, "count", examples=["taokit garden leaf count"])
    def count(ctx: typer.Context) -> None:
        """Count the leaves."""

    top, ctx = tree(app)
    assert sorted(top.visible_names(ctx)) == ["grow", "leaf"]  # type: ignore[attr-defined]
    leaf = top.get_command(ctx, "leaf")  # type: ignore[attr-defined]
    assert leaf.get_command(ctx, "count").help == "Count the leaves."
    assert not loaded
    assert leaf.visible_names(ctx) == ["count", "grow"]
    alias = top.get_command(ctx, "leaves")  # type: ignore[attr-defined]
    assert alias.hidden
    assert alias.visible_names(ctx) == ["count", "grow"]
