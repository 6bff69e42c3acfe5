"""How results about stake, locks, claims, children and commitments are laid out.

Owns the layouts by the name of the read. Does not own the reads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from taokit.cli.render import fields_of
from taokit.cli.table import Column

if TYPE_CHECKING:
    from taokit.chain_client.reads.auto_stake import AutoStake
    from taokit.chain_client.reads.availability import Availability, Lock
    from taokit.chain_client.reads.commitments import Commitment
    from taokit.chain_client.reads.lock_outlook import LockOutlook
    from taokit.chain_client.reads.root_claims import RootClaim
    from taokit.chain_client.reads.takes import Children
    from taokit.cli.context import Run

__all__ = ["STAKE_TABLES", "percent_of"]


def _auto_stake(run: Run, found: Sequence[AutoStake]) -> None:
    columns = [
        Column("netuid", "Subnet", right=True, priority=9),
        Column("name", "Name", priority=6),
        Column("hotkey", "Staked on", address=True, priority=8),
    ]
    run.out.table(columns, [fields_of(row) for row in found], empty="there are no subnets")


def _locks(run: Run, found: Sequence[Lock]) -> None:
    columns = [
        Column("netuid", "Subnet", right=True, priority=9),
        Column("hotkey", "Hotkey", address=True, priority=7),
        Column("locked", "Locked", right=True, priority=9),
        Column("conviction", "Conviction", right=True, priority=8),
        Column("mode", "Mode", priority=6),
        Column("coldkey", "Coldkey", address=True, priority=1),
        Column("updated_at", "Since block", right=True, priority=2),
    ]
    run.out.table(columns, [fields_of(row) for row in found], empty="nothing is locked")


def _outlook(run: Run, found: Sequence[LockOutlook]) -> None:
    ahead = (30, 90, 365)
    columns = [
        Column("netuid", "Subnet", right=True, priority=9),
        Column("hotkey", "Hotkey", address=True, priority=7),
        Column("mode", "Mode", priority=6),
        Column("locked", "Locked", right=True, priority=9),
        Column("conviction", "Conviction", right=True, priority=8),
        Column("available", "May leave", right=True, priority=8),
        *(Column(f"day{day}", f"In {day} days", right=True, priority=5) for day in ahead),
        Column("to_owner", "To the owner", priority=2),
        Column("updated_at", "Since block", right=True, priority=1),
    ]
    rows = [
        {
            **fields_of(row),
            **{f"day{point.days}": point.locked for point in row.points if point.days in ahead},
        }
        for row in found
    ]
    run.out.table(columns, rows, empty="nothing is locked")


def _availability(run: Run, found: Sequence[Availability]) -> None:
    columns = [
        Column("netuid", "Subnet", right=True, priority=9),
        Column("total", "Staked", right=True, priority=7),
        Column("locked", "Locked", right=True, priority=8),
        Column("available", "May leave", right=True, priority=9),
    ]
    run.out.table(columns, [fields_of(row) for row in found], empty="nothing is staked")


def _claims(run: Run, found: Sequence[RootClaim]) -> None:
    columns = [
        Column("netuid", "Subnet", right=True, priority=9),
        Column("hotkey", "Hotkey", address=True, priority=6),
        Column("owed", "Owed", right=True, priority=9),
        Column("value", "Value", right=True, priority=8),
        Column("threshold", "Paid from", right=True, priority=3),
        Column("payable", "Payable", priority=7),
    ]
    rows = [{**fields_of(row), "payable": row.payable} for row in found]
    run.out.table(columns, rows, empty="no subnet owes anything")


def _children(run: Run, found: Sequence[Children]) -> None:
    rows = []
    for one in found:
        parts = [("child", link) for link in one.children]
        parts += [("parent", link) for link in one.parents]
        if one.pending is not None:
            parts += [(f"from block {one.pending.block}", link) for link in one.pending.children]
        rows += [
            {
                "netuid": one.netuid,
                "is": kind,
                "hotkey": link.hotkey,
                "share": link.share,
                "take": one.take,
            }
            for kind, link in parts
        ]
    columns = [
        Column("netuid", "Subnet", right=True, priority=9),
        Column("is", "Is", priority=8),
        Column("hotkey", "Hotkey", address=True, priority=7),
        Column("share", "Share", right=True, priority=9, show=percent_of),
        Column("take", "Take", right=True, priority=3, show=percent_of),
    ]
    run.out.table(columns, rows, empty="neither children nor parents")


def _commitments(run: Run, found: Sequence[Commitment]) -> None:
    rows: list[dict[str, Any]] = []
    for one in found:
        for field in one.fields:
            sealed = f"sealed until round {field.opens_with}"
            shown = sealed if field.opens_with is not None else (field.text or field.hex)
            rows.append({"hotkey": one.hotkey, "block": one.block, "data": shown})
        rows += [{"hotkey": one.hotkey, "block": None, "data": text} for text in one.revealed]
    columns = [
        Column("hotkey", "Hotkey", address=True, priority=7),
        Column("block", "Block", right=True, priority=4),
        Column("data", "Data", priority=9),
    ]
    run.out.table(columns, rows, empty="nothing is published")


def _share(run: Run, found: Fraction) -> None:
    run.out.line(percent_of(found))


def percent_of(share: Fraction) -> str:
    """A share of 1 in per cent."""
    return f"{float(share):.2%}"


# By the name of the read.
STAKE_TABLES: dict[str, Callable[[Run, Any], None]] = {
    "auto-stake": _auto_stake,
    "child-take": _share,
    "children": _children,
    "commitments": _commitments,
    "lock-outlook": _outlook,
    "locks": _locks,
    "root-claims": _claims,
    "stake-availability": _availability,
    "take": _share,
}
