"""Child hotkeys in several subnets at once: one transaction that does all of it or nothing.

Owns ``--all-netuids`` of `stake child`, and lists of subnets there, and what a childkey take is
where none is to be set. Does not own what is done in one subnet: those are operations.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taokit.cli.errors import UsageError
from taokit.cli.spread import MOST_PLACES, all_netuids, together

if TYPE_CHECKING:
    from fractions import Fraction

    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.operations import Entry, Operation
    from taokit.cli.context import Run

__all__ = ["ChildSubnets", "show_takes"]

_AllNetuids = Annotated[
    bool,
    typer.Option(
        "--all-netuids/--no-all-netuids",
        "--all/--no-all",
        "--allnetuids/--no-allnetuids",
        help="In every subnet but 0.",
    ),
]
_AllWithChildren = Annotated[
    bool,
    typer.Option(
        "--all-netuids/--no-all-netuids",
        "--all/--no-all",
        "--allnetuids/--no-allnetuids",
        help="In every subnet where it has children.",
    ),
]


class ChildSubnets:
    """How one of these commands goes to many subnets."""

    def __init__(self, *, where_children_are: bool = False) -> None:
        self._where_children_are = where_children_are

    @property
    def options(self) -> dict[str, tuple[Any, Any]]:
        """The options, by name, with annotation and default."""
        kind = _AllWithChildren if self._where_children_are else _AllNetuids
        return {"all_netuids": (kind, False)}

    def first(self, run: Run, given: dict[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
        """The values for the first subnet: what one operation of the command is made of."""
        if values.get("all_netuids"):
            if "netuid" in given:
                raise UsageError("--netuid and all subnets exclude each other")
            return {**given, "netuid": "1"}
        return {**given, "netuid": _listed(given)[0]} if "netuid" in given else dict(given)

    def operation(
        self, run: Run, entry: Entry, given: dict[str, Any], values: Mapping[str, Any]
    ) -> Operation | None:
        """The operation that goes to all the subnets; None where there is only the one."""
        if values.get("all_netuids"):
            netuids = self._everywhere(run, given["hotkey"])
        elif len(netuids := _listed(values)) < 2:
            return None
        if not netuids:
            raise UsageError(f"{given['hotkey']} has children in no subnet")
        if len(netuids) > MOST_PLACES:
            raise UsageError(f"{len(netuids)} subnets at once, and {MOST_PLACES} are the most")
        return together([entry.build({**given, "netuid": netuid}) for netuid in netuids])

    def _everywhere(self, run: Run, hotkey: str) -> list[str]:
        if not self._where_children_are:
            return [str(at) for at in run.ask(all_netuids, "reading the subnets") if at]
        from taokit.chain_client.reads.takes import children

        found = run.ask(lambda chain: children(chain, hotkey), "reading the children")
        return [str(one.netuid) for one in found if one.children or one.pending]


def show_takes(run: Run, hotkey: str, values: Mapping[str, Any]) -> None:
    """What a hotkey keeps as a child: in the subnets that were named, or in all."""
    from taokit.chain_client.reads.takes import child_take
    from taokit.cli.stake_tables import percent_of
    from taokit.cli.table import Column

    async def question(chain: ChainClient) -> list[tuple[int, Fraction]]:
        import asyncio

        async with chain.snapshot():
            named = [int(part) for part in _listed(values)]
            netuids = named or [at for at in await all_netuids(chain) if at]
            takes = await asyncio.gather(*(child_take(chain, hotkey, at) for at in netuids))
        return list(zip(netuids, takes, strict=True))

    found = run.ask(question, "reading the takes")
    columns = [
        Column("netuid", "Subnet", right=True, priority=9),
        Column("take", "Take", right=True, priority=9, show=percent_of),
    ]
    rows = [{"netuid": netuid, "take": take} for netuid, take in found]
    run.out.table(columns, rows, empty="there are no subnets")
    run.out.next(f"taokit stake child take --netuid {found[0][0]} --take 9%")


def _listed(values: Mapping[str, Any]) -> list[str]:
    parts = [part.strip() for part in str(values.get("netuid") or "").split(",")]
    return [part for part in parts if part]
